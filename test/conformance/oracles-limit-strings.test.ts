import { expect, test } from 'vitest';
import { UNLIMITED_PAGES } from '../../src-engine/base/ids.ts';
import { parseLimit, showLimit } from '../../src-engine/base/limit-string.ts';
import { programOf, worldAfter } from './world-after.ts';

/** What is written to the file of a limit, and what it reads as then. */

test('PC-4: limit strings are bytes with a suffix, rounded down to pages; garbage behind them is EINVAL', () => {
  const read = (text: string): [number | null, string | null] => {
    const pages = parseLimit(text, 'v2');
    return [pages, pages === null ? null : showLimit(pages, 'v2')];
  };
  expect(['4M', '8000000', '4095', '10K', '12x', 'max'].map(read)).toEqual([
    [1024, '4194304'],
    [1953, '7999488'],
    [0, '0'],
    [2, '8192'],
    [null, null],
    [UNLIMITED_PAGES, 'max'],
  ]);
});

test('PC-4: a step that writes a limit reads it so', () => {
  const limitAfter = (text: string): number | undefined =>
    worldAfter(
      programOf(`memledger: 1
name: limit strings
containers: { A: {} }
steps:
  - { set: A, max: ${text} }
`),
      'memcg-v2',
    ).world.tree.max[1];
  expect(['4M', '8000000', '4095', '10K', '0x1000', 'max', '-1'].map(limitAfter)).toEqual([
    1024,
    1953,
    0,
    2,
    1,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
  expect(() => limitAfter('12x')).toThrow('EINVAL');
});

test('PC-12: 4M reads back as 4194304; 1 as 0 since 3.19, and as 4096 before, as the document still has it', () => {
  const written = (text: string, rules: 'v1' | 'res_counter'): string => showLimit(parseLimit(text, rules) ?? Number.NaN, rules);
  expect([written('4M', 'v1'), written('1', 'v1')]).toEqual(['4194304', '0']);
  expect([written('4M', 'res_counter'), written('1', 'res_counter')]).toEqual(['4194304', '4096']);
});
