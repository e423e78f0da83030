import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { COUNTER_COUNT } from './counters.ts';
import { grown } from './grow.ts';
import type { Compressor } from './run.ts';
import { damaged, newer, seal, unseal } from './seal.ts';
import type { CounterWatcher } from './state-tables.ts';

/** Events of a bucket, by level. Each is a multiple of the one before. */
export const LEVEL_BUCKET_EVENTS = [1024, 8192, 65_536] as const;
export const LEVEL_COUNT = LEVEL_BUCKET_EVENTS.length;

/** What one counter of one container did in one block: the buckets in which it changed, in order. In all others it stood still. Raw units. */
export interface BlockSeries {
  /** Value before the block. */
  readonly before: number;
  readonly buckets: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly last: readonly number[];
}

/** Per slot (`container * COUNTER_COUNT + counter`) what changed; slots that did not change in the block are absent. */
export type LevelSeries = ReadonlyMap<number, BlockSeries>;

interface MutableSeries {
  before: number;
  buckets: number[];
  min: number[];
  max: number[];
  last: number[];
}

/** Watches a state while a block is applied to it, and seals the block's series. */
export class PyramidBuilder implements CounterWatcher {
  /** Number of the bucket under way over the whole run, from 1, so that 0 is no bucket. */
  #bucket = 1;
  #bucketInBlock = 0;
  /** Per slot: the last bucket in which it changed, and its extremes there. */
  #stamp = new Float64Array(1024);
  #min = new Float64Array(1024);
  #max = new Float64Array(1024);
  #changed: number[] = [];
  #series = new Map<number, MutableSeries>();
  readonly #out = new ByteWriter();

  changed(slot: number, before: number, lowest: number, highest: number): void {
    if (slot >= this.#stamp.length) this.#grow(slot + 1);
    if (this.#stamp[slot] === this.#bucket) {
      if (lowest < this.#min[slot]) this.#min[slot] = lowest;
      if (highest > this.#max[slot]) this.#max[slot] = highest;
      return;
    }
    this.#stamp[slot] = this.#bucket;
    this.#min[slot] = lowest;
    this.#max[slot] = highest;
    this.#changed.push(slot);
    if (!this.#series.has(slot)) this.#series.set(slot, { before, buckets: [], min: [], max: [], last: [] });
  }

  /** Ends a bucket of level 0. `values`: the state's, at its end. */
  closeBucket(values: Float64Array): void {
    for (const slot of this.#changed) {
      const series = this.#series.get(slot);
      if (series === undefined) continue;
      series.buckets.push(this.#bucketInBlock);
      series.min.push(this.#min[slot]);
      series.max.push(this.#max[slot]);
      series.last.push(values[slot]);
    }
    this.#changed = [];
    this.#bucket++;
    this.#bucketInBlock++;
  }

  /** Ends the block: its sealed series, one piece per level. */
  sealBlock(compressor: Compressor): Uint8Array[] {
    const slots = [...this.#series.keys()].sort((x, y) => x - y);
    let level: readonly (readonly [number, BlockSeries])[] = slots.map((slot) => [slot, this.#series.get(slot) as BlockSeries]);
    const sealed: Uint8Array[] = [];
    for (let index = 0; index < LEVEL_COUNT; index++) {
      if (index > 0) {
        const factor = LEVEL_BUCKET_EVENTS[index] / LEVEL_BUCKET_EVENTS[index - 1];
        level = level.map(([slot, series]) => [slot, coarser(series, factor)]);
      }
      sealed.push(encodeLevel(level, compressor, this.#out));
    }
    this.#series = new Map();
    this.#bucketInBlock = 0;
    return sealed;
  }

  #grow(count: number): void {
    this.#stamp = grown(this.#stamp, count);
    this.#min = grown(this.#min, count);
    this.#max = grown(this.#max, count);
  }
}

/** Joins buckets, `factor` to one. The extremes of a bucket take in its first value, so those of the joined one do. */
function coarser(series: BlockSeries, factor: number): BlockSeries {
  const joined: MutableSeries = { before: series.before, buckets: [], min: [], max: [], last: [] };
  for (let row = 0; row < series.buckets.length; row++) {
    const bucket = Math.floor(series.buckets[row] / factor);
    const at = joined.buckets.length - 1;
    if (joined.buckets[at] === bucket) {
      joined.min[at] = Math.min(joined.min[at], series.min[row]);
      joined.max[at] = Math.max(joined.max[at], series.max[row]);
      joined.last[at] = series.last[row];
    } else {
      joined.buckets.push(bucket);
      joined.min.push(series.min[row]);
      joined.max.push(series.max[row]);
      joined.last.push(series.last[row]);
    }
  }
  return joined;
}

function encodeLevel(level: readonly (readonly [number, BlockSeries])[], compressor: Compressor, out: ByteWriter): Uint8Array {
  out.clear();
  out.uint(level.length);
  let previousSlot = 0;
  for (const [slot, series] of level) {
    out.uint(slot - previousSlot);
    out.int(series.before);
    out.uint(series.buckets.length);
    previousSlot = slot;
  }
  for (const [, { buckets }] of level) {
    let previous = -1;
    for (const bucket of buckets) {
      out.uint(bucket - previous - 1);
      previous = bucket;
    }
  }
  for (const [, { before, min, max, last }] of level) {
    let value = before;
    for (let row = 0; row < last.length; row++) {
      out.int(last[row] - value);
      out.uint(Math.min(value, last[row]) - min[row]);
      out.uint(max[row] - Math.max(value, last[row]));
      value = last[row];
    }
  }
  return seal('series', out.bytes(), compressor);
}

/** The slot of today's table for one of a table with fewer counters. */
const slotNow = (slot: number, counter_count: number): number => Math.floor(slot / counter_count) * COUNTER_COUNT + (slot % counter_count);

/** Reads one level of one block of a run with so many counters a container (`recordedCounterCount`). Errors: `record.damaged`, `record.newer`. */
export function decodeLevel(sealed: Uint8Array, compressor: Compressor, counter_count = COUNTER_COUNT): Result<LevelSeries> {
  if (counter_count > COUNTER_COUNT) return fail(newer('series', `with ${counter_count} counters`, `${COUNTER_COUNT}`));
  const unsealed = unseal('series', sealed, compressor);
  if (!unsealed.ok) return unsealed;
  const input = new ByteReader(unsealed.value);
  const all = new Map<number, MutableSeries>();
  const row_counts: number[] = [];
  let slot = 0;
  for (let left = input.count(); left > 0; left--) {
    slot += input.uint();
    all.set(slotNow(slot, counter_count), { before: input.int(), buckets: [], min: [], max: [], last: [] });
    row_counts.push(input.count());
  }
  let index = 0;
  for (const { buckets } of all.values()) {
    let bucket = -1;
    for (let left = row_counts[index++]; left > 0; left--) {
      bucket += input.uint() + 1;
      buckets.push(bucket);
    }
  }
  for (const { before, buckets, min, max, last } of all.values()) {
    let value = before;
    for (let left = buckets.length; left > 0; left--) {
      const next = value + input.int();
      min.push(Math.min(value, next) - input.uint());
      max.push(Math.max(value, next) + input.uint());
      last.push(next);
      value = next;
    }
  }
  return input.overrun ? fail(damaged('series', 'it is cut short')) : ok(all);
}
