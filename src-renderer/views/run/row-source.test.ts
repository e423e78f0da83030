import { describe, expect, test } from 'vitest';
import type { EventRow } from '../../../src-engine/record/events.ts';
import type { ReclaimPass } from '../../../src-engine/record/run.ts';
import { allRows, filteredRows, type RowIndex } from './row-index.ts';
import { createRowSource, eventChunks, passChunks } from './row-source.ts';

const EVENT_COUNT = 5000;
const eventAt = (index: number): EventRow => ({ index, kind: index % 1000 === 0 ? 31 : 14, flags: 0, task: 0, container: 0, page: 0, a: 0, b: 0, dt_ns: 0 });
const density = {
  bucket_events: 1250,
  kinds: [{ kind: 31, counts: Uint32Array.of(2, 1, 1, 1) }],
};

function source(index: RowIndex) {
  const calls: number[] = [];
  let loaded = 0;
  const fetchChunk = eventChunks(index, async (from, count) => {
    calls.push(count);
    return Array.from({ length: Math.min(count, EVENT_COUNT - from) }, (_, offset) => eventAt(from + offset));
  });
  const onLoaded = (): void => {
    loaded += 1;
  };
  const events = createRowSource({ index, fetchChunk, eventOf: (event) => event.index, onLoaded });
  return { events, calls, loadedCount: () => loaded };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('row source', () => {
  test('fetches the chunks in sight once and tells when they are here', async () => {
    const { events, calls, loadedCount } = source(allRows(EVENT_COUNT));
    expect(events.row(350)).toBeUndefined();
    events.want(350, 100);
    await settled();
    expect(events.row(350)?.index).toBe(350);
    expect(events.row(449)?.index).toBe(449);
    expect(calls).toEqual([200, 200]);
    expect(loadedCount()).toBe(2);
    events.want(350, 100);
    await settled();
    expect(calls.length).toBe(2);
  });

  test('brings rows here before they are in sight, and tells nobody', async () => {
    const { events, calls, loadedCount } = source(allRows(EVENT_COUNT));
    await events.fetch(350, 100);
    expect([events.row(350)?.index, events.row(449)?.index]).toEqual([350, 449]);
    expect(loadedCount()).toBe(0);
    events.want(350, 100);
    await settled();
    expect(calls).toEqual([200, 200]);
  });

  test('no call asks for more events than the lab gives', async () => {
    const { events, calls } = source(filteredRows(EVENT_COUNT, { bucket_events: 5000, kinds: [{ kind: 31, counts: Uint32Array.of(5) }] }, new Set([31])));
    events.want(0, 5);
    await settled();
    expect(Math.max(...calls)).toBeLessThanOrEqual(2000);
    expect(events.row(4)?.index).toBe(4000);
  });

  test('locates the row that stands for an event', async () => {
    const { events } = source(filteredRows(EVENT_COUNT, density, new Set([31])));
    expect(await events.locate(0)).toBe(0);
    expect(await events.locate(999)).toBe(0);
    expect(await events.locate(1000)).toBe(1);
    expect(await events.locate(1500)).toBe(1);
    expect(await events.locate(4999)).toBe(4);
    expect(await source(allRows(EVENT_COUNT)).events.locate(777)).toBe(777);
    expect(await source(allRows(0)).events.locate(0)).toBe(-1);
    // Without a filter nobody needs to be asked.
    expect(source(allRows(EVENT_COUNT)).events.locateHere(777)).toBe(777);
    expect(events.locateHere(999)).toBeUndefined();
  });

  test('rows that lie far apart are all fetched, once each', async () => {
    const { events, calls } = source(
      filteredRows(
        EVENT_COUNT,
        { bucket_events: 10, kinds: [{ kind: 31, counts: Uint32Array.from({ length: 500 }, (_, bucket) => (bucket % 100 === 0 ? 1 : 0)) }] },
        new Set([31]),
      ),
    );
    events.want(0, 5);
    await settled();
    expect([0, 1, 2, 3, 4].map((row) => events.row(row)?.index)).toEqual([0, 1000, 2000, 3000, 4000]);
    expect(calls).toHaveLength(5);
    const wide = source(filteredRows(EVENT_COUNT, { bucket_events: 1, kinds: [{ kind: 14, counts: new Uint32Array(EVENT_COUNT).fill(1) }] }, new Set([14])));
    wide.events.want(0, EVENT_COUNT);
    await settled();
    expect(wide.calls).toHaveLength(EVENT_COUNT / 200);
  });

  test('more rows in sight than are kept are fetched once too', async () => {
    let fetched = 0;
    const index = allRows(200 * 300);
    const events = createRowSource<EventRow>({
      index,
      fetchChunk: async (chunk) => {
        fetched += 1;
        return Array.from({ length: chunk.event_count }, (_, offset) => eventAt(chunk.first_event + offset));
      },
      eventOf: (event) => event.index,
      onLoaded: () => {},
    });
    events.want(0, index.row_count);
    await settled();
    expect(fetched).toBe(300);
  });

  test('a lab that does not answer leaves the rows open', async () => {
    const events = createRowSource<EventRow>({ index: allRows(10), fetchChunk: async () => undefined, eventOf: (event) => event.index, onLoaded: () => {} });
    events.want(0, 10);
    await settled();
    expect(events.row(0)).toBeUndefined();
  });
});

test('passes of a chunk are read to the end, however many', async () => {
  const begins = Array.from({ length: 12_000 }, (_, index) => index * 2);
  const pass = (begin_event: number): ReclaimPass => ({
    begin_event,
    end_event: null,
    container: 0,
    task: 0,
    reason: 1,
    wanted_page_count: 0,
    scanned_page_count: 0,
    reclaimed_page_count: 0,
    slab_shrink_count: 0,
    begin_ns: 0,
    end_ns: 0,
    priority_min: 12,
  });
  const fetchChunk = passChunks(async (from, to, limit) =>
    begins
      .filter((begin) => begin >= from && begin < to)
      .slice(0, limit)
      .map(pass),
  );
  const rows = await fetchChunk({ first_event: 0, event_count: 24_000, first_row: 0, row_count: 12_000 });
  expect(rows?.map((row) => row.begin_event)).toEqual(begins);
});
