import { expect, test } from 'vitest';
import { bandOutlines } from './band-outlines.ts';

const gap = Number.NaN;

test('a band lies before its points, with a gap where nothing is known', () => {
  const outlines = bandOutlines([10, 20, 30, 40], { min: [1, 2, gap, 4], max: [5, 6, gap, 8] }, (x, y) => [x, y]);
  expect(outlines).toEqual([
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
  expect(bandOutlines([], { min: [], max: [] }, (x, y) => [x, y])).toEqual([]);
});
