import { describe, expect, test } from 'vitest';
import type { World } from '../../src-engine/machine/world.ts';
import { COUNTER, type CounterName } from '../../src-engine/record/counters.ts';
import { ERRNO, type EventRow, KIND, LIMIT, RECLAIM_REASON } from '../../src-engine/record/events.ts';
import { counterOf, type Samples, samplesOf } from './samples.ts';
import { programOf, worldAfter } from './world-after.ts';

/** Limits of version 1 of memory cgroups: mm/memcontrol-v1.c and mm/memcontrol.c (6.12). Containers are numbered in the order of the scenario, from 1. */

const A = 1;
const B = 2;
const MIB_PAGES = 256;

interface Ran {
  readonly world: World;
  readonly rows: readonly EventRow[];
  counter(container: number, name: CounterName): number;
  /** Errors of failed operations, in their order. */
  readonly errnos: readonly number[];
}

function run(containers: string, steps: readonly string[], machine = 'memory: 256MiB', model = 'memcg-v1'): Ran {
  const text = `memledger: 1
name: version 1
machine: { ${machine} }
containers: { ${containers} }
objects: { file: { file: 64MiB }, other: { file: 64MiB }, tmpfs: { tmpfs: 16MiB }, conn: { socket: tcp, receiver: B } }
tasks: { a: { in: A }, b: { in: B } }
steps:
${steps.map((step) => `  - { ${step} }`).join('\n')}
`;
  const { world, rows, samples } = worldAfter(programOf(text), model, false);
  const shown = samples.at(-1)?.containers;
  return {
    world,
    rows,
    counter: (container, name) => shown?.[container]?.counters[COUNTER[name]] ?? Number.NaN,
    errnos: rows.filter(({ kind }) => kind === KIND.op_fail).map(({ flags }) => flags),
  };
}

describe('memory.limit_in_bytes', () => {
  test('PC-6: below usage that cannot be reclaimed it is EBUSY and stays; at usage it is taken', () => {
    const usage = ['write: tmpfs, by: a, range: 0..200KiB', 'set: A, max: 160KiB', 'sample: refused', 'set: A, max: 200KiB', 'sample: end'];
    const { errnos, rows, counter, world } = run('A: {}, B: {}', usage);
    expect(world.tree.usage[A]).toBe(50);
    expect(errnos).toEqual([ERRNO.EBUSY]);
    expect(rows.filter(({ kind, flags }) => kind === KIND.limit_set && flags === LIMIT.max).map(({ a }) => a)).toEqual([50]);
    const passes = rows.filter(({ kind }) => kind === KIND.reclaim_begin || kind === KIND.reclaim_end);
    expect(passes.map(({ a, flags }) => [a, flags])).toEqual([
      [32, RECLAIM_REASON.resize],
      [0, 0],
    ]);
    expect([counter(A, 'limit_max'), counter(A, 'oom'), counter(A, 'oom_kill')]).toEqual([50, 0, 0]);
  });

  test('page cache makes way, and nobody is killed', () => {
    const { counter, errnos } = run('A: {}, B: {}', ['read: file, by: a, range: 0..4MiB', 'set: A, max: 1MiB', 'sample: end']);
    expect([errnos, counter(A, 'limit_max')]).toEqual([[], MIB_PAGES]);
    expect(counter(A, 'current')).toBeLessThanOrEqual(MIB_PAGES);
    expect(counter(A, 'current')).toBeGreaterThan(MIB_PAGES / 2);
  });

  test('failcnt counts every try that fails; version 2 has no such file', () => {
    const steps = ['read: file, by: a, range: 0..2MiB', 'sample: end'];
    const { counter, rows } = run('A: { max: 1MiB }, B: {}', steps);
    const passes = rows.filter(({ kind }) => kind === KIND.reclaim_begin).length;
    expect(passes).toBeGreaterThan(4);
    expect([counter(A, 'failcnt'), counter(A, 'max'), counter(B, 'failcnt')]).toEqual([passes, passes, 0]);
    expect(run('A: { max: 1MiB }, B: {}', steps, undefined, 'memcg-v2').counter(A, 'failcnt')).toBe(0);
    // A task that is killed in its own charge tries as often again before it gives up.
    const killed = run('A: { max: 1MiB }, B: {}', ['alloc: heap, by: a, size: 2MiB', 'touch: heap, by: a', 'sample: end']);
    expect([killed.counter(A, 'oom_kill'), killed.counter(A, 'max'), killed.counter(A, 'failcnt')]).toEqual([1, 35, 35]);
  });

  test('files of version 2 do nothing, and those of version 1 nothing under version 2', () => {
    const limits = '{ min: 1MiB, low: 1MiB, high: 1MiB, swap-max: 1MiB, memsw-max: 2MiB, max: 2MiB, soft-limit: 1MiB }';
    const names = ['limit_min', 'limit_low', 'limit_high', 'limit_swap_max', 'limit_memsw', 'limit_soft'] as const;
    const limitsUnder = (model: string): number[] => {
      const { counter } = run(`A: ${limits}, B: {}`, ['sample: end'], undefined, model);
      return names.map((name) => counter(A, name));
    };
    expect(limitsUnder('memcg-v1')).toEqual([0, 0, -1, -1, 2 * MIB_PAGES, MIB_PAGES]);
    expect(limitsUnder('memcg-v2')).toEqual([MIB_PAGES, MIB_PAGES, MIB_PAGES, MIB_PAGES, -1, -1]);
  });

  test('with oom_kill_disable nobody is killed, and children have it, too', () => {
    const steps = ['create: A/x', 'start: x, in: A/x', 'alloc: heap, by: x, size: 2MiB', 'touch: heap, by: x', 'sample: end'];
    const { counter, errnos } = run('A: { max: 1MiB, oom-kill-disable: true }, B: {}', steps);
    expect([errnos, counter(A, 'oom'), counter(A, 'oom_kill'), counter(A, 'current')]).toEqual([[ERRNO.ENOMEM], 1, 0, MIB_PAGES]);
  });
});

