import { expect, test } from 'vitest';
import { hangingColumns } from './hanging-indent.ts';

test('a wrapped line hangs two columns to the right of where it begins', () => {
  expect(hangingColumns('steps:')).toBe(2);
  expect(hangingColumns('  - { run: a }')).toBe(4);
  expect(hangingColumns('')).toBe(2);
});

test('however deep a line begins, room is left for its text', () => {
  expect(hangingColumns(`${' '.repeat(80)}x`)).toBe(24);
});
