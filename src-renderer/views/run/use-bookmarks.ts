import { computed, type Ref, shallowRef } from 'vue';
import type { BookmarkRow } from '../../../src-main/lab/contract.ts';
import type { Lab } from '../../lab.ts';
import type { Moment } from './timeline-model.ts';

/** The bookmarks of a run, in order of their events, and as moments on its timeline. */
export function useBookmarks(
  lab: Lab,
  run_id: number,
): {
  readonly bookmarks: Readonly<Ref<readonly BookmarkRow[]>>;
  readonly moments: Readonly<Ref<readonly Moment[]>>;
  add(event_index: number, note: string): Promise<void>;
  remove(bookmark_id: number): Promise<void>;
} {
  const bookmarks = shallowRef<readonly BookmarkRow[]>([]);
  async function refresh(): Promise<void> {
    const answer = await lab.ask('bookmarks', { run_id });
    if (answer !== undefined) bookmarks.value = [...answer].sort((a, b) => a.event_index - b.event_index);
  }
  void refresh();
  return {
    bookmarks,
    moments: computed(() => bookmarks.value.map(({ event_index, note }) => ({ name: note, event_index, bookmark: true }))),
    async add(event_index, note) {
      await lab.ask('addBookmark', { run_id, event_index, note });
      await refresh();
    },
    async remove(bookmark_id) {
      await lab.ask('deleteBookmark', { bookmark_id });
      await refresh();
    },
  };
}