describe('memory.memsw.limit_in_bytes', () => {
  // The case's 4, 6, 2 and 3 GiB, each divided by 16: nothing in it depends on the size, and the whole takes a minute.
  test('SWAP-3: 6 GiB in a limit of 2 GiB use up 4 GiB of swap; with 3 GiB for memory and swap together no more than that', () => {
    const GIB_PAGES = 64 * MIB_PAGES;
    const ran = (limits: string, steps: readonly string[]): Samples =>
      samplesOf(
        `memledger: 1
name: 6 GiB by mistake
machine: { memory: 512MiB, swap: 256MiB }
containers: { A: ${limits} }
tasks: { a: { in: A } }
steps:
  - { alloc: heap, by: a, size: 384MiB }
${steps.map((step) => `  - { ${step} }`).join('\n')}
`,
        'memcg-v1',
      );
    const open = ran('{ max: 128MiB }', ['touch: heap, by: a', 'sample: end']);
    const shown = (samples: Samples, sample: string, ...names: readonly CounterName[]): number[] => names.map((name) => counterOf(samples, sample, 'A', name));
    expect(shown(open, 'end', 'current', 'swap', 'oom_kill')).toEqual([2 * GIB_PAGES, 4 * GIB_PAGES, 0]);
    const capped = ran('{ max: 128MiB, memsw-max: 192MiB }', [
      'touch: heap, by: a, range: 0..192MiB',
      'sample: full',
      'touch: heap, by: a, range: 192MiB..',
      'sample: end',
    ]);
    const [current, swap] = shown(capped, 'full', 'current', 'swap');
    expect([current + swap, ...shown(capped, 'full', 'oom_kill', 'memsw_failcnt')]).toEqual([3 * GIB_PAGES, 0, 0]);
    expect(shown(capped, 'end', 'current', 'swap', 'oom_kill', 'memsw_failcnt')).toEqual([0, 0, 1, expect.any(Number)]);
    expect(counterOf(capped, 'end', 'A', 'memsw_failcnt')).toBeGreaterThan(0);
  });

  test('it is never below the other, nor that above it (EINVAL); nor below what is used (EBUSY); raised together both fit', () => {
    const small = 'memory: 64MiB, swap: 64MiB';
    const refused = run('A: { max: 4MiB, memsw-max: 8MiB }, B: {}', ['set: A, memsw-max: 2MiB', 'set: A, max: 16MiB', 'sample: end'], small);
    expect([refused.errnos, refused.counter(A, 'limit_max'), refused.counter(A, 'limit_memsw')]).toEqual([
      [ERRNO.EINVAL, ERRNO.EINVAL],
      4 * MIB_PAGES,
      8 * MIB_PAGES,
    ]);
    const raised = run(
      'A: { max: 4MiB, memsw-max: 8MiB }, B: {}',
      ['set: A, max: 16MiB, memsw-max: 32MiB', 'set: A, max: 1MiB, memsw-max: 2MiB', 'sample: end'],
      small,
    );
    expect([raised.errnos, raised.counter(A, 'limit_max'), raised.counter(A, 'limit_memsw')]).toEqual([[], MIB_PAGES, 2 * MIB_PAGES]);
    const used = ['alloc: heap, by: a, size: 6MiB', 'touch: heap, by: a', 'set: A, memsw-max: 5MiB', 'sample: end'];
    const busy = run('A: { max: 4MiB, memsw-max: 8MiB }, B: {}', used, small);
    expect([busy.errnos, busy.counter(A, 'limit_memsw')]).toEqual([[ERRNO.EBUSY], 8 * MIB_PAGES]);
    expect(busy.counter(A, 'current') + busy.counter(A, 'swap')).toBe(6 * MIB_PAGES);
  });
});

