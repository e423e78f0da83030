import { COUNTER_COUNT, COUNTERS } from './counters.ts';
import type { EventColumns, EventRow } from './events.ts';
import type { ObjectTable, RunObject } from './object-table.ts';
import { type ObjectFact, ObjectTracker } from './object-tracker.ts';
import type { PageEvents, Pause } from './page-events.ts';
import { type PageOwner, type PageState, pageAfter, UNTOUCHED_PAGE } from './page-state.ts';
import { type BlockSeries, LEVEL_BUCKET_EVENTS, LEVEL_COUNT } from './pyramid.ts';
import type { Replay } from './replay.ts';
import type { RunReader } from './run.ts';
import type { RunBlocks } from './run-blocks.ts';
import { shownFactors, shownValue } from './shown.ts';

/** What of one page can be watched. */
export type PageFact = 'owner' | 'mapcount' | 'list' | 'swapped';

/** What is watched: a counter of a container, a fact of an object (by its number in the run), or a fact of a page (by its number in the run). */
export type Watched =
  | { readonly what: 'counter'; readonly container: number; readonly counter: number }
  | { readonly what: 'object'; readonly object: number; readonly fact: ObjectFact }
  | { readonly what: 'page'; readonly page: number; readonly fact: PageFact };

/** When to stop: at any change, or where the value (as shown: bytes, counts, pages) falls below another or rises above it. Owners and lists only change. */
export type WatchCondition = { readonly when: 'changes' } | { readonly when: 'below' | 'above'; readonly value: number };

/** Value of what is watched: a number as it is shown (a list: LRU; swapped: 0 or 1), and of owners who they are. */
export interface WatchValue {
  readonly value: number;
  readonly owners: readonly PageOwner[] | null;
}

/** The event at which the condition came to hold, and the value on both sides of it. The cursor that shows it is `event_index + 1`. */
export interface WatchHit {
  readonly event_index: number;
  readonly before: WatchValue;
  readonly after: WatchValue;
}

/** Parts of a run that searches share. */
export interface SearchParts {
  readonly reader: RunReader;
  readonly blocks: RunBlocks;
  readonly objects: ObjectTable;
  readonly pages: PageEvents;
  readonly replay: Replay;
}

/** Whether a step from one value to the next meets the condition; `changed` is asked first, for what is no number. */
const meets = (condition: WatchCondition, before: number, after: number): boolean => {
  if (condition.when === 'changes') return true;
  return condition.when === 'below' ? before >= condition.value && after < condition.value : before <= condition.value && after > condition.value;
};

/**
 * The event at which a watched thing changes (or comes to meet the condition) next: forwards the first at or after the cursor `from`, backwards the last before the one that the
 * cursor stands at, as the other moves have it; null if there is none. Exact: to the event, as if each had been applied by itself.
 */
export async function findChange(
  parts: SearchParts,
  watched: Watched,
  condition: WatchCondition,
  from: number,
  direction: 1 | -1,
  pause: Pause,
): Promise<WatchHit | null> {
  if (watched.what === 'page') {
    const changes = pageChanges(await parts.pages.of(watched.page, pause), parts.objects.of(watched.page)?.class ?? 0, watched.fact, condition);
    const at = direction > 0 ? changes.find(({ event_index }) => event_index >= from) : changes.findLast(({ event_index }) => event_index < from - 1);
    return at ?? null;
  }
  const probe = watched.what === 'counter' ? new CounterProbe(parts, watched, condition) : objectProbe(parts, watched, condition);
  return probe === null ? null : search(parts.blocks, probe, from, direction, pause);
}

/** The value of what is watched after `event_index` events. */
export async function watchedValue(parts: SearchParts, watched: Watched, event_index: number, pause: Pause): Promise<WatchValue> {
  if (watched.what === 'page') {
    const rows = await parts.pages.of(watched.page, pause);
    const objectClass = parts.objects.of(watched.page)?.class ?? 0;
    let state = UNTOUCHED_PAGE;
    for (const row of rows) {
      if (row.index >= event_index) break;
      state = pageAfter(state, row, objectClass);
    }
    return valueOfPage(state, watched.fact);
  }
  const state = parts.replay.moveTo(event_index);
  if (watched.what === 'counter') {
    const slot = watched.container * COUNTER_COUNT + watched.counter;
    return { value: shownValue(watched.counter, state.values[slot] ?? 0, shownFactors(parts.reader.meta.charge_shift)), owners: null };
  }
  const object = parts.objects.objects[watched.object];
  return object === undefined ? { value: 0, owners: null } : valueOfObject(new ObjectTracker(object, watched.fact, state), watched.fact);
}

