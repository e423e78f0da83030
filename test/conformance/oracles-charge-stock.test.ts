import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { World } from '../../src-engine/machine/world.ts';
import { NaiveStocks } from '../../src-engine/models/reference/charge-stock.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { programOf, worldAfter } from './world-after.ts';

const A = 1;
const B = 2;

const yaml = (containers: string, machine = 'charge-stock: true', steps = '  - { sample: ready }\n'): string => `memledger: 1
name: charges
machine: { memory: 256MiB, ${machine} }
containers: { ${containers} }
objects: { file: { file: 64MiB }, tmpfs: { tmpfs: 8MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
${steps}`;

const worldOf = (containers: string, machine?: string): World => worldAfter(programOf(yaml(containers, machine)), 'static').world;

/** Charges pages that are on no list, without sleeping: at a limit this is the first round of try_charge_memcg(), and its last. */
const atomic = (world: World, container: number, page_count: number): boolean =>
  world.chargePool(container, COUNTER.kernel, page_count, container - 1, 'atomic');

describe('per-processor stocks', () => {
  test('CH-1: a stock of one container at a time, filled in batches of 64', () => {
    const world = worldOf('A: {}, B: {}');
    const { usage } = world.tree;
    const stock = (container: number): number => world.policy.gate?.stockPages(container) ?? -1;
    atomic(world, A, 1);
    expect([usage[A], stock(A)]).toEqual([64, 63]);
    for (let page = 1; page < 64; page++) atomic(world, A, 1);
    expect([usage[A], stock(A)]).toEqual([64, 0]);
    atomic(world, A, 1);
    expect([usage[A], stock(A)]).toEqual([128, 63]);
    atomic(world, B, 1);
    expect([usage[A], usage[B], usage[0], stock(A), stock(B)]).toEqual([65, 64, 129, 0, 63]);
    atomic(world, A, 100);
    expect([usage[A], stock(A), stock(B)]).toEqual([165, 0, 63]);
    atomic(world, A, 10);
    expect([usage[A], usage[B], usage[0], stock(A), stock(B)]).toEqual([229, 1, 230, 54, 0]);
  });

  test.each([
    ['CH-3: a limit of 100 pages', 100, 38],
    ['CH-4: a limit of 96 pages', 96, 34],
  ])('%s takes as many charges, and each that finds the stock empty fails once with a batch', (_title, max_pages, failcnt) => {
    const world = worldOf(`A: { max: ${max_pages * 4}KiB }, B: {}`);
    let charged = 0;
    while (atomic(world, A, 1)) charged++;
    expect([charged, world.tree.failcnt[A], world.tree.peak[A]]).toEqual([max_pages, failcnt, max_pages]);
  });

  test.each([
    ['CH-7: with stocks', 'charge-stock: true', 19],
    ['CH-6: without them', 'charge-stock: false', 18],
  ])('%s: 18 max events come before a charge fails; each round fails at the counter, and before them the batch', (_title, machine, failures) => {
    const world = worldOf('A: { max: 40KiB }, B: {}', machine);
    for (let page = 0; page < 10; page++) atomic(world, A, 1);
    const before = world.tree.failcnt[A];
    expect(world.chargePool(A, COUNTER.kernel, 1, 0, 'patient')).toBe(false);
    expect([world.tree.failcnt[A] - before, world.tree.local(A, COUNTER.max)]).toEqual([failures, 18]);
  });

  test('CH-8: an atomic charge at the limit fails without a max event; __GFP_HIGH forces it with one', () => {
    for (const machine of ['charge-stock: true', 'charge-stock: false']) {
      const world = worldOf('A: { max: 40KiB }, B: {}', machine);
      for (let page = 0; page < 10; page++) atomic(world, A, 1);
      expect([atomic(world, A, 3), world.tree.local(A, COUNTER.max), world.tree.usage[A]]).toEqual([false, 0, 10]);
      expect([world.chargePool(A, COUNTER.kernel, 3, 0, 'forced'), world.tree.local(A, COUNTER.max), world.tree.usage[A]]).toEqual([true, 1, 13]);
    }
  });

  test('CH-10: statistics and charge differ by less than 64 pages a processor', () => {
    const cpus = 8;
    const tasks = Array.from(
      { length: cpus },
      (_, cpu) => `  - { start: t${cpu}, in: A, cpu: ${cpu} }
  - { alloc: heap, by: t${cpu}, size: ${(cpu + 1) * 44}KiB }
  - { touch: heap, by: t${cpu} }
  - { read: file, by: t${cpu}, range: ${cpu}MiB..${cpu + 1}MiB }
`,
    );
    const { samples } = worldAfter(programOf(yaml('A: {}, B: {}', `cpus: ${cpus}, charge-stock: true`, tasks.join(''))), 'static');
    const counters = samples.at(-1)?.containers[A]?.counters ?? new Float64Array();
    const difference = counters[COUNTER.current] - counters[COUNTER.anon] - counters[COUNTER.file] - counters[COUNTER.kernel] - counters[COUNTER.sock];
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(64 * cpus);
  });

  test('a limit that is met drains the stocks of all processors before anybody is killed', () => {
    const { world, samples } = worldAfter(
      programOf(
        yaml(
          'A: { max: 512KiB }, B: {}',
          'cpus: 2, charge-stock: true',
          `  - { start: t, in: A, cpu: 1 }
  - { alloc: heap, by: t, size: 8KiB }
  - { touch: heap, by: t }
  - { alloc: heap, by: a, size: 504KiB }
  - { touch: heap, by: a }
`,
        ),
      ),
      'static',
    );
    expect(samples.at(-1)?.tasks.every(({ name, alive }) => alive || name === 'b')).toBe(true);
    expect([world.tree.usage[A], world.tree.local(A, COUNTER.oom)]).toEqual([128, 0]);
  });

  test('a stock does not outlive its container', () => {
    const steps = `  - { read: file, by: a, range: 0..4KiB }
  - { exit: a }
  - { drop-caches: all }
  - { remove: A }
`;
    const { samples } = worldAfter(programOf(yaml('A: {}, B: {}', 'charge-stock: true', steps)), 'pages=static,removal=zombie');
    expect(samples.map(({ containers }) => [containers[0]?.counters[COUNTER.current], containers[0]?.counters[COUNTER.nr_dying_descendants]])).toEqual([
      [64, 0],
      [64, 0],
      [63, 0],
      [0, 0],
    ]);
  });

  test('charges, returns and drains in any order are those of the reference', () => {
    const names = ['P', 'P/A', 'P/B', 'C'];
    const step = fc.oneof(
      fc.record({ kind: fc.constant('charge' as const), name: fc.constantFrom(...names), cpu: fc.nat(1), pages: fc.integer({ min: 1, max: 80 }) }),
      fc.record({ kind: fc.constant('charge' as const), name: fc.constantFrom(...names), cpu: fc.nat(1), pages: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant('uncharge' as const), name: fc.constantFrom(...names), cpu: fc.nat(1), pages: fc.integer({ min: 1, max: 80 }) }),
      fc.record({ kind: fc.constant('drain' as const), name: fc.constantFrom(...names), cpu: fc.nat(1), pages: fc.constant(0) }),
    );
    const program = programOf(`memledger: 1
name: two processors
machine: { memory: 64MiB, cpus: 2, charge-stock: true }
containers: { P: { max: 1200KiB }, P/A: { max: 800KiB }, P/B: {}, C: { max: 400KiB } }
objects: {}
tasks: { t0: { in: C }, t1: { in: C, cpu: 1 } }
steps:
  - { sample: ready }
`);
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120, size: 'max' }), (steps) => {
        const { world } = worldAfter(program, 'static');
        const naive = new NaiveStocks({ P: 300, 'P/A': 200, 'P/B': Number.POSITIVE_INFINITY, C: 100 }, 2);
        const held = new Map<string, number>();
        for (const { kind, name, cpu, pages } of steps) {
          const container = world.tree.paths.indexOf(name);
          const mine = held.get(name) ?? 0;
          if (kind === 'drain') {
            naive.drain(name);
            world.policy.gate?.drainStock(container);
          } else if (kind === 'charge') {
            const charged = naive.charge(name, cpu, pages);
            expect(world.chargePool(container, COUNTER.kernel, pages, cpu, 'atomic')).toBe(charged);
            if (charged) held.set(name, mine + pages);
          } else if (mine > 0) {
            const given = Math.min(mine, pages);
            naive.uncharge(name, cpu, given);
            world.unchargePool(container, COUNTER.kernel, given, cpu);
            held.set(name, mine - given);
          }
          const engine = names.map((at) => [world.tree.usage[world.tree.paths.indexOf(at)], world.tree.failcnt[world.tree.paths.indexOf(at)]]);
          expect(engine).toEqual(names.map((at) => [naive.containers.get(at)?.usage, naive.containers.get(at)?.failcnt]));
        }
      }),
      { numRuns: 300 },
    );
  });
});
