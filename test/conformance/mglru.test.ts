import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../../src-engine/machine/invariants.ts';
import { Generations } from '../../src-engine/machine/reclaim/mglru.ts';
import type { World } from '../../src-engine/machine/world.ts';
import { KIND } from '../../src-engine/record/events.ts';
import type { Op } from '../../src-engine/scenario/program.ts';
import { NaiveGenerations } from './mglru-naive.ts';
import { ProgramBuilder, type Setting } from './program-builder.ts';
import { counterOf, samplesOf } from './samples.ts';
import { worldAfter } from './world-after.ts';

const MODEL = 'static,reclaim=generations';
const MAX_PAGES = 220;
const FILE_PAGES = 320;
const HEAP_PAGES = 140;

const setting = (swap_pages: number, swappiness: number): Setting => ({
  machine: { memory_pages: 1024, swap_pages, swappiness },
  containers: { A: { max_pages: MAX_PAGES } },
  objects: [{ kind: 'file', name: 'file', page_count: FILE_PAGES }],
  tasks: { a: 'A' },
  areas: ['heap'],
});

const accesses = fc.array(
  fc.oneof(
    fc.record({ verb: fc.constant('read' as const), first: fc.nat(FILE_PAGES - 1), count: fc.integer({ min: 1, max: 160 }) }),
    fc.record({ verb: fc.constant('read' as const), first: fc.constant(0), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ verb: fc.constant('touch' as const), first: fc.nat(HEAP_PAGES - 1), count: fc.integer({ min: 1, max: 70 }) }),
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

function generationsOf(world: World): Generations {
  const { placement } = world.machine;
  if (!(placement instanceof Generations)) throw new Error('not a model with generations');
  return placement;
}

/** Pages of every list of A, the first to go first, as `type generation: pages`. */
function engineLists(world: World): readonly string[] {
  const { lists } = generationsOf(world);
  const { objects } = world.machine;
  return [0, 1].flatMap((type) =>
    [0, 1, 2, 3].map((gen) => {
      const names: string[] = [];
      for (let frame = lists.generationTail(1, type, gen); frame !== -1; frame = lists.towardsGenerationHead(frame)) {
        const object = objects[lists.objectOf(frame)];
        names.push(String(lists.pageOf(frame) - (object?.base_page ?? 0)));
      }
      return `${type} ${gen}: ${names.join(' ')}`;
    }),
  );
}

function naiveLists(naive: NaiveGenerations): readonly string[] {
  return (['anon', 'file'] as const).flatMap((type, code) =>
    naive.lists[type].map((pages, gen) => `${code} ${gen}: ${pages.map(({ index }) => index).join(' ')}`),
  );
}

describe('generations against a naive reference', () => {
  for (const [swap_pages, swappiness] of [
    [0, 60],
    [400, 60],
    [400, 150],
  ] as const) {
    it(`every list holds the same pages in the same order (swap ${swap_pages} pages, swappiness ${swappiness})`, { timeout: 60_000 }, () => {
      const builder = new ProgramBuilder(setting(swap_pages, swappiness));
      const seen = { evicted: 0, swapped: 0, begun: 0, sorted: 0, made_young: 0 };
      fc.assert(
        fc.property(accesses, (wanted) => {
          const naive = new NaiveGenerations(MAX_PAGES, HEAP_PAGES, swap_pages === 0 ? 0 : swappiness);
          const ops: Op[] = [builder.alloc('a', 'heap', HEAP_PAGES)];
          for (const { verb, first, count: asked } of wanted) {
            const count = Math.min(asked, (verb === 'read' ? FILE_PAGES : HEAP_PAGES) - first);
            ops.push(verb === 'read' ? builder.access('read', 'a', 'file', first, count) : builder.load('touch', 'a', 'heap', first, count));
            for (let index = first; index < first + count; index++) naive[verb](index);
          }
          const { world, rows } = worldAfter(builder.build(ops), MODEL, false);
          const { lists } = generationsOf(world);
          expect([lists.maxSeq(1), lists.minSeq(1, 0), lists.minSeq(1, 1)]).toEqual([naive.max_seq, naive.min_seq.anon, naive.min_seq.file]);
          expect(engineLists(world)).toEqual(naiveLists(naive));
          expect(rows.filter(({ kind }) => kind === KIND.page_evict)).toHaveLength(naive.evicted.length);
          expect(checkInvariants(world, true)).toBeNull();
          seen.evicted += naive.evicted.length;
          seen.swapped += naive.evicted.filter((name) => name.startsWith('anon')).length;
          seen.begun += rows.filter(({ kind }) => kind === KIND.generation_begin).length;
          seen.sorted += rows.filter(({ kind }) => kind === KIND.generation_sort).length;
          seen.made_young += rows.filter(({ kind, flags }) => kind === KIND.activate && flags === 0).length;
        }),
        { numRuns: 60 },
      );
      // What the runs have in them, lest the lists agree for want of anything to do.
      expect(seen.evicted).toBeGreaterThan(1000);
      expect(seen.begun).toBeGreaterThan(3);
      if (swap_pages > 0) expect(Math.min(seen.swapped, seen.sorted, seen.made_young)).toBeGreaterThan(10);
    });
  }
});

const samplesUnder = (yaml: string, model: string) => {
  const samples = samplesOf(yaml, model);
  return (sample: string, path: string, counter: Parameters<typeof counterOf>[3]): number => counterOf(samples, sample, path, counter);
};

describe('who owns a shared file after pressure', () => {
  const YAML = `memledger: 1
name: shared file under pressure
containers: { A: { max: 12MiB }, B: {} }
objects: { shared: { file: 4MiB }, stream: { file: 16MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: shared, by: a }
  - { read: shared, by: b }
  - { read: stream, by: a }
  - { sample: pressed }
  - { read: shared, by: b }
  - { sample: again }
`;

  it('two lists keep what was read twice: it stays A’s', () => {
    const value = samplesUnder(YAML, 'memcg-v2');
    expect(value('pressed', 'A', 'active_file')).toBe(1024);
    expect(value('again', 'B', 'file')).toBe(0);
  });

  it('generations take it: B reads it again and owns it, and nobody has a refault', () => {
    const value = samplesUnder(YAML, 'memcg-v2-mglru');
    expect(value('pressed', 'A', 'active_file')).toBe(0);
    expect(value('again', 'B', 'file')).toBe(1024);
    expect(value('again', 'A', 'workingset_refault_file') + value('again', 'B', 'workingset_refault_file')).toBe(0);
  });
});

describe('generations', () => {
  it('begin with what is faulted in among the youngest, tmpfs in the second youngest, what is read in an old one', () => {
    const yaml = `memledger: 1
name: begin
containers: { A: {} }
objects: { f: { file: 1MiB }, m: { file: 1MiB }, t: { tmpfs: 1MiB } }
tasks: { a: { in: A } }
steps:
  - { read: f, by: a }
  - { map: m, by: a, as: view }
  - { peek: view, by: a }
  - { write: t, by: a }
  - { alloc: heap, by: a, size: 1MiB }
  - { touch: heap, by: a }
  - { sample: there }
`;
    const value = samplesUnder(yaml, MODEL);
    expect([value('there', 'A', 'inactive_file'), value('there', 'A', 'active_file'), value('there', 'A', 'active_anon')]).toEqual([256, 256, 512]);
    // What is mapped with MADV_RANDOM begins as what is read.
    expect(samplesUnder(yaml, `${MODEL},advice=random`)('there', 'A', 'inactive_file')).toBe(512);
  });

  it('leave containers below min alone when the whole machine is reclaimed, and take a removed one first', () => {
    const yaml = `memledger: 1
name: whole machine
machine: { memory: 16MiB }
containers: { A: { min: 4MiB }, B: {}, C: {} }
objects: { fa: { file: 4MiB }, fb: { file: 6MiB }, fc: { file: 8MiB } }
tasks: { a: { in: A }, b: { in: B }, c: { in: C } }
steps:
  - { read: fa, by: a }
  - { read: fb, by: b }
  - { read: fc, by: c }
  - { sample: full }
  - { exit: b }
  - { remove: B }
  - { read: fc, by: c }
  - { read: fa, by: c }
  - { sample: after }
`;
    const value = samplesUnder(yaml, 'memcg-v2-mglru');
    expect(value('full', 'A', 'pgscan')).toBe(0);
    expect(value('full', 'B', 'pgsteal') + value('full', 'C', 'pgsteal')).toBeGreaterThanOrEqual(512);
    expect(value('after', 'A', 'file')).toBe(1024);
    // What C needs more comes from the dying B.
    expect(value('after', 'C', 'file')).toBe(2048);
  });
});
