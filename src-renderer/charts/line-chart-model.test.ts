import { describe, expect, test } from 'vitest';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { type ChartLine, lineOfSeries, stackable, unionOfX, valuesAt } from './line-chart-model.ts';

const line = (id: string, x: number[], y: number[], limit = false): ChartLine => ({
  id,
  label: id,
  style_index: 0,
  points: { x: Float64Array.from(x), y: Float64Array.from(y) },
  ...(limit && { limit }),
});

describe('line chart', () => {
  test('a value holds until the next point', () => {
    const points = line('a', [1, 5], [10, 20]).points;
    expect([...valuesAt(points, Float64Array.of(0, 1, 4, 5, 9))]).toEqual([0, 10, 10, 20, 20]);
  });

  test('lines stand upon one another at every x of any of them', () => {
    const stacked = stackable([line('a', [1, 3], [1, 2]), line('b', [2, 3], [10, 20]), line('max', [1], [99], true)]);
    expect(stacked.map(({ id }) => id)).toEqual(['a', 'b']);
    expect([...stacked[0].points.y]).toEqual([1, 1, 2]);
    expect([...stacked[1].points.y]).toEqual([0, 10, 20]);
  });

  test('x values are united without doubles', () => {
    expect([...unionOfX([Float64Array.of(1, 3), Float64Array.of(1, 2, 3)])]).toEqual([1, 2, 3]);
    expect(unionOfX([])).toHaveLength(0);
  });

  test('a series has a band only where values differ within a point, and `max` is a gap', () => {
    const series = { container: 1, counter: 0, x: Float64Array.of(2, 4), min: Float64Array.of(1, 1), max: Float64Array.of(1, 4), last: Float64Array.of(1, 3) };
    expect(lineOfSeries(series, { id: 'a', label: 'a', style_index: 0 }).band?.max[1]).toBe(4);
    expect(lineOfSeries({ ...series, x: Float64Array.of(2, 3) }, { id: 'a', label: 'a', style_index: 0 }).band).toBeUndefined();
    expect(lineOfSeries({ ...series, max: series.min }, { id: 'a', label: 'a', style_index: 0 }).band).toBeUndefined();
    const unread = Float64Array.of(Number.NaN, 1);
    expect(lineOfSeries({ ...series, min: unread, max: unread, last: unread }, { id: 'a', label: 'a', style_index: 0 }).band).toBeUndefined();
    const limit = { ...series, counter: COUNTER.limit_max, last: Float64Array.of(Number.NaN, -1, 5) };
    expect(lineOfSeries(limit, { id: 'a', label: 'a', style_index: 0 })).toMatchObject({ points: { y: Float64Array.of(Number.NaN, Number.NaN, 5) } });
    expect(lineOfSeries(limit, { id: 'a', label: 'a', style_index: 0 }).band).toBeUndefined();
  });
});
