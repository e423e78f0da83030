import fc from 'fast-check';
import { expect, test } from 'vitest';
import { axisFor } from './axis.ts';

const MIB = 2 ** 20;

test('bytes have ticks at powers of two, counts at round numbers', () => {
  expect(axisFor(24 * MIB, 'bytes', 4)).toEqual({ interval: 8 * MIB, max: 24 * MIB });
  expect(axisFor(25 * MIB, 'bytes', 4)).toEqual({ interval: 8 * MIB, max: 32 * MIB });
  expect(axisFor(0, 'bytes', 4)).toEqual({ interval: 1024, max: 1024 });
  expect(axisFor(950, 'count', 4)).toEqual({ interval: 500, max: 1000 });
  expect(axisFor(3, 'count', 4)).toEqual({ interval: 1, max: 3 });
});

test('the axis holds the value with few ticks', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 45 }),
      fc.constantFrom('bytes' as const, 'count' as const),
      fc.integer({ min: 2, max: 8 }),
      (value, unit, ticks) => {
        const { max, interval } = axisFor(value, unit, ticks);
        expect(max).toBeGreaterThanOrEqual(value);
        expect(max / interval).toBeLessThanOrEqual(ticks);
        expect(max % interval).toBe(0);
      },
    ),
  );
});
