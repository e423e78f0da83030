import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPattern } from './generators.ts';
import type { WorkloadPattern } from './program.ts';
import { zipfWeight } from './zipf.ts';

function take(pattern: WorkloadPattern, page_count: number, seed: number, count: number): readonly number[] {
  const out = new Uint32Array(count);
  createPattern(pattern, page_count, seed).fill(out, count);
  return [...out];
}

const ZIPF = { kind: 'zipf', skew: 0.99 } as const;
const UNIFORM = { kind: 'uniform' } as const;

test('the first pages of each pattern, the same on every machine', () => {
  expect(take(ZIPF, 2048, 1, 8)).toMatchInlineSnapshot(`
    [
      900,
      961,
      98,
      19,
      22,
      866,
      73,
      443,
    ]
  `);
  expect(take({ kind: 'zipf', skew: 1.2 }, 100_000, 42, 8)).toMatchInlineSnapshot(`
    [
      147,
      11,
      1,
      12,
      7,
      0,
      551,
      1700,
    ]
  `);
  expect(take(UNIFORM, 2048, 1, 8)).toMatchInlineSnapshot(`
    [
      900,
      321,
      961,
      243,
      99,
      1662,
      1578,
      639,
    ]
  `);
  expect(take({ kind: 'scan' }, 5, 1, 8)).toEqual([0, 1, 2, 3, 4, 0, 1, 2]);
  expect(take({ kind: 'loop', loop_pages: 3 }, 5, 1, 8)).toEqual([0, 1, 2, 0, 1, 2, 0, 1]);
  expect(take({ kind: 'trace', file: 't', pages: Uint32Array.of(4, 2, 4) }, 5, 1, 8)).toEqual([4, 2, 4, 4, 2, 4, 4, 2]);
});

const anyPattern: fc.Arbitrary<WorkloadPattern> = fc.oneof(
  fc.constant(UNIFORM),
  fc.record({ kind: fc.constant('zipf' as const), skew: fc.double({ min: 0, max: 8, noNaN: true }) }),
  fc.constant({ kind: 'scan' as const }),
  fc.record({ kind: fc.constant('loop' as const), loop_pages: fc.integer({ min: 1, max: 5000 }) }),
);

describe('every pattern', () => {
  test('stays inside its pages', () => {
    fc.assert(
      fc.property(anyPattern, fc.integer({ min: 1, max: 5000 }), fc.nat(), (pattern, page_count, seed) =>
        take(pattern, page_count, seed, 500).every((page) => page < page_count),
      ),
    );
  });

  test('does not depend on how many pages are asked for at a time', () => {
    fc.assert(
      fc.property(anyPattern, fc.integer({ min: 1, max: 300 }), fc.nat(), fc.integer({ min: 1, max: 9000 }), (pattern, page_count, seed, first_count) => {
        const out = new Uint32Array(first_count + 100);
        const source = createPattern(pattern, page_count, seed);
        source.fill(out, first_count);
        const rest = new Uint32Array(100);
        source.fill(rest, 100);
        out.set(rest, first_count);
        expect([...out]).toEqual(take(pattern, page_count, seed, first_count + 100));
      }),
      { numRuns: 50 },
    );
  });
});

describe('zipf', () => {
  test('weights are 1 / rank^skew', () => {
    for (const skew of [0, 0.5, 0.99, 1, 2, 8]) {
      for (const rank of [1, 2, 3, 10, 1000, 65_537, 2 ** 24]) expect(zipfWeight(rank, skew) * rank ** skew).toBeCloseTo(1, 12);
    }
  });

  test('pages come as often as their weights say', () => {
    const page_count = 1000;
    const count = 400_000;
    const hits = new Uint32Array(page_count);
    for (const page of take(ZIPF, page_count, 3, count)) hits[page] = (hits[page] ?? 0) + 1;
    const weights = Array.from({ length: page_count }, (_, page) => zipfWeight(page + 1, ZIPF.skew));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    // Pearson's statistic over 999 degrees of freedom: mean 999, standard deviation 45. The seed is fixed, so the test is too.
    const statistic = weights.reduce((sum, weight, page) => {
      const wanted = (weight / total) * count;
      return sum + ((hits[page] ?? 0) - wanted) ** 2 / wanted;
    }, 0);
    expect(statistic).toBeGreaterThan(800);
    expect(statistic).toBeLessThan(1200);
  });
});

test('uniform pages come equally often', () => {
  const hits = new Uint32Array(100);
  for (const page of take(UNIFORM, 100, 5, 100_000)) hits[page] = (hits[page] ?? 0) + 1;
  const statistic = hits.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(statistic).toBeGreaterThan(50);
  expect(statistic).toBeLessThan(160);
});
