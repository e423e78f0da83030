import { expect, test } from 'vitest';
import { UNLIMITED_PAGES } from './ids.ts';
import { memparse, parseLimit, parseLimitBytes, showLimit } from './limit-string.ts';

test.each([
  ['0', 0n, ''],
  ['', 0n, ''],
  ['k', 0n, ''],
  ['010', 8n, ''],
  ['08', 0n, '8'],
  ['0x10M', 16n << 20n, ''],
  ['0x', 0n, 'x'],
  ['3t', 3n << 40n, ''],
  ['2P', 2n << 50n, ''],
  ['16E', 0n, ''],
  ['5KiB', 5n << 10n, 'iB'],
  ['-1', 0n, '-1'],
])('memparse(%s)', (text, bytes, rest) => expect(memparse(text)).toEqual({ bytes, rest }));

test('white space around is stripped, and what is no limit differs by version', () => {
  expect(parseLimit(' 8K\n', 'v2')).toBe(2);
  expect([parseLimit('max', 'v2'), parseLimit('-1', 'v1'), parseLimit('-1', 'res_counter')]).toEqual([UNLIMITED_PAGES, UNLIMITED_PAGES, UNLIMITED_PAGES]);
  expect([parseLimit('-1', 'v2'), parseLimit('max', 'v1'), parseLimit('1 2', 'v1')]).toEqual([null, null, null]);
  expect(parseLimit('15E', 'v2')).toBe(UNLIMITED_PAGES);
});

test('bytes are what was written', () => {
  expect([parseLimitBytes('4095', 'v2'), parseLimitBytes('max', 'v2'), parseLimitBytes('12x', 'v1')]).toEqual([4095, Number.POSITIVE_INFINITY, null]);
});

test('what a limit reads as', () => {
  expect([showLimit(1953, 'v2'), showLimit(UNLIMITED_PAGES, 'v2'), showLimit(UNLIMITED_PAGES, 'v1')]).toEqual(['7999488', 'max', '9223372036854771712']);
});
