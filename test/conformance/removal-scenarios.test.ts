import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveModel } from '../../src-engine/models/model.ts';
import type { Op } from '../../src-engine/scenario/program.ts';
import { stateText } from '../../src-main/hosts/cli/state-text.ts';
import { stateReport } from '../../src-main/lab/state-report.ts';
import { describeOp, ProgramBuilder, type Setting } from './program-builder.ts';
import { counterOf, samplesOf } from './samples.ts';
import { programOf, worldAfter } from './world-after.ts';

const scenario = (after: string, machine = 'memory: 64MiB'): string => `memledger: 1
name: a container goes
machine: { ${machine} }
containers: { P: {}, P/A: {}, P/B: {} }
objects:
  mapped: { file: 40KiB }
  cache: { file: 80KiB }
  scratch: { tmpfs: 120KiB }
tasks: { a: { in: P/A }, b: { in: P/B } }
steps:
  - { read: mapped, by: a }
  - { read: cache, by: a }
  - { write: scratch, by: a }
  - { map: mapped, by: b, as: lib }
  - { peek: lib, by: b }
  - { exit: a }
  - { remove: P/A }
  - { sample: removed }
${after}
`;

const pages = (samples: ReturnType<typeof samplesOf>, sample: string, path: string): number => counterOf(samples, sample, path, 'current');
const dying = (samples: ReturnType<typeof samplesOf>, sample: string, path = 'P'): number => counterOf(samples, sample, path, 'nr_dying_descendants');

describe('removal under static ownership', () => {
  it('zombie: all stays with the dying container until it is freed', () => {
    const samples = samplesOf(scenario('  - { drop-caches: all }\n  - { sample: dropped }\n'), 'pages=static,removal=zombie');
    expect([pages(samples, 'removed', 'P'), pages(samples, 'removed', 'P/B'), dying(samples, 'removed'), dying(samples, 'removed', '.')]).toEqual([
      60, 0, 1, 1,
    ]);
    expect([pages(samples, 'dropped', 'P'), dying(samples, 'dropped')]).toEqual([40, 1]);
  });
  it('recharge: a mapper pays at once, others when they use what is left', () => {
    const samples = samplesOf(scenario('  - { read: cache, by: b }\n  - { read: scratch, by: b }\n  - { sample: used }\n'), 'pages=static,removal=recharge');
    expect([pages(samples, 'removed', 'P'), pages(samples, 'removed', 'P/B'), dying(samples, 'removed')]).toEqual([60, 10, 1]);
    expect([pages(samples, 'used', 'P'), pages(samples, 'used', 'P/B'), dying(samples, 'used')]).toEqual([60, 60, 0]);
  });
  it('free: file pages are dropped, mapped or not; tmpfs goes to swap, or to the parent', () => {
    const samples = samplesOf(scenario(''), 'pages=static,removal=free');
    expect([pages(samples, 'removed', 'P'), pages(samples, 'removed', 'P/B'), dying(samples, 'removed')]).toEqual([30, 0, 0]);
    const swap = samplesOf(scenario('', 'memory: 64MiB, swap: 64MiB'), 'pages=static,removal=free');
    expect([pages(swap, 'removed', 'P'), counterOf(swap, 'removed', 'P', 'swap'), dying(swap, 'removed')]).toEqual([0, 30, 1]);
  });
});

