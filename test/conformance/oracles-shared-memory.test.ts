import { describe, expect, test } from 'vitest';
import type { CounterName } from '../../src-engine/record/counters.ts';
import { ERRNO } from '../../src-engine/record/events.ts';
import { failuresOf } from './failures.ts';
import { counterOf, type Samples, samplesOf } from './samples.ts';

/** Rows of oracles.md on shared memory: SMEM, TMPFS, and RSS-3 for smemcg; and the rules of the models concerned that have no row. Amounts are in pages of 4 KiB. */

interface Scene {
  readonly containers: string;
  readonly objects: string;
  readonly tasks?: string;
  readonly swap?: string;
  readonly steps: string;
}

const scene = ({ containers, objects, tasks = '{ a: { in: A }, b: { in: B } }', swap = '0', steps }: Scene): string => `
memledger: 1
name: shared memory
machine: { memory: 64MiB, swap: ${swap} }
containers: ${containers}
objects: ${objects}
tasks: ${tasks}
steps:
${steps
  .trim()
  .split('\n')
  .map((step) => `  - ${step.trim()}`)
  .join('\n')}
`;

const counters = (samples: Samples, sample: string, counter: CounterName, paths: readonly string[]): number[] =>
  paths.map((path) => counterOf(samples, sample, path, counter));
const isAlive = (samples: Samples, sample: string, task: string): boolean => samples.get(sample)?.tasks.find(({ name }) => name === task)?.alive === true;

const BOTH_ATTACHED = '{ A: { smemcg: { s: max } }, B: { smemcg: { s: max } } }';

describe('smemcg: oracles', () => {
  const SMEM_1 = scene({
    containers: BOTH_ATTACHED,
    objects: '{ s: { tmpfs: 1MiB } }',
    steps: `
      { map: s, by: a, as: view }
      { touch: view, by: a, range: 0..400KiB }
      { map: s, by: b, as: view }
      { touch: view, by: b, range: 0..160KiB }
      { sample: shared }
      { unmap: view, by: b, range: 0..40KiB }
      { sample: less }
      { exit: a }
      { remove: A }
      { sample: after }`,
  });

  test('SMEM-1: a charge, what each borrows of it, and a removal that leaves nothing behind', () => {
    const detailed = samplesOf(SMEM_1, 'pages=smemcg');
    expect(counters(detailed, 'shared', 'borrow', ['A', 'B'])).toEqual([100, 40]);
    expect(counters(detailed, 'shared', 'current', ['A', 'B', 'smemcg:s', '.'])).toEqual([100, 40, 100, 100]);
    expect(counters(detailed, 'less', 'borrow', ['A', 'B'])).toEqual([100, 30]);
    expect(counters(detailed, 'after', 'current', ['B', 'smemcg:s', '.'])).toEqual([30, 100, 100]);
    expect(counterOf(detailed, 'after', '.', 'nr_dying_descendants')).toBe(0);

    const simple = samplesOf(SMEM_1, 'pages=smemcg,current=whole');
    expect(counters(simple, 'shared', 'current', ['A', 'B', 'smemcg:s', '.'])).toEqual([100, 100, 100, 100]);
    expect(counters(simple, 'after', 'current', ['B', 'smemcg:s', '.'])).toEqual([100, 100, 100]);
    expect(counterOf(simple, 'after', '.', 'nr_dying_descendants')).toBe(0);
  });

  test('SMEM-2: the limit of the shared-memory container fails the one page more', () => {
    const yaml = scene({
      containers: BOTH_ATTACHED,
      objects: '{ s: { tmpfs: 1MiB, max: 480KiB } }',
      steps: `
        { write: s, by: a, range: 0..400KiB }
        { write: s, by: b, range: 400KiB..480KiB }
        { sample: full }
        { write: s, by: b, range: 480KiB..484KiB }
        { sample: refused }`,
    });
    for (const model of ['pages=smemcg', 'pages=smemcg,current=whole']) {
      const samples = samplesOf(yaml, model);
      expect(counterOf(samples, 'full', 'smemcg:s', 'current')).toBe(120);
      expect(counterOf(samples, 'refused', 'smemcg:s', 'current')).toBe(120);
      expect(counterOf(samples, 'refused', '.', 'oom_kill')).toBe(0);
      expect(failuresOf(yaml, model)).toEqual([{ errno: ERRNO.ENOMEM, task: 'b' }]);
    }
  });

  test('RSS-3: three containers that map what is attached, and cache that only the object pays for', () => {
    const samples = samplesOf(
      scene({
        containers: '{ A: { smemcg: { lib: max } }, B: { smemcg: { lib: max } }, C: { smemcg: { lib: max } } }',
        objects: '{ lib: { file: 4000KiB }, other: { file: 3200KiB } }',
        tasks: '{ a: { in: A }, b: { in: B }, c: { in: C } }',
        steps: ['a', 'b', 'c']
          .flatMap((task) => [
            `{ map: lib, by: ${task}, as: view }`,
            `{ peek: view, by: ${task} }`,
            `{ alloc: heap, by: ${task}, size: 2000KiB }`,
            `{ touch: heap, by: ${task} }`,
          ])
          .concat(['{ read: other, by: a }', '{ sample: end }'])
          .join('\n'),
      }),
      'pages=smemcg',
    );
    expect(counters(samples, 'end', 'current', ['A', 'B', 'C', 'smemcg:lib'])).toEqual([1500 + 800, 1500, 1500, 1000]);
    expect(counterOf(samples, 'end', '.', 'current')).toBe(3 * 500 + 800 + 1000);
  });
});

