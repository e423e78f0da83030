import { expect, test } from 'vitest';
import { matrixWords } from './loss-words.ts';

test('a matrix without recordings does not say that nobody is harmed', () => {
  expect(matrixWords({ attacks: 11, cells: 187, harmed: 0, missing: 187 })).toBe('11 attacks · 187 cells not recorded yet');
  expect(matrixWords({ attacks: 1, cells: 17, harmed: 1, missing: 1 })).toBe('1 attack · the victim is harmed in 1 of 16 cells · 1 cell not recorded yet');
  expect(matrixWords({ attacks: 11, cells: 187, harmed: 0, missing: 0 })).toBe('11 attacks · the victim is harmed in 0 of 187 cells');
});
