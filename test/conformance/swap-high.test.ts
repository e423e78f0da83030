import { expect, test } from 'vitest';
import { counterOf, samplesOf } from './samples.ts';

/** memory.swap.high and memory.swap.events: mem_cgroup_handle_over_high() and __mem_cgroup_try_charge_swap() of mm/memcontrol.c (6.12). */
const scene = (limits: string): string => `
memledger: 1
name: swap limits
machine: { memory: 64MiB, swap: 64MiB }
containers: { A: {}, A/B: { max: 4MiB, ${limits} } }
tasks: { a: { in: A/B } }
steps:
  - { alloc: heap, by: a, size: 12MiB }
  - { touch: heap, by: a }
  - { sample: after }
`;
const COUNTERS = ['swap', 'swap_high', 'swap_max', 'swap_fail', 'psi_some_total', 'oom_kill'] as const;
const after = (limits: string, path = 'A/B'): Record<string, number> => {
  const samples = samplesOf(scene(limits), 'memcg-v2');
  return Object.fromEntries(COUNTERS.map((counter) => [counter, counterOf(samples, 'after', path, counter)]));
};

test('above swap.high tasks sleep, and all that they swap is kept', () => {
  const open = after('swap-high: max');
  const high = after('swap-high: 4MiB');
  expect([open.swap_high, high.swap, high.swap_fail]).toEqual([0, open.swap, 0]);
  expect(high.swap_high).toBeGreaterThan(0);
  expect(after('swap-high: 4MiB', 'A').swap_high).toBe(high.swap_high);
  // 1024 pages over at the end, a batch of 64 at a time: sleeps of up to two seconds.
  expect((high.psi_some_total ?? 0) - (open.psi_some_total ?? 0)).toBeGreaterThan(5_000_000);
});

test('swap.max keeps pages in memory, is told in memory.swap.events, and the killer has to help', () => {
  const held = after('swap-max: 2MiB');
  expect(held.oom_kill).toBe(1);
  expect(held.swap_max).toBe(held.swap_fail);
});
