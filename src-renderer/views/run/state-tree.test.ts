import { describe, expect, test } from 'vitest';
import { COUNTER, COUNTER_COUNT, COUNTERS } from '../../../src-engine/record/counters.ts';
import type { ContainerView } from '../../../src-engine/record/run.ts';
import { changeOf, counterRows, formatCounter, idleCounters, TRACE_COUNTERS } from './shown-counters.ts';
import { chartedContainers, heldWords, liveliestLeaf, treeMove, treeRows, treeSpecs, withSelected } from './state-tree.ts';

function container(id: number, parent: number, path: string, counters: Partial<Record<keyof typeof COUNTER, number>> = {}, exists = true): ContainerView {
  const values = new Float64Array(COUNTER_COUNT);
  for (const [name, value] of Object.entries(counters)) values[COUNTER[name as keyof typeof COUNTER]] = value;
  return { id, parent, path, exists, counters: values };
}
const CONTAINERS = [
  container(0, -1, '.'),
  container(1, 0, 'pods', { current: 8192 }),
  container(2, 1, 'pods/a', { current: 8192, peak: 9000 }),
  container(3, 0, 'system', { peak: 10_000 }),
  container(4, 1, 'pods/b', { current: 4096 }, false),
  container(5, 1, 'pods/gone', {}, false),
];

describe('the container to look at first', () => {
  test('is a leaf, the one with the highest peak', () => {
    const pods = container(1, 0, 'pods', { peak: 20_000 });
    expect(
      liveliestLeaf([container(0, -1, '.', { peak: 30_000 }), pods, container(2, 1, 'pods/a', { peak: 9000 }), container(3, 1, 'pods/b', { peak: 11_000 })]),
    ).toBe(3);
  });
  test('is the first of equal ones, and the root where it is alone', () => {
    expect(liveliestLeaf([container(0, -1, '.'), container(1, 0, 'a', { peak: 5 }), container(2, 0, 'b', { peak: 5 })])).toBe(1);
    expect(liveliestLeaf([container(0, -1, '.')])).toBe(0);
  });
});

describe('tree', () => {
  test('children stand under their parent; zombies are kept, empty removed ones are not', () => {
    expect(treeRows(CONTAINERS, new Set()).map((row) => [row.name, row.depth])).toEqual([
      ['.', 0],
      ['pods', 1],
      ['a', 2],
      ['b', 2],
      ['system', 1],
    ]);
  });

  test('a collapsed container hides what is below it', () => {
    expect(treeRows(CONTAINERS, new Set([1])).map((row) => row.name)).toEqual(['.', 'pods', 'system']);
  });

  test('arrows move as in any tree', () => {
    const rows = treeRows(CONTAINERS, new Set());
    expect(treeMove(rows, 0, 'down')).toEqual({ select: 1 });
    expect(treeMove(rows, 0, 'up')).toBeUndefined();
    expect(treeMove(rows, 1, 'right')).toEqual({ select: 2 });
    expect(treeMove(rows, 2, 'left')).toEqual({ select: 1 });
    expect(treeMove(rows, 1, 'left')).toEqual({ toggle: 1 });
    expect(treeMove(treeRows(CONTAINERS, new Set([1])), 1, 'right')).toEqual({ toggle: 1 });
  });

  test('charts begin with the containers that were charged for most', () => {
    expect(chartedContainers(CONTAINERS, 2)).toEqual([2, 3]);
    expect(chartedContainers([container(0, -1, '.')], 4)).toEqual([0]);
  });

  test('the selected container is always charted, in the place of the least', () => {
    expect(withSelected(CONTAINERS, [2, 3], 4)).toEqual([4, 3]);
    expect(withSelected(CONTAINERS, [2, 3], 3)).toEqual([2, 3]);
    expect(withSelected(CONTAINERS, [2, 3], 0)).toEqual([2, 3]);
  });
});

