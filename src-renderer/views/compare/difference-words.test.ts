import { expect, test } from 'vitest';
import { differenceWords } from './difference-words.ts';

const MIB = 2 ** 20;

test('names runs of one value together', () => {
  const found = { step_index: 1, line: 23, path: 'A', counter: 'current', values: [4 * MIB, 4 * MIB, 0, 4 * MIB] };
  expect(differenceWords(found, ['static', 'partial', 'software-zones', 'rss'])).toBe(
    'differs after step 1: A’s current is 4.00\u202fMiB under static, partial, rss; 0 under software-zones',
  );
});

test('tells values that only look equal exactly', () => {
  const found = { step_index: 0, line: 1, path: '.', counter: 'current', values: [1024 * MIB, 1024 * MIB + 4096] };
  const words = differenceWords(found, ['a', 'b']).replaceAll('\u202f', ' ');
  expect(words).toContain('the root’s current');
  expect(words).toContain('1 073 741 824 bytes');
  expect(words).toContain('1 073 745 920 bytes');
});

test('says what changes with a step', () => {
  const found = { step_index: 9, line: 31, path: 'B', counter: 'current', values: [4 * MIB, 0] };
  const words = (more: object): string => differenceWords({ ...found, ...more }, ['static', 'rss', 'partial']).replaceAll('\u202f', ' ');
  expect(words({ change: 'begins' })).toBe('begins to differ after step 9: B’s current is 4.00 MiB under static; 0 under rss');
  expect(words({ change: 'turns' })).toMatch(/^differs the other way after step 9: /);
  expect(words({ change: 'turns', values: [0, MIB, 2 * MIB] })).toMatch(/^differs in another order after step 9: /);
  expect(words({ change: 'ends', values: [0, 0] })).toBe('no longer differs after step 9: B’s current is 0');
  // A kernel’s container was removed: nobody knows what it still holds.
  expect(words({ change: 'ends', values: [4096, Number.NaN, Number.NaN] })).toBe(
    'can no longer be compared after step 9: B’s current is 4 KiB under static; not known under rss, partial',
  );
});
