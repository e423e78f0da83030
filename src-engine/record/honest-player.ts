import { COUNTER, COUNTERS, TRACED_COUNTERS } from './counters.ts';
import { KIND } from './events.ts';
import type { ContainerView, Player, RunMeta, SeriesView } from './run.ts';

/** Counters (indexes of COUNTERS) that a run on a real kernel, of a watched tree or of an imported trace, never read: the kernel has no such file or key, or the lab does not ask for it. */
interface Unread {
  /** Of the root, which has no memory.current in cgroup v2. */
  readonly root: ReadonlySet<number>;
  /** Of every other container. */
  readonly others: ReadonlySet<number>;
  /** Events at which the counters of a container were first read, by its number, as far as they were looked for; −1 for those that were not found, Infinity where that means that there is none. */
  readonly first_events: ReadonlyMap<number, Float64Array>;
}

/** From this version of the recorders on the first reading of a counter is an event, 0 too; before, what was never read and what stayed 0 look alike. */
const FIRST_READINGS_SINCE = 2;
const ROOT = 0;
const EVENTS_AT_ONCE = 2000;
/** The first readings stand at the end of the set-up; a container that a step makes is read at that step's end. */
const EVENTS_MAX = 100_000;

/** A trace tells of reclaim only, whatever else its containers have. */
const TRACED: ReadonlySet<number> = new Set(TRACED_COUNTERS.map((name) => COUNTER[name]));
const NOT_TRACED: ReadonlySet<number> = new Set(COUNTERS.filter(({ index }) => !TRACED.has(index)).map(({ index }) => index));
const OF_TRACES: Unread = { root: NOT_TRACED, others: NOT_TRACED, first_events: new Map() };
/** Of runs that do not tell what was read. */
const NOTHING_UNREAD: Unread = { root: new Set(), others: new Set(), first_events: new Map() };

/** `each`: the containers of a watched tree have not all the same files; a counter of one that was not read of it, but of others, is not known either. */
function unreadIn(player: Player, each: boolean): Unread {
  const [root, others] = [new Set<number>(), new Set<number>()];
  const first_events = new Map<number, Float64Array>();
  // Limits are set, not read.
  const never = Float64Array.from(COUNTERS, ({ scope }) => (each && scope !== 'setting' ? Number.POSITIVE_INFINITY : -1));
  for (let from = 0; from < Math.min(player.event_count, EVENTS_MAX); from += EVENTS_AT_ONCE)
    for (const { index, kind, container, flags } of player.events(from, EVENTS_AT_ONCE)) {
      if (kind !== KIND.counter_read) continue;
      (container === ROOT ? root : others).add(flags);
      const firsts = first_events.get(container) ?? never.slice();
      if (firsts[flags] === never[flags]) firsts[flags] = index;
      first_events.set(container, firsts);
    }
  // Where the look was cut short, the rest of the last container was not seen.
  if (each && player.event_count > EVENTS_MAX) first_events.delete([...first_events.keys()].at(-1) ?? ROOT);
  const missing = (known: ReadonlySet<number>): ReadonlySet<number> =>
    new Set(COUNTERS.filter(({ index, scope }) => scope !== 'setting' && !known.has(index)).map(({ index }) => index));
  return { root: missing(root), others: missing(others), first_events };
}

/** What is known of a container where `event_index` events have happened. */
function without({ root, others, first_events }: Unread, container: ContainerView, event_index: number): ContainerView {
  const counters = container.counters.slice();
  for (const counter of container.id === ROOT ? root : others) counters[counter] = Number.NaN;
  for (const [counter, first] of first_events.get(container.id)?.entries() ?? []) if (first >= event_index) counters[counter] = Number.NaN;
  return { ...container, counters };
}

