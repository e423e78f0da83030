import type { DensityView } from './run.ts';
import type { RunBlocks } from './run-blocks.ts';

/** Up to so many blocks are decoded to count exactly; beyond that the block index is fine enough for any screen. */
const EXACT_BLOCK_COUNT = 64;

/** Events of each kind per bucket over the whole run; only kinds that occur. */
export function densityOf(blocks: RunBlocks, bucket_count_max: number): DensityView {
  const { entries, event_count } = blocks;
  const exact = entries.length <= EXACT_BLOCK_COUNT;
  const finest = exact ? 1 : entries.reduce((largest, entry) => Math.max(largest, entry.event_count), 1);
  const bucket_events = Math.max(Math.ceil(event_count / bucket_count_max / finest), 1) * finest;
  const bucket_count = Math.ceil(event_count / bucket_events);
  const kinds = new Map<number, Uint32Array>();
  const addCounts = (kind_counts: Uint32Array, bucket: number): void => {
    kind_counts.forEach((count, kind) => {
      if (count === 0) return;
      const counts = kinds.get(kind) ?? new Uint32Array(bucket_count);
      counts[bucket] += count;
      kinds.set(kind, counts);
    });
  };
  for (const [at, entry] of entries.entries()) {
    if (exact) {
      const { columns, count } = blocks.decodedOnce(at);
      for (let start = 0; start < count; ) {
        const bucket = Math.floor((entry.first_event + start) / bucket_events);
        const end = Math.min((bucket + 1) * bucket_events - entry.first_event, count);
        const here = new Uint32Array(256);
        for (let row = start; row < end; row++) here[columns.kind[row]]++;
        addCounts(here, bucket);
        start = end;
      }
    } else {
      addCounts(entry.kind_counts, Math.floor(entry.first_event / bucket_events));
    }
  }
  return { bucket_events, kinds: [...kinds].sort(([x], [y]) => x - y).map(([kind, counts]) => ({ kind, counts })) };
}
