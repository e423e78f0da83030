import type { EventRow } from '../../../src-engine/record/events.ts';
import type { RowIndex } from './row-index.ts';

/** Chunks kept: enough for a tall window and its surroundings, small enough to forget about. */
const KEPT_CHUNK_COUNT = 64;
/** Events the lab gives in one call. */
const CALL_EVENT_COUNT_MAX = 2000;

/** Rows of the event table, fetched in chunks as they come into sight. */
export interface EventSource {
  readonly index: RowIndex;
  /** The row if it is here already. */
  row(row: number): EventRow | undefined;
  /** Asks for rows; those that come into sight later come first. `onLoaded` tells of each chunk that arrives. */
  want(first_row: number, row_count: number): void;
  /** Row of the last event at or before `event` that is a row; −1 if there is none. Undefined if the lab did not answer. */
  locate(event: number): Promise<number | undefined>;
  /** First row from `from_row` on (`delta` −1: back to the start) whose event `matches`; undefined if none, or stopped. `onProgress` gets the row reached. */
  find(
    from_row: number,
    delta: 1 | -1,
    matches: (event: EventRow) => boolean,
    stopped: () => boolean,
    onProgress: (row: number) => void,
  ): Promise<number | undefined>;
}

/** A source over `index`. `fetchEvents` gives undefined where the lab failed (and has told so). */
export function createEventSource(
  index: RowIndex,
  fetchEvents: (from_event: number, count: number) => Promise<readonly EventRow[] | undefined>,
  onLoaded: () => void,
): EventSource {
  const kept = new Map<number, readonly EventRow[]>();
  let wanted: readonly number[] = [];
  let busy = false;

  async function fetchChunk(chunk_index: number): Promise<readonly EventRow[] | undefined> {
    const chunk = index.chunk(chunk_index);
    const rows: EventRow[] = [];
    const end_event = chunk.event_count + chunk.first_event;
    // An empty chunk of a filtered table needs no reading.
    for (let from = chunk.first_event; chunk.row_count > 0 && from < end_event; from += CALL_EVENT_COUNT_MAX) {
      const events = await fetchEvents(from, Math.min(CALL_EVENT_COUNT_MAX, end_event - from));
      if (events === undefined) return undefined;
      for (const event of events) if (index.kinds?.has(event.kind) ?? true) rows.push(event);
    }
    return rows;
  }

  async function load(chunk_index: number): Promise<readonly EventRow[] | undefined> {
    const here = kept.get(chunk_index);
    if (here !== undefined) return here;
    const rows = await fetchChunk(chunk_index);
    if (rows === undefined) return undefined;
    kept.set(chunk_index, rows);
    if (kept.size > KEPT_CHUNK_COUNT) {
      const oldest = kept.keys().next();
      if (!oldest.done) kept.delete(oldest.value);
    }
    return rows;
  }

  async function loadWanted(): Promise<void> {
    if (busy) return;
    busy = true;
    for (let next = wanted.find((chunk) => !kept.has(chunk)); next !== undefined; next = wanted.find((chunk) => !kept.has(chunk))) {
      if ((await load(next)) === undefined) break;
      onLoaded();
    }
    busy = false;
  }

  return {
    index,
    row(row) {
      const chunk_index = index.chunkOfRow(row);
      return kept.get(chunk_index)?.[row - index.chunk(chunk_index).first_row];
    },
    want(first_row, row_count) {
      if (index.row_count === 0 || row_count === 0) return;
      const first = index.chunkOfRow(Math.min(first_row, index.row_count - 1));
      const last = index.chunkOfRow(Math.min(index.row_count - 1, first_row + row_count - 1));
      wanted = Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
      void loadWanted();
    },
    async locate(event) {
      if (index.row_count === 0 || event < 0) return -1;
      if (index.kinds === null) return Math.min(index.row_count - 1, event);
      const chunk_index = index.chunkOfEvent(event);
      const rows = await load(chunk_index);
      if (rows === undefined) return undefined;
      const after = rows.findIndex((row) => row.index > event);
      return index.chunk(chunk_index).first_row + (after === -1 ? rows.length : after) - 1;
    },
    async find(from_row, delta, matches, stopped, onProgress) {
      let row = from_row;
      while (row >= 0 && row < index.row_count && !stopped()) {
        const chunk_index = index.chunkOfRow(row);
        const chunk = index.chunk(chunk_index);
        const rows = kept.get(chunk_index) ?? (await fetchChunk(chunk_index));
        if (rows === undefined) return undefined;
        for (let at = row - chunk.first_row; at >= 0 && at < rows.length; at += delta) if (matches(rows[at])) return chunk.first_row + at;
        row = delta === 1 ? chunk.first_row + chunk.row_count : chunk.first_row - 1;
        onProgress(row);
      }
      return undefined;
    },
  };
}
