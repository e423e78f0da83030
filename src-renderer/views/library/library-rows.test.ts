import { describe, expect, test } from 'vitest';
import type { RunRow, ScenarioRow } from '../../../src-main/lab/contract.ts';
import { findRuns, isTableRun, libraryRows, rowKey } from './library-rows.ts';

const scenario = (id: number, name: string, origin: ScenarioRow['origin']): ScenarioRow => ({
  id,
  name,
  about: '',
  origin,
  revision_id: id,
  revision_count: 1,
  updated_at: '2026-11-20T00:00:00Z',
  models: ['static'],
  error_count: 0,
});
const run = (id: number, scenario_id: number | null): RunRow => ({
  id,
  scenario_id,
  scenario_name: '',
  revision_id: null,
  model: 'static',
  source: scenario_id === null ? 'trace' : 'engine',
  status: 'complete',
  event_count: 0,
  step_count: 0,
  access_count: 0,
  end_ns: 0,
  log_sha256: null,
  stored_bytes: 0,
  started_at: '2026-11-20T00:00:00Z',
  wall_ms: 0,
  failed_expectation_count: 0,
  engine_version: '1',
  error: null,
});
const SCENARIOS = [scenario(9, 'Mine', 'user'), scenario(2, 'Zipf over a cache', 'example'), scenario(1, 'Shared library', 'example')];
const RUNS = [run(3, 1), run(2, 1), run(1, null)];

describe('library rows', () => {
  test('all runs, traces, own scenarios, examples in their order', () => {
    expect(libraryRows(SCENARIOS, RUNS, 3, '').map(rowKey)).toEqual([
      'all-runs',
      'traces',
      'heading-Your scenarios',
      'scenario-9',
      'heading-Examples',
      'scenario-1',
      'scenario-2',
    ]);
    expect(libraryRows(SCENARIOS, RUNS, 3, '').find((row) => rowKey(row) === 'scenario-1')).toMatchObject({ run_count: 2 });
  });
  test('a search finds every word anywhere, without empty headings', () => {
    expect(libraryRows(SCENARIOS, RUNS, 0, 'CACHE zipf').map(rowKey)).toEqual(['all-runs', 'heading-Examples', 'scenario-2']);
    expect(libraryRows(SCENARIOS, RUNS, 0, 'nothing')).toEqual([{ kind: 'all-runs', run_count: 0 }]);
    expect(findRuns(RUNS, 'static 3').map(({ id }) => id)).toEqual([3]);
  });
  test('runs of the tables are those of the engine of their scenarios; one on a kernel was asked for', () => {
    const on_kernel: RunRow = { ...run(4, 1), source: 'kernel' };
    expect([...RUNS, run(5, 9), on_kernel].filter((one) => isTableRun(one, new Set([1]))).map(({ id }) => id)).toEqual([3, 2]);
  });
  test('nothing at all', () => {
    expect(libraryRows([], [], 0, '').map(rowKey)).toEqual(['all-runs']);
  });
});
