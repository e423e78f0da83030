import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asTaskId, NO_TASK } from '../../src-engine/base/ids.ts';
import { resolveModel } from '../../src-engine/models/model.ts';
import { type KernelGiven, KernelReference } from '../../src-engine/models/reference/kernel.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { type EventRow, KIND } from '../../src-engine/record/events.ts';
import type { EngineSample } from '../../src-engine/record/run.ts';
import type { ObjectSpec, Op, Program } from '../../src-engine/scenario/program.ts';
import { trace } from './agreement.ts';
import { describeOp, ProgramBuilder, type Setting } from './program-builder.ts';

/** Who pays for slab: the engine against the reference, after every step of random scenarios. */

const CACHES: readonly Extract<ObjectSpec, { kind: 'slab' }>[] = [
  { kind: 'slab', name: 'dentry', object_bytes: 192, objects_per_page: 3, shrinkable: true, shrinker_batch: 128, accounted: true },
  { kind: 'slab', name: 'inode', object_bytes: 1500, objects_per_page: 2, shrinkable: true, shrinker_batch: 128, accounted: true },
  { kind: 'slab', name: 'plain', object_bytes: 700, objects_per_page: 5, shrinkable: false, shrinker_batch: 128, accounted: true },
  { kind: 'slab', name: 'hidden', object_bytes: 512, objects_per_page: 4, shrinkable: true, shrinker_batch: 128, accounted: false },
];
const LEAVES = ['P/A', 'P/B', 'C', 'P/D'] as const;
const TASKS = ['a', 'b', 'c', 'd', 'r'] as const;
/** Two processors, so that stocks of both meet. */
const CPU_OF: Readonly<Record<string, number>> = { a: 0, b: 1, c: 0, d: 1, r: 0 };

/** Where memory is charged by place, limits of memory are zones, and are met by frames instead of charges: there they are wide. */
const settingWith = (limits: boolean, zones: boolean): Setting => ({
  machine: { memory_pages: 8192, cpu_count: 2, zone_pages: 512 },
  containers: {
    P: limits ? { kmem_max_pages: 30 } : {},
    'P/A': limits ? { kmem_max_pages: 8 } : {},
    'P/B': limits ? { max_pages: zones ? 1024 : 12 } : {},
    C: {},
  },
  later_containers: ['P/D'],
  objects: CACHES,
  tasks: { a: 'P/A', b: 'P/B', c: 'C', d: 'P/A', r: '.' },
  areas: [],
});

/** Paths in the order of the setting, and where their parents stand. */
const pathsOf = (setting: Setting): string[] => ['.', ...Object.keys(setting.containers), ...(setting.later_containers ?? [])];

function slabOp(setting: Setting, task: string, cache: number, allocate: number, free: number, flags: readonly string[]): Op {
  return {
    verb: 'slab',
    axis: 'kernel',
    task: asTaskId(Object.keys(setting.tasks).indexOf(task)),
    object: cache,
    allocate,
    free,
    atomic: flags.includes('atomic'),
    noaccount: flags.includes('noaccount'),
    held: flags.includes('held'),
  };
}

function anyOp(setting: Setting, builder: ProgramBuilder, limits: boolean, memory_limits: boolean): fc.Arbitrary<readonly Op[]> {
  const task = fc.constantFrom(...TASKS);
  const cache = fc.nat(CACHES.length - 1);
  const flags = fc.subarray(['atomic', 'noaccount', 'held']);
  const leaf = fc.constantFrom(...LEAVES);
  const one = (op: Op): readonly Op[] => [op];
  const limit = fc.option(fc.integer({ min: 1, max: 20 }), { nil: 30 });
  return fc.oneof(
    {
      weight: 10,
      arbitrary: fc.tuple(task, cache, fc.integer({ min: 1, max: 30 }), flags).map(([by, of, count, how]) => one(slabOp(setting, by, of, count, 0, how))),
    },
    { weight: 6, arbitrary: fc.tuple(task, cache, fc.integer({ min: 1, max: 30 })).map(([by, of, count]) => one(slabOp(setting, by, of, 0, count, []))) },
    { weight: 2, arbitrary: fc.tuple(task, fc.constantFrom('.', ...LEAVES)).map(([by, to]) => one(builder.move(by, to))) },
    { weight: 1, arbitrary: leaf.map((path) => one(builder.create(path))) },
    { weight: 2, arbitrary: fc.tuple(leaf, fc.constantFrom('.', 'C')).map(([path, to]) => [...TASKS.map((by) => builder.move(by, to)), builder.remove(path)]) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('P', ...LEAVES), fc.integer({ min: 1, max: 20 })).map(([path, pages]) => one(builder.reclaim(path, pages))),
    },
    { weight: 1, arbitrary: fc.constant(one(builder.dropCaches())) },
    ...(limits ? [{ weight: 1, arbitrary: fc.tuple(leaf, limit).map(([path, kmem_max_pages]) => one(builder.set(path, { kmem_max_pages }))) }] : []),
    ...(limits && memory_limits ? [{ weight: 1, arbitrary: fc.tuple(leaf, limit).map(([path, max_pages]) => one(builder.set(path, { max_pages }))) }] : []),
  );
}