describe('smemcg: rules', () => {
  test('read() and write() borrow nothing, and who has not attached the object uses it free', () => {
    const samples = samplesOf(
      scene({
        containers: '{ A: { smemcg: { s: max } }, B: {} }',
        objects: '{ s: { tmpfs: 1MiB }, t: { tmpfs: 1MiB } }',
        steps: `
          { write: s, by: a, range: 0..400KiB }
          { map: s, by: b, as: view }
          { touch: view, by: b, range: 0..800KiB }
          { write: t, by: b, range: 0..40KiB }
          { sample: end }`,
      }),
      'pages=smemcg',
    );
    expect(counters(samples, 'end', 'current', ['A', 'B', 'smemcg:s'])).toEqual([0, 10, 200]);
    expect(counters(samples, 'end', 'borrow', ['A', 'B'])).toEqual([0, 0]);
  });

  test('three maps of one page are one or three', () => {
    const yaml = scene({
      containers: '{ A: { smemcg: { s: max } } }',
      objects: '{ s: { tmpfs: 1MiB } }',
      tasks: '{ a: { in: A }, a2: { in: A } }',
      steps: `
        { map: s, by: a, as: one }
        { map: s, by: a, as: two }
        { map: s, by: a2, as: three }
        { touch: one, by: a, range: 0..4KiB }
        { touch: two, by: a, range: 0..4KiB }
        { touch: three, by: a2, range: 0..4KiB }
        { sample: mapped }
        { unmap: one, by: a }
        { exit: a2 }
        { sample: left }
        { exit: a }
        { sample: gone }`,
    });
    for (const [maps, mapped] of [
      ['once', 1],
      ['each', 3],
    ] as const) {
      const samples = samplesOf(yaml, `pages=smemcg,maps=${maps}`);
      expect(['mapped', 'left', 'gone'].map((at) => counterOf(samples, at, 'A', 'borrow'))).toEqual([mapped, 1, 0]);
      expect(['mapped', 'left', 'gone'].map((at) => counterOf(samples, at, 'A', 'current'))).toEqual([mapped, 1, 0]);
    }
  });

  test('the limit of a pair fails the mapping and kills nobody', () => {
    const yaml = scene({
      containers: '{ A: { smemcg: { s: 40KiB } }, B: { smemcg: { s: max } } }',
      objects: '{ s: { tmpfs: 1MiB } }',
      steps: `
        { map: s, by: b, as: view }
        { touch: view, by: b }
        { map: s, by: a, as: view }
        { touch: view, by: a }
        { sample: refused }
        { set: A, smemcg: { s: 80KiB } }
        { touch: view, by: a, range: 0..80KiB }
        { sample: raised }`,
    });
    const samples = samplesOf(yaml, 'pages=smemcg');
    expect(counters(samples, 'refused', 'borrow', ['A', 'B'])).toEqual([10, 256]);
    expect(counterOf(samples, 'raised', 'A', 'borrow')).toBe(20);
    expect(failuresOf(yaml, 'pages=smemcg')).toEqual([{ errno: ERRNO.ENOMEM, task: 'a' }]);
  });

  test('over its limit a container loses mappings of its own, and B keeps what it maps', () => {
    const yaml = scene({
      containers: '{ A: { max: 400KiB, smemcg: { s: max } }, B: { max: 2MiB, smemcg: { s: max } } }',
      objects: '{ s: { tmpfs: 1MiB } }',
      steps: `
        { map: s, by: b, as: view }
        { touch: view, by: b }
        { map: s, by: a, as: view }
        { peek: view, by: a }
        { sample: end }`,
    });
    const samples = samplesOf(yaml, 'pages=smemcg');
    expect(counterOf(samples, 'end', 'A', 'current')).toBeLessThanOrEqual(100);
    expect(counters(samples, 'end', 'borrow', ['B', 'smemcg:s'])).toEqual([256, 0]);
    expect(counterOf(samples, 'end', 'smemcg:s', 'current')).toBe(256);
    expect(counterOf(samples, 'end', '.', 'oom_kill')).toBe(0);
  });

  test('a charge of A never kills in B: B pays for what A writes only where all counts, and then at its own next charge', () => {
    const yaml = scene({
      containers: '{ A: { smemcg: { s: max } }, B: { max: 1MiB, smemcg: { s: max } } }',
      objects: '{ s: { tmpfs: 4MiB } }',
      steps: `
        { alloc: heap, by: b, size: 256KiB }
        { touch: heap, by: b, range: 0..128KiB }
        { write: s, by: a }
        { sample: filled }
        { touch: heap, by: b }
        { sample: touched }`,
    });
    const detailed = samplesOf(yaml, 'pages=smemcg');
    expect(counters(detailed, 'touched', 'current', ['A', 'B'])).toEqual([0, 64]);
    expect(isAlive(detailed, 'touched', 'b')).toBe(true);
    const simple = samplesOf(yaml, 'pages=smemcg,current=whole');
    expect(counters(simple, 'filled', 'current', ['A', 'B'])).toEqual([1024, 32 + 1024]);
    expect([isAlive(simple, 'filled', 'b'), isAlive(simple, 'touched', 'b'), isAlive(simple, 'touched', 'a')]).toEqual([true, false, true]);
  });

  test('attaching later borrows what is mapped already, from the container above that borrowed it so far', () => {
    const samples = samplesOf(
      scene({
        containers: '{ P: { smemcg: { s: max } }, P/A: {}, P/B: {} }',
        objects: '{ s: { tmpfs: 1MiB } }',
        tasks: '{ a: { in: P/A }, b: { in: P/B } }',
        steps: `
          { map: s, by: a, as: view }
          { touch: view, by: a, range: 0..40KiB }
          { map: s, by: b, as: view }
          { touch: view, by: b, range: 0..20KiB }
          { sample: above }
          { set: P/A, smemcg: { s: max } }
          { sample: both }
          { move: a, to: P/B }
          { remove: P/A }
          { sample: moved }`,
      }),
      'pages=smemcg',
    );
    expect(counters(samples, 'above', 'borrow', ['P', 'P/A', 'P/B'])).toEqual([10, 0, 0]);
    expect(counters(samples, 'both', 'borrow', ['P', 'P/A', 'P/B'])).toEqual([5, 10, 0]);
    expect(counters(samples, 'both', 'current', ['P', 'P/A', 'P/B', '.'])).toEqual([15, 10, 0, 10]);
    expect(counters(samples, 'moved', 'borrow', ['P', 'P/B'])).toEqual([10, 0]);
  });
});