describe('memory.soft_limit_in_bytes', () => {
  // A and B have 24 MiB of page cache each in 48 MiB of memory.
  const fill = ['read: file, by: a, range: 0..24MiB', 'read: other, by: b, range: 0..24MiB'];

  test('when the machine is short, who is furthest above it loses a quarter of the excess first', () => {
    const { counter, rows } = run(
      'A: { soft-limit: 16MiB }, B: { soft-limit: 4MiB }',
      [...fill, 'read: other, by: a, range: 24MiB..25MiB', 'sample: end'],
      'memory: 48MiB',
    );
    const first = rows.find(({ kind, flags }) => kind === KIND.reclaim_begin && flags === RECLAIM_REASON.soft_limit);
    expect(first?.container).toBe(B);
    expect(counter(A, 'current')).toBe(25 * MIB_PAGES);
    // Passes of 32 pages until a quarter of 20 MiB is free.
    expect(counter(B, 'current')).toBe(24 * MIB_PAGES - (20 * MIB_PAGES) / 4);
    const passes = rows.filter(({ kind, flags }) => kind === KIND.reclaim_begin && flags === RECLAIM_REASON.soft_limit);
    expect(new Set(passes.map(({ container, a }) => `${container} ${a}`))).toEqual(new Set([`${B} 32`]));
  });

  test('without soft limits both lose', () => {
    const { counter } = run('A: {}, B: {}', [...fill, 'read: other, by: a, range: 24MiB..32MiB', 'sample: end'], 'memory: 48MiB');
    expect(counter(A, 'current')).toBeLessThan(32 * MIB_PAGES);
    expect(counter(B, 'current')).toBeLessThan(24 * MIB_PAGES);
  });

  test('a container whose memory cannot be had makes way for the next', () => {
    const steps = ['write: tmpfs, by: b', 'read: file, by: a, range: 0..32MiB', 'read: other, by: a, range: 0..1MiB', 'sample: end'];
    const { counter, rows } = run('A: { soft-limit: 28MiB }, B: { soft-limit: 0 }', steps, 'memory: 48MiB');
    const roots = rows.filter(({ kind, flags }) => kind === KIND.reclaim_begin && flags === RECLAIM_REASON.soft_limit).map(({ container }) => container);
    expect([roots[0], roots.includes(A)]).toEqual([B, true]);
    expect([counter(B, 'current'), counter(A, 'current') < 33 * MIB_PAGES]).toEqual([16 * MIB_PAGES, true]);
  });
});

