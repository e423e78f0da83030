import { expect, it } from 'vitest';
import type { RunReport } from '../../lab/run-report.ts';
import { runText } from './run-text.ts';

const REPORT: RunReport = {
  run_id: 27,
  model: 'memcg-v2',
  source: 'engine',
  status: 'complete',
  log_sha256: 'ab'.repeat(32),
  events: 4140,
  steps: 14,
  accesses: 1024,
  end_ns: 1,
  wall_ms: 400,
  stored_bytes: 9000,
  samples: [],
  end: null,
  costs: {},
  not_done: { op_fail: 0, container_create_failed: 0, step_skip: 0 },
  expectations: [],
  error: null,
};

it('says what of the scenario could not be done, and how to list it', () => {
  expect(runText(REPORT)).toBe(`memcg-v2: 4,140 events in 0.4 s, run 27\n  log ${'ab'.repeat(32)}`);
  const refused = { ...REPORT, not_done: { op_fail: 1, container_create_failed: 0, step_skip: 1200 } };
  expect(runText(refused).split('\n').slice(2)).toEqual(['', '  1 operation failed, 1,200 steps skipped:', '    memledger events 27 --kind op_fail step_skip']);
});

it('lists with each sample the removed containers that something is still charged to', () => {
  const counters = (current: number) => ({ current, anon: 0, file: current, shmem: 0, swap: 0, nr_dying_descendants: 0, events: {}, limits: {} });
  const dying = Array.from({ length: 7 }, (_, index) => ({ container: index + 1, path: `pods/${index}`, counters: counters((index + 1) * 4096) }));
  const sample = { sample: 'end', step: 9, containers: { '.': counters(28 * 4096) }, tasks: {}, dying };
  const lines = runText({ ...REPORT, samples: [sample] })
    .split('\n')
    .slice(3);
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "  end (step 9)
      container              current      anon      file     shmem      swap
      .                       112KiB         0    112KiB         0         0
      dying container  current  anon   file  shmem  swap
      pods/6 (7)         28KiB     0  28KiB      0     0
      pods/5 (6)         24KiB     0  24KiB      0     0
      pods/4 (5)         20KiB     0  20KiB      0     0
      pods/3 (4)         16KiB     0  16KiB      0     0
      pods/2 (3)         12KiB     0  12KiB      0     0
      and 2 more"
  `);
  expect(lines.every((line) => line.length <= 72)).toBe(true);
});
