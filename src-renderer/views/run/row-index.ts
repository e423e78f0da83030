import type { DensityView } from '../../../src-engine/record/run.ts';

/** Events in one fetch where every event is a row. */
export const CHUNK_EVENT_COUNT = 200;

/** A stretch of events that is fetched as one, and the rows that come of it. */
export interface RowChunk {
  readonly first_event: number;
  readonly event_count: number;
  readonly first_row: number;
  readonly row_count: number;
}

/**
 * Where the rows of the event table lie in the run. Without a filter row i is event i; with one, the counts per bucket that the
 * timeline has anyway tell how many rows each stretch gives, so that millions of events are filtered without reading them.
 */
export interface RowIndex {
  readonly row_count: number;
  readonly chunk_count: number;
  /** Kinds that are rows; null for all. */
  readonly kinds: ReadonlySet<number> | null;
  chunk(chunk_index: number): RowChunk;
  /** Chunk that holds a row. */
  chunkOfRow(row: number): number;
  /** Chunk that covers an event. */
  chunkOfEvent(event: number): number;
}

/** Rows of all events. */
export function allRows(event_count: number): RowIndex {
  const chunk_count = Math.ceil(event_count / CHUNK_EVENT_COUNT);
  const chunkOf = (position: number): number => Math.min(Math.max(0, chunk_count - 1), Math.max(0, Math.floor(position / CHUNK_EVENT_COUNT)));
  return {
    row_count: event_count,
    chunk_count,
    kinds: null,
    chunk(chunk_index) {
      const first = chunk_index * CHUNK_EVENT_COUNT;
      const count = Math.max(0, Math.min(CHUNK_EVENT_COUNT, event_count - first));
      return { first_event: first, event_count: count, first_row: first, row_count: count };
    },
    chunkOfRow: chunkOf,
    chunkOfEvent: chunkOf,
  };
}

/** Last index whose value is at most `wanted` in ascending `values`; 0 if none. */
function lastAtMost(values: Float64Array, count: number, wanted: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (values[middle] <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Rows of the events of some kinds. */
export function filteredRows(event_count: number, density: DensityView, kinds: ReadonlySet<number>): RowIndex {
  const columns = density.kinds.filter((column) => kinds.has(column.kind)).map((column) => column.counts);
  const bucket_count = Math.ceil(event_count / density.bucket_events);
  const buckets_per_chunk = Math.max(1, Math.round(CHUNK_EVENT_COUNT / density.bucket_events));
  const chunk_events = buckets_per_chunk * density.bucket_events;
  const chunk_count = Math.ceil(bucket_count / buckets_per_chunk);
  // first_rows[i] = rows before chunk i; one more entry for the end.
  const first_rows = new Float64Array(chunk_count + 1);
  for (let chunk_index = 0; chunk_index < chunk_count; chunk_index += 1) {
    let rows = 0;
    const last_bucket = Math.min(bucket_count, (chunk_index + 1) * buckets_per_chunk);
    for (let bucket = chunk_index * buckets_per_chunk; bucket < last_bucket; bucket += 1) for (const counts of columns) rows += counts[bucket] ?? 0;
    first_rows[chunk_index + 1] = first_rows[chunk_index] + rows;
  }
  return {
    row_count: first_rows[chunk_count],
    chunk_count,
    kinds,
    chunk(chunk_index) {
      const first_event = chunk_index * chunk_events;
      const first_row = first_rows[chunk_index];
      return {
        first_event,
        event_count: Math.max(0, Math.min(chunk_events, event_count - first_event)),
        first_row,
        row_count: first_rows[chunk_index + 1] - first_row,
      };
    },
    // Empty chunks share their first row with the next full one; the last of them is the one that holds the row.
    chunkOfRow: (row) => lastAtMost(first_rows, chunk_count, row),
    chunkOfEvent: (event) => Math.min(Math.max(0, chunk_count - 1), Math.max(0, Math.floor(event / chunk_events))),
  };
}
