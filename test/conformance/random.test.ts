import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UNLIMITED_PAGES } from '../../src-engine/base/ids.ts';
import type { Op } from '../../src-engine/scenario/program.ts';
import { disagreement, MODELS } from './agreement.ts';
import { attached, describeOp, ProgramBuilder, type Setting } from './program-builder.ts';

const FILE_PAGES = 24;
const TMPFS_PAGES = 12;
const HEAP_PAGES = 10;
const TASKS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const LEAVES = ['P/A', 'P/B', 'C', 'P/D'] as const;
const AREAS = ['view', 'second-view', 'window', 'heap', 'common'] as const;

/** What of the machine differs between runs of the test. */
type Variant = Pick<Setting['machine'], 'swap_pages' | 'fault_around_pages'>;

const setting = (variant: Variant): Setting => ({
  machine: { memory_pages: 96, zone_pages: 4, ...variant },
  containers: { P: { min_pages: 8 }, 'P/A': { max_pages: 16, min_pages: 5 }, 'P/B': { max_pages: 20 }, C: { max_pages: 12, min_pages: 4 } },
  later_containers: ['P/D'],
  objects: [
    { kind: 'file', name: 'file', page_count: FILE_PAGES },
    { kind: 'tmpfs', name: 'tmpfs', page_count: TMPFS_PAGES },
  ],
  tasks: { a: 'P/A', b: 'P/B', c: 'C', d: 'P/A' },
  later_tasks: ['e', 'f'],
  areas: AREAS,
});

/** The same under limits of version 1; and with shared-memory containers: a limit on the object, a limit on a pair, and a container above others that has attached one as well. */
const settingFor = (model: string, variant: Variant): Setting => {
  const plain = setting(variant);
  if (model.includes('limits=v1')) {
    const { P, 'P/A': inner, 'P/B': other, C: second } = plain.containers;
    return {
      ...plain,
      containers: {
        P: { ...P, move_charge: 1 },
        'P/A': { ...inner, move_charge: 3, soft_limit_pages: 4 },
        'P/B': { ...other, memsw_max_pages: 26 },
        C: { ...second, move_charge: 2 },
      },
    };
  }
  if (!model.startsWith('pages=smemcg')) return plain;
  return {
    ...plain,
    containers: {
      P: { smemcg: [attached(1)] },
      'P/A': { max_pages: 16, smemcg: [attached(0)] },
      'P/B': { max_pages: 20, smemcg: [{ object: 0, borrow_max_pages: 6 }, attached(1)] },
      C: { max_pages: 12 },
    },
    objects: plain.objects.map((object) => (object.kind === 'tmpfs' ? { ...object, max_pages: 8 } : object)),
  };
};

/** Every task that lives at first maps and allocates everything, so that what follows has something to work on. */
const prologue = (builder: ProgramBuilder): readonly Op[] =>
  ['a', 'b', 'c', 'd'].flatMap((task) => [
    builder.map(task, 'file', 'view'),
    builder.map(task, 'tmpfs', 'window'),
    builder.alloc(task, 'heap', HEAP_PAGES),
    builder.alloc(task, 'common', HEAP_PAGES, true),
  ]);

