import { describe, expect, test } from 'vitest';
import { mayZswap } from '../../src-engine/machine/pages/zswap.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { KIND } from '../../src-engine/record/events.ts';
import { counterOf, samplesOf } from './samples.ts';
import { programOf, worldAfter } from './world-after.ts';

/** The rows SWAP-9 to SWAP-15 of the project's list: tools/testing/selftests/cgroup/test_zswap.c and mm/memcontrol.c (6.12), under memcg-v2. */
const head = (limits: string, machine = ''): string => `
memledger: 1
name: zswap
machine: { memory: 256MiB, swap: 256MiB, zswap: true, kernel-memory: true, charge-stock: true${machine} }
containers: { A: { ${limits} } }
tasks: { a: { in: A } }
`;
const COUNTERS = ['swap', 'zswap', 'zswapped', 'zswpin', 'zswpout', 'zswpwb', 'pswpout', 'kernel'] as const;
const countersAt = (yaml: string, sample: string, path = 'A'): Record<(typeof COUNTERS)[number], number> => {
  const samples = samplesOf(yaml, 'memcg-v2');
  return Object.fromEntries(COUNTERS.map((counter) => [counter, counterOf(samples, sample, path, counter)])) as Record<(typeof COUNTERS)[number], number>;
};

test('SWAP-9: pages of a container of 1M that allocates 4M go to zswap', () => {
  const after = countersAt(
    `${head('max: 1MiB')}
steps:
  - { alloc: heap, by: a, size: 4MiB }
  - { touch: heap, by: a }
  - { sample: after }
`,
    'after',
  );
  expect(after.zswpout).toBeGreaterThan(0);
  expect(after.pswpout).toBe(0);
});

/** The test writes one byte of each page. */
const WRITE_AND_READ = `
steps:
  - { alloc: heap, by: a, size: 32MiB, compressed: 64 }
  - { touch: heap, by: a }
  - { peek: heap, by: a }
  - { sample: after }
`;

test('SWAP-10: with zswap.max 0 the same pages take at least 24M of swap, and none is stored', () => {
  const yaml = head('max: 8MiB, zswap-max: 0') + WRITE_AND_READ;
  const { samples } = worldAfter(programOf(yaml), 'memcg-v2');
  const swap = samples.map((sample) => sample.containers.find(({ path }) => path === 'A')?.counters[COUNTER.swap] ?? 0);
  expect(Math.max(...swap) * 4096).toBeGreaterThanOrEqual(24 * 2 ** 20);
  expect(countersAt(yaml, 'after').zswpout).toBe(0);
});

test('SWAP-11: of 32M written and read again under a limit of 8M, at least 24M come back from zswap', () => {
  const after = countersAt(head('max: 8MiB') + WRITE_AND_READ, 'after');
  expect(after.zswpin).toBeGreaterThanOrEqual(6144);
});

/**
 * `attempt_writeback()`: the 4M of the test, each page half compressible; and what a process has besides, as the first request for 4M takes that too. `A/B` inherits
 * nothing: that a parent says no is enough.
 */
const writeback = (limits: string, child: string): string => `
memledger: 1
name: zswap writeback
machine: { memory: 256MiB, swap: 256MiB, zswap: true, kernel-memory: true, charge-stock: true }
containers: { A: { ${limits} }, A/B: { ${child} } }
objects: { libc: { file: 512KiB } }
tasks: { a: { in: A/B } }
steps:
  - { read: libc, by: a }
  - { alloc: heap, by: a, size: 4MiB, compressed: 2KiB }
  - { touch: heap, by: a }
  - { reclaim: A/B, size: 4MiB }
  - { sample: reclaimed }
  - { peek: heap, by: a }
  - { set: A/B, zswap-max: HALF }
  - { reclaim: A/B, size: 4MiB }
  - { sample: after }
`;