describe('charge-to', () => {
  const MODELS = ['static', 'partial', 'pages=smemcg'] as const;
  /** Charge units of one page. */
  const UNITS = { static: 1, partial: 2 ** 24, 'pages=smemcg': 1 } as const;

  const NAMED = (max: string, steps: string): string =>
    scene({
      containers: `{ S: { max: ${max} }, A: {}, B: {} }`,
      objects: '{ t: { tmpfs: 2MiB, charge-to: S } }',
      tasks: '{ a: { in: A }, b: { in: B }, s: { in: S } }',
      steps,
    });

  test.each(MODELS)('TMPFS-1: the named container is charged by a write and by a mapping, under %s', (model) => {
    const samples = samplesOf(
      NAMED(
        '10MiB',
        `
        { sample: before }
        { write: t, by: a, range: 0..4KiB }
        { sample: written }
        { map: t, by: b, as: view }
        { touch: view, by: b, range: 1MiB..2MiB }
        { sample: mapped }`,
      ),
      model,
    );
    expect(['before', 'written', 'mapped'].map((at) => counterOf(samples, at, 'S', 'current') / UNITS[model])).toEqual([0, 1, 257]);
    expect(counters(samples, 'mapped', 'current', ['A', 'B'])).toEqual([0, 0]);
  });

  test.each(MODELS)('over its limit write() fails with ENOSPC, and a page fault is a SIGBUS, under %s', (model) => {
    const yaml = NAMED(
      '400KiB',
      `
      { write: t, by: a }
      { map: t, by: b, as: view }
      { touch: view, by: b }
      { sample: end }`,
    );
    const samples = samplesOf(yaml, model);
    expect(failuresOf(yaml, model)).toEqual([
      { errno: ERRNO.ENOSPC, task: 'a' },
      { errno: ERRNO.SIGBUS, task: 'b' },
    ]);
    expect(['a', 'b', 's'].map((task) => isAlive(samples, 'end', task))).toEqual([true, false, true]);
    expect(counters(samples, 'end', 'oom_kill', ['.', 'S', 'B'])).toEqual([0, 0, 0]);
    expect(counterOf(samples, 'end', 'S', 'current') / UNITS[model]).toBe(100);
  });

  test('a removed container is a zombie for as long as the mount names it, and who touches pays', () => {
    const yaml = NAMED(
      'max',
      `
      { write: t, by: a, range: 0..400KiB }
      { exit: s }
      { remove: S }
      { sample: removed }
      { write: t, by: b, range: 400KiB..800KiB }
      { create: S }
      { write: t, by: b, range: 800KiB..1200KiB }
      { sample: after }`,
    );
    const zombie = samplesOf(yaml, 'static,removal=zombie');
    expect(counterOf(zombie, 'removed', '.', 'nr_dying_descendants')).toBe(1);
    expect(counters(zombie, 'after', 'current', ['B', 'S', '.'])).toEqual([200, 0, 300]);
    const reparented = samplesOf(yaml, 'static');
    // Its pages went to the parent, but the mount still holds it.
    expect(counterOf(reparented, 'removed', '.', 'nr_dying_descendants')).toBe(1);
  });
});

