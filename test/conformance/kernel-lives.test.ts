import fc from 'fast-check';
import { describe, test } from 'vitest';
import { asTaskId } from '../../src-engine/base/ids.ts';
import type { Op } from '../../src-engine/scenario/program.ts';
import { runExample } from '../golden/run-example.ts';
import { describeOp, ProgramBuilder, type Setting } from './program-builder.ts';

/**
 * Random lives of tasks and containers on a machine that is too small for them, with slab, stacks, page tables and per-processor structures: whatever is reclaimed, killed or
 * refused, the invariants hold and the events tell what the counters say.
 */

const TASKS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const LEAVES = ['P/A', 'P/B', 'C', 'P/D'] as const;
const CACHES = ['dentry', 'plain', 'hidden'] as const;
const HEAP_PAGES = 30;
const FILE_PAGES = 60;

const settingWith = (charge_stock: boolean): Setting => ({
  machine: { memory_pages: 256, zone_pages: 8, swap_pages: 24, cpu_count: 2, kernel_memory: true, charge_stock },
  containers: { P: { max_pages: 128 }, 'P/A': { max_pages: 48, kmem_max_pages: 20 }, 'P/B': { max_pages: 40 }, C: { max_pages: 40 } },
  later_containers: ['P/D'],
  objects: [
    { kind: 'slab', name: 'dentry', object_bytes: 192, objects_per_page: 21, shrinkable: true, shrinker_batch: 128, accounted: true },
    { kind: 'slab', name: 'plain', object_bytes: 1900, objects_per_page: 2, shrinkable: false, shrinker_batch: 128, accounted: true },
    { kind: 'slab', name: 'hidden', object_bytes: 512, objects_per_page: 8, shrinkable: true, shrinker_batch: 128, accounted: false },
    { kind: 'file', name: 'file', page_count: FILE_PAGES },
  ],
  tasks: { a: 'P/A', b: 'P/B', c: 'C', d: 'P/A' },
  later_tasks: ['e', 'f'],
  areas: ['heap'],
});

function anyOp(builder: ProgramBuilder): fc.Arbitrary<readonly Op[]> {
  const task = fc.constantFrom(...TASKS);
  const leaf = fc.constantFrom(...LEAVES);
  const pages = fc.integer({ min: 1, max: 60 });
  const one = (op: Op): readonly Op[] => [op];
  const slab = (by: (typeof TASKS)[number], cache: number, allocate: number, free: number, flags: readonly string[]): Op => ({
    verb: 'slab',
    axis: 'kernel',
    task: asTaskId(TASKS.indexOf(by)),
    object: cache,
    allocate,
    free,
    atomic: flags.includes('atomic'),
    noaccount: flags.includes('noaccount'),
    held: flags.includes('held'),
  });
  const cache = fc.nat(CACHES.length - 1);
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(task, cache, fc.integer({ min: 1, max: 300 }), fc.subarray(['atomic', 'noaccount', 'held']))
        .map(([by, of, count, flags]) => one(slab(by, of, count, 0, flags))),
    },
    { weight: 3, arbitrary: fc.tuple(task, cache, fc.integer({ min: 1, max: 300 })).map(([by, of, count]) => one(slab(by, of, 0, count, []))) },
    { weight: 4, arbitrary: task.map((by) => [builder.alloc(by, 'heap', HEAP_PAGES), builder.load('touch', by, 'heap', 0, HEAP_PAGES)]) },
    { weight: 2, arbitrary: task.map((by) => one(builder.load('touch', by, 'heap', 0, HEAP_PAGES))) },
    { weight: 3, arbitrary: task.map((by) => one(builder.access('read', by, 'file', 0, FILE_PAGES))) },
    { weight: 3, arbitrary: fc.tuple(task, task, leaf).map(([parent, child, path]) => one(builder.fork(parent, child, path))) },
    { weight: 2, arbitrary: fc.tuple(task, fc.constantFrom('.', ...LEAVES)).map(([by, to]) => one(builder.move(by, to))) },
    { weight: 1, arbitrary: task.map((by) => one(builder.exit(by))) },
    { weight: 1, arbitrary: leaf.map((path) => one(builder.create(path))) },
    { weight: 1, arbitrary: fc.tuple(leaf, fc.constantFrom('.', 'C')).map(([path, to]) => [...TASKS.map((by) => builder.move(by, to)), builder.remove(path)]) },
    { weight: 1, arbitrary: fc.tuple(leaf, pages).map(([path, max_pages]) => one(builder.set(path, { max_pages }))) },
    { weight: 1, arbitrary: fc.tuple(leaf, pages).map(([path, high_pages]) => one(builder.set(path, { high_pages }))) },
    { weight: 1, arbitrary: fc.tuple(leaf, pages).map(([path, kmem_max_pages]) => one(builder.set(path, { kmem_max_pages }))) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('.', 'P', ...LEAVES), pages).map(([path, count]) => one(builder.reclaim(path, count))) },
    { weight: 1, arbitrary: fc.constant(one(builder.dropCaches())) },
  );
}

describe.each(['none', 'static', 'partial', 'rss', 'software-zones', 'smemcg'])('pages=%s', (pages) => {
  test.each(['none', 'opt-in', 'opt-in,kmem=independent', 'opt-out', 'opt-out,shrinkers=memcg,orphans=parent', 'objcg'])(
    'kernel=%s: invariants hold, and events tell what the counters say',
    { timeout: 120_000 },
    (kernel) => {
      fc.assert(
        fc.property(
          fc.boolean(),
          fc.array(anyOp(new ProgramBuilder(settingWith(false))), { minLength: 1, maxLength: 40, size: 'max' }),
          (charge_stock, groups) => {
            const setting = settingWith(charge_stock);
            const ops = groups.flat();
            try {
              runExample(new ProgramBuilder(setting).build(ops), `pages=${pages},kernel=${kernel}`);
            } catch (error) {
              throw new Error(`stock ${charge_stock}\n${ops.map((op) => describeOp(op, setting)).join('\n')}`, { cause: error });
            }
          },
        ),
        { numRuns: 40 },
      );
    },
  );
});
