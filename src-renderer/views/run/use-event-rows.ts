import { computed, type Ref, type ShallowRef, shallowRef, triggerRef } from 'vue';
import type { EventRow } from '../../../src-engine/record/events.ts';
import type { Lab } from '../../lab.ts';
import { allRows, filteredRows } from './row-index.ts';
import { createRowSource, eventChunks, type RowSource } from './row-source.ts';
import type { LoadedRun } from './run-session.ts';

/** The rows of the event table under a filter of kinds (null: all). `row` may be read in a template: it follows what arrives. */
export function useEventRows(
  lab: Lab,
  loaded: LoadedRun,
  kinds: Readonly<ShallowRef<ReadonlySet<number> | null>>,
): { readonly source: Readonly<Ref<RowSource<EventRow>>>; row(index: number): EventRow | undefined } {
  const version = shallowRef({});
  const { run, event_count } = loaded.opened;
  const source = computed(() => {
    const index = kinds.value === null ? allRows(event_count) : filteredRows(event_count, loaded.density, kinds.value);
    const fetchChunk = eventChunks(index, (from_event, count) => lab.ask('events', { run_id: run.id, from_event, count }));
    return createRowSource<EventRow>({ index, fetchChunk, eventOf: (event) => event.index, onLoaded: () => triggerRef(version) });
  });
  return {
    source,
    row(index) {
      void version.value;
      return source.value.row(index);
    },
  };
}
