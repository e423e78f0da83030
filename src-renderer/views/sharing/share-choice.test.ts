import { describe, expect, test } from 'vitest';
import type { RunRow } from '../../../src-main/lab/contract.ts';
import { GUEST_IDS_FROM } from '../../../src-main/lab/guest-ids.ts';
import { offeredComparisons, offeredRuns, reckoningInWords } from './share-choice.ts';

const run = (id: number, scenario_id: number | null, more: Partial<RunRow> = {}): RunRow => ({
  id,
  scenario_id,
  scenario_name: `scenario ${scenario_id}`,
  revision_id: scenario_id,
  model: 'static',
  source: 'engine',
  status: 'complete',
  event_count: 100,
  step_count: 3,
  access_count: 0,
  end_ns: 0,
  log_sha256: null,
  stored_bytes: 10,
  started_at: '2026-01-01T00:00:00.000Z',
  wall_ms: 0,
  failed_expectation_count: 0,
  engine_version: null,
  error: null,
  ...more,
});

describe('what a file to share is offered', () => {
  test('the runs asked for come first, then the others of their scenarios, newest first', () => {
    const runs = [run(1, 7), run(2, 8), run(3, 7), run(4, 7), run(5, null)];
    expect(offeredRuns([3], [], runs).map((offered) => offered.run.id)).toEqual([3, 4, 1]);
    expect(offeredRuns([5], [], runs).map((offered) => offered.run.id)).toEqual([5]);
    expect(offeredRuns([], [8], runs).map((offered) => offered.run.id)).toEqual([2]);
  });

  test('a run that cannot go in says why, and one of an opened file is not offered', () => {
    const runs = [run(1, 7, { status: 'recording' }), run(2, 7, { event_count: 0, status: 'failed' }), run(GUEST_IDS_FROM + 1, 7), run(3, 7)];
    expect(offeredRuns([1, 2, GUEST_IDS_FROM + 1], [], runs).map(({ run: { id }, why_not }) => [id, why_not])).toEqual([
      [1, 'is being recorded'],
      [2, 'nothing of it is recorded'],
      [3, null],
    ]);
  });

  test('saved comparisons that show one of them', () => {
    const saved = (id: number, run_ids: readonly number[]) => ({ id, name: `${id}`, run_ids, baseline_run_id: run_ids[0] ?? 0, note: '', created_at: '' });
    const comparisons = [saved(1, [1, 9]), saved(2, [8, 9])];
    expect(offeredComparisons(offeredRuns([1], [], [run(1, 7)]), comparisons).map(({ id }) => id)).toEqual([1]);
  });

  test('what goes in is told with its size, without what is none', () => {
    const reckoning = { run_count: 2, scenario_count: 1, comparison_count: 0, bookmark_count: 1, event_count: 1234, size_bytes: 2048 };
    expect(reckoningInWords(reckoning).replaceAll(/\s/g, ' ')).toBe('2 runs, 1 scenario, 1 bookmark; 1 234 events; 2 KiB');
  });
});
