import { describe, expect, test } from 'vitest';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { COST, type EventRow, KIND } from '../../src-engine/record/events.ts';
import { type Aftermath, programOf, worldAfter } from './world-after.ts';

const DYING = COUNTER.nr_dying_descendants;

describe('dying containers', () => {
  // Each job reads pages of a shared file that others have not read: 24 of 262,144 at random.
  const storm = programOf(`memledger: 1
name: create, touch shared memory, leave, remove
machine: { memory: 512MiB }
containers: { pods: {} }
objects: { shared: { file: 1GiB } }
steps:
  - { repeat: 500, steps: [
      { create: pods/job }, { start: job, in: pods/job }, { workload: uniform, over: shared, by: job, accesses: 24 }, { exit: job }, { remove: pods/job } ] }
  - { sample: end }
`);

  test.each([
    ['DYING-1: charges that stay', 'zombie', 500],
    ['DYING-1: charges that go to the parent', 'reparent', 0],
    ['DYING-1: memory that is freed', 'free', 0],
  ])('%s: 500 containers removed under %s leave %i dying', (_title, removal, dying) => {
    const { world } = worldAfter(storm, `pages=static,removal=${removal}`, false);
    expect([world.tree.local(1, DYING), world.tree.local(0, DYING), world.dying.count]).toEqual([dying, dying, dying]);
    expect(world.tree.usage[1]).toBe(removal === 'free' ? 0 : world.machine.resident_page_count);
  });

  const nested = (tail: string): Aftermath =>
    worldAfter(
      programOf(`memledger: 1
name: removed from the leaf up
machine: { memory: 64MiB, swap: 64MiB }
containers: { P: {}, P/Q: {}, P/Q/A: {}, P/B: {} }
objects: { f: { file: 40KiB }, t: { tmpfs: 40KiB } }
tasks: { a: { in: P/Q/A }, b: { in: P/B } }
steps:
${tail}`),
      'pages=static,removal=zombie',
    );
  const releases = (rows: readonly EventRow[]): number[] => rows.filter(({ kind }) => kind === KIND.container_release).map(({ container }) => container);

  test('a removed parent stays as long as a removed child does, and both go with the last page', () => {
    const removed = '  - { read: f, by: a }\n  - { exit: a }\n  - { remove: P/Q/A }\n  - { remove: P/Q }\n';
    const before = nested(removed);
    expect([before.world.tree.local(1, DYING), before.world.tree.local(2, DYING), releases(before.rows)]).toEqual([2, 1, []]);
    const after = nested(`${removed}  - { drop-caches: all }\n`);
    expect([after.world.tree.local(1, DYING), after.world.tree.local(2, DYING), releases(after.rows)]).toEqual([0, 0, [3, 2]]);
  });

  test('a swap slot alone keeps its container, until it is given back', () => {
    const swapped = '  - { write: t, by: a }\n  - { reclaim: P/Q/A, size: 40KiB }\n  - { exit: a }\n  - { remove: P/Q/A }\n';
    const before = nested(swapped);
    expect([before.world.tree.usage[3], before.world.tree.swap_usage[3], before.world.tree.local(2, DYING)]).toEqual([0, 10, 1]);
    const half = nested(`${swapped}  - { read: t, by: b, range: 0..20KiB }\n`);
    expect([half.world.tree.swap_usage[3], half.world.tree.local(2, DYING), half.world.tree.usage[4]]).toEqual([5, 1, 5]);
    const after = nested(`${swapped}  - { read: t, by: b }\n`);
    expect([after.world.tree.local(2, DYING), releases(after.rows), after.world.tree.usage[4]]).toEqual([0, [3], 10]);
  });

  test('what a dying container swaps out is charged to its nearest living ancestor', () => {
    const { world } = nested('  - { write: t, by: a }\n  - { exit: a }\n  - { remove: P/Q/A }\n  - { reclaim: P, size: 40KiB }\n');
    expect([world.tree.swap_usage[3], world.tree.swap_usage[2], world.dying.count]).toEqual([0, 10, 0]);
  });

  test('memory.reclaim of an ancestor takes what a dying container holds', () => {
    const { world, rows } = nested('  - { read: f, by: a }\n  - { exit: a }\n  - { remove: P/Q/A }\n  - { reclaim: P, size: 40KiB }\n');
    expect([world.tree.usage[1], world.dying.count, releases(rows)]).toEqual([0, 0, [3]]);
  });
});

