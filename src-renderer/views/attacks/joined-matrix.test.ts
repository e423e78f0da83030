import { expect, test } from 'vitest';
import type { AttackCell, AttackMatrix } from '../../../src-main/lab/contract.ts';
import { joinedMatrix } from './joined-matrix.ts';

const cell = (model: string): AttackCell => ({ model, verdict: 'unknown', because: null, loss: null, run_id: null, held_back_run_id: null, step_index: null });
const matrix = (models: readonly string[], scenario_ids: readonly number[]): AttackMatrix => ({
  models,
  rows: scenario_ids.map((scenario_id) => ({ scenario_id, name: `${scenario_id}`, about: '', attackers: ['A'], victim: 'V', cells: models.map(cell) })),
});

test('matrices of other models stand side by side; an attack that only some of them know is left out', () => {
  expect(joinedMatrix([])).toBeUndefined();
  const joined = joinedMatrix([matrix(['static', 'rss'], [1, 2]), matrix(['none'], [2, 3])]);
  expect(joined?.models).toEqual(['static', 'rss', 'none']);
  expect(joined?.rows.map(({ scenario_id, cells }) => [scenario_id, cells.map(({ model }) => model)])).toEqual([[2, ['static', 'rss', 'none']]]);
});
