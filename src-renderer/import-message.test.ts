import { expect, test } from 'vitest';
import { importMessage } from './import-message.ts';

const scenario = { name: '“Shared library”', detail: '' };
const flawed = { name: '“Draft”', detail: 'with 2 problems' };
const trace = { name: 'reclaim.txt', detail: 'as ftrace: 9 of 10 lines used' };

test('one import says what it was', () => {
  expect(importMessage([scenario])).toBe('Imported “Shared library”.');
  expect(importMessage([trace])).toBe('Imported reclaim.txt as ftrace: 9 of 10 lines used.');
});

test('several are one sentence', () => {
  expect(importMessage([scenario, flawed, trace])).toBe(
    'Imported 3 files: “Shared library”; “Draft” with 2 problems; reclaim.txt as ftrace: 9 of 10 lines used.',
  );
});

test('of many the last ones are named', () => {
  const many = Array.from({ length: 8 }, (_, index) => ({ name: `s${index}`, detail: '' }));
  expect(importMessage(many)).toBe('Imported 8 files: s4; s5; s6; s7; and 4 before.');
});