describe('reparenting', () => {
  /** Pages of which file reclaim of the parent takes first: those that its own task read before, or those of the container that is gone. */
  const firstTaken = (model: string): string[] => {
    const { rows, words } = worldAfter(
      programOf(`memledger: 1
name: two lists become one
machine: { memory: 64MiB }
containers: { P: {}, P/A: {} }
objects: { own: { file: 160KiB }, inherited: { file: 160KiB } }
tasks: { p: { in: P }, a: { in: P/A } }
steps:
  - { read: inherited, by: a }
  - { read: own, by: p }
  - { exit: a }
  - { remove: P/A }
  - { reclaim: P, size: 128KiB }
`),
      model,
    );
    return rows.flatMap(({ kind, page }) => (kind === KIND.page_evict ? [`${words.page(page)?.object} ${words.page(page)?.page_index}`] : []));
  };

  test('puts pages at the head of the parent’s lists, or whole lists behind its own, in their order either way', () => {
    const taken = (object: string): string[] => Array.from({ length: 32 }, (_, index) => `${object} ${index}`);
    expect(firstTaken('static')).toEqual(taken('own'));
    expect(firstTaken('static,reparenting=lists')).toEqual(taken('inherited'));
  });
});

describe('recharging', () => {
  const run = (b: string, tail: string): Aftermath =>
    worldAfter(
      programOf(`memledger: 1
name: users of what is left
machine: { memory: 64MiB }
containers: { P: {}, P/A: {}, P/B: { max: ${b} }, P/C: {} }
objects: { f: { file: 40KiB } }
tasks: { a: { in: P/A }, b: { in: P/B }, c: { in: P/C } }
steps:
  - { read: f, by: a }
${tail}`),
      'pages=static,removal=recharge',
    );
  const mapped = `  - { map: f, by: b, as: lib }
  - { map: f, by: c, as: lib }
  - { peek: lib, by: c, range: 0..20KiB }
  - { peek: lib, by: b, range: 0..20KiB }
  - { exit: a }
  - { remove: P/A }
`;
  const usage = ({ world }: Aftermath): (number | undefined)[] => [2, 3, 4].map((container) => world.tree.usage[container]);

  test('a mapped page goes to who mapped the object first, whoever faulted the page in', () => {
    expect(usage(run('max', mapped))).toEqual([5, 5, 0]);
  });

  test('to the next mapper where the first has no room, and nobody is killed', () => {
    const after = run('12KiB', `  - { alloc: heap, by: b, size: 12KiB }\n  - { touch: heap, by: b }\n${mapped}`);
    expect(usage(after)).toEqual([5, 3, 5]);
    expect([after.world.tree.local(3, COUNTER.oom), after.world.spaces.alive[1]]).toEqual([0, 1]);
    expect(after.world.tree.local(3, COUNTER.max)).toBe(5 * 18);
  });

  test('unmapped pages wait for a read, a write or a fault; reads by workload count, too', () => {
    const gone = '  - { exit: a }\n  - { remove: P/A }\n';
    expect(usage(run('max', `${gone}  - { read: f, by: c, range: 0..4KiB }\n`))).toEqual([9, 0, 1]);
    expect(usage(run('max', `${gone}  - { write: f, by: c, range: 0..4KiB }\n`))).toEqual([9, 0, 1]);
    expect(usage(run('max', `${gone}  - { map: f, by: b, as: lib }\n  - { peek: lib, by: b, range: 0..8KiB }\n`))).toEqual([8, 2, 0]);
    const all = run('max', `${gone}  - { workload: scan, over: f, by: c, accesses: 10 }\n`);
    expect([usage(all), all.world.dying.count, all.world.machine.on_access]).toEqual([[0, 0, 10], 0, null]);
  });

  test('a full container evicts its own pages for what it takes over', () => {
    const after = run('12KiB', '  - { exit: a }\n  - { remove: P/A }\n  - { read: f, by: b }\n');
    expect(after.world.tree.usage[3]).toBeLessThanOrEqual(3);
    expect([after.world.tree.usage[2], after.world.tree.local(3, COUNTER.oom)]).toEqual([0, 0]);
  });
});