describe('removal of a tmpfs file’s creator under partial ownership', () => {
  const PAGE = 2 ** 24;
  const yaml = (machine: string): string => `memledger: 1
name: the creator of a tmpfs file goes
machine: { ${machine} }
containers: { P: {}, P/A: {}, P/B: {} }
objects: { scratch: { tmpfs: 120KiB } }
tasks: { a: { in: P/A }, b: { in: P/B } }
steps:
  - { write: scratch, by: a, range: 0..80KiB }
  - { exit: a }
  - { remove: P/A }
  - { sample: removed }
  - { write: scratch, by: b }
  - { sample: written }
`;
  const state = (removal: string, sample: string, machine = 'memory: 64MiB'): number[] => {
    const samples = samplesOf(yaml(machine), `pages=partial,removal=${removal}`);
    const at = (path: string, counter: 'current' | 'swap' | 'nr_dying_descendants', unit = 1) => counterOf(samples, sample, path, counter) / unit;
    const own = at('P', 'current', PAGE) - at('P/B', 'current', PAGE);
    return [own, at('P/B', 'current', PAGE), at('P', 'swap'), at('P', 'nr_dying_descendants')];
  };

  it('zombie: a dead container goes on paying for the file that it created', () => {
    expect([state('zombie', 'removed'), state('zombie', 'written')]).toEqual([
      [20, 0, 0, 1],
      [30, 0, 0, 1],
    ]);
  });

  it('reparent: its parent pays', () => {
    expect([state('reparent', 'removed'), state('reparent', 'written')]).toEqual([
      [20, 0, 0, 0],
      [30, 0, 0, 0],
    ]);
  });

  it('free: what swap takes goes there, the rest is the parent’s', () => {
    expect(state('free', 'removed')).toEqual([20, 0, 0, 0]);
    expect(state('free', 'removed', 'memory: 64MiB, swap: 64MiB')).toEqual([0, 0, 20, 1]);
    expect(state('free', 'written', 'memory: 64MiB, swap: 64MiB')).toEqual([30, 0, 0, 0]);
  });
});

describe('the state of a run', () => {
  const report = (removal: string) => {
    const { state, words } = worldAfter(programOf(scenario('')), `static,removal=${removal}`);
    return stateReport(state, words);
  };

  it('tells what a dying container holds, by class', () => {
    const { dying, containers } = report('zombie');
    expect(dying.map(({ container, path }) => [container, path])).toEqual([[2, 'P/A']]);
    expect(Object.keys(containers)).toEqual(['.', 'P', 'P/B']);
    const { current, anon, file, shmem } = dying[0]?.counters ?? {};
    expect([current, anon, file, shmem]).toEqual([60, 0, 60, 30].map((page_count) => page_count * 4096));
    expect(containers.P?.nr_dying_descendants).toBe(1);
    expect(report('reparent').dying).toEqual([]);
  });

  it('adds up what containers of one path pay for an object', () => {
    const yaml = `memledger: 1
name: twice the same path
machine: { memory: 64MiB }
containers: { P: {} }
objects: { f: { file: 40KiB } }
steps:
  - { create: P/A }
  - { start: a, in: P/A }
  - { read: f, by: a, range: 0..12KiB }
  - { exit: a }
  - { remove: P/A }
  - { create: P/A }
  - { start: a, in: P/A }
  - { read: f, by: a, range: 0..40KiB }
`;
    const { state, words } = worldAfter(programOf(yaml), 'static,removal=zombie');
    expect(stateReport(state, words).objects.map(({ owners }) => owners)).toEqual([{ 'P/A': 40 * 1024 }]);
  });

  it('lists dying containers as text', () => {
    const lines = stateText(report('zombie'), { source: 'engine', model: 'static,removal=zombie' }).split('\n\n');
    expect(lines[1]).toMatchInlineSnapshot(`
      "dying container  current  anon    file   shmem  swap
      P/A (2)           240KiB     0  240KiB  120KiB     0"
    `);
  });
});

