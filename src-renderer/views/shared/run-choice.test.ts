import { describe, expect, test } from 'vitest';
import type { RunRow, RunStatus } from '../../../src-main/lab/contract.ts';
import { comparedIds, whyNotCompare } from './run-choice.ts';

const run = (id: number, scenario_id: number | null = 1, status: RunStatus = 'complete'): RunRow => ({
  id,
  scenario_id,
  scenario_name: '',
  revision_id: scenario_id === null ? null : scenario_id * 10,
  model: 'static',
  source: 'engine',
  status,
  event_count: 0,
  step_count: 0,
  access_count: 0,
  end_ns: 0,
  log_sha256: null,
  stored_bytes: 0,
  started_at: '',
  wall_ms: 0,
  failed_expectation_count: 0,
  error: null,
});

describe('runs to compare', () => {
  test('two to four runs of one scenario', () => {
    expect(whyNotCompare([run(1), run(2)])).toBeNull();
    expect(whyNotCompare([run(1), run(2, 1, 'interrupted')])).toBeNull();
    expect(whyNotCompare([run(1)])).toMatch('two to four');
    expect(whyNotCompare([1, 2, 3, 4, 5].map((id) => run(id)))).toMatch('At most 4');
    expect(whyNotCompare([run(1), run(2, 2)])).toMatch('one scenario');
    expect(whyNotCompare([run(1, null), run(2, null)])).toMatch('one scenario');
    expect(whyNotCompare([1, 2].map((id) => ({ ...run(id, null), revision_id: 10 })))).toBeNull();
    expect(whyNotCompare([run(1), run(2, 1, 'recording')])).toBe('Run 2 is still being recorded.');
  });
  test('the oldest is the baseline', () => {
    expect(comparedIds([run(9), run(3)])).toEqual([3, 9]);
  });
});
