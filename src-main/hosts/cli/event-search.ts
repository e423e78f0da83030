import { nearest, tryInstead } from '../../../src-engine/base/nearest.ts';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import { EVENT_KINDS } from '../../../src-engine/record/events.ts';
import type { TimedEvent } from '../../../src-engine/record/find-events.ts';
import type { PlayedRun } from './played-run.ts';

const EVENT_NAMES: readonly string[] = EVENT_KINDS.map((kind) => kind.name);

/** Codes of the kinds that are looked for; null: all. */
export type Kinds = ReadonlySet<number> | null;

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
      const near = nearest(name, EVENT_NAMES);
      return fail({
        code: 'unknown-kind',
        message: `No kind of event is named ${name}.`,
        remedy: near === undefined ? tryInstead(name, EVENT_NAMES, 'docs/recording-tables.md') : `did you mean ${near}?`,
      });
    }
    for (const { code } of found) kinds.add(code);
  }
  return ok(kinds);
}

/** Events that one call asks for. */
const CALL_EVENTS = 2000;

interface EventRange {
  readonly from: number;
  readonly to: number;
}

/** Up to `count` events of these kinds in a range: the first of them, or looking back from its end the last, the last one first. */
async function eventsIn(
  { play, run_id }: PlayedRun,
  range: EventRange,
  direction: 1 | -1,
  count: number,
  kinds: Kinds,
): Promise<Result<readonly TimedEvent[]>> {
  const events: TimedEvent[] = [];
  let { from, to } = range;
  while (events.length < count) {
    const limit = Math.min(CALL_EVENTS, count - events.length);
    const found = await play('findEvents', { run_id, from_event: from, to_event: to, direction, limit, ...(kinds !== null && { kinds: [...kinds] }) });
    if (!found.ok) return found;
    events.push(...found.value);
    const last = found.value.at(-1);
    if (last === undefined || found.value.length < limit) break;
    if (direction > 0) from = last.index + 1;
    else to = last.index;
  }
  return ok(events);
}

/** The first `count` events of these kinds in `[from, to)`, with their times. */
export const eventsFrom = (run: PlayedRun, range: EventRange, count: number, kinds: Kinds): Promise<Result<readonly TimedEvent[]>> =>
  eventsIn(run, range, 1, count, kinds);

/** What one event is looked for by: kinds, words of its row, or both. */
export interface EventSought {
  readonly kinds?: Kinds;
  readonly query?: string;
  /** The search's name, by which it can be ended. */
  readonly search?: string;
}

/** Index of the first event that fits in `[from, to)`, or looking back from its end the last; undefined where none does. */
export async function findEvent(
  { play, run_id }: PlayedRun,
  { from, to }: EventRange,
  direction: 1 | -1,
  { kinds = null, ...sought }: EventSought,
): Promise<Result<number | undefined>> {
  const found = await play('findEvents', {
    run_id,
    from_event: from,
    to_event: to,
    direction,
    limit: 1,
    ...sought,
    ...(kinds !== null && { kinds: [...kinds] }),
  });
  return found.ok ? ok(found.value[0]?.index) : found;
}

/** Where the last `count` events of these kinds before an event begin; where there are fewer, the first of them (`before` if there is none). */
export async function indexBefore(run: PlayedRun, before: number, count: number, kinds: Kinds): Promise<Result<number>> {
  if (kinds === null) return ok(Math.max(0, before - count));
  const found = await eventsIn(run, { from: 0, to: before }, -1, count, kinds);
  return found.ok ? ok(found.value.at(-1)?.index ?? before) : found;
}
