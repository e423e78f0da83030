import { expect, test } from 'vitest';
import { foundWords } from './found-words.ts';

test('a table without measurements does not say that nothing contradicts', () => {
  expect(foundWords({ missing: 136, contradictions: 0 })).toBe('136 cells not measured yet');
  expect(foundWords({ missing: 1, contradictions: 2 })).toBe('1 cell not measured yet · 2 cells contradict the SoftwareZones page');
  expect(foundWords({ missing: 0, contradictions: 1 })).toBe('1 cell contradicts the SoftwareZones page');
  expect(foundWords({ missing: 0, contradictions: 0 })).toBe('0 cells contradict the SoftwareZones page');
});
