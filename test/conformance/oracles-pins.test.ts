import { describe, expect, test } from 'vitest';
import type { COUNTER } from '../../src-engine/record/counters.ts';
import { counterOf, samplesOf } from './samples.ts';

/** Values of a counter at each sample, in the order of the samples' names `s1`, `s2` …; containers and tasks as the scenario has them. */
function valuesOf(yaml: string, model: string, path: string, counter: keyof typeof COUNTER): number[] {
  const samples = samplesOf(yaml, model);
  return [...samples.keys()].map((name) => counterOf(samples, name, path, counter));
}

const scenario = (tasks: string, steps: readonly string[], containers = '{ A: {}, B: {} }'): string => `
memledger: 1
name: pins
machine: { memory: 64MiB }
containers: ${containers}
objects:
  file: { file: 1MiB }
  shm: { tmpfs: 1MiB }
tasks: ${tasks}
steps:
${steps.map((step, index) => `  - ${step}\n  - { sample: s${index + 1} }`).join('\n')}
`;

const PAGES = (first: number, end: number): string => `${first * 4096}..${end * 4096}`;

/** Policies that count. */
const POLICIES = ['rlimit-process', 'rlimit-user', 'cgroup-sum', 'cgroup-set', 'smemcg'];

describe('pins', () => {
  test.each(POLICIES)('PIN-1: a page locked again is not counted again, and no page that was not locked (%s)', (policy) => {
    const yaml = scenario('{ a: { in: A } }', [
      '{ alloc: heap, by: a, size: 128KiB }',
      `{ mlock: heap, by: a, range: ${PAGES(0, 1)} }`,
      `{ mlock: heap, by: a, range: ${PAGES(1, 2)} }`,
      `{ mlock: heap, by: a, range: ${PAGES(0, 1)} }`,
      `{ mlock: heap, by: a, range: ${PAGES(0, 4)} }`,
      `{ munlock: heap, by: a, range: ${PAGES(2, 4)} }`,
    ]);
    for (const pages of ['none', 'static', 'partial', 'software-zones'])
      for (const counter of ['pins', 'locked'] as const) expect(valuesOf(yaml, `pages=${pages},pins=${policy}`, 'A', counter)).toEqual([0, 1, 2, 2, 4, 2]);
  });

  test.each(POLICIES)('PIN-3: a fork begins with no locks and a limit of its own (%s)', (policy) => {
    const yaml = scenario('{ a: { in: A, memlock: 64KiB } }', [
      '{ alloc: heap, by: a, size: 128KiB }',
      '{ mlock: heap, by: a }',
      `{ mlock: heap, by: a, range: ${PAGES(0, 16)} }`,
      '{ fork: a, as: child }',
      `{ mlock: heap, by: child, range: ${PAGES(0, 16)} }`,
      '{ exit: child }',
    ]);
    const model = `pages=static,pins=${policy}`;
    expect(valuesOf(yaml, model, 'A', 'pins')).toEqual([0, 0, 16, 16, 32, 16]);
    expect(valuesOf(yaml, model, 'A', 'pins_max')).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test('PIN-4: a locked mapping cannot grow over RLIMIT_MEMLOCK', () => {
    const yaml = scenario('{ a: { in: A, memlock: 128KiB } }', [
      '{ alloc: heap, by: a, size: 256KiB }',
      `{ mlock: heap, by: a, range: ${PAGES(0, 32)} }`,
      '{ mlock: heap, by: a }',
    ]);
    expect(valuesOf(yaml, 'pages=static,pins=cgroup-sum', 'A', 'locked')).toEqual([0, 32, 32]);
    expect(valuesOf(yaml, 'pages=static,pins=cgroup-sum', 'A', 'pins_max')).toEqual([0, 0, 1]);
  });

  test.each(POLICIES)('PIN-5: locks move with their task, without a look at limits (%s)', (policy) => {
    const yaml = scenario(
      '{ a: { in: A } }',
      ['{ alloc: heap, by: a, size: 64KiB }', '{ mlock: heap, by: a }', '{ move: a, to: B }'],
      '{ A: {}, B: { pins-max: 16KiB } }',
    );
    expect(valuesOf(yaml, `pages=static,pins=${policy}`, 'A', 'pins')).toEqual([0, 16, 0]);
    expect(valuesOf(yaml, `pages=static,pins=${policy}`, 'B', 'pins')).toEqual([0, 0, 16]);
  });

  test('PIN-8: a page pinned by its owner and by another container counts in both, and is charged as before', () => {
    const yaml = scenario('{ a: { in: A }, b: { in: B } }', [
      `{ write: shm, by: a, range: ${PAGES(0, 1)} }`,
      `{ pin: shm, by: a, via: fd1, range: ${PAGES(0, 1)} }`,
      `{ pin: shm, by: b, via: fd2, range: ${PAGES(0, 1)} }`,
      '{ unpin: fd1 }',
      '{ close: fd2 }',
    ]);
    for (const policy of ['cgroup-sum', 'cgroup-set', 'smemcg']) {
      const model = `pages=static,pins=${policy}`;
      expect(valuesOf(yaml, model, 'A', 'pins')).toEqual([0, 1, 1, 0, 0]);
      expect(valuesOf(yaml, model, 'B', 'pins')).toEqual([0, 0, 1, 1, 0]);
      expect(valuesOf(yaml, model, '.', 'pins')).toEqual([0, 1, 2, 1, 0]);
      expect(valuesOf(yaml, model, 'A', 'current')).toEqual([1, 1, 1, 1, 1]);
      expect(valuesOf(yaml, model, 'B', 'current')).toEqual([0, 0, 0, 0, 0]);
    }
  });

  test('HIGH-11: locking memory over memory.high throttles on the way, before memory.max is met', () => {
    const yaml = `
memledger: 1
name: mlock over high
machine: { memory: 256MiB }
containers: { A: { high: 30MiB, max: 140MiB } }
tasks: { a: { in: A, memlock: max } }
steps:
  - { alloc: heap, by: a, size: 200MiB }
  - { mlock: heap, by: a, range: 0..32MiB }
  - { sample: over-high }
  - { mlock: heap, by: a }
  - { sample: killed }
`;
    const samples = samplesOf(yaml, 'pages=static,pins=cgroup-sum');
    expect(counterOf(samples, 'over-high', 'A', 'high')).toBeGreaterThan(0);
    expect(counterOf(samples, 'over-high', 'A', 'max')).toBe(0);
    expect(counterOf(samples, 'over-high', 'A', 'unevictable')).toBe((32 * 2 ** 20) / 4096);
    expect(counterOf(samples, 'killed', 'A', 'oom_kill')).toBe(1);
    for (const counter of ['unevictable', 'locked', 'pins', 'current'] as const) expect(counterOf(samples, 'killed', 'A', counter)).toBe(0);
  });
});
