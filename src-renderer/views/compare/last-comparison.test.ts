import { expect, it } from 'vitest';
import { comparisonOf, keepComparison } from './last-comparison.ts';

it('leads back to the comparison that was left, as it stood', () => {
  expect(comparisonOf(2, 1)).toEqual({ view: 'compare', run_ids: [1, 2] });
  keepComparison({ view: 'compare', run_ids: [3, 1, 2], step_index: 7, baseline_run_id: 1 });
  expect(comparisonOf(2, 1)).toEqual({ view: 'compare', run_ids: [3, 1, 2], step_index: 7, baseline_run_id: 1 });
  expect(comparisonOf(2, 4)).toEqual({ view: 'compare', run_ids: [4, 2] });
});
