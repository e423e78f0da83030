import type { EventRow } from '../../../src-engine/record/events.ts';
import type { ReclaimPass } from '../../../src-engine/record/run.ts';
import type { RowChunk, RowIndex } from './row-index.ts';

/** Chunks kept: enough for a tall window and its surroundings, small enough to forget about. */
const KEPT_CHUNK_COUNT = 128;
/** Events and passes that the lab gives in one call. */
const CALL_EVENT_COUNT_MAX = 2000;
const CALL_PASS_COUNT_MAX = 5000;

/** Rows of a long table, fetched in chunks as they come into sight. */
export interface RowSource<Row> {
  readonly index: RowIndex;
  /** The row if it is here already. */
  row(row: number): Row | undefined;
  /** Asks for rows; those that come into sight later come first. `onLoaded` tells of each chunk that arrives. */
  want(first_row: number, row_count: number): void;
  /** Brings rows here that are about to come into sight; tells nobody, since none of them is drawn yet. */
  fetch(first_row: number, row_count: number): Promise<void>;
  /** The last row that belongs to `event` or one before it; −1 if there is none. Undefined if the lab did not answer. */
  locate(event: number): Promise<number | undefined>;
  /** What `locate` will give, where that is known without asking the lab. */
  locateHere(event: number): number | undefined;
}

/** What a row source needs: where the rows lie, how a chunk is read (undefined where the lab failed, and has told so), and which event a row stands for. */
export interface RowSourceSpec<Row> {
  readonly index: RowIndex;
  readonly fetchChunk: (chunk: RowChunk) => Promise<readonly Row[] | undefined>;
  readonly eventOf: (row: Row) => number;
  readonly onLoaded: () => void;
}

/** A source of rows, empty at first. */
export function createRowSource<Row>({ index, fetchChunk, eventOf, onLoaded }: RowSourceSpec<Row>): RowSource<Row> {
  const kept = new Map<number, readonly Row[]>();
  let wanted: readonly number[] = [];
  let busy = false;

  async function load(chunk_index: number): Promise<readonly Row[] | undefined> {
    const here = kept.get(chunk_index);
    if (here !== undefined) return here;
    const chunk = index.chunk(chunk_index);
    // An empty chunk of a filtered table needs no reading.
    if (chunk.row_count === 0) return [];
    const rows = await fetchChunk(chunk);
    if (rows === undefined) return undefined;
    kept.set(chunk_index, rows);
    if (kept.size > KEPT_CHUNK_COUNT) {
      // What is in sight stays, else it would be fetched over and over.
      const forgotten = [...kept.keys()].find((candidate) => candidate !== chunk_index && !wanted.includes(candidate));
      if (forgotten !== undefined) kept.delete(forgotten);
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

  function chunksOf(first_row: number, row_count: number): readonly number[] {
    if (index.row_count === 0 || row_count === 0) return [];
    const first = index.chunkOfRow(Math.min(first_row, index.row_count - 1));
    const last = index.chunkOfRow(Math.min(index.row_count - 1, first_row + row_count - 1));
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset).filter((chunk_index) => index.chunk(chunk_index).row_count > 0);
  }

  function locateHere(event: number): number | undefined {
    if (index.row_count === 0 || event < 0) return -1;
    return index.kinds === null ? Math.min(index.row_count - 1, event) : undefined;
  }

  return {
    index,
    locateHere,
    row(row) {
      const chunk_index = index.chunkOfRow(row);
      return kept.get(chunk_index)?.[row - index.chunk(chunk_index).first_row];
    },
    want(first_row, row_count) {
      if (index.row_count === 0 || row_count === 0) return;
      wanted = chunksOf(first_row, row_count);
      void loadWanted();
    },
    async fetch(first_row, row_count) {
      await Promise.all(chunksOf(first_row, row_count).map(load));
    },
    async locate(event) {
      const here = locateHere(event);
      if (here !== undefined) return here;
      const chunk_index = index.chunkOfEvent(event);
      const rows = await load(chunk_index);
      if (rows === undefined) return undefined;
      const after = rows.findIndex((row) => eventOf(row) > event);
      return index.chunk(chunk_index).first_row + (after === -1 ? rows.length : after) - 1;
    },
  };
}

/** Reads the events of a chunk that are rows, in calls as large as the lab allows. */
export function eventChunks(
  index: RowIndex,
  fetchEvents: (from_event: number, count: number) => Promise<readonly EventRow[] | undefined>,
): RowSourceSpec<EventRow>['fetchChunk'] {
  return async ({ first_event, event_count }) => {
    const rows: EventRow[] = [];
    const end_event = first_event + event_count;
    for (let from = first_event; from < end_event; from += CALL_EVENT_COUNT_MAX) {
      const events = await fetchEvents(from, Math.min(CALL_EVENT_COUNT_MAX, end_event - from));
      if (events === undefined) return undefined;
      for (const event of events) if (index.kinds?.has(event.kind) ?? true) rows.push(event);
    }
    return rows;
  };
}

/** Reads the reclaim passes that begin in a chunk. */
export function passChunks(
  fetchPasses: (from_event: number, to_event: number, limit: number) => Promise<readonly ReclaimPass[] | undefined>,
): RowSourceSpec<ReclaimPass>['fetchChunk'] {
  return async ({ first_event, event_count }) => {
    const rows: ReclaimPass[] = [];
    let from = first_event;
    for (;;) {
      const passes = await fetchPasses(from, first_event + event_count, CALL_PASS_COUNT_MAX);
      if (passes === undefined) return undefined;
      rows.push(...passes);
      const last = passes.at(-1);
      if (last === undefined || passes.length < CALL_PASS_COUNT_MAX) return rows;
      from = last.begin_event + 1;
    }
  };
}
