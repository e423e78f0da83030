import { expect, test } from 'vitest';
import type { RunOpened, RunStatus } from '../../../src-main/lab/contract.ts';
import { whyNotComparable } from './compare-session.ts';

function opened(id: number, scenario_id: number | null, scenario_name: string, status: RunStatus = 'complete'): RunOpened {
  return {
    run: {
      id,
      scenario_id,
      scenario_name,
      status,
      revision_id: null,
      model: 'static',
      source: 'engine',
      event_count: 1,
      step_count: 1,
      access_count: 1,
      end_ns: 1,
      log_sha256: null,
      stored_bytes: 1,
      started_at: '',
      wall_ms: 1,
      error: null,
    },
    meta: { source: 'engine', model: 'static', charge_shift: 0, seed: 1, memory_pages: 1, engine_version: '1' },
    names: { containers: [], tasks: [], objects: [], samples: [] },
    event_count: 1,
    step_count: 1,
    expectations: [],
    samples: [],
    scenario_text: null,
  };
}

test('complete and interrupted runs of one scenario are comparable', () => {
  expect(whyNotComparable([opened(1, 5, 'Sharing'), opened(2, 5, 'Sharing', 'interrupted')])).toBeUndefined();
});

test('a run that is being recorded and a run of another scenario are refused, with the reason', () => {
  expect(whyNotComparable([opened(1, 5, 'Sharing'), opened(2, 5, 'Sharing', 'recording')])?.message).toBe('Run 2 (static) is still being recorded.');
  expect(whyNotComparable([opened(1, 5, 'Sharing'), opened(2, 6, 'Limits')])?.message).toContain('“Limits”');
});