/** A series with gaps where its counter was not known: all over, or up to its first reading. */
function withGaps({ root, others, first_events }: Unread, series: SeriesView): SeriesView {
  const { container, counter, x, min, max, last } = series;
  const first = (container === ROOT ? root : others).has(counter) ? Number.POSITIVE_INFINITY : (first_events.get(container)?.[counter] ?? -1);
  // A point stands at the end of its stretch of events: the first one that ends after the reading knows its last value, and what the counter was before is no value.
  const read_at = x.findIndex((end) => end > first);
  const gaps = (values: Float64Array): Float64Array => values.map((value, at) => (read_at < 0 || at < read_at ? Number.NaN : value));
  const lows = gaps(min);
  if (read_at >= 0 && first >= (x[read_at - 1] ?? 0)) lows[read_at] = last[read_at] ?? Number.NaN;
  return { ...series, min: lows, max: gaps(max), last: gaps(last) };
}

/** What nobody has read is known of no counter of a container that was removed: it may be dying, with what is still charged to it, or gone for good. What was read before is kept beside that. */
const removed = (unread: Unread, container: ContainerView, event_index: number): ContainerView => ({
  ...container,
  counters: new Float64Array(container.counters.length).fill(Number.NaN),
  read_last: without(unread, container, event_index).counters,
});

/**
 * Tells up to which event a container was there, Infinity where it was not removed. A container is made and removed once: who has its path after it is another.
 * Moves the player's cursor where a container was removed.
 */
function removals(player: Player): (container: number) => number {
  const isGone = (container: number, event: number): boolean => player.seek({ event }).containers.some(({ id, exists }) => id === container && !exists);
  let gone: ReadonlySet<number> | null = null;
  const found = new Map<number, number>();
  return (container) => {
    gone ??= new Set(player.seek({ event: player.event_count }).containers.flatMap(({ id, exists }) => (exists ? [] : [id])));
    if (!gone.has(container)) return Number.POSITIVE_INFINITY;
    const known = found.get(container);
    if (known !== undefined) return known;
    // Where it is gone after `high` events and was not after `low`.
    let [low, high] = [0, player.event_count];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (isGone(container, middle)) high = middle;
      else low = middle;
    }
    found.set(container, low);
    return low;
  };
}

/** A series with a gap from the removal of its container on: what is left are the points that begin before it; `x`: the events at which they end. */
function endedAt(series: SeriesView, event: number): SeriesView {
  if (event === Number.POSITIVE_INFINITY) return series;
  const cut = (values: Float64Array): Float64Array => values.map((value, at) => ((series.x[at - 1] ?? 0) < event ? value : Number.NaN));
  return { ...series, min: cut(series.min), max: cut(series.max), last: cut(series.last) };
}

/**
 * A player that shows as NaN what its run does not know, or not yet, and not as 0 or as it was last: counters that were not read, and all of a container that was removed.
 * A simulated run knows every counter.
 */
export function honestPlayer<P extends Player>(player: P, { source, model, engine_version }: RunMeta): P {
  if (source === 'engine') return player;
  if (source === 'trace' && model === 'ftrace') return withUnread(player, OF_TRACES);
  const recorder = source === 'kernel' ? /^kernel-(\d+)$/ : /^cgroupfs-(\d+)$/;
  const tells_readings = Number(recorder.exec(engine_version)?.[1]) >= FIRST_READINGS_SINCE;
  return withUnread(player, tells_readings ? unreadIn(player, source === 'trace') : NOTHING_UNREAD);
}

function withUnread<P extends Player>(player: P, unread: Unread): P {
  const seek: Player['seek'] = (target) => {
    const state = player.seek(target);
    return {
      ...state,
      containers: state.containers.map((container) =>
        container.exists ? without(unread, container, state.event_index) : removed(unread, container, state.event_index),
      ),
    };
  };
  const lastEventOf = removals(player);
  const series: Player['series'] = (request) => player.series(request).map((view) => endedAt(withGaps(unread, view), lastEventOf(view.container)));
  // All else is the player's own; its methods must be called on it, since it keeps private fields.
  return new Proxy(player, {
    get(own, name) {
      if (name === 'seek') return seek;
      if (name === 'series') return series;
      const value: unknown = Reflect.get(own, name, own);
      return typeof value === 'function' ? value.bind(own) : value;
    },
  });
}