/** Operations that may ask for what is not there; engine and reference then skip them alike. */
function anyOp(builder: ProgramBuilder): fc.Arbitrary<Op> {
  const task = fc.constantFrom(...TASKS);
  const leaf = fc.constantFrom(...LEAVES);
  const limit = fc.option(fc.integer({ min: 1, max: 24 }), { nil: undefined });
  const range = (page_count: number): fc.Arbitrary<readonly [number, number]> =>
    fc.nat(page_count - 1).chain((first) => fc.integer({ min: 1, max: page_count - first }).map((count) => [first, count] as const));
  const objectOp = (object: string, page_count: number): fc.Arbitrary<Op> =>
    fc.tuple(fc.constantFrom('read', 'write'), task, range(page_count)).map(([verb, by, [first, count]]) => builder.access(verb, by, object, first, count));
  const areaOp = (area: string, page_count: number): fc.Arbitrary<Op> =>
    fc.tuple(fc.constantFrom('peek', 'touch'), task, range(page_count)).map(([verb, by, [first, count]]) => builder.load(verb, by, area, first, count));
  return fc.oneof(
    { weight: 4, arbitrary: objectOp('file', FILE_PAGES) },
    { weight: 2, arbitrary: objectOp('tmpfs', TMPFS_PAGES) },
    { weight: 2, arbitrary: task.map((by) => builder.map(by, 'file', 'view')) },
    { weight: 1, arbitrary: task.map((by) => builder.map(by, 'file', 'second-view')) },
    { weight: 1, arbitrary: task.map((by) => builder.map(by, 'tmpfs', 'window')) },
    { weight: 3, arbitrary: task.map((by) => builder.alloc(by, 'heap', HEAP_PAGES)) },
    { weight: 1, arbitrary: task.map((by) => builder.alloc(by, 'common', HEAP_PAGES, true)) },
    { weight: 5, arbitrary: areaOp('view', FILE_PAGES) },
    { weight: 2, arbitrary: areaOp('second-view', FILE_PAGES) },
    { weight: 3, arbitrary: areaOp('window', TMPFS_PAGES) },
    { weight: 5, arbitrary: areaOp('heap', HEAP_PAGES) },
    { weight: 2, arbitrary: areaOp('common', HEAP_PAGES) },
    { weight: 1, arbitrary: fc.tuple(task, fc.constantFrom(...AREAS)).map(([by, area]) => builder.unmap(by, area)) },
    { weight: 1, arbitrary: fc.tuple(task, range(HEAP_PAGES)).map(([by, [first, count]]) => builder.unmap(by, 'heap', first, count)) },
    { weight: 2, arbitrary: fc.tuple(task, task, leaf).map(([parent, child, path]) => builder.fork(parent, child, path)) },
    { weight: 2, arbitrary: fc.tuple(task, leaf).map(([by, path]) => builder.move(by, path)) },
    { weight: 1, arbitrary: fc.constantFrom('d', 'e', 'f').map((by) => builder.exit(by)) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('P', ...LEAVES), limit).map(([path, max_pages]) => builder.set(path, { max_pages: max_pages ?? 30 })) },
    { weight: 1, arbitrary: fc.tuple(leaf, limit).map(([path, max_pages]) => builder.create(path, max_pages === undefined ? {} : { max_pages })) },
    { weight: 1, arbitrary: leaf.map((path) => builder.remove(path)) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('.', 'P', ...LEAVES), fc.integer({ min: 1, max: 12 })).map(([path, pages]) => builder.reclaim(path, pages)),
    },
    { weight: 1, arbitrary: fc.constant(builder.dropCaches()) },
    // Limits that only version 1 has.
    ...(builder.setting.containers.P?.move_charge === undefined
      ? []
      : [
          { weight: 2, arbitrary: fc.tuple(leaf, fc.nat(3)).map(([path, move_charge]) => builder.set(path, { move_charge })) },
          { weight: 1, arbitrary: fc.tuple(leaf, limit).map(([path, pages]) => builder.set(path, { memsw_max_pages: pages ?? UNLIMITED_PAGES })) },
          { weight: 1, arbitrary: fc.tuple(leaf, limit).map(([path, pages]) => builder.set(path, { soft_limit_pages: pages ?? UNLIMITED_PAGES })) },
        ]),
    // Attaching means something only to models that have shared-memory containers.
    ...(builder.setting.containers.P?.smemcg === undefined
      ? []
      : [
          {
            weight: 2,
            arbitrary: fc
              .tuple(fc.constantFrom('P', ...LEAVES), fc.constantFrom(0, 1), limit)
              .map(([path, object, pages]) => builder.set(path, { smemcg: [{ object, borrow_max_pages: pages ?? UNLIMITED_PAGES }] })),
          },
        ]),
  );
}

/** Empties a container of its tasks and removes it; what they used stays behind. */
function anyRemoval(builder: ProgramBuilder): fc.Arbitrary<readonly Op[]> {
  return fc
    .tuple(fc.constantFrom(...LEAVES), fc.constantFrom('.', ...LEAVES))
    .map(([from, to]) => [...TASKS.map((task) => builder.move(task, to)), builder.remove(from)]);
}

describe.each([
  { variant: { swap_pages: 0 }, run_count: 500 },
  { variant: { swap_pages: 16 }, run_count: 500 },
  { variant: { swap_pages: 16, fault_around_pages: 8 }, run_count: 150 },
])('random scenarios with limits and reclaim, swap $variant.swap_pages pages, faults around $variant.fault_around_pages', ({ variant, run_count }) => {
  test.each(MODELS)('%s: engine and reference agree after every step', { timeout: 120_000 }, (model) => {
    const used = settingFor(model, variant);
    const builder = new ProgramBuilder(used);
    const steps = fc.oneof({ weight: 15, arbitrary: anyOp(builder).map((op) => [op]) }, { weight: 1, arbitrary: anyRemoval(builder) });
    fc.assert(
      fc.property(fc.array(steps, { minLength: 1, maxLength: 60, size: 'max' }), (groups) => {
        const ops = groups.flat();
        const difference = disagreement(builder.build([...prologue(builder), ...ops]), model);
        if (difference !== null) expect.fail(`${difference}\n${ops.map((op) => describeOp(op, used)).join('\n')}`);
      }),
      { numRuns: run_count },
    );
  });
});