function valueOfPage(state: PageState, fact: PageFact): WatchValue {
  switch (fact) {
    case 'owner':
      return { value: state.owners.length, owners: state.owners };
    case 'mapcount':
      return { value: state.mapcount, owners: null };
    case 'list':
      return { value: state.list, owners: null };
    case 'swapped':
      return { value: Number(state.swapped), owners: null };
  }
}

const valueOfObject = (tracker: ObjectTracker, fact: ObjectFact): WatchValue => ({
  value: tracker.value,
  owners: fact === 'owner' ? tracker.owners.map((container) => ({ container, units: 0 })) : null,
});

/** All events at which a fact of a page meets the condition. */
function pageChanges(rows: readonly EventRow[], objectClass: number, fact: PageFact, condition: WatchCondition): WatchHit[] {
  const hits: WatchHit[] = [];
  let state = UNTOUCHED_PAGE;
  for (const row of rows) {
    const next = pageAfter(state, row, objectClass);
    const field = fact === 'owner' ? 'owners' : fact;
    if (next[field] !== state[field]) {
      const [before, after] = [valueOfPage(state, fact), valueOfPage(next, fact)];
      if (meets(condition, before.value, after.value)) hits.push({ event_index: row.index, before, after });
    }
    state = next;
  }
  return hits;
}

/** Looks for changes within one block. */
interface Probe {
  /** Ranges of rows, ascending, outside of which the condition is not met in the block. */
  ranges(at: number): readonly (readonly [from: number, to: number])[];
  /** The first hit in rows `from..to` of a block, or the last. */
  find(at: number, from: number, to: number, direction: 1 | -1): WatchHit | null;
}

async function search(blocks: RunBlocks, probe: Probe, from: number, direction: 1 | -1, pause: Pause): Promise<WatchHit | null> {
  // Forwards the events from `from` on, backwards those before `from - 1`.
  const start = direction > 0 ? Math.max(from, 0) : Math.min(from - 1, blocks.event_count);
  if (direction > 0 ? start >= blocks.event_count : start <= 0) return null;
  for (let at = blocks.at(direction > 0 ? start : start - 1); at >= 0 && at < blocks.entries.length; at += direction) {
    const { first_event, event_count } = blocks.entries[at];
    const [low, high] = direction > 0 ? [Math.max(start - first_event, 0), event_count] : [0, Math.min(start - first_event, event_count)];
    const ranges = probe.ranges(at);
    for (const [range_from, range_to] of direction > 0 ? ranges : ranges.toReversed()) {
      const [row_from, row_to] = [Math.max(range_from, low), Math.min(range_to, high)];
      const hit = row_from < row_to ? probe.find(at, row_from, row_to, direction) : null;
      if (hit !== null) return hit;
    }
    await pause();
  }
  return null;
}

/** Skips by the pyramid: a bucket in which the counter's extremes do not meet the condition cannot hold it; in one that may, events are applied one by one. */
class CounterProbe implements Probe {
  readonly #parts: SearchParts;
  readonly #slot: number;
  readonly #condition: WatchCondition;
  /** A raw value as conditions see it: as it is shown, but a limit of `max` is above all others. */
  readonly #seen: (raw: number) => number;
  readonly #shown: (raw: number) => number;

  constructor(parts: SearchParts, { container, counter }: Extract<Watched, { what: 'counter' }>, condition: WatchCondition) {
    const factors = shownFactors(parts.reader.meta.charge_shift);
    const is_limit = COUNTERS[counter]?.scope === 'setting';
    this.#parts = parts;
    this.#slot = container * COUNTER_COUNT + counter;
    this.#condition = condition;
    this.#shown = (raw) => shownValue(counter, raw, factors);
    this.#seen = (raw) => (is_limit && raw < 0 ? Number.POSITIVE_INFINITY : shownValue(counter, raw, factors));
  }