describe('memory.move_charge_at_immigrate', () => {
  const use = [
    'alloc: heap, by: a, size: 1MiB',
    'touch: heap, by: a',
    'map: file, by: a, as: view',
    'peek: view, by: a, range: 0..1MiB',
    'read: file, by: a, range: 1MiB..2MiB',
    'read: other, by: a, range: 0..1MiB',
    'move: a, to: B',
    'sample: end',
  ];

  test.each([
    [0, 0, 0],
    [1, MIB_PAGES, 0],
    [2, 0, 2 * MIB_PAGES],
    [3, MIB_PAGES, 2 * MIB_PAGES],
  ])('%i: what moves is what the task maps, and of its files what nobody has in a page table', (flags, anon, file) => {
    const { counter } = run(`A: {}, B: { move-charge: ${flags} }`, use);
    expect([counter(B, 'anon'), counter(B, 'file'), counter(A, 'anon'), counter(A, 'file')]).toEqual([anon, file, MIB_PAGES - anon, 3 * MIB_PAGES - file]);
    expect(counter(0, 'current')).toBe(4 * MIB_PAGES);
  });

  test('swap goes along; the old container’s setting says nothing', () => {
    const steps = ['alloc: heap, by: a, size: 8MiB', 'touch: heap, by: a', 'sample: before', 'move: a, to: B', 'sample: end'];
    const { counter, world } = run('A: { max: 4MiB }, B: { move-charge: 1 }', steps, 'memory: 64MiB, swap: 64MiB');
    expect([counter(A, 'current'), counter(A, 'swap'), counter(B, 'swap') > 3 * MIB_PAGES]).toEqual([0, 0, true]);
    expect([counter(B, 'current') + counter(B, 'swap'), world.tree.memswUsage(B)]).toEqual([8 * MIB_PAGES, 8 * MIB_PAGES]);
    const stays = run('A: { max: 4MiB, move-charge: 1 }, B: {}', steps, 'memory: 64MiB, swap: 64MiB');
    expect([stays.counter(A, 'swap') > 3 * MIB_PAGES, stays.counter(B, 'current')]).toEqual([true, 0]);
  });

  test('a page that the task has at two places moves once, and needs room for each', () => {
    const twice = ['map: file, by: a, as: view', 'map: file, by: a, as: again', 'peek: again, by: a, range: 0..1MiB'];
    const faulted_once = run('A: {}, B: { move-charge: 2 }', [...twice, 'move: a, to: B', 'sample: end']);
    expect([faulted_once.counter(A, 'file'), faulted_once.counter(B, 'file')]).toEqual([0, MIB_PAGES]);
    const both = [...twice, 'peek: view, by: a, range: 0..1MiB', 'move: a, to: B', 'sample: end'];
    expect(run('A: {}, B: { move-charge: 2, max: 2MiB }', both).counter(B, 'file')).toBe(MIB_PAGES);
    expect(run('A: {}, B: { move-charge: 2, max: 1536KiB }', both).errnos).toEqual([ERRNO.ENOMEM]);
  });

  test('where the new container has no room for all of it the task stays, with ENOMEM', () => {
    const { errnos, world, counter } = run('A: {}, B: { max: 512KiB, move-charge: 1 }', use.slice(0, 2).concat('move: a, to: B', 'sample: end'));
    expect([errnos, world.spaces.container[0], counter(A, 'anon'), counter(B, 'current')]).toEqual([[ERRNO.ENOMEM], A, MIB_PAGES, 0]);
    expect(counter(B, 'failcnt')).toBeGreaterThan(0);
  });
});

describe('memory.kmem.tcp', () => {
  test('the highest that was charged is kept, and a limit below what is charged is EBUSY', () => {
    const steps = ['send: conn, by: a, size: 64KiB', 'sample: sent', 'set: B, tcp-max: 4KiB', 'receive: conn, by: b, size: 64KiB', 'sample: end'];
    const { counter, errnos } = run('A: {}, B: {}', steps);
    expect([errnos, counter(B, 'limit_tcp')]).toEqual([[ERRNO.EBUSY], -1]);
    expect(counter(B, 'tcp_peak')).toBeGreaterThan(counter(B, 'tcp'));
    expect(counter(0, 'tcp_peak')).toBeGreaterThanOrEqual(counter(B, 'tcp_peak'));
  });
});