test('the tree has a column for memory.high where a container has one', () => {
  const names = (limit_high: number): string[] =>
    treeSpecs([container(0, -1, '.', { limit_high: -1 }), container(1, 0, 'A', { limit_high })], new Set([COUNTER.shmem])).map(({ name }) => name);
  expect(names(-1).slice(0, 4)).toEqual(['current', 'limit_max', 'anon', 'file']);
  expect(names(4096).slice(0, 4)).toEqual(['current', 'limit_max', 'limit_high', 'anon']);
  expect(names(-1)).not.toContain('shmem');
});

describe('counters', () => {
  const spec = (name: keyof typeof COUNTER) => COUNTERS[COUNTER[name]];

  test('change is signed and limits may be max', () => {
    expect(changeOf(spec('pgscan'), 10, 13)).toEqual({ direction: 'up', text: '+3' });
    expect(changeOf(spec('current'), 8192, 4096)?.text).toBe('−4\u202fKiB');
    expect(changeOf(spec('current'), 1, 1)).toBeUndefined();
    expect(changeOf(spec('current'), undefined, 1)).toBeUndefined();
    expect(changeOf(spec('limit_max'), -1, 4096)).toEqual({ direction: 'down', text: 'was max' });
    expect(formatCounter(spec('limit_max'), -1)).toBe('max');
  });

  test('the list filters by name, file and meaning and can leave zeros out', () => {
    const now = container(1, 0, 'A', { pgscan: 5, current: 4096 });
    expect(counterRows(now, undefined, '', true).map((row) => row.spec.name)).toEqual(['current', 'pgscan']);
    expect(counterRows(now, undefined, 'memory.events', false)).toHaveLength(6);
    expect(counterRows(now, undefined, '', false, TRACE_COUNTERS).map((row) => row.spec.name)).toEqual(['pgscan', 'pgsteal', 'pgrefill']);
    expect(counterRows(now, container(1, 0, 'A', { pgsteal: 2 }), '', true).map((row) => row.spec.name)).toContain('pgsteal');
  });

  test('those are idle that no container ever moved, and limits of later files that nobody set', () => {
    const idle = idleCounters([
      container(0, -1, '.', { current: 4096, limit_kmem: -1, limit_max: -1 }),
      container(1, 0, 'A', { sock: 4096, limit_kmem: -1, limit_pins: 8192 }),
    ]);
    expect(['current', 'sock', 'tcp', 'limit_max', 'limit_kmem', 'limit_pins'].map((name) => idle.has(COUNTER[name as keyof typeof COUNTER]))).toEqual([
      false,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  test('what is not known of a container, which was removed, says nothing', () => {
    const removed = { ...container(1, 0, 'A', {}, false), counters: new Float64Array(COUNTER_COUNT).fill(Number.NaN) };
    expect(idleCounters([removed]).size).toBe(COUNTER_COUNT);
  });

  test('what is 0 at the end but was not before is not idle', () => {
    const end = [container(0, -1, '.', { current: 0, pins: 0, sock: 0 })];
    const idle = idleCounters(end, new Set([COUNTER.pins]));
    expect([idle.has(COUNTER.pins), idle.has(COUNTER.sock)]).toEqual([false, true]);
  });
});

test('a removed container stays in the tree while something is charged to it, and says what', () => {
  const dying = container(1, 0, 'A', { current: 3 * 2 ** 20, file: 2 ** 21, kernel: 2 ** 20 }, false);
  const gone = container(2, 0, 'B', {}, false);
  const swapped = container(3, 0, 'C', { swap: 4096, nr_dying_descendants: 2 }, false);
  const unread = { ...container(4, 0, 'D', {}, false), counters: new Float64Array(COUNTER_COUNT).fill(Number.NaN) };
  expect(heldWords(dying)).toBe('2.00\u202fMiB file, 1.00\u202fMiB kernel');
  expect(heldWords(container(3, 0, 'C', { current: 4096 }, false))).toBe('4\u202fKiB');
  expect(heldWords(swapped)).toBe('4\u202fKiB swap, 2 nr_dying_descendants');
  expect(treeRows([container(0, -1, '.'), dying, gone, swapped, unread], new Set()).map(({ name }) => name)).toEqual(['.', 'A', 'C']);
});
