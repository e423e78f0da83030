import { COUNTER, COUNTER_COUNT, COUNTERS } from './counters.ts';
import { LEVEL_BUCKET_EVENTS, LEVEL_COUNT } from './pyramid.ts';
import type { SeriesRequest, SeriesView } from './run.ts';
import type { RunBlocks } from './run-blocks.ts';
import { shownFactors, shownValue } from './shown.ts';
import { RunState } from './state.ts';
import type { CounterWatcher } from './state-tables.ts';
import { LIFE, SCALAR } from './state-tables.ts';

/** Up to so many blocks are applied again, event by event, where the pyramid is too coarse. */
const REPLAYED_BLOCK_COUNT = 4;
/** So many are, where they are small, as of a watched tree whose every sample is sealed. */
const REPLAYED_SMALL_BLOCK_COUNT = 256;
const REPLAYED_EVENT_COUNT = 65_536;

/** One bucket's extremes for all asked slots, while it is built. */
class Extremes implements CounterWatcher {
  readonly #index: ReadonlyMap<number, number>;
  readonly min: Float64Array;
  readonly max: Float64Array;

  constructor(slots: readonly number[]) {
    this.#index = new Map(slots.map((slot, index) => [slot, index]));
    this.min = new Float64Array(slots.length);
    this.max = new Float64Array(slots.length);
  }

  changed(slot: number, _before: number, lowest: number, highest: number): void {
    const index = this.#index.get(slot);
    if (index === undefined) return;
    if (lowest < this.min[index]) this.min[index] = lowest;
    if (highest > this.max[index]) this.max[index] = highest;
  }
}

/** Collects buckets of one series; `x`: the event at which a bucket ends. */
class SeriesRows {
  readonly x: number[] = [];
  readonly min: number[] = [];
  readonly max: number[] = [];
  readonly last: number[] = [];
  /** Row at whose end the container is there, the first one; −1: none yet. */
  made_at = -1;

  /** Tells of the row added last that the container is there at its end. */
  made(): void {
    if (this.made_at < 0) this.made_at = this.x.length - 1;
  }

  /** Adds a bucket, or joins it to the last one. */
  add(joins: boolean, x: number, min: number, max: number, last: number): void {
    const at = this.x.length - 1;
    if (joins && at >= 0) {
      this.x[at] = x;
      this.min[at] = Math.min(this.min[at], min);
      this.max[at] = Math.max(this.max[at], max);
      this.last[at] = last;
      return;
    }
    this.x.push(x);
    this.min.push(min);
    this.max.push(max);
    this.last.push(last);
  }
}

/** Answers requests for series over one run. Has a state of its own, so that the player's cursor stays where it is. */
export class SeriesQuery {
  readonly #blocks: RunBlocks;
  readonly #state = new RunState();
  readonly #factors: Float64Array;

  constructor(blocks: RunBlocks, charge_shift: number) {
    this.#blocks = blocks;
    this.#factors = shownFactors(charge_shift);
  }

