import { expect, test } from 'vitest';
import { type EventRow, KIND, LRU } from '../../../src-engine/record/events.ts';
import { passDetail, reclaimCells, totalOf } from './pass-detail.ts';

const event = (index: number, kind: number, columns: Partial<EventRow> = {}): EventRow => ({
  index,
  kind,
  flags: 0,
  task: 1,
  container: 0,
  page: 0,
  a: 0,
  b: 0,
  dt_ns: 0,
  ...columns,
});

test('adds up the scans of one task by list and priority, and pairs the shrinkers', () => {
  const detail = passDetail(
    [
      event(0, KIND.reclaim_begin),
      event(1, KIND.shrink_slab_start, { a: 64, b: 100, flags: 12 << 2 }),
      event(2, KIND.shrink_inactive, { a: 32, b: 30, flags: LRU.inactive_file | (12 << 2) }),
      event(3, KIND.shrink_inactive, { a: 99, b: 99, flags: LRU.inactive_file | (12 << 2), task: 2 }),
      event(4, KIND.shrink_slab_end, { a: 64, b: 3 }),
      event(5, KIND.shrink_inactive, { a: 16, b: 16, flags: LRU.inactive_file | (12 << 2) }),
      event(6, KIND.shrink_active, { a: 8, b: 8, flags: LRU.active_file | (11 << 2) }),
      event(7, KIND.shrink_slab_start, { a: 1, b: 1, flags: 11 << 2 }),
    ],
    1,
  );
  expect(detail.cells).toEqual([
    { lru: LRU.inactive_file, priority: 12, scanned: 48, reclaimed: 46 },
    { lru: LRU.active_file, priority: 11, scanned: 8, reclaimed: 0 },
  ]);
  expect(detail.slab_calls).toEqual([
    { event_index: 1, priority: 12, to_scan: 64, freeable: 100, scanned: 64, freed: 3 },
    { event_index: 7, priority: 11, to_scan: 1, freeable: 1, scanned: null, freed: null },
  ]);
  expect(totalOf(detail.cells)).toEqual({ scanned: 56, reclaimed: 46 });
});

test('a task’s matrix gives its non-empty cells', () => {
  const scanned = new Float64Array(52);
  const reclaimed = new Float64Array(52);
  scanned[2 * 13 + 12] = 10;
  reclaimed[2 * 13 + 12] = 9;
  expect(reclaimCells(scanned, reclaimed)).toEqual([{ lru: 2, priority: 12, scanned: 10, reclaimed: 9 }]);
});
