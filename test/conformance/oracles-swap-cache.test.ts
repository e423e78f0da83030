import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContainerTree } from '../../src-engine/containers/tree.ts';
import { swapFull } from '../../src-engine/machine/pages/swap-cache.ts';
import { REFERENCES } from '../../src-engine/models/reference/references.ts';
import { COUNTER, type CounterName } from '../../src-engine/record/counters.ts';
import type { Op } from '../../src-engine/scenario/program.ts';
import { disagreement } from './agreement.ts';
import { ProgramBuilder } from './program-builder.ts';
import { counterOf, samplesOf } from './samples.ts';
import { worldAfter } from './world-after.ts';

/** Swap slots that pages keep while they are in memory: mem_cgroup_swap_full() of mm/memcontrol.c, do_swap_page() of mm/memory.c, shrink_folio_list() of mm/vmscan.c (6.12). */

test('SWAP-4: with swap.max 100 and an open high, 50 slots are full and 49 are not; with all swap half taken, or a container above at half of its high, too', () => {
  const tree = new ContainerTree();
  const root = tree.create('.', 0, -1);
  const parent = tree.create('P', 1, root);
  const a = tree.create('P/A', 2, parent);
  tree.swap_max[a] = 100;
  const isFull = (used: number, free = 1000, slots = 1000): boolean => {
    tree.swap_usage[a] = used;
    tree.swap_usage[parent] = used;
    return swapFull(tree, a, free, slots);
  };
  expect([isFull(50), isFull(49)]).toEqual([true, false]);
  expect([isFull(0, 499), isFull(0, 500)]).toEqual([true, false]);
  tree.swap_high[parent] = 60;
  expect([isFull(30), isFull(29)]).toEqual([true, false]);
});

describe('pages that a load brings back', () => {
  /** A writes 8 MiB with 4 MiB of memory, loads the first 2 MiB again, or stores to them, and then the rest. */
  const scene = (machine: string, limits: string, again: string): string => `memledger: 1
name: swap cache
machine: { memory: 64MiB, ${machine} }
containers: { A: { max: 4MiB, ${limits} } }
tasks: { a: { in: A } }
steps:
  - { alloc: heap, by: a, size: 8MiB }
  - { touch: heap, by: a }
  - { sample: written }
  - { ${again}: heap, by: a, range: 0..2MiB }
  - { sample: back }
  - { peek: heap, by: a, range: 2MiB.. }
  - { sample: gone }
`;
  const at = (text: string, sample: string, ...names: readonly CounterName[]): number[] => {
    const samples = samplesOf(text, 'memcg-v2');
    return names.map((name) => counterOf(samples, sample, 'A', name));
  };
  const disk = 'swap: 64MiB, swap-cache: true';

  test('keep their slots while swap is less than half full, and are taken again without being written', () => {
    const text = scene(disk, 'swap-max: max', 'peek');
    const [swapped] = at(text, 'written', 'swap');
    const [cached, pswpin, swap, written] = at(text, 'back', 'swapcached', 'pswpin', 'swap', 'pswpout');
    expect([pswpin, cached, swap > swapped]).toEqual([512, 512, true]);
    const [later, pswpout, faults] = at(text, 'gone', 'swapcached', 'pswpout', 'pgmajfault');
    // All that is in memory has been loaded, and what went for it was in its slot already: not even that is written which was loaded first.
    expect(later).toBeGreaterThan(512);
    expect(pswpout - written).toBeLessThan(1024);
    expect(faults).toBeGreaterThan(1024);
    const [read_past] = at(scene('swap: 64MiB', 'swap-max: max', 'peek'), 'gone', 'pswpout');
    expect(read_past).toBeGreaterThan(pswpout);
  });

  test.each([
    ['a store gives the slot back', disk, 'swap-max: max', 'touch'],
    ['half of what swap.max allows is taken', disk, 'swap-max: 8MiB', 'peek'],
    ['half of all swap is taken', 'swap: 8MiB, swap-cache: true', 'swap-max: max', 'peek'],
    ['the device is read past the swap cache', 'swap: 64MiB', 'swap-max: max', 'peek'],
  ])('keep none where %s', (_title, machine, limits, again) => {
    expect(at(scene(machine, limits, again), 'back', 'pswpin', 'swapcached')).toEqual([512, 0]);
  });

  test('keep none under version 1, which takes the charge off at once', () => {
    const samples = samplesOf(scene(disk, 'swap-max: max', 'peek'), 'memcg-v1');
    expect(counterOf(samples, 'back', 'A', 'swapcached')).toBe(0);
  });
});

const RUN_UNDER = ['static', 'partial', 'rss', 'memcg-v2', 'memcg-v2-mglru', 'software-zones'] as const;

test('whatever tasks do, slots, lists and counters agree with the events, and charges with the reference', { timeout: 120_000 }, () => {
  const builder = new ProgramBuilder({
    machine: { memory_pages: 64, zone_pages: 4, swap_pages: 40, swap_cache: true },
    containers: { P: {}, 'P/A': { max_pages: 12, swap_max_pages: 20 }, 'P/B': { max_pages: 10 } },
    objects: [{ kind: 'tmpfs', name: 'tmpfs', page_count: 8 }],
    tasks: { a: 'P/A', b: 'P/B' },
    later_tasks: ['c', 'd'],
    areas: ['heap', 'more'],
  });
  const task = fc.constantFrom('a', 'b', 'c', 'd');
  const area = fc.constantFrom('heap', 'more');
  const op: fc.Arbitrary<Op> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.tuple(fc.constantFrom('peek', 'touch'), task, area, fc.nat(15)).map(([verb, by, at, page]) => builder.load(verb, by, at, page, 3)),
    },
    { weight: 2, arbitrary: fc.tuple(task, area).map(([by, at]) => builder.alloc(by, at, 18)) },
    { weight: 1, arbitrary: fc.tuple(task, area, fc.nat(10)).map(([by, at, page]) => builder.unmap(by, at, page, 4)) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('write', 'read'), task).map(([verb, by]) => builder.access(verb, by, 'tmpfs', 0, 8)) },
    { weight: 1, arbitrary: fc.tuple(task, task, fc.constantFrom('P/A', 'P/B')).map(([parent, child, path]) => builder.fork(parent, child, path)) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('P', 'P/A', 'P/B'), fc.integer({ min: 1, max: 12 })).map(([path, pages]) => builder.reclaim(path, pages)),
    },
    { weight: 1, arbitrary: fc.constantFrom('c', 'd').map((by) => builder.exit(by)) },
  );
  const prologue = ['a', 'b'].flatMap((by) => [builder.alloc(by, 'heap', 18), builder.load('touch', by, 'heap', 0, 18)]);
  let cached = 0;
  fc.assert(
    fc.property(fc.constantFrom(...RUN_UNDER), fc.array(op, { maxLength: 40, size: 'max' }), (model, ops) => {
      const program = builder.build([...prologue, ...ops]);
      const { samples } = worldAfter(program, model);
      for (const { containers } of samples) cached = Math.max(cached, containers[0]?.counters[COUNTER.swapcached] ?? 0);
      if (REFERENCES[model] !== undefined) expect(disagreement(program, model)).toBeNull();
    }),
    { numRuns: 80 },
  );
  expect(cached).toBeGreaterThan(3);
});