/** What shrinkers freed, whom the killer chose, and which charges of pages succeeded. Under `objcg` a charge shows in `kernel`, else in `kmem`. */
function givenOf(rows: readonly EventRow[], by_object: boolean): KernelGiven[] {
  const given: KernelGiven[] = [];
  let cache = -1;
  for (const row of rows) {
    if (row.kind === KIND.account && row.a > 0 && row.flags === (by_object ? COUNTER.kernel : COUNTER.kmem)) given.push({ kind: 'charged' });
    if (row.kind === KIND.slab_free && row.task === NO_TASK) cache = row.b;
    if (row.kind === KIND.shrink_slab_end && row.b > 0) given.push({ kind: 'shrunk', cache, list: row.container, count: row.b });
    if (row.kind === KIND.task_exit && row.flags === 1) given.push({ kind: 'killed', task: row.task });
  }
  return given;
}

/** Whether a container on the way from the task's to the root is full. */
function isAtLimit(sample: EngineSample | undefined, reference: KernelReference, task: number): boolean {
  for (let at = reference.task_container[task] ?? 0; at !== -1; at = reference.parents[at] ?? -1) {
    const counters = sample?.containers[at]?.counters;
    if (counters === undefined) return false;
    // Charges of user pages are counted in parts of a page under some models, so that only kernel memory is held against the limits.
    const { kmem, kernel, limit_kmem, limit_max } = COUNTER;
    const isFull = (usage: number, limit: number): boolean => counters[limit] !== -1 && counters[usage] >= counters[limit];
    // A limit may have been set below what cannot be reclaimed.
    if (isFull(kmem, limit_kmem) || isFull(kernel, limit_max)) return true;
  }
  return false;
}

const NAMES = ['kernel', 'kmem', 'slab_reclaimable', 'slab_unreclaimable'] as const;

/** Null if engine and reference agree after every step; else what differs first, in one line. */
function disagreement(program: Program, model: string, setting: Setting): string | null {
  const resolved = resolveModel(model);
  if (!resolved.ok) throw new Error(model);
  const { axes, parameters } = resolved.value;
  const { rows_by_step, samples } = trace(program, model);
  const caches = CACHES.map(({ object_bytes, objects_per_page, shrinkable, accounted }) => ({
    bytes: object_bytes,
    per_page: objects_per_page,
    shrinkable,
    accounted,
  }));
  const paths = pathsOf(setting);
  const initial = Object.keys(setting.containers).length + 1;
  const tasks = Object.entries(setting.tasks).map(([task, path]) => ({ container: paths.indexOf(path), cpu: CPU_OF[task] ?? 0 }));
  const reference = new KernelReference(axes.kernel, parameters, caches, tasks, 2);
  const at_path = paths.map((_, index) => (index < initial ? index : -1));
  const parentPath = (index: number): number => paths.indexOf(paths[index]?.includes('/') ? 'P' : '.');
  for (let id = 1; id < initial; id++) reference.create(id, parentPath(id));
  for (const [index, step] of program.steps.entries()) {
    if (step.kind !== 'op') throw new Error('only plain operations');
    const { op } = step;
    const rows = rows_by_step[index + 1] ?? [];
    reference.reclaimer_cpu = op.verb === 'slab' ? (CPU_OF[TASKS[op.task] ?? ''] ?? 0) : 0;
    reference.begin(givenOf(rows, axes.kernel === 'objcg'));
    if (op.verb === 'slab' && reference.alive[op.task]) {
      const got = op.allocate === 0 ? 0 : reference.allocate(op, op.object);
      const told = rows.filter((row) => row.kind === KIND.slab_alloc).reduce((sum, row) => sum + row.a, 0);
      if (got !== told) return `after step ${index}: ${told} objects allocated in the engine, ${got} in the reference`;
      if (op.free > 0) reference.free(op, op.object);
      if (got < op.allocate && reference.alive[op.task] && !isAtLimit(samples[index], reference, op.task))
        return `after step ${index}: an allocation failed at no limit`;
    } else if (op.verb === 'move' && reference.alive[op.task] && at_path[op.path] !== -1) reference.task_container[op.task] = at_path[op.path] ?? 0;
    else if (op.verb === 'create' && at_path[op.container.path] === -1) {
      at_path[op.container.path] = reference.parents.length;
      reference.create(reference.parents.length, at_path[parentPath(op.container.path)] ?? 0);
    } else if (op.verb === 'remove' && rows.some((row) => row.kind === KIND.container_remove)) {
      reference.remove(at_path[op.path] ?? 0);
      at_path[op.path] = -1;
    }
    const left = reference.end();
    if (left !== 0) return `after step ${index} (${op.verb}): the engine charged for ${left} pages more`;
    const expected = reference.counters();
    for (const [id, container] of samples[index]?.containers.entries() ?? []) {
      const counters = expected[id];
      const wanted = [counters?.kernel, counters?.kmem, counters?.reclaimable_bytes, counters?.unreclaimable_bytes];
      for (const [at, name] of NAMES.entries()) {
        const actual = container.counters[COUNTER[name]];
        if (actual !== wanted[at]) return `after step ${index} (${op.verb}): ${container.path} ${name}: engine ${actual}, reference ${wanted[at]}`;
      }
      const kmem_limit = container.counters[COUNTER.limit_kmem];
      if (container.exists && kmem_limit !== -1 && container.counters[COUNTER.kmem] > kmem_limit)
        return `after step ${index}: ${container.path} is over its limit of kernel memory`;
      // User pages are charged to nobody here.
      if (axes.pages === 'none' && container.counters[COUNTER.current] !== counters?.kernel)
        return `after step ${index}: ${container.path} current is not its kernel memory`;
    }
  }
  return null;
}

