import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PinReplay } from '../../src-engine/models/reference/pins.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { type MemoryRun, recordInMemory } from '../../src-engine/record/memory-run.ts';
import type { EngineSample } from '../../src-engine/record/run.ts';
import { plainCompressor } from '../../src-engine/record/test-compressor.ts';
import { AXES } from '../../src-engine/scenario/axes.ts';
import type { LimitsSpec, Op, Program } from '../../src-engine/scenario/program.ts';
import { simulate } from '../../src-engine/simulate.ts';
import { trace } from './agreement.ts';
import { describeOp, ProgramBuilder, type Setting } from './program-builder.ts';

const FILE_PAGES = 6;
const HEAP_PAGES = 5;
const TASKS = ['a', 'b', 'c', 'd'] as const;
const LEAVES = ['P/A', 'P/B', 'C'] as const;
const AREAS = ['view', 'window', 'heap', 'common'] as const;
const HANDLES = 3;
const PAGE_COUNT: Readonly<Record<string, number>> = {
  file: FILE_PAGES,
  tmpfs: FILE_PAGES,
  view: FILE_PAGES,
  window: FILE_PAGES,
  heap: HEAP_PAGES,
  common: HEAP_PAGES,
};

const setting = (machine: Setting['machine'], limits: LimitsSpec = {}): Setting => ({
  machine,
  containers: Object.fromEntries(['P', ...LEAVES].map((path) => [path, path === 'P' ? {} : limits])),
  objects: [
    { kind: 'file', name: 'file', page_count: FILE_PAGES },
    { kind: 'tmpfs', name: 'tmpfs', page_count: FILE_PAGES },
    { kind: 'socket', name: 'conn', protocol: 'tcp' },
  ],
  tasks: {},
  later_tasks: TASKS,
  areas: AREAS,
});

/** Two users, one of them with a process that no rlimit binds. */
const prologue = (builder: ProgramBuilder, memlock_pages: number): readonly Op[] => [
  builder.start('a', 'P/A', { user: 1, memlock_pages }),
  builder.start('b', 'P/B', { user: 1, memlock_pages }),
  builder.start('c', 'C', { user: 2, memlock_pages }),
  ...['a', 'b', 'c'].flatMap((task) => [
    builder.map(task, 'file', 'view'),
    builder.map(task, 'tmpfs', 'window'),
    builder.alloc(task, 'heap', HEAP_PAGES),
    builder.alloc(task, 'common', HEAP_PAGES, true),
  ]),
];

/** Every task ends and every handle is closed. */
const epilogue = (builder: ProgramBuilder): readonly Op[] => [
  ...TASKS.map((task) => builder.exit(task)),
  ...Array.from({ length: HANDLES }, (_, via) => builder.release('close', via)),
];

function anyOp(builder: ProgramBuilder, memlock_pages: number): fc.Arbitrary<Op> {
  const task = fc.constantFrom(...TASKS);
  const leaf = fc.constantFrom(...LEAVES);
  const via = fc.nat(HANDLES - 1);
  const area = fc.constantFrom(...AREAS);
  const rangeOf = (name: string): fc.Arbitrary<readonly [number, number]> => {
    const page_count = PAGE_COUNT[name] ?? 1;
    return fc.nat(page_count - 1).chain((first) => fc.integer({ min: 1, max: page_count - first }).map((count) => [first, count] as const));
  };
  const spanned = <T extends string>(name: fc.Arbitrary<T>) => name.chain((chosen) => fc.tuple(fc.constant(chosen), rangeOf(chosen)));
  const credentials = fc.record({ user: fc.constantFrom(1, 2), memlock_pages: fc.constant(memlock_pages), privileged: fc.boolean() });
  return fc.oneof(
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('read', 'write'), task, spanned(fc.constantFrom('file', 'tmpfs')))
        .map(([verb, by, [name, [first, count]]]) => builder.access(verb, by, name, first, count)),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom('peek', 'touch'), task, spanned(area))
        .map(([verb, by, [name, [first, count]]]) => builder.load(verb, by, name, first, count)),
    },
    {
      weight: 6,
      arbitrary: fc
        .tuple(task, spanned(fc.constantFrom('file', 'tmpfs', ...AREAS)), via)
        .map(([by, [name, [first, count]], fd]) => builder.pin(by, name, fd, first, count)),
    },
    // Fewer bytes in all than the first window takes, so that they arrive at once.
    { weight: 2, arbitrary: fc.tuple(task, fc.boolean()).map(([by, zerocopy]) => builder.send(by, 'conn', 200, zerocopy)) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom('unpin', 'close'), via).map(([verb, fd]) => builder.release(verb, fd)) },
    { weight: 5, arbitrary: fc.tuple(task, spanned(area)).map(([by, [name, [first, count]]]) => builder.lock('mlock', by, name, first, count)) },
    { weight: 2, arbitrary: fc.tuple(task, spanned(area)).map(([by, [name, [first, count]]]) => builder.lock('munlock', by, name, first, count)) },
    { weight: 2, arbitrary: fc.tuple(task, spanned(area)).map(([by, [name, [first, count]]]) => builder.unmap(by, name, first, count)) },
    { weight: 1, arbitrary: fc.tuple(task, area).map(([by, name]) => builder.unmap(by, name)) },
    { weight: 1, arbitrary: fc.tuple(task, fc.boolean()).map(([by, shared]) => builder.alloc(by, shared ? 'common' : 'heap', HEAP_PAGES, shared)) },
    { weight: 1, arbitrary: task.map((by) => builder.map(by, 'file', 'view')) },
    { weight: 2, arbitrary: fc.tuple(task, task, leaf).map(([parent, child, path]) => builder.fork(parent, child, path)) },
    { weight: 2, arbitrary: fc.tuple(task, leaf).map(([by, path]) => builder.move(by, path)) },
    { weight: 1, arbitrary: task.map((by) => builder.exit(by)) },
    { weight: 1, arbitrary: fc.tuple(task, leaf, credentials).map(([by, path, given]) => builder.start(by, path, given)) },
    { weight: 1, arbitrary: leaf.map((path) => builder.remove(path)) },
    { weight: 1, arbitrary: leaf.map((path) => builder.create(path)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('P', ...LEAVES), fc.integer({ min: 0, max: 16 }))
        .map(([path, pins_max_pages]) => builder.set(path, { pins_max_pages })),
    },
  );
}

