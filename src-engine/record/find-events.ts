import { type EventColumns, type EventRow, eventRow } from './events.ts';
import type { Pause } from './page-events.ts';
import type { RunBlocks } from './run-blocks.ts';

/** An event and the simulated time at which it happened. */
export interface TimedEvent extends EventRow {
  readonly time_ns: number;
}

/** What is looked for in `[from_event, to_event)`. */
export interface EventsSought {
  readonly from_event: number;
  readonly to_event: number;
  /** 1: the first of them, in order; −1: the last, the last one first. */
  readonly direction: 1 | -1;
  /** How many, at most. */
  readonly limit: number;
  /** Codes of the kinds that may be it; null: all. Blocks without any of them are not read. */
  readonly kinds: ReadonlySet<number> | null;
  /** Whether an event of these kinds is one. */
  readonly matches: (event: EventRow) => boolean;
  /** Whether a block with so many events of each kind may have one, and whether a row may be one: told faster, so that the rest is not looked at. */
  readonly mayBeAmong?: (kind_counts: Uint32Array) => boolean;
  readonly mayBe?: (columns: EventColumns, row: number) => boolean;
}

/** Events looked at between two pauses. */
const SLICE_EVENTS = 4096;

/** Finds events of a run. Throws DamagedRecording, and what `pause` throws. */
export async function findEvents(blocks: RunBlocks, sought: EventsSought, pause: Pause): Promise<readonly TimedEvent[]> {
  const { direction, kinds, mayBeAmong = () => true } = sought;
  const from = Math.max(sought.from_event, 0);
  const to = Math.min(sought.to_event, blocks.event_count);
  const found: TimedEvent[] = [];
  if (from >= to) return found;
  const [first, last] = [blocks.at(from), blocks.at(to - 1)];
  for (let done = 0; done <= last - first && found.length < sought.limit; done += 1) {
    const at = direction > 0 ? first + done : last - done;
    const { first_event, event_count, kind_counts } = blocks.entries[at];
    if ((kinds !== null && ![...kinds].some((kind) => kind_counts[kind] > 0)) || !mayBeAmong(kind_counts)) continue;
    const [begin, end] = [Math.max(from - first_event, 0), Math.min(to - first_event, event_count)];
    for (let slice = 0; slice < end - begin && found.length < sought.limit; slice += SLICE_EVENTS) {
      const length = Math.min(SLICE_EVENTS, end - begin - slice);
      findInRows(blocks, at, direction > 0 ? begin + slice : end - slice - length, length, sought, found);
      await pause();
    }
  }
  return found;
}

/** Looks through `length` rows of a block from `begin` on, and adds those that are sought. */
function findInRows(
  blocks: RunBlocks,
  at: number,
  begin: number,
  length: number,
  { direction, limit, kinds, matches, mayBe }: EventsSought,
  found: TimedEvent[],
): void {
  // Asked for anew after each pause: other calls may have taken the block's place.
  const { columns } = blocks.decoded(at);
  const { first_event, first_time_ns } = blocks.entries[at];
  let times: Float64Array | null = null;
  for (let step = 0; step < length && found.length < limit; step += 1) {
    const row = direction > 0 ? begin + step : begin + length - 1 - step;
    if ((kinds !== null && !kinds.has(columns.kind[row])) || mayBe?.(columns, row) === false) continue;
    const event = eventRow(columns, row, first_event + row);
    if (!matches(event)) continue;
    times ??= timesOf(columns.dt_ns, begin + length, first_time_ns);
    found.push({ ...event, time_ns: times[row] });
  }
}

/** Times of a block's rows up to `count` of them. */
function timesOf(dt_ns: ArrayLike<number>, count: number, first_time_ns: number): Float64Array {
  const times = new Float64Array(count);
  let now_ns = first_time_ns;
  for (let row = 0; row < count; row += 1) {
    now_ns += dt_ns[row];
    times[row] = now_ns;
  }
  return times;
}
