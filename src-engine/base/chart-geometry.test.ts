import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  axisOf,
  type Band,
  type ChartedLine,
  markPlaces,
  type Pen,
  type Places,
  type Points,
  topOf,
  traceArea,
  traceBand,
  traceStairs,
  valueAt,
} from './chart-geometry.ts';

const gap = Number.NaN;
const AS_IS: Places = { x: (x) => x, y: (y) => y };
const line = (label: string, x: number[], y: number[], more: Partial<ChartedLine> = {}): ChartedLine => ({ label, style_index: 0, points: { x, y }, ...more });

/** The corners of each stretch that is traced. */
function traced(trace: (pen: Pen) => void): number[][][] {
  const stretches: number[][][] = [];
  trace({ moveTo: (x, y) => stretches.push([[x, y]]), lineTo: (x, y) => stretches.at(-1)?.push([x, y]) });
  return stretches;
}
const stairs = (points: Points, x_to: number): number[][][] => traced((pen) => traceStairs(pen, points, AS_IS, x_to));

describe('stairs', () => {
  it('hold a value up to the next point, and the last one up to the right edge', () => {
    expect(stairs({ x: [0, 50], y: [4, 8] }, 100)).toEqual([
      [
        [0, 4],
        [50, 4],
        [50, 8],
        [100, 8],
      ],
    ]);
  });

  it('have a gap where nothing is known, up to where it begins', () => {
    expect(stairs({ x: [0, 20, 60, 70], y: [gap, 8, gap, 3] }, 80)).toEqual([
      [
        [20, 8],
        [60, 8],
      ],
      [
        [70, 3],
        [80, 3],
      ],
    ]);
    expect(stairs({ x: [], y: [] }, 80)).toEqual([]);
  });

  it('cover every value where it holds, whatever the points', () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(gap));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), (y) => {
        const points = { x: y.map((_, at) => at * 2), y };
        const levels = stairs(points, y.length * 2).flatMap((corners) =>
          corners.slice(1).flatMap(([x, level], at) => (corners[at][1] === level ? [{ from: corners[at][0], to: x, level }] : [])),
        );
        for (const [at, expected] of y.entries()) {
          const found = levels.filter(({ from, to }) => from < at * 2 + 1 && to > at * 2 + 1).map(({ level }) => level);
          expect(found).toEqual(Number.isNaN(expected) ? [] : [expected]);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('an area', () => {
  it('lies between two stairs, above first and back below', () => {
    expect(traced((pen) => traceArea(pen, [0, 5], [1, 2], [3, 4], AS_IS, 9))).toEqual([
      [
        [0, 3],
        [0, 3],
        [5, 3],
        [5, 4],
        [9, 4],
        [9, 2],
        [5, 2],
        [5, 1],
        [0, 1],
      ],
    ]);
  });
});

describe('a band', () => {
  it('lies before its points, with a gap where nothing is known', () => {
    const band: Band = { min: [1, 2, gap, 4], max: [5, 6, gap, 8] };
    expect(traced((pen) => traceBand(pen, [10, 20, 30, 40], band, AS_IS))).toEqual([
      [
        [10, 5],
        [10, 5],
        [10, 6],
        [20, 6],
        [20, 2],
        [10, 2],
        [10, 1],
        [10, 1],
      ],
      [
        [30, 8],
        [40, 8],
        [40, 4],
        [30, 4],
      ],
    ]);
    expect(traced((pen) => traceBand(pen, [], { min: [], max: [] }, AS_IS))).toEqual([]);
  });
});

describe('the axis', () => {
  it('holds what stands upon one another, and is stretched a little by limits', () => {
    expect(topOf([line('a', [1, 2, 3], [1, 1, 2]), line('b', [1, 2, 3], [0, 10, 20])], true)).toBe(22);
    expect(topOf([line('a', [1], [100]), line('max', [1], [120], { limit: true })], false)).toBe(120);
    expect(topOf([line('a', [1], [100]), line('max', [1], [1000], { limit: true })], false)).toBe(100);
    expect(topOf([line('a', [1], [100], { band: { min: [0], max: [300] } })], false)).toBe(300);
  });

  it('has the top that charts with one scale share, and half its ticks on each side of 0', () => {
    const chart = { unit: 'bytes', lines: [line('a', [1], [-8192])], x_from: 0, x_to: 9 } as const;
    expect(axisOf({ ...chart, y_top: 65_536 }, { height_px: 100, tick_gap_px: 30 }).max).toBe(65_536);
    expect(axisOf({ ...chart, signed: true }, { height_px: 120, tick_gap_px: 30 })).toEqual({ interval: 4096, max: 8192 });
  });
});

describe('marks', () => {
  const x = Array.from({ length: 1000 }, (_, at) => at);
  const flat = (style_index: number, value: number): ChartedLine => line('a', x, new Array(1000).fill(value), { style_index });
  const span = { x_from: 0, x_to: 1000, width_px: 800 };

  it('are few, and stand on the top of what is stacked below', () => {
    const [a, b] = [flat(0, 4096), flat(1, 8192)];
    expect(markPlaces(a, [], span).map(([, value]) => value)).toEqual([4096, 4096, 4096, 4096, 4096]);
    expect(markPlaces(b, [a.points], span).map(([, value]) => value)).toEqual([12_288, 12_288, 12_288, 12_288, 12_288]);
  });

  it('of two lines do not hide one another', () => {
    const places = [flat(0, 1), flat(1, 1)].map((one) => markPlaces(one, [], span).map(([at]) => at));
    expect(places[0].filter((at) => places[1].includes(at))).toEqual([]);
  });
});

describe('a value', () => {
  it('is that of the last point at or before its place', () => {
    const points = { x: [1, 5], y: [10, 20] };
    expect([0, 1, 4.9, 5, 9].map((at) => valueAt(points, at))).toEqual([undefined, 10, 10, 20, 20]);
  });
});
