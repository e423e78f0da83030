import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mixSeed, Random } from './random.ts';

const words = (seed: number, ...counts: readonly number[]): readonly number[] => {
  const random = new Random(seed);
  return counts.flatMap((count) => {
    const out = new Uint32Array(count);
    random.fill(out, count);
    return [...out];
  });
};

test('the words of seed 1', () => {
  expect(words(1, 8)).toMatchInlineSnapshot(`
    [
      1888945300,
      673481619,
      2016476575,
      511605705,
      207751397,
      3487233344,
      3310088322,
      1341446772,
    ]
  `);
});

test('the words do not depend on how many are asked for at a time', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(20), fc.nat(20), (seed, first, second) => {
      expect(words(seed, first, second)).toEqual(words(seed, first + second));
    }),
  );
});

test('seeds, and streams of a seed, differ', () => {
  expect(words(1, 4)).not.toEqual(words(2, 4));
  expect(new Set(Array.from({ length: 1000 }, (_, stream) => mixSeed(1, stream))).size).toBe(1000);
  expect(mixSeed(1, 2, 3)).not.toBe(mixSeed(1, 3, 2));
});

test('every bit is set about half the time', () => {
  const count = 20_000;
  const sums = new Uint32Array(32);
  for (const word of words(7, count)) for (let bit = 0; bit < 32; bit += 1) sums[bit] = (sums[bit] ?? 0) + ((word >>> bit) & 1);
  for (const sum of sums) expect(Math.abs(sum / count - 0.5)).toBeLessThan(0.02);
});