function programOf(setting: Setting, builder: ProgramBuilder, ops: readonly Op[]): Program {
  const built = builder.build(ops);
  const names = Object.keys(setting.tasks);
  return { ...built, initialTasks: built.initialTasks.map((start) => ({ ...start, cpu: CPU_OF[names[start.task] ?? ''] ?? 0 })) };
}

const PAGE_POLICIES = ['none', 'static', 'partial', 'software-zones'] as const;
const BY_PAGE = [
  'kernel=opt-in',
  'kernel=opt-in,kmem=independent',
  'kernel=opt-out',
  'kernel=opt-out,kmem=independent,orphans=parent',
  'kernel=opt-out,root=untracked',
  'kernel=opt-out,orphans=parent,root=untracked,shrinkers=memcg',
];

describe.each(PAGE_POLICIES)('pages=%s', (pages) => {
  test.each([...BY_PAGE, 'kernel=objcg', 'kernel=none'])('%s: engine and reference agree after every step', { timeout: 120_000 }, (kernel) => {
    // What objects are charged in bytes meets no limits here: at a limit the kernel empties stocks, which no event shows.
    const limits = !kernel.endsWith('objcg');
    const setting = settingWith(limits, pages === 'software-zones');
    const builder = new ProgramBuilder(setting);
    fc.assert(
      fc.property(fc.array(anyOp(setting, builder, limits, pages !== 'software-zones'), { minLength: 1, maxLength: 50, size: 'max' }), (groups) => {
        const ops = groups.flat();
        const difference = disagreement(programOf(setting, builder, ops), `pages=${pages},${kernel}`, setting);
        if (difference !== null) expect.fail(`${difference}\n${ops.map((op) => describeOp(op, setting)).join('\n')}`);
      }),
      { numRuns: 100 },
    );
  });
});

test('kernel=objcg: what is parked of a removed container that nothing refers to is given back at its removal', () => {
  const setting = settingWith(false, false);
  const builder = new ProgramBuilder(setting);
  // b's object is freed on another processor, and what both have in stock for P/B is parked when they charge for P/A: a whole page.
  const ops = [
    slabOp(setting, 'b', 0, 1, 0, []),
    slabOp(setting, 'a', 0, 0, 1, []),
    slabOp(setting, 'a', 0, 1, 0, []),
    slabOp(setting, 'd', 0, 1, 0, []),
    builder.move('b', '.'),
    builder.remove('P/B'),
  ];
  expect(disagreement(programOf(setting, builder, ops), 'kernel=objcg', setting)).toBeNull();
});

test('kernel=opt-in: an allocation fails at a limit that was set below what is held', () => {
  const setting = settingWith(true, false);
  const builder = new ProgramBuilder(setting);
  const ops = [slabOp(setting, 'c', 0, 4, 0, ['held']), builder.set('C', { max_pages: 1 }), builder.move('a', 'C'), slabOp(setting, 'a', 0, 3, 0, [])];
  expect(disagreement(programOf(setting, builder, ops), 'kernel=opt-in', setting)).toBeNull();
});