describe('SWAP-12: with zswap.max halved, the second request for 4M', () => {
  const run = (limits: string, child = '') => {
    const half = Math.floor(countersAt(writeback(limits, child).replace('HALF', 'max'), 'reclaimed', 'A/B').zswap / 2);
    const yaml = writeback(limits, child).replace('HALF', String(half));
    const { rows } = worldAfter(programOf(yaml), 'memcg-v2');
    return { ...countersAt(yaml, 'after', 'A/B'), failures: rows.filter(({ kind }) => kind === KIND.op_fail).length };
  };

  test('SWAP-12: succeeds and writes back where writeback is on', () => {
    const after = run('');
    expect(after.zswpwb).toBeGreaterThan(0);
    expect(after.failures).toBe(0);
  });

  test.each([
    ['SWAP-12: fails with EAGAIN, without a page written, where it is off', '', 'zswap-writeback: false'],
    ['SWAP-12: follows the parent where that has it off', 'zswap-writeback: false', 'zswap-writeback: true'],
  ])('%s', (_, limits, child) => {
    const after = run(limits, child);
    expect(after.zswpwb).toBe(0);
    expect(after.pswpout).toBe(0);
    expect(after.failures).toBe(1);
  });
});

test('SWAP-14: two pages of zswap.max allow a store at 8191 bytes and none at 8192', () => {
  expect(mayZswap(8191, 2)).toBe(true);
  expect(mayZswap(8192, 2)).toBe(false);
  expect(mayZswap(0, 0)).toBe(false);
});

/**
 * `test_no_kmem_bypass()`: the machine, not the container, is short of memory, and what reclaim for it stores is on the account of the container all the same. The simulated
 * machine has no watermarks: it is as large from the start as what the raised min_free_kbytes leaves of R, which is 64M instead of up to 5G.
 */
test('SWAP-15: what the machine’s own reclaim compresses is charged to the container', () => {
  const R = 64 * 2 ** 20;
  const child_bytes = R - 1000 * Math.floor(R / 2000) + Math.floor(R / 20);
  const yaml = `
memledger: 1
name: no kmem bypass
machine: { memory: ${R - 1024 * Math.floor(R / 2000)}, swap: 256MiB, zswap: true, zswap-max-pool-percent: 100 }
containers: { A: {} }
tasks: { a: { in: A }, o: { in: . } }
steps:
  - { alloc: heap, by: a, size: ${child_bytes}, compressed: 256 }
  - { touch: heap, by: a }
${Array.from({ length: 20 }, (_, at) => `  - { alloc: out${at}, by: o, size: ${Math.floor(R / 20)}, compressed: 256 }\n  - { touch: out${at}, by: o }\n  - { sample: s${at} }`).join('\n')}
`;
  const samples = samplesOf(yaml, 'memcg-v2');
  const stored = Array.from({ length: 20 }, (_, at) => ({
    pages: counterOf(samples, `s${at}`, 'A', 'zswpout'),
    zswap: counterOf(samples, `s${at}`, 'A', 'zswap'),
    zswapped: counterOf(samples, `s${at}`, 'A', 'zswapped') * 4096,
    kernel: counterOf(samples, `s${at}`, 'A', 'kernel') * 4096,
  }));
  const reached = stored.filter(({ pages }) => pages > R / 5 / 4096);
  expect(reached.length).toBeGreaterThan(0);
  for (const { pages, zswap, zswapped, kernel } of reached) {
    expect(pages * 4096 - zswapped).toBeLessThan((pages * 4096) / 4);
    // Whole pages through the stock: less than a page and what its one processor holds besides.
    expect(kernel).toBeGreaterThanOrEqual(zswap);
    expect(kernel - zswap).toBeLessThan(2 * 4096);
  }
});

test('a removed container that nothing holds is gone, whichever pages lie in zswap', () => {
  // The pages of `heap` are the machine's first, and the oldest are stored: their numbers are those of containers, too.
  const samples = samplesOf(
    `${head('max: 1MiB').replace('containers: {', 'containers: { B: {}, C: {},')}
steps:
  - { alloc: heap, by: a, size: 2MiB }
  - { touch: heap, by: a }
  - { remove: B }
  - { remove: C }
  - { sample: after }
`,
    'memcg-v2',
  );
  expect(counterOf(samples, 'after', 'A', 'zswapped')).toBeGreaterThan(3);
  expect(counterOf(samples, 'after', '.', 'nr_dying_descendants')).toBe(0);
});
