import { expect, test } from 'vitest';
import { importMessage, madeWords } from './import-message.ts';

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

test('what was made is said, and what was there already', () => {
  const noisy = { id: 3, name: 'Noisy' };
  expect(madeWords({ run_ids: [], scenario_ids: [], known_scenarios: [] })).toBe('Nothing was made of it.');
  expect(madeWords({ run_ids: [7], scenario_ids: [1, 2], known_scenarios: [] })).toBe('1 run and 2 scenarios made of it.');
  expect(madeWords({ run_ids: [], scenario_ids: [3], known_scenarios: [noisy] })).toBe(
    'Its scenario is in the library already, with the very same text: “Noisy” (scenario 3).',
  );
  expect(madeWords({ run_ids: [], scenario_ids: [3, 4], known_scenarios: [noisy] })).toBe(
    '1 scenario made of it; in the library already, with the very same text: “Noisy” (scenario 3).',
  );
});

test('of many the last ones are named', () => {
  const many = Array.from({ length: 8 }, (_, index) => ({ name: `s${index}`, detail: '' }));
  expect(importMessage(many)).toBe('Imported 8 files: s4; s5; s6; s7; and 4 before.');
});
