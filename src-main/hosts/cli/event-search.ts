import { nearest } from '../../../src-engine/base/nearest.ts';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import { EVENT_KINDS, type EventRow } from '../../../src-engine/record/events.ts';
import type { PlayedRun } from './played-run.ts';

/** An event and the simulated time at which it happened. */
export interface TimedEvent extends EventRow {
  readonly time_ns: number;
}

/** Codes of the kinds that are looked for; null: all. */
export type Kinds = ReadonlySet<number> | null;

const CHUNK_EVENTS = 2000;

/**
 * Reads names of event kinds; a part of a name (`shrink`) stands for all kinds that have it. No names: all kinds.
 * Error: a name that no kind has.
 */
export function kindsNamed(names: readonly string[]): Result<Kinds> {
  if (names.length === 0) return ok(null);
  const kinds = new Set<number>();
  for (const name of names) {
    const exact = EVENT_KINDS.filter((kind) => kind.name === name);
    const found = exact.length > 0 ? exact : EVENT_KINDS.filter((kind) => kind.name.includes(name));
    if (found.length === 0) {
      const near = nearest(
        name,
        EVENT_KINDS.map((kind) => kind.name),
      );
      return fail({
        code: 'unknown-kind',
        message: `No kind of event is named ${name}.`,
        remedy: near === undefined ? `kinds are ${EVENT_KINDS.map((kind) => kind.name).join(', ')}` : `did you mean ${near}?`,
      });
    }
    for (const { code } of found) kinds.add(code);
  }
  return ok(kinds);
}

/** The first `count` events of these kinds in `[from, to)`, with their times. `scan_max`: events looked at, at most. */
export async function eventsFrom(
  { play, run_id, opened }: PlayedRun,
  range: { readonly from: number; readonly to: number },
  count: number,
  kinds: Kinds,
  scan_max = Number.POSITIVE_INFINITY,
): Promise<Result<readonly TimedEvent[]>> {
  const to = Math.min(range.to, opened.event_count, range.from + scan_max);
  const found: TimedEvent[] = [];
  if (range.from >= to || count <= 0) return ok(found);
  const before = await play('seek', { run_id, target: { event: range.from } });
  if (!before.ok) return before;
  let { time_ns } = before.value;
  const chunk = kinds === null ? Math.min(count, CHUNK_EVENTS) : CHUNK_EVENTS;
  for (let at = range.from; at < to && found.length < count; at += chunk) {
    const rows = await play('events', { run_id, from_event: at, count: Math.min(chunk, to - at) });
    if (!rows.ok) return rows;
    for (const row of rows.value) {
      time_ns += row.dt_ns;
      if (found.length < count && (kinds === null || kinds.has(row.kind))) found.push({ ...row, time_ns });
    }
  }
  return ok(found);
}

/** Index of the first event that fits in `[from, to)`, or looking back from its end the last; undefined where none does. */
export async function findEvent(
  { play, run_id }: PlayedRun,
  { from, to }: { readonly from: number; readonly to: number },
  delta: 1 | -1,
  matches: (event: EventRow) => boolean,
): Promise<Result<number | undefined>> {
  for (let done = 0; done < to - from; done += CHUNK_EVENTS) {
    const at = delta > 0 ? from + done : Math.max(from, to - done - CHUNK_EVENTS);
    const rows = await play('events', { run_id, from_event: at, count: Math.min(CHUNK_EVENTS, to - from - done) });
    if (!rows.ok) return rows;
    const found = delta > 0 ? rows.value.find(matches) : rows.value.findLast(matches);
    if (found !== undefined) return ok(found.index);
  }
  return ok(undefined);
}

/** Where the last `count` events of these kinds before an event begin; where there are fewer, the first of them (`before` if there is none). */
export async function indexBefore(
  { play, run_id }: PlayedRun,
  before: number,
  count: number,
  kinds: Kinds,
  scan_max = Number.POSITIVE_INFINITY,
): Promise<Result<number>> {
  if (kinds === null) return ok(Math.max(0, before - count));
  const from = Math.max(0, before - scan_max);
  let index = before;
  let left = count;
  for (let to = before; to > from && left > 0; to -= CHUNK_EVENTS) {
    const at = Math.max(from, to - CHUNK_EVENTS);
    const rows = await play('events', { run_id, from_event: at, count: to - at });
    if (!rows.ok) return rows;
    for (const row of rows.value.toReversed()) {
      if (left === 0) break;
      if (!kinds.has(row.kind)) continue;
      index = row.index;
      left -= 1;
    }
  }
  return ok(index);
}