/** The first difference between engine and reference, in one line; null if there is none. */
function disagreement(builder: ProgramBuilder, ops: readonly Op[], pages: string, pins: (typeof AXES.pins)[number]): string | null {
  const program = builder.build(ops);
  const { samples, charge_shift } = trace(program, `pages=${pages},pins=${pins}`);
  const replay = new PinReplay(program, pins);
  for (const [index, op] of ops.entries()) {
    replay.step(op);
    const sample = samples[index];
    const where = `after step ${index} (${op.verb})`;
    if (sample?.containers.length !== replay.containers.length)
      return `${where}: ${sample?.containers.length} containers, reference ${replay.containers.length}`;
    for (const [id, expected] of replay.counters().entries()) {
      for (const name of ['pins', 'pins_max', 'locked'] as const) {
        const found = sample.containers[id]?.counters[COUNTER[name]];
        if (found !== expected[name]) return `${where}: ${name} of ${sample.containers[id]?.path}: engine ${found}, reference ${expected[name]}`;
      }
    }
    const root = sample.containers[0]?.counters ?? new Float64Array();
    if (root[COUNTER.unevictable] !== replay.unevictablePages())
      return `${where}: unevictable: engine ${root[COUNTER.unevictable]}, reference ${replay.unevictablePages()}`;
    const listed =
      root[COUNTER.inactive_anon] + root[COUNTER.active_anon] + root[COUNTER.inactive_file] + root[COUNTER.active_file] + root[COUNTER.unevictable];
    if (listed !== replay.residentPages()) return `${where}: resident pages: engine ${listed}, reference ${replay.residentPages()}`;
    if (pages === 'static' && root[COUNTER.current] / 2 ** charge_shift !== replay.residentPages())
      return `${where}: charged: ${root[COUNTER.current]}, reference ${replay.residentPages()}`;
  }
  return null;
}

describe.each(AXES.pins)('random pins and locks under %s', (pins) => {
  test.each(['static', 'none', 'partial', 'rss', 'software-zones', 'smemcg'])(
    'with pages=%s the engine does what the rules say',
    { timeout: 120_000 },
    (pages) => {
      const used = setting({ memory_pages: 512, zone_pages: 64 });
      const builder = new ProgramBuilder(used);
      const ops = fc
        .constantFrom(6, 14, 1000)
        .chain((memlock_pages) =>
          fc
            .array(anyOp(builder, memlock_pages), { minLength: 1, maxLength: 50, size: 'max' })
            .map((steps) => [...prologue(builder, memlock_pages), ...steps, ...epilogue(builder)]),
        );
      fc.assert(
        fc.property(ops, (steps) => {
          const difference = disagreement(builder, steps, pages, pins);
          if (difference !== null) expect.fail(`${difference}\n${steps.map((op) => describeOp(op, used)).join('\n')}`);
        }),
        { numRuns: pages === 'static' ? 120 : 25 },
      );
    },
  );

  test.each(['static', 'partial', 'rss', 'software-zones', 'smemcg'])(
    'with pages=%s and little memory nothing is left behind, and the recording says so too',
    { timeout: 120_000 },
    (pages) => {
      const used = setting({ memory_pages: 64, zone_pages: 8, swap_pages: 8 }, { max_pages: 16, smemcg: [{ object: 1, borrow_max_pages: 4 }] });
      const builder = new ProgramBuilder(used);
      const ops = fc
        .array(anyOp(builder, 1000), { minLength: 1, maxLength: 50, size: 'max' })
        .map((steps) => [...prologue(builder, 1000), ...steps, ...epilogue(builder)]);
      fc.assert(
        fc.property(ops, (steps) => {
          for (const { counters } of recorded(builder.build(steps), `pages=${pages},pins=${pins}`))
            for (const name of ['pins', 'locked', 'unevictable', 'anon', 'borrow'] as const) expect(counters[COUNTER[name]]).toBe(0);
        }),
        { numRuns: 30 },
      );
    },
  );
});

/**
 * Records a run and returns its containers at the end. The recorder holds every counter after every step against what the events tell, and the engine its own laws at the
 * end; either throws where one is broken.
 */
function recorded(program: Program, model: string): EngineSample['containers'] {
  const samples: EngineSample[] = [];
  let run: MemoryRun | undefined;
  const outcome = simulate(
    program,
    model,
    {
      begin: (meta, names) => {
        run = recordInMemory(meta, names, plainCompressor);
      },
      seal: (columns, count) => run?.sink.seal(columns, count) ?? columns,
      sample: (sample) => {
        samples.push(sample);
        run?.sink.sample(sample);
      },
    },
    { sample_each_step: true },
  );
  if (!outcome.ok) throw new Error(outcome.errors.map(({ message }) => message).join('; '));
  if (run === undefined || run.errors.length > 0) throw new Error(run?.errors.map(({ message }) => message).join('; ') ?? 'not recorded');
  return samples.at(-1)?.containers ?? [];
}
