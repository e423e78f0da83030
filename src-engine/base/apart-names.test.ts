import { expect, test } from 'vitest';
import { apartName, namesakes } from './apart-names.ts';

test('only names that are there twice have the number with them', () => {
  const scenarios = [
    { id: 3, name: 'Noisy' },
    { id: 9, name: 'Quiet' },
    { id: 12, name: 'Noisy' },
  ];
  const all = namesakes(scenarios);
  expect(scenarios.map((scenario) => apartName(scenario, all))).toEqual(['Noisy (scenario 3)', 'Quiet', 'Noisy (scenario 12)']);
  // A run of the scenario has a name of its own.
  expect(apartName({ id: 3, name: 'Noisy (attacker held back)' }, all)).toBe('Noisy (attacker held back) (scenario 3)');
});
