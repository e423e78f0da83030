import { describe, expect, test } from 'vitest';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { ERRNO, KIND } from '../../src-engine/record/events.ts';
import { counterOf, samplesOf } from './samples.ts';
import { programOf, worldAfter } from './world-after.ts';

/** The rows DYING-5 and DYING-6 of the project's list: cgroup.events (Documentation/admin-guide/cgroup-v2.rst) and cgroup.controllers, 6.12. */

test('DYING-5: A(4)-B(0)-C(1), D(0): populated tells of tasks in the subtree, and changes when the process of C exits', () => {
  const yaml = `
memledger: 1
name: populated
containers: { A/B/C: {}, A/B/D: {} }
tasks: { a1: { in: A }, a2: { in: A }, a3: { in: A }, a4: { in: A }, c: { in: A/B/C } }
steps:
  - { sample: before }
  - { exit: c }
  - { sample: after }
  - { move: a1, to: A/B/D }
  - { sample: moved }
`;
  const samples = samplesOf(yaml, 'memcg-v2');
  const populated = (sample: string) => ['A', 'A/B', 'A/B/C', 'A/B/D'].map((path) => counterOf(samples, sample, path, 'populated'));
  expect(populated('before')).toEqual([1, 1, 1, 0]);
  expect(populated('after')).toEqual([1, 0, 0, 0]);
  expect(populated('moved')).toEqual([1, 1, 0, 1]);
  // The event that changes it tells it: with the exit of C's process in the recording, and not before.
  const { rows, state, world } = worldAfter(programOf(yaml), 'memcg-v2');
  expect(rows.filter(({ kind }) => kind === KIND.task_exit).length).toBe(1);
  const told = ['A', 'A/B', 'A/B/C', 'A/B/D'].map(
    (path) => state.containers.find(({ id }) => id === world.tree.paths.indexOf(path))?.counters[COUNTER.populated],
  );
  expect(told).toEqual(populated('moved'));
});

const twoLevels = (subtree: string): string => `
memledger: 1
name: subtree control
machine: { memory: 64MiB, kernel-memory: true }
containers: { P: { max: 32MiB${subtree} }, P/x: {} }
tasks: { t: { in: P/x } }
steps:
  - { alloc: heap, by: t, size: 4MiB }
  - { touch: heap, by: t }
  - { set: P/x, max: 1MiB }
  - { reclaim: P/x, size: 1MiB }
  - { sample: after }
`;

describe('DYING-6: a child has the memory controller only with +memory in its parent’s subtree_control', () => {
  test('DYING-6: with it the child is charged and has limits', () => {
    const { world, rows, samples } = worldAfter(programOf(twoLevels(', subtree-control: [memory]')), 'memcg-v2');
    const child = world.tree.paths.indexOf('P/x');
    expect(world.tree.has_memory[child]).toBe(1);
    expect(samples.at(-1)?.containers[child]?.counters[COUNTER.limit_max]).toBe(256);
    expect(rows.some(({ kind, container }) => kind === KIND.oom_kill && container === child)).toBe(true);
  });

  test('DYING-6: without it what its tasks use is charged to the parent, and its files are not there', () => {
    const { world, rows, samples } = worldAfter(programOf(twoLevels(', subtree-control: []')), 'memcg-v2');
    const child = world.tree.paths.indexOf('P/x');
    const parent = world.tree.paths.indexOf('P');
    expect([world.tree.has_memory[parent], world.tree.has_memory[child]]).toEqual([1, 0]);
    const counters = samples.at(-1)?.containers;
    expect(counters?.[child]?.counters[COUNTER.current]).toBe(0);
    expect(counters?.[parent]?.counters[COUNTER.anon]).toBe(1024);
    expect(counters?.[child]?.counters[COUNTER.populated]).toBe(1);
    expect(samples.at(-1)?.tasks[0]?.container).toBe(child);
    const failed = rows.filter(({ kind, container }) => kind === KIND.op_fail && container === child);
    expect(failed.map(({ flags }) => flags)).toEqual([ERRNO.ENOENT, ERRNO.ENOENT]);
  });

  test('DYING-6: nor does a grandchild have it, whatever the child’s own subtree_control says', () => {
    const yaml = `
memledger: 1
name: subtree control
containers: { P: { subtree-control: [] }, P/x: { subtree-control: [memory] }, P/x/y: {} }
tasks: { t: { in: P/x/y }, u: { in: P } }
steps:
  - { alloc: heap, by: t, size: 4MiB }
  - { touch: heap, by: t }
  - { move: t, to: P }
  - { move: t, to: P/x }
  - { exit: t }
  - { remove: P/x/y }
  - { sample: after }
`;
    for (const model of ['memcg-v2', 'partial', 'rss', 'software-zones', 'ckrm', 'smemcg', 'beancounters']) {
      const { world } = worldAfter(programOf(yaml), model);
      expect([...world.tree.has_memory.slice(1, 4)], model).toEqual([1, 0, 0]);
    }
  });
});
