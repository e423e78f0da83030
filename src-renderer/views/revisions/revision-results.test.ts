import { expect, test } from 'vitest';
import type { RunRow } from '../../../src-main/lab/contract.ts';
import { newestPairWithRuns, pairRuns } from './revision-results.ts';

const run = (id: number, revision_id: number, model: string, status: RunRow['status'] = 'complete'): RunRow => ({
  id,
  scenario_id: 1,
  scenario_name: 'x',
  revision_id,
  model,
  source: 'engine',
  status,
  event_count: 1,
  step_count: 1,
  access_count: 1,
  end_ns: 0,
  log_sha256: null,
  stored_bytes: 0,
  started_at: '',
  wall_ms: 0,
  failed_expectation_count: 0,
  engine_version: null,
  error: null,
});

test('pairs the latest complete runs of each model that both revisions have', () => {
  const runs = [
    run(5, 2, 'rss'),
    run(1, 1, 'rss'),
    run(2, 1, 'rss'),
    run(3, 1, 'static'),
    run(4, 2, 'partial'),
    run(6, 2, 'rss', 'interrupted'),
    run(7, 2, 'static', 'failed'),
  ];
  expect(pairRuns(runs, 1, 2).map(({ model, from, to }) => [model, from.id, to.id])).toEqual([['rss', 2, 5]]);
});

test('finds the newest two revisions that have runs of one model', () => {
  const runs = [run(1, 1, 'rss'), run(2, 2, 'rss'), run(3, 2, 'static'), run(4, 4, 'static'), run(5, 5, 'rss', 'interrupted'), run(6, 6, 'none')];
  expect(newestPairWithRuns(runs, [1, 2, 3, 4, 5, 6])).toEqual({ from: 2, to: 4 });
  expect(newestPairWithRuns(runs, [1, 2, 3])).toEqual({ from: 1, to: 2 });
  expect(newestPairWithRuns(runs, [4, 5, 6])).toBeUndefined();
});
