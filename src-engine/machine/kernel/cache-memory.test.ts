import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProgramBuilder, type Setting } from '../../../test/conformance/program-builder.ts';
import { programOf, worldAfter } from '../../../test/conformance/world-after.ts';
import { COUNTER } from '../../record/counters.ts';
import { checkInvariants } from '../invariants.ts';
import { BUFFER_HEAD_BYTES, NODE_BYTES } from './cache-memory.ts';

const NODE = NODE_BYTES + 8;
const HEAD = BUFFER_HEAD_BYTES + 8;

const slabOf = (steps: string, model = 'memcg-v2'): readonly number[] => {
  const { world } = worldAfter(
    programOf(`memledger: 1
name: cache memory
machine: { memory: 64MiB, swap: 16MiB, cache-memory: true }
containers: { A: {}, B: {} }
objects: { small: { file: 4KiB }, f: { file: 1MiB }, large: { file: 20MiB }, t: { tmpfs: 1MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
${steps}
`),
    model,
    false,
  );
  expect(checkInvariants(world, true)).toBeNull();
  return [1, 2].map((container) => world.tree.local(container, COUNTER.slab_reclaimable));
};

describe('the kernel’s memory for page cache', () => {
  it.each([
    ['a page alone needs no node', '  - { read: small, by: a }', [0, 0]],
    ['a node for each 64 pages, and one above them', '  - { read: f, by: a }', [5 * NODE, 0]],
    ['three levels for 5,120 pages', '  - { read: large, by: a }', [(80 + 2 + 1) * NODE, 0]],
    ['nor does the first page of a larger file', '  - { read: f, by: a, range: 0..4KiB }', [0, 0]],
    ['the second page needs one', '  - { read: f, by: a, range: 0..4KiB }\n  - { read: f, by: b, range: 4KiB..8KiB }', [0, NODE]],
    ['a page further on needs one above as well', '  - { read: f, by: a, range: 0..8KiB }\n  - { read: f, by: b, range: 256KiB..260KiB }', [NODE, 2 * NODE]],
    ['and so does it alone', '  - { read: f, by: b, range: 256KiB..260KiB }', [0, 2 * NODE]],
    ['whoever comes first to a node pays for it', '  - { read: f, by: a, range: 0..8KiB }\n  - { read: f, by: b, range: 0..512KiB }', [NODE, 2 * NODE]],
    ['a buffer head for each page written, once', '  - { write: f, by: a }\n  - { write: f, by: a }', [5 * NODE + 256 * HEAD, 0]],
    ['and for a page written through a mapping', '  - { map: f, by: a, as: v }\n  - { touch: v, by: a, range: 0..8KiB }', [NODE + 2 * HEAD, 0]],
    ['charged to the page’s container, whoever writes', '  - { read: f, by: a }\n  - { write: f, by: b }', [5 * NODE + 256 * HEAD, 0]],
    ['tmpfs has nodes only', '  - { write: t, by: a }', [5 * NODE, 0]],
    ['eviction leaves shadows, and the nodes for them', '  - { write: f, by: a, sync: true }\n  - { reclaim: A, size: 1MiB }', [5 * NODE, 0]],
    ['swap slots of tmpfs stand in nodes', '  - { write: t, by: a }\n  - { reclaim: A, size: 1MiB }', [5 * NODE, 0]],
    ['dropping the cache takes them', '  - { write: f, by: a, sync: true }\n  - { reclaim: A, size: 512KiB }\n  - { drop-caches: pagecache }', [0, 0]],
  ] as const)('%s', (_title, steps, bytes) => {
    expect(slabOf(steps)).toEqual(bytes);
  });

  it('is nobody’s where kernel memory is not accounted', () => {
    expect(slabOf('  - { write: f, by: a }', 'memcg-v2,kernel=none')).toEqual([0, 0]);
  });
});

const SETTING: Setting = {
  machine: { memory_pages: 512, swap_pages: 16, kernel_memory: true, cache_memory: true, charge_stock: true },
  containers: { P: { max_pages: 120 }, 'P/A': { max_pages: 60 }, B: {} },
  objects: [
    { kind: 'file', name: 'file', page_count: 200 },
    { kind: 'tmpfs', name: 'tmpfs', page_count: 70 },
  ],
  tasks: { a: 'P/A', b: 'B' },
  areas: ['view', 'window'],
};

describe.each(['memcg-v2', 'memcg-v2-mglru', 'rss', 'memcg-v1', 'partial', 'software-zones'])('under %s', (model) => {
  it('holds a node for every entry and a buffer head for resident pages only, through limits, swap, kills and removal', () => {
    const builder = new ProgramBuilder(SETTING);
    const task = fc.constantFrom('a', 'b');
    const range = (count: number) => fc.nat(count - 1).chain((first) => fc.integer({ min: 1, max: count - first }).map((size) => [first, size] as const));
    const op = fc.oneof(
      fc.tuple(fc.constantFrom('read', 'write'), task, range(200)).map(([verb, by, [first, size]]) => builder.access(verb, by, 'file', first, size)),
      fc.tuple(fc.constantFrom('read', 'write'), task, range(70)).map(([verb, by, [first, size]]) => builder.access(verb, by, 'tmpfs', first, size)),
      task.map((by) => builder.map(by, 'file', 'view')),
      fc.tuple(fc.constantFrom('peek', 'touch'), task, range(200)).map(([verb, by, [first, size]]) => builder.load(verb, by, 'view', first, size)),
      fc.tuple(fc.constantFrom('.', 'P', 'B'), fc.integer({ min: 1, max: 60 })).map(([path, pages]) => builder.reclaim(path, pages)),
      fc.constant(builder.dropCaches()),
      task.map((by) => builder.move(by, 'B')),
      fc.constant(builder.remove('P/A')),
    );
    fc.assert(
      fc.property(fc.array(op, { minLength: 1, maxLength: 25 }), (ops) => {
        const { world } = worldAfter(builder.build(ops), model, false);
        expect(checkInvariants(world, true)).toBeNull();
      }),
      { numRuns: 30 },
    );
  });
});
