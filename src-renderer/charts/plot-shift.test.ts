import { expect, test } from 'vitest';
import { plotShift } from './plot-shift.ts';

test('a plot is stretched and moved to where its x axis went', () => {
  expect(plotShift({ from: 0, to: 100 }, { from: 50, to: 100 }, 72, 800)).toEqual({
    transform: 'translateX(-800px) scaleX(2)',
    clip_path: 'inset(0 0 0 472px)',
  });
  expect(plotShift({ from: 50, to: 100 }, { from: 0, to: 100 }, 72, 800)).toEqual({
    transform: 'translateX(400px) scaleX(0.5)',
    clip_path: 'inset(0 0 0 72px)',
  });
});

test('what does not move is left as it is drawn', () => {
  expect(plotShift({ from: 0, to: 100 }, { from: 0, to: 100 }, 72, 800)).toBeUndefined();
  expect(plotShift({ from: 0, to: 100 }, { from: 5, to: 5 }, 72, 800)).toBeUndefined();
});
