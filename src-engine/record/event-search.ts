import type { EventColumns } from './events.ts';
import { ADD, KIND, MEMORY_EVENT } from './events.ts';
import type { BlockIndexEntry, SeekTarget } from './run.ts';
import type { RunBlocks } from './run-blocks.ts';
import { lastWhere } from './run-blocks.ts';

/** What to look for: `kinds` to skip blocks without any of them, and the rows that count. */
interface Sought {
  readonly kinds: readonly number[];
  readonly matches: (columns: EventColumns, row: number) => boolean;
}

const ofKind = (kind: number): Sought => ({ kinds: [kind], matches: (columns, row) => columns.kind[row] === kind });

/** Moments at which a reader of a run wants to stop: limits hit, reclaim, refaults, kills, removals, failures, expectations that did not hold. */
const NOTABLE: Sought = {
  kinds: [KIND.memory_event, KIND.reclaim_begin, KIND.page_add, KIND.oom_kill, KIND.container_remove, KIND.op_fail, KIND.expect],
  matches({ kind, flags, a }, row) {
    switch (kind[row]) {
      case KIND.page_add:
        return (flags[row] & ADD.refault) !== 0;
      case KIND.memory_event:
        return flags[row] === MEMORY_EVENT.max || flags[row] === MEMORY_EVENT.high || flags[row] === MEMORY_EVENT.oom;
      case KIND.expect:
        return a[row] === 0;
      case KIND.reclaim_begin:
      case KIND.oom_kill:
      case KIND.container_remove:
      case KIND.op_fail:
        return true;
      default:
        return false;
    }
  },
};

const SOUGHT = { step: ofKind(KIND.step_begin), pass: ofKind(KIND.reclaim_begin), notable: NOTABLE } as const;

const mayHold = (entry: BlockIndexEntry, { kinds }: Sought): boolean => kinds.some((kind) => entry.kind_counts[kind] > 0);

/** The first matching event at or after `from`, −1 if none. */
function findNext(blocks: RunBlocks, from: number, sought: Sought): number {
  for (let at = blocks.at(from); at < blocks.entries.length; at++) {
    const entry = blocks.entries[at];
    if (!mayHold(entry, sought)) continue;
    const { columns, count } = blocks.decoded(at);
    for (let row = Math.max(0, from - entry.first_event); row < count; row++) if (sought.matches(columns, row)) return entry.first_event + row;
  }
  return -1;
}

/** The last matching event before `before`, −1 if none. */
function findPrevious(blocks: RunBlocks, before: number, sought: Sought): number {
  for (let at = blocks.at(before - 1); at >= 0; at--) {
    const entry = blocks.entries[at];
    if (!mayHold(entry, sought)) continue;
    const { columns, count } = blocks.decoded(at);
    for (let row = Math.min(count, before - entry.first_event) - 1; row >= 0; row--) if (sought.matches(columns, row)) return entry.first_event + row;
  }
  return -1;
}

/**
 * The cursor that a target means, seen from the cursor `from`. Wherever an event is sought, the cursor comes to stand right after it, so that what is shown
 * is its effect: after `{ step: 3 }` the current step is 3. Beyond the ends: the ends.
 */
export function cursorOf(blocks: RunBlocks, from: number, target: SeekTarget): number {
  const { event_count } = blocks;
  if ('event' in target) return Math.min(Math.max(Math.floor(target.event), 0), event_count);
  if ('time_ns' in target) return cursorAtTime(blocks, target.time_ns);
  if ('step' in target) {
    if (target.step < 0) return 0;
    const found = stepEvents(blocks, target.step, target.step + 1)[0];
    return found === undefined ? event_count : found + 1;
  }
  if (target.by === 'event') return Math.min(Math.max(from + target.delta, 0), event_count);
  const sought = SOUGHT[target.by];
  if (target.delta > 0) {
    const found = findNext(blocks, from, sought);
    return found < 0 ? event_count : found + 1;
  }
  // The event before the cursor is the one that the cursor stands at: look before it.
  const found = findPrevious(blocks, from - 1, sought);
  return found + 1;
}

/** The cursor after the last event that happened at the time or before. */
function cursorAtTime(blocks: RunBlocks, time_ns: number): number {
  if (blocks.entries.length === 0 || time_ns < 0) return 0;
  const at = lastWhere(blocks.entries, (entry) => entry.first_time_ns <= time_ns);
  const entry = blocks.entries[at];
  const { columns, count } = blocks.decoded(at);
  let now_ns = entry.first_time_ns;
  for (let row = 0; row < count; row++) {
    now_ns += columns.dt_ns[row];
    if (now_ns > time_ns) return entry.first_event + row;
  }
  return entry.first_event + count;
}

/** Steps of the run: one more than the index of the last one. */
export function stepCount(blocks: RunBlocks): number {
  const last = blocks.entries.at(-1);
  return last === undefined ? 0 : last.first_step + 1 + last.kind_counts[KIND.step_begin];
}

/** Looks at the begin of each step in `[from_step, to_step)`, in order, as far as the run has them. */
function eachStep(blocks: RunBlocks, from_step: number, to_step: number, see: (columns: EventColumns, row: number, event_index: number) => void): void {
  // A step begins in the last block before which it is not current yet.
  for (let at = lastWhere(blocks.entries, (entry) => entry.first_step < from_step); at < blocks.entries.length; at++) {
    const entry = blocks.entries[at];
    if (entry.first_step + 1 >= to_step) break;
    if (entry.kind_counts[KIND.step_begin] === 0) continue;
    const { columns, count } = blocks.decoded(at);
    for (let row = 0; row < count; row++) {
      if (columns.kind[row] === KIND.step_begin && columns.a[row] >= from_step && columns.a[row] < to_step) see(columns, row, entry.first_event + row);
    }
  }
}

/** First event of each step in `[from_step, to_step)`, as far as the run has them. */
export function stepEvents(blocks: RunBlocks, from_step: number, to_step: number): Float64Array {
  const events: number[] = [];
  eachStep(blocks, from_step, to_step, (_columns, _row, event_index) => events.push(event_index));
  return Float64Array.from(events);
}

/** Line of each step in `[from_step, to_step)` in the scenario, as far as the run has them. */
export function stepLines(blocks: RunBlocks, from_step: number, to_step: number): Float64Array {
  const lines: number[] = [];
  eachStep(blocks, from_step, to_step, ({ b }, row) => lines.push(b[row]));
  return Float64Array.from(lines);
}
