import { type EventColumns, KIND } from './events.ts';
import type { RunBlocks } from './run-blocks.ts';

/** A step: its index, −1 before the first, and its line in the scenario. */
export interface StepPlace {
  readonly step_index: number;
  readonly line: number;
}

/** Blocks looked through for what happened around an event in the same step. A step may be the whole run; what belongs together is near. */
const NEAR_BLOCK_COUNT = 8;

/** The step to which an event belongs: the last one that began at it or before. */
export function stepOfEvent(blocks: RunBlocks, event_index: number): StepPlace {
  let from = event_index;
  for (let at = blocks.at(event_index); at >= 0; at--) {
    const { first_event, event_count, kind_counts } = blocks.entries[at];
    from = Math.min(from, first_event + event_count - 1);
    if (kind_counts[KIND.step_begin] === 0) continue;
    const { columns } = blocks.decoded(at);
    for (let row = from - first_event; row >= 0; row--) {
      if (columns.kind[row] === KIND.step_begin) return { step_index: columns.a[row], line: columns.b[row] };
    }
  }
  return { step_index: -1, line: 0 };
}

/**
 * The nearest event before or after another, in the same step, of one of the kinds and for which `matches` holds; −1 if there is none near. Rows of these kinds are passed in the
 * order in which they are met.
 */
export function nearInStep(
  blocks: RunBlocks,
  event_index: number,
  direction: 1 | -1,
  kinds: readonly number[],
  matches: (columns: EventColumns, row: number) => boolean,
): number {
  const start = blocks.at(event_index);
  for (let at = start; at >= 0 && at < blocks.entries.length && Math.abs(at - start) < NEAR_BLOCK_COUNT; at += direction) {
    const { first_event, event_count, kind_counts } = blocks.entries[at];
    if (kind_counts[KIND.step_begin] === 0 && kinds.every((kind) => kind_counts[kind] === 0)) continue;
    const { columns } = blocks.decoded(at);
    const from = at === start ? event_index - first_event + direction : direction > 0 ? 0 : event_count - 1;
    for (let row = from; row >= 0 && row < event_count; row += direction) {
      const kind = columns.kind[row];
      if (kind === KIND.step_begin) return -1;
      if (kinds.includes(kind) && matches(columns, row)) return first_event + row;
    }
  }
  return -1;
}

/** The begin of the reclaim pass within which an event happened; −1 if it happened in none. A pass never reaches over the begin of a step. */
export function passAround(blocks: RunBlocks, event_index: number): number {
  let ended = 0;
  return nearInStep(blocks, event_index, -1, [KIND.reclaim_begin, KIND.reclaim_end], ({ kind }, row) => {
    if (kind[row] === KIND.reclaim_end) ended++;
    else if (ended-- === 0) return true;
    return false;
  });
}