describe('random lives of containers', () => {
  const setting: Setting = {
    machine: { memory_pages: 400, swap_pages: 24, cpu_count: 2, charge_stock: true },
    containers: { P: {}, 'P/A': { max_pages: 90 }, 'P/B': {}, C: { max_pages: 80 } },
    later_containers: ['P/A/D'],
    objects: [
      { kind: 'file', name: 'file', page_count: 40 },
      { kind: 'tmpfs', name: 'tmpfs', page_count: 20 },
    ],
    tasks: { a: 'P/A', b: 'P/B', c: 'C' },
    areas: ['heap', 'lib', 'window'],
  };
  const TASKS = ['a', 'b', 'c'];
  const PATHS = ['P', 'P/A', 'P/B', 'C', 'P/A/D'];

  function anyOps(builder: ProgramBuilder): fc.Arbitrary<readonly Op[]> {
    const task = fc.constantFrom(...TASKS);
    const path = fc.constantFrom(...PATHS);
    const span = (page_count: number) =>
      fc.nat(page_count - 1).chain((first) => fc.integer({ min: 1, max: page_count - first }).map((count) => [first, count] as const));
    const one = fc.oneof(
      { weight: 3, arbitrary: fc.tuple(task, span(40)).map(([by, [first, count]]) => builder.access('read', by, 'file', first, count)) },
      { weight: 2, arbitrary: fc.tuple(task, span(20)).map(([by, [first, count]]) => builder.access('write', by, 'tmpfs', first, count)) },
      { weight: 1, arbitrary: task.map((by) => builder.map(by, 'file', 'lib')) },
      { weight: 1, arbitrary: task.map((by) => builder.map(by, 'tmpfs', 'window')) },
      { weight: 1, arbitrary: task.map((by) => builder.alloc(by, 'heap', 30)) },
      {
        weight: 3,
        arbitrary: fc.tuple(task, fc.constantFrom('heap', 'lib'), span(30)).map(([by, area, [first, count]]) => builder.load('touch', by, area, first, count)),
      },
      { weight: 2, arbitrary: fc.tuple(task, span(20)).map(([by, [first, count]]) => builder.load('peek', by, 'window', first, count)) },
      { weight: 1, arbitrary: fc.tuple(path, fc.integer({ min: 1, max: 40 })).map(([at, pages]) => builder.reclaim(at, pages)) },
      { weight: 1, arbitrary: fc.tuple(path, fc.integer({ min: 5, max: 100 })).map(([at, max_pages]) => builder.set(at, { max_pages })) },
      { weight: 1, arbitrary: fc.tuple(path, fc.integer({ min: 5, max: 100 })).map(([at, high_pages]) => builder.set(at, { high_pages })) },
      { weight: 2, arbitrary: fc.tuple(task, path).map(([by, to]) => builder.move(by, to)) },
      { weight: 2, arbitrary: path.map((at) => builder.create(at)) },
    );
    const end = fc
      .tuple(path, fc.constantFrom('C', 'P/B'))
      .map(([at, to]) => [...TASKS.map((by) => builder.move(by, to)), builder.remove('P/A/D'), builder.remove(at)]);
    return fc
      .array(fc.oneof({ weight: 8, arbitrary: one.map((op) => [op]) }, { weight: 1, arbitrary: end }), { minLength: 1, maxLength: 60, size: 'max' })
      .map((groups) => groups.flat());
  }

  it.each([
    'static,removal=zombie',
    'static,removal=reparent',
    'static,removal=free',
    'static,removal=recharge',
    'partial,removal=zombie',
    'partial,removal=free',
  ])('%s with stocks: events tell what the engine counts, and what nothing holds is not dying', { timeout: 120_000 }, (model) => {
    expect(resolveModel(model).ok).toBe(true);
    const builder = new ProgramBuilder(setting);
    fc.assert(
      fc.property(anyOps(builder), (ops) => {
        try {
          const { world } = worldAfter(builder.build(ops), model);
          const { tree, dying } = world;
          const held = Array.from({ length: tree.count }, (_, container) => container).filter(
            (container) => tree.exists[container] === 0 && dying.isHeld(container),
          );
          expect(dying.count).toBe(held.length);
        } catch (error) {
          throw new Error(`${error instanceof Error ? error.message : error}\n${ops.map((op) => describeOp(op, setting)).join('\n')}`);
        }
      }),
      { numRuns: 100 },
    );
  });
});
