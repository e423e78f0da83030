import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  boxShift,
  firstInSight,
  isScaled,
  SCROLL_HEIGHT_MAX_PX,
  scrollHeight,
  scrollTopAfterResize,
  scrollTopAfterWheel,
  scrollTopFor,
  type VirtualList,
  windowAt,
} from './virtual-window.ts';

const list = (row_count: number): VirtualList => ({ row_count, row_height_px: 24, view_height_px: 600 });
const anyList = fc.record({
  row_count: fc.integer({ min: 1, max: 50_000_000 }),
  row_height_px: fc.integer({ min: 16, max: 40 }),
  view_height_px: fc.integer({ min: 50, max: 2000 }),
});

describe('virtual window', () => {
  test('draws what is in sight and a few rows more', () => {
    expect(windowAt(list(1000), 240)).toEqual({ height_px: 24_000, first_row: 6, row_count: 34, offset_px: 144 });
    expect(windowAt(list(0), 0)).toMatchObject({ row_count: 0 });
    expect(windowAt(list(3), 0)).toMatchObject({ first_row: 0, row_count: 3 });
  });

  test('a row brought into sight is drawn, wholly inside, in lists of any length', () => {
    fc.assert(
      fc.property(
        anyList,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('nearest' as const, 'center' as const),
        (any, at, from, align) => {
          const row = Math.min(any.row_count - 1, Math.floor(at * any.row_count));
          const most_px = Math.max(0, scrollHeight(any) - any.view_height_px);
          const top_px = Math.min(most_px, scrollTopFor(any, row, from * most_px, align));
          const drawn = windowAt(any, top_px);
          expect(row).toBeGreaterThanOrEqual(drawn.first_row);
          expect(row).toBeLessThan(drawn.first_row + drawn.row_count);
          const row_top_px = drawn.offset_px + (row - drawn.first_row) * any.row_height_px - top_px;
          expect(row_top_px).toBeGreaterThan(-1);
          if (any.view_height_px > any.row_height_px) expect(row_top_px + any.row_height_px).toBeLessThan(any.view_height_px + 1);
        },
      ),
    );
  });

  test('the end of the scroll shows the last row', () => {
    fc.assert(
      fc.property(anyList, (any) => {
        const drawn = windowAt(any, Math.max(0, scrollHeight(any) - any.view_height_px));
        expect(drawn.first_row + drawn.row_count).toBe(any.row_count);
      }),
    );
  });

  test('a long list scrolls by rows with the wheel', () => {
    const long = list(10_000_000);
    expect(isScaled(long)).toBe(true);
    expect(scrollHeight(long)).toBe(SCROLL_HEIGHT_MAX_PX);
    const before = windowAt(long, 4_000_000);
    const after = windowAt(long, scrollTopAfterWheel(long, 4_000_000, 48));
    expect(after.first_row - before.first_row).toBe(2);
  });

  test('the same rows are seen when the visible part gets another height', () => {
    fc.assert(
      fc.property(anyList, fc.integer({ min: 50, max: 2000 }), fc.double({ min: 0, max: 0.9, noNaN: true }), (any, view_height_px, at) => {
        const taller = { ...any, view_height_px };
        const top_px = at * Math.max(0, scrollHeight(any) - any.view_height_px);
        // Rows that are as high as half the list, or a list that fits, have no place to keep; nor has one whose end comes into sight.
        fc.pre(scrollHeight(any) > 20 * 2000);
        expect(Math.abs(firstInSight(taller, scrollTopAfterResize(any, taller, top_px)) - firstInSight(any, top_px))).toBeLessThanOrEqual(1);
      }),
    );
    const long = list(10_000_000);
    const grown = { ...long, view_height_px: 1000 };
    expect(firstInSight(long, 4_000_000)).not.toBe(firstInSight(grown, 4_000_000));
  });

  test('a list that stood at its end fills a visible part that got higher', () => {
    fc.assert(
      fc.property(anyList, fc.integer({ min: 0, max: 2000 }), fc.boolean(), (any, more_px, is_kept) => {
        const taller = { ...any, view_height_px: any.view_height_px + more_px };
        const end_px = Math.max(0, scrollHeight(any) - any.view_height_px);
        const top_px = scrollTopAfterResize(any, taller, end_px, is_kept ? any.row_count - 1 : -1);
        expect(top_px).toBeCloseTo(Math.max(0, scrollHeight(taller) - taller.view_height_px), 6);
        const drawn = windowAt(taller, top_px);
        expect(drawn.first_row + drawn.row_count).toBe(any.row_count);
        expect(drawn.offset_px).toBeLessThanOrEqual(top_px);
      }),
    );
  });

  test('a row that is in sight stays so when the visible part gets less high; one that was not stays out', () => {
    const [high, low] = [
      { ...list(1000), view_height_px: 600 },
      { ...list(1000), view_height_px: 240 },
    ];
    const isSeen = (row: number, top_px: number) => row * 24 >= top_px && (row + 1) * 24 <= top_px + 240;
    for (const row of [40, 50, 64]) expect(isSeen(row, scrollTopAfterResize(high, low, 960, row))).toBe(true);
    for (const row of [-1, 5, 39, 65, 900]) expect(scrollTopAfterResize(high, low, 960, row)).toBe(960);
  });

  test('a row that is cut off at the top is not in sight', () => {
    expect([0, 1, 24, 25].map((top_px) => firstInSight(list(1000), top_px))).toEqual([0, 1, 1, 2]);
  });

  test('rows that stay keep their boxes, and after a jump the boxes stay', () => {
    const at = (first_row: number) => ({ first_row, row_count: 30 });
    // Scrolled: nothing is renamed, so that the rows in both keep what they are drawn with.
    expect(boxShift(7, at(100), at(129))).toBe(7);
    expect(boxShift(7, at(129), at(100))).toBe(7);
    // Jumped: the first row has the name that the first one had, wherever that was.
    for (const [from, to] of [
      [100, 130],
      [130, 100],
      [0, 5_000_000],
    ] as const)
      expect(to - boxShift(7, at(from), at(to))).toBe(from - 7);
  });
});
