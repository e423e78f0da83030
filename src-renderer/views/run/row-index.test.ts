import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allRows, filteredRows } from './row-index.ts';

describe('rows of a filtered run', () => {
  test('agree with filtering every event', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 1500 }),
        fc.integer({ min: 1, max: 700 }),
        fc.subarray([0, 1, 2, 3]),
        (events, bucket_events, chosen) => {
          const kinds = new Set(chosen);
          const density = {
            bucket_events,
            kinds: [0, 1, 2, 3].map((kind) => ({
              kind,
              counts: Uint32Array.from(
                { length: Math.ceil(events.length / bucket_events) },
                (_, bucket) => events.slice(bucket * bucket_events, (bucket + 1) * bucket_events).filter((of) => of === kind).length,
              ),
            })),
          };
          const index = filteredRows(events.length, density, kinds);
          const matching = events.map((kind, event) => ({ kind, event })).filter(({ kind }) => kinds.has(kind));
          expect(index.row_count).toBe(matching.length);
          for (const [row, { event }] of matching.entries()) {
            const chunk = index.chunk(index.chunkOfRow(row));
            expect(event).toBeGreaterThanOrEqual(chunk.first_event);
            expect(event).toBeLessThan(chunk.first_event + chunk.event_count);
            expect(row).toBeGreaterThanOrEqual(chunk.first_row);
            expect(row).toBeLessThan(chunk.first_row + chunk.row_count);
            expect(index.chunkOfEvent(event)).toBe(index.chunkOfRow(row));
          }
        },
      ),
    );
  });
});

test('rows of all events need no counts', () => {
  const index = allRows(450);
  expect(index.row_count).toBe(450);
  expect(index.chunk_count).toBe(3);
  expect(index.chunk(2)).toEqual({ first_event: 400, event_count: 50, first_row: 400, row_count: 50 });
  expect(index.chunkOfRow(449)).toBe(2);
  expect(allRows(0).chunk_count).toBe(0);
});
