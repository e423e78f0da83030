import { onScopeDispose, type Ref, ref, type ShallowRef, shallowRef, watch } from 'vue';
import type { LabError } from '../../../src-engine/base/result.ts';
import { eventNumber } from '../../../src-engine/record/event-number.ts';
import type { Lab } from '../../lab.ts';
import { createLatest } from './latest.ts';
import type { RunSession } from './run-session.ts';

/** One watched thing with its value at the cursor. */
export interface WatchRow {
  readonly text: string;
  readonly value: string | null;
  readonly error: LabError | null;
}

/** The watches of a run. */
export interface Watches {
  readonly rows: Readonly<ShallowRef<readonly WatchRow[]>>;
  /** The watch that is continued to; −1 if there is none. */
  readonly current: Ref<number>;
  readonly busy: Readonly<Ref<boolean>>;
  /** What the last continue found, in words. */
  readonly message: Readonly<Ref<string>>;
  /** Adds a watch and makes it the current one. Returns why it is none. */
  add(text: string): Promise<LabError | undefined>;
  remove(index: number): void;
  /** Goes to the event that changes the current watch next, or the one before. */
  go(direction: 1 | -1): Promise<void>;
  cancel(): void;
}

const WATCH_COUNT_MAX = 64;

/** Kept for as long as the window is open, by run: who goes to the library and back finds them again. */
const kept = new Map<number, readonly string[]>();

/** Watches of one run, valued anew wherever the cursor goes. */
export function useWatches(lab: Lab, session: RunSession): Watches {
  const { run_id, state } = session;
  const texts = shallowRef<readonly string[]>(kept.get(run_id) ?? []);
  const rows = shallowRef<readonly WatchRow[]>(texts.value.map((text) => ({ text, value: null, error: null })));
  const current = ref(texts.value.length - 1);
  const busy = ref(false);
  const message = ref('');
  /** Where the last continue went: what it found is told as long as the cursor stands there. */
  let found_at = -1;
  let search_count = 0;
  const searchName = (): string => `watch ${run_id} ${search_count}`;

  const value = createLatest<number>(async (event_index) => {
    const watches = texts.value;
    if (watches.length === 0) return;
    const answer = await lab.call('watchValues', { run_id, watches: [...watches], event_index });
    if (answer.ok && watches === texts.value) rows.value = answer.value;
  });
  watch(
    [() => state.value?.event_index, texts],
    ([event_index]) => {
      if (event_index === undefined) return;
      if (event_index !== found_at) message.value = '';
      value(event_index);
    },
    { immediate: true },
  );
  watch(texts, (list) => kept.set(run_id, list));

  function cancel(): void {
    if (busy.value) void lab.call('cancelSearch', { search: searchName() });
    busy.value = false;
    search_count += 1;
  }
  onScopeDispose(cancel);

  return {
    rows,
    current,
    busy,
    message,
    cancel,
    async add(text) {
      const answer = await lab.call('watchValues', { run_id, watches: [text], event_index: state.value?.event_index ?? 0 });
      const [row] = answer.ok ? answer.value : [];
      const error = answer.ok ? row?.error : answer.errors[0];
      if (row === undefined || row.value === null) return error ?? undefined;
      const known = texts.value.indexOf(row.text);
      if (known < 0) {
        rows.value = [...rows.value, row].slice(-WATCH_COUNT_MAX);
        texts.value = [...texts.value, row.text].slice(-WATCH_COUNT_MAX);
      }
      current.value = known < 0 ? texts.value.length - 1 : known;
      message.value = '';
      return undefined;
    },
    remove(index) {
      texts.value = texts.value.toSpliced(index, 1);
      rows.value = rows.value.toSpliced(index, 1);
      current.value = Math.min(current.value, texts.value.length - 1);
    },
    async go(direction) {
      const text = texts.value[current.value];
      if (text === undefined) {
        message.value = 'Nothing is watched yet.';
        return;
      }
      cancel();
      const own = search_count;
      busy.value = true;
      message.value = '';
      const answer = await lab.call('watch', { run_id, watch: text, from_event: session.cursor.value, direction, search: searchName() });
      if (own !== search_count) return;
      busy.value = false;
      if (!answer.ok) {
        message.value = answer.errors[0]?.message ?? '';
        return;
      }
      const { hit } = answer.value;
      if (hit === null) {
        found_at = session.cursor.value;
        message.value = `${text} does not change ${direction > 0 ? 'after' : 'before'} the cursor.`;
        return;
      }
      found_at = eventNumber(hit.event_index);
      message.value = `${text}: ${hit.before} → ${hit.after}`;
      session.seek({ event: found_at });
    },
  };
}