  ranges(at: number): readonly (readonly [number, number])[] {
    if (this.#level(at, LEVEL_COUNT - 1) === undefined) return [];
    const series = this.#level(at, 0);
    if (series === undefined) return [];
    const size = LEVEL_BUCKET_EVENTS[0];
    return series.buckets.flatMap((bucket, row) =>
      this.#mayMeet(row === 0 ? series.before : series.last[row - 1], series.min[row], series.max[row]) ? [[bucket * size, (bucket + 1) * size] as const] : [],
    );
  }

  find(at: number, from: number, to: number, direction: 1 | -1): WatchHit | null {
    const { blocks, replay } = this.#parts;
    const { first_event } = blocks.entries[at];
    const state = replay.moveTo(first_event + from);
    const { columns } = blocks.decoded(at);
    let hit: WatchHit | null = null;
    let before = state.values[this.#slot] ?? 0;
    for (let row = from; row < to; row++) {
      state.apply(columns, row, row + 1);
      const after = state.values[this.#slot] ?? 0;
      if (after === before) continue;
      if (meets(this.#condition, this.#seen(before), this.#seen(after))) {
        hit = { event_index: first_event + row, before: { value: this.#shown(before), owners: null }, after: { value: this.#shown(after), owners: null } };
        if (direction > 0) break;
      }
      before = after;
    }
    return hit;
  }

  #level(at: number, level: number): BlockSeries | undefined {
    const { block_index } = this.#parts.blocks.entries[at];
    return this.#parts.blocks.level(block_index, level).get(this.#slot);
  }

  #mayMeet(before: number, min: number, max: number): boolean {
    if (this.#condition.when === 'changes') return min < max || before < min || before > max;
    const values = [before, min, max].map(this.#seen);
    const [lowest, highest] = [Math.min(...values), Math.max(...values)];
    const { value } = this.#condition;
    return this.#condition.when === 'below' ? highest >= value && lowest < value : lowest <= value && highest > value;
  }
}

const objectProbe = (parts: SearchParts, { object, fact }: Extract<Watched, { what: 'object' }>, condition: WatchCondition): Probe | null => {
  const found = parts.objects.objects[object];
  return found === undefined ? null : new ObjectProbe(parts, found, fact, condition);
};

/** Skips blocks that were read before and name no page of the object; through the others it follows the object alone. */
class ObjectProbe implements Probe {
  readonly #parts: SearchParts;
  readonly #object: RunObject;
  readonly #fact: ObjectFact;
  readonly #condition: WatchCondition;

  constructor(parts: SearchParts, object: RunObject, fact: ObjectFact, condition: WatchCondition) {
    this.#parts = parts;
    this.#object = object;
    this.#fact = fact;
    this.#condition = condition;
  }

  ranges(at: number): readonly (readonly [number, number])[] {
    const { blocks, pages } = this.#parts;
    const { first_event, event_count } = blocks.entries[at];
    if (first_event + event_count <= this.#object.created_event) return [];
    pages.learn(at);
    return pages.mayNameObject(at, this.#object.id) ? [[0, event_count]] : [];
  }

  find(at: number, from: number, to: number, direction: 1 | -1): WatchHit | null {
    const { blocks, replay } = this.#parts;
    const { first_event } = blocks.entries[at];
    const first = this.#firstConcerned(blocks.decoded(at).columns, from, to);
    if (first < 0) return null;
    const tracker = new ObjectTracker(this.#object, this.#fact, replay.moveTo(first_event + first));
    const { columns } = blocks.decoded(at);
    let hit: WatchHit | null = null;
    for (let row = first; row < to; row++) {
      if (!this.#concerns(columns, row)) continue;
      const before = valueOfObject(tracker, this.#fact);
      if (!tracker.apply(columns, row)) continue;
      const after = valueOfObject(tracker, this.#fact);
      if (!meets(this.#condition, before.value, after.value)) continue;
      hit = { event_index: first_event + row, before, after };
      if (direction > 0) break;
    }
    return hit;
  }

  #concerns({ page }: EventColumns, row: number): boolean {
    return page[row] >= this.#object.base && page[row] - this.#object.base < this.#object.page_count;
  }

  #firstConcerned(columns: EventColumns, from: number, to: number): number {
    for (let row = from; row < to; row++) if (this.#concerns(columns, row)) return row;
    return -1;
  }
}
