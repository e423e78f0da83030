import { describe, expect, test } from 'vitest';
import type { RunRow, RunStatus } from '../../../src-main/lab/contract.ts';
import { comparedIds, comparedWithOthers, isFinishable, whyNotCompare } from './run-choice.ts';

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
  engine_version: '1',
  error: null,
});

describe('runs to compare', () => {
  test('two to four runs of one scenario', () => {
    expect(whyNotCompare([run(1), run(2)])).toBeNull();
    expect(whyNotCompare([run(1), run(2, 1, 'interrupted')])).toBeNull();
    expect(whyNotCompare([run(1)])).toMatch('Choose 2 to 4 runs');
    expect(whyNotCompare([1, 2, 3, 4, 5].map((id) => run(id)))).toMatch('Choose 2 to 4 runs to compare; 5 are chosen.');
    expect(whyNotCompare([run(1), run(2, 2)])).toMatch('one scenario');
    expect(whyNotCompare([run(1, null), run(2, null)])).toMatch('one scenario');
    expect(whyNotCompare([1, 2].map((id) => ({ ...run(id, null), revision_id: 10 })))).toBeNull();
    expect(whyNotCompare([run(1), run(2, 1, 'recording')])).toBe('Run 2 is still being recorded.');
  });
  test('a run is laid beside the latest run of each other model of its scenario', () => {
    const rss = (id: number, status: RunStatus = 'complete'): RunRow => ({ ...run(id, 1, status), model: 'rss' });
    expect(comparedWithOthers(run(3), [run(1), rss(2), run(3), rss(4), rss(5, 'failed'), { ...run(6, 2), model: 'partial' }])).toEqual([3, 4]);
    const many = ['a', 'b', 'c', 'd', 'e'].map((model, index) => ({ ...run(index + 10), model }));
    expect(comparedWithOthers(run(3), many)).toEqual([3, 12, 13, 14]);
  });
  test('a run that ended before its time can be finished, a trace cannot', () => {
    expect([run(1), run(1, 1, 'interrupted'), run(1, 1, 'cancelled'), run(1, 1, 'failed')].map(isFinishable)).toEqual([false, true, true, false]);
    expect(isFinishable({ ...run(1, null, 'interrupted'), source: 'trace' })).toBe(false);
  });
  test('the oldest is the baseline', () => {
    expect(comparedIds([run(9), run(3)])).toEqual([3, 9]);
  });
});