describe('cost of a removal by pages held', () => {
  /** Running costs of the last step, and pages that reclaim looked at in it. */
  function costOf(
    removal: string,
    page_count: number,
    is_mapped: boolean,
  ): Record<'moved' | 'list_steps' | 'rmap_steps' | 'counter_updates' | 'scanned', number> {
    const { rows } = worldAfter(
      programOf(`memledger: 1
name: removal
machine: { memory: 64MiB }
containers: { P: {}, P/A: {}, P/B: {} }
objects: { f: { file: ${page_count * 4}KiB } }
tasks: { a: { in: P/A }, b: { in: P/B } }
steps:
  - { read: f, by: a }
  - { map: f, by: b, as: lib }
${is_mapped ? '  - { peek: lib, by: b }\n' : ''}  - { exit: a }
  - { remove: P/A }
`),
      `pages=static,removal=${removal}`,
    );
    const last = rows.slice(rows.findLastIndex(({ kind }) => kind === KIND.step_begin));
    const cost = (which: number): number => last.filter(({ kind, flags }) => kind === KIND.cost && flags === which).reduce((sum, { a }) => sum + a, 0);
    return {
      moved: cost(COST.pages_migrated),
      list_steps: cost(COST.list_steps),
      rmap_steps: cost(COST.rmap_steps),
      counter_updates: cost(COST.counter_updates),
      scanned: last.filter(({ kind }) => kind === KIND.shrink_inactive).reduce((sum, { a }) => sum + a, 0),
    };
  }

  // Three levels: the container, P and the root. Reparenting touches the child’s counter alone; freeing and recharging go through all levels of each container.
  test.each([1, 10, 100, 1000])('%i pages of unmapped cache', (n) => {
    expect(costOf('zombie', n, false)).toEqual({ moved: 0, list_steps: 0, rmap_steps: 0, counter_updates: 0, scanned: 0 });
    expect(costOf('reparent', n, false)).toEqual({ moved: n, list_steps: n, rmap_steps: 0, counter_updates: n, scanned: 0 });
    expect(costOf('reparent,reparenting=lists', n, false)).toEqual({ moved: 0, list_steps: 4, rmap_steps: 0, counter_updates: 0, scanned: 0 });
    expect(costOf('recharge', n, false)).toEqual({ moved: 0, list_steps: n, rmap_steps: 0, counter_updates: 0, scanned: 0 });
    const free = costOf('free', n, false);
    expect(free).toEqual({ moved: 0, list_steps: 0, rmap_steps: 0, counter_updates: 3 * n, scanned: n });
  });

  test('a container takes its storage until it is gone for good', () => {
    /** Containers that have storage: before the first step, and after each. */
    const stored = (removal: string): number[] => {
      const { rows } = worldAfter(
        programOf(`memledger: 1
name: storage
machine: { memory: 64MiB }
containers: { P: {}, P/A: {} }
objects: { f: { file: 40KiB } }
tasks: { a: { in: P/A } }
steps:
  - { read: f, by: a }
  - { exit: a }
  - { remove: P/A }
  - { drop-caches: all }
`),
        `pages=static,removal=${removal}`,
      );
      const bytes = [0];
      for (const { kind, flags, a } of rows) {
        if (kind === KIND.step_begin) bytes.push(bytes.at(-1) ?? 0);
        if (kind === KIND.cost && flags === COST.container_storage_bytes) bytes[bytes.length - 1] = a;
      }
      return bytes.map((at) => (3 * at) / (bytes[0] ?? 0));
    };
    expect(stored('zombie')).toEqual([3, 3, 3, 3, 2]);
    expect(stored('reparent')).toEqual([3, 3, 3, 2, 2]);
  });

  test.each([1, 10, 100, 1000])('%i pages that another container maps', (n) => {
    expect(costOf('zombie', n, true)).toEqual({ moved: 0, list_steps: 0, rmap_steps: 0, counter_updates: 0, scanned: 0 });
    expect(costOf('reparent', n, true)).toEqual({ moved: n, list_steps: n, rmap_steps: 0, counter_updates: n, scanned: 0 });
    expect(costOf('recharge', n, true)).toEqual({ moved: n, list_steps: n, rmap_steps: n, counter_updates: 6 * n, scanned: 0 });
    expect(costOf('free', n, true)).toEqual({ moved: 0, list_steps: 0, rmap_steps: 0, counter_updates: 3 * n, scanned: n });
  });
});