  /**
   * Series over `[from_event, to_event)`. A limit is NaN up to where its container is made. Where a bucket spans less than the pyramid's finest, a few blocks are applied again and the answer is exact to the event; else buckets
   * are those of the pyramid (or blocks, where those are smaller), or several joined, and the first and last may reach beyond the range. Cuts come besides the buckets that were asked for.
   */
  answer({ series, from_event, to_event, bucket_count_max, cut_events = [] }: SeriesRequest): SeriesView[] {
    const from = Math.min(Math.max(Math.floor(from_event), 0), this.#blocks.event_count);
    const to = Math.min(Math.max(Math.floor(to_event), from), this.#blocks.event_count);
    const rows = series.map(() => new SeriesRows());
    if (to > from) {
      const slots = series.map(({ container, counter }) => container * COUNTER_COUNT + counter);
      const bucket_events = Math.ceil((to - from) / Math.max(bucket_count_max, 1));
      const block_count = this.#blocks.at(to - 1) - this.#blocks.at(from) + 1;
      const are_few = block_count <= REPLAYED_BLOCK_COUNT || (block_count <= REPLAYED_SMALL_BLOCK_COUNT && to - from <= REPLAYED_EVENT_COUNT);
      if (bucket_events < LEVEL_BUCKET_EVENTS[0] && are_few) this.#replay(slots, rows, from, to, bucket_events, cut_events);
      else this.#fromPyramid(slots, rows, from, to, bucket_count_max);
    }
    return series.map(({ container, counter }, index) => {
      const { x, min, max, last, made_at } = rows[index];
      const is_limit = COUNTERS[counter]?.scope === 'setting';
      const isThere = (row: number): boolean => !is_limit || (made_at >= 0 && row >= made_at);
      const shown = (values: readonly number[]) =>
        Float64Array.from(values, (value, row) => (isThere(row) ? shownValue(counter, value, this.#factors) : Number.NaN));
      const greatest = shown(max);
      // Made in this row and open since: the 0 is what stood there before.
      if (is_limit && greatest[made_at] === 0 && last[made_at] < 0) greatest[made_at] = -1;
      return { container, counter, x: Float64Array.from(x), min: shown(min), max: greatest, last: shown(last) };
    });
  }

  #isThere(slot: number): boolean {
    const container = containerOf(slot);
    return container < this.#state.scalars[SCALAR.container_count] && this.#state.container_life[container] !== LIFE.never;
  }

  #valueNow(slot: number): number {
    return slot < this.#state.scalars[SCALAR.container_count] * COUNTER_COUNT ? this.#state.values[slot] : 0;
  }

  /** Loads the nearest keyframe at or before a block; returns the place of its block. */
  #loadBefore(at: number): number {
    const keyframe = this.#blocks.keyframeBefore(at);
    this.#state.watcher = null;
    this.#blocks.load(keyframe, this.#state);
    return keyframe;
  }

  #replay(slots: readonly number[], rows: readonly SeriesRows[], from: number, to: number, bucket_events: number, cuts: readonly number[]): void {
    this.#loadBefore(this.#blocks.at(from));
    this.#blocks.applyTo(from, this.#state);
    const unique = [...new Set(slots)];
    const extremes = new Extremes(unique);
    const indexOf = new Map(unique.map((slot, index) => [slot, index]));
    this.#state.watcher = extremes;
    let next_cut = 0;
    for (let start = from; start < to; ) {
      while (cuts[next_cut] <= start) next_cut++;
      unique.forEach((slot, index) => {
        extremes.min[index] = extremes.max[index] = this.#valueNow(slot);
      });
      const end = Math.min(start + bucket_events, cuts[next_cut] ?? to, to);
      this.#blocks.applyTo(end, this.#state);
      slots.forEach((slot, series) => {
        const index = indexOf.get(slot) ?? 0;
        rows[series].add(false, end, extremes.min[index], extremes.max[index], this.#valueNow(slot));
        if (this.#isThere(slot)) rows[series].made();
      });
      start = end;
    }
  }

  #fromPyramid(slots: readonly number[], rows: readonly SeriesRows[], from: number, to: number, bucket_count_max: number): void {
    const { entries } = this.#blocks;
    const wanted_events = Math.ceil((to - from) / Math.max(bucket_count_max, 1));
    const level = Math.max(
      LEVEL_BUCKET_EVENTS.findLastIndex((size) => size <= wanted_events),
      0,
    );
    const size = LEVEL_BUCKET_EVENTS[level];
    const first = this.#blocks.at(from);
    // Blocks that are smaller than a bucket have a bucket of their own each: those tell more.
    const has_small_blocks = (to - from) / (this.#blocks.at(to - 1) - first + 1) < size;
    const joined_events = joinedSize(from, to, has_small_blocks ? 1 : size, bucket_count_max);
    const { values: before, are_there } = this.#before(first, slots);
    let previousJoined = -1;
    for (let at = first; at < entries.length && entries[at].first_event < to; at++) {
      const { block_index, first_event, event_count } = entries[at];
      const changed = this.#blocks.level(block_index, level);
      const ofSlots = slots.map((slot) => changed.get(slot));
      const made = slots.map((slot, index) => (are_there[index] ? 0 : (changed.get(madeSlot(slot))?.buckets[0] ?? Number.POSITIVE_INFINITY)));
      const nexts = slots.map(() => 0);
      for (let bucket = 0; bucket * size < event_count; bucket++) {
        const start = first_event + bucket * size;
        const end = Math.min(start + size, first_event + event_count);
        const inRange = end > from && start < to;
        const joined = Math.floor((end - 1) / joined_events);
        for (let index = 0; index < slots.length; index++) {
          const series = ofSlots[index];
          let value = before[index];
          let min = value;
          let max = value;
          if (series !== undefined && series.buckets[nexts[index]] === bucket) {
            const row = nexts[index]++;
            min = series.min[row];
            max = series.max[row];
            value = series.last[row];
            before[index] = value;
          }
          are_there[index] ||= bucket >= made[index];
          if (!inRange) continue;
          rows[index].add(joined === previousJoined, end, min, max, value);
          if (are_there[index]) rows[index].made();
        }
        if (inRange) previousJoined = joined;
      }
    }
  }

  /** Values right before a block, and whether their containers are there: as the nearest keyframe has them, carried on by the coarsest level. */
  #before(at: number, slots: readonly number[]): { readonly values: number[]; readonly are_there: boolean[] } {
    const keyframe_at = this.#loadBefore(at);
    const values = slots.map((slot) => this.#valueNow(slot));
    const are_there = slots.map((slot) => this.#isThere(slot));
    for (let block = keyframe_at; block < at; block++) {
      const changed = this.#blocks.level(this.#blocks.entries[block].block_index, LEVEL_COUNT - 1);
      slots.forEach((slot, index) => {
        values[index] = changed.get(slot)?.last.at(-1) ?? values[index];
        are_there[index] ||= changed.has(madeSlot(slot));
      });
    }
    return { values, are_there };
  }
}

const containerOf = (slot: number): number => Math.floor(slot / COUNTER_COUNT);

/** A slot of the same container that changes when it is made: every container begins with `memory.max` open, which is not 0. */
const madeSlot = (slot: number): number => containerOf(slot) * COUNTER_COUNT + COUNTER.limit_max;

/** The smallest multiple of `size` of which at most `bucket_count_max` cover the range, counted from event 0. */
function joinedSize(from: number, to: number, size: number, bucket_count_max: number): number {
  let joined = Math.max(Math.ceil((to - from) / bucket_count_max / size), 1) * size;
  while (Math.floor((to - 1) / joined) - Math.floor(from / joined) + 1 > Math.max(bucket_count_max, 2)) joined += size;
  return joined;
}