describe('huge pages and dma-bufs', () => {
  const HUGE = (max: string, steps: string): string =>
    scene({ containers: `{ A: { max: ${max} }, B: {} }`, objects: '{ h: { hugetlb: 8MiB }, d: { dma-buf: 400KiB } }', swap: '64MiB', steps });

  test('memory_hugetlb_accounting charges at the fault, 2 MiB at a time, to current and to no line of memory.stat', () => {
    const samples = samplesOf(
      HUGE(
        '100MiB',
        `
        { map: h, by: a, as: view }
        { sample: mapped }
        { touch: view, by: a, range: 0..4KiB }
        { sample: first }
        { touch: view, by: a }
        { sample: written }
        { peek: view, by: a }
        { reclaim: A, size: 8MiB }
        { unmap: view, by: a }
        { exit: a }
        { sample: file-stays }`,
      ),
      'static',
    );
    expect(['mapped', 'first', 'written', 'file-stays'].map((at) => counterOf(samples, at, 'A', 'current'))).toEqual([0, 512, 2048, 2048]);
    expect((['file', 'anon', 'shmem', 'file_mapped', 'inactive_anon'] as const).map((name) => counterOf(samples, 'written', 'A', name))).toEqual([
      0, 0, 0, 0, 0,
    ]);
    expect(counterOf(samples, 'written', 'A', 'unevictable')).toBe(2048);
    expect(counterOf(samples, 'written', 'A', 'pgfault')).toBe(4);
  });

  test('a huge page that does not fit is a SIGBUS, and nothing of it is charged; nobody is killed for it', () => {
    const yaml = HUGE(
      '3MiB',
      `
      { map: h, by: a, as: view }
      { touch: view, by: a }
      { sample: end }`,
    );
    for (const model of ['static', 'pages=smemcg']) {
      const samples = samplesOf(yaml, model);
      expect(counterOf(samples, 'end', 'A', 'current')).toBe(512);
      expect(counterOf(samples, 'end', 'A', 'peak')).toBe(512);
      expect(counterOf(samples, 'end', 'A', 'oom_kill')).toBe(0);
      expect(failuresOf(yaml, model)).toEqual([{ errno: ERRNO.SIGBUS, task: 'a' }]);
    }
  });

  test('a dma-buf is allocated whole at its first use and never reclaimed', () => {
    const steps = `
      { map: d, by: a, as: view }
      { touch: view, by: a, range: 0..4KiB }
      { sample: used }
      { unmap: view, by: a }
      { reclaim: A, size: 400KiB }
      { sample: end }`;
    for (const model of ['static', 'partial', 'rss', 'none', 'software-zones']) {
      const samples = samplesOf(HUGE('16MiB', steps), model);
      expect(counterOf(samples, 'used', '.', 'unevictable')).toBe(100);
      expect(counterOf(samples, 'end', '.', 'unevictable')).toBe(100);
    }
    expect(counterOf(samplesOf(HUGE('16MiB', steps), 'static'), 'end', 'A', 'current')).toBe(100);
  });

  test('a huge page is borrowed whole, and a borrower over its limit has to die', () => {
    const yaml = scene({
      containers: '{ A: { max: 5MiB, smemcg: { h: max } }, B: { smemcg: { h: 2MiB } } }',
      objects: '{ h: { hugetlb: 8MiB } }',
      steps: `
        { map: h, by: b, as: view }
        { touch: view, by: b }
        { sample: pair }
        { map: h, by: a, as: view }
        { touch: view, by: a }
        { sample: end }`,
    });
    const samples = samplesOf(yaml, 'pages=smemcg');
    expect(counters(samples, 'pair', 'borrow', ['A', 'B'])).toEqual([0, 512]);
    expect(counters(samples, 'end', 'borrow', ['A', 'B'])).toEqual([0, 512]);
    expect(counterOf(samples, 'end', 'A', 'peak')).toBe(1280);
    expect([isAlive(samples, 'end', 'a'), isAlive(samples, 'end', 'b')]).toEqual([false, true]);
    expect(counterOf(samples, 'end', 'A', 'oom_kill')).toBe(1);
  });
});
