import { computed, type InjectionKey, inject, provide, type Ref, shallowRef, watch } from 'vue';
import type { RunRow } from '../src-main/lab/contract.ts';
import { fileOfGuest, isGuestId } from '../src-main/lab/guest-ids.ts';
import type { SharedFile } from '../src-main/lab/sharing-contract.ts';
import type { Lab } from './lab.ts';
import { goTo, type Route, useRoute } from './router.ts';

/** Files of others that are open as guests, as last heard; follows the lab's notices. */
export interface OpenedFiles {
  readonly files: Readonly<Ref<readonly SharedFile<RunRow>[]>>;
  /** The file that is shown, else the one whose run is shown, else the one looked at last; undefined where none is open. */
  readonly current: Readonly<Ref<SharedFile<RunRow> | undefined>>;
  /** Whether what a route shows can still be shown: nothing of it is of a file that was closed. */
  isOpen(route: Route): boolean;
  /** Goes to the current file; where it is shown, to the next one. */
  show(): void;
  /** Closes a file, and leaves what is shown of it. */
  close(shared_id: number): Promise<void>;
}

const filesKey: InjectionKey<OpenedFiles> = Symbol('opened files');

/** The opened files that a route shows something of, by their numbers. */
export function filesOfRoute(route: Route): readonly number[] {
  switch (route.view) {
    case 'shared':
      return [route.shared_id];
    case 'run':
      return [route.run_id, ...(route.beside_id === undefined ? [] : [route.beside_id])].filter(isGuestId).map(fileOfGuest);
    case 'compare':
    case 'sql':
      return route.run_ids.filter(isGuestId).map(fileOfGuest);
    default:
      return [];
  }
}

/** The file after one in their order, from the last to the first; the first where that one is not among them. */
export const nextFile = (ids: readonly number[], shared_id: number | undefined): number | undefined =>
  ids[shared_id === undefined ? 0 : (ids.indexOf(shared_id) + 1) % ids.length];

/** Gives every view the opened files. Called once, in the window's root. */
export function provideOpenedFiles(lab: Lab): OpenedFiles {
  const route = useRoute();
  const files = shallowRef<readonly SharedFile<RunRow>[]>([]);
  const last_id = shallowRef<number>();
  /** Whether the lab has answered: until then nothing is taken for closed. */
  let heard = false;
  async function read(): Promise<void> {
    const answer = await lab.call('sharedFiles', {});
    if (!answer.ok) return;
    heard = true;
    files.value = answer.value;
  }
  lab.subscribe((notice) => {
    if (notice.kind === 'files-changed') void read();
  });
  watch(
    lab.status,
    (status) => {
      if (status === 'open') void read();
    },
    { immediate: true },
  );
  watch(
    route,
    (now) => {
      last_id.value = filesOfRoute(now)[0] ?? last_id.value;
    },
    { immediate: true },
  );
  const current = computed(() => files.value.find(({ id }) => id === last_id.value) ?? files.value.at(-1));
  const opened: OpenedFiles = {
    files,
    current,
    isOpen: (wanted) => {
      const open_ids = new Set(files.value.map(({ id }) => id));
      return !heard || filesOfRoute(wanted).every((shared_id) => open_ids.has(shared_id));
    },
    show() {
      const now = route.value;
      const ids = files.value.map(({ id }) => id);
      const shared_id = now.view === 'shared' ? nextFile(ids, now.shared_id) : current.value?.id;
      if (shared_id !== undefined) goTo({ view: 'shared', shared_id });
    },
    async close(shared_id) {
      if ((await lab.ask('closeShared', { shared_id })) === undefined) return;
      files.value = files.value.filter(({ id }) => id !== shared_id);
      if (filesOfRoute(route.value).includes(shared_id)) goTo({ view: 'library' });
    },
  };
  provide(filesKey, opened);
  return opened;
}

/** The opened files, in any component below the root. */
export function useOpenedFiles(): OpenedFiles {
  const opened = inject(filesKey);
  if (opened === undefined) throw new Error('useOpenedFiles outside of the window');
  return opened;
}
