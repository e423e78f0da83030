import { describe, expect, test } from 'vitest';
import type { CounterName } from '../../src-engine/record/counters.ts';
import { ERRNO } from '../../src-engine/record/events.ts';
import { close } from './close.ts';
import { failuresOf } from './failures.ts';
import { counterOf, type Samples, samplesOf } from './samples.ts';

/** Rows of the project's list of oracles on huge pages and their controller. Amounts are in pages of 4 KiB; a huge page has 512. */

const HUGE = 512;

interface Scene {
  readonly containers?: string;
  readonly tasks?: string;
  readonly size?: string;
  readonly machine?: string;
  readonly steps: readonly string[];
}

const scene = ({ containers = '{ A: {}, A/B: {} }', tasks = '{ a: { in: A }, b: { in: A/B } }', size = '10MiB', machine = '', steps }: Scene): string => `
memledger: 1
name: huge pages
machine: { memory: 256MiB${machine} }
containers: ${containers}
objects: { h: { hugetlb: ${size} }, g: { hugetlb: ${size} } }
tasks: ${tasks}
steps:
${steps.map((step) => `  - ${step}`).join('\n')}
`;

const at = (samples: Samples, path: string, counter: CounterName, ...names: readonly string[]): number[] =>
  names.map((name) => counterOf(samples, name, path, counter) / (counter === 'hugetlb_max' || counter === 'nr_dying_descendants' ? 1 : HUGE));

/** Whatever pays for pages, the controller counts the same. */
const MODELS = ['static', 'none', 'partial', 'rss', 'software-zones', 'pages=smemcg', 'pages=static,removal=zombie'];

describe('huge pages', () => {
  test('TMPFS-3: memory_hugetlb_accounting charges anonymous huge pages when they are touched, and gives them back at munmap', () => {
    const samples = samplesOf(
      scene({
        containers: '{ A: { max: 100MiB } }',
        tasks: '{ a: { in: A } }',
        steps: [
          '{ sample: begin }',
          '{ alloc: heap, by: a, size: 8MiB, hugetlb: true }',
          '{ sample: mapped }',
          '{ touch: heap, by: a, range: 0..4KiB }',
          '{ sample: one }',
          '{ touch: heap, by: a }',
          '{ sample: all }',
          '{ unmap: heap, by: a }',
          '{ sample: unmapped }',
        ],
      }),
      'static',
    );
    const current = ['begin', 'mapped', 'one', 'all', 'unmapped'].map((name) => counterOf(samples, name, 'A', 'current'));
    const [begin = 0, mapped = 0, one = 0, all = 0, unmapped = 0] = current;
    expect(mapped - begin).toBeLessThan(HUGE);
    expect(close(one - begin, HUGE, 5)).toBe(true);
    expect(close(all - begin, 4 * HUGE, 5)).toBe(true);
    expect(close(unmapped, begin, 5)).toBe(true);
    expect(at(samples, 'A', 'hugetlb', 'mapped', 'one', 'all', 'unmapped')).toEqual([0, 1, 4, 0]);
    expect(at(samples, 'A', 'hugetlb_rsvd', 'mapped', 'one', 'all', 'unmapped')).toEqual([4, 4, 4, 0]);
  });

  test.each(MODELS)('TMPFS-4: faults and reservations of 5 huge pages, populated or not, reserved or not (%s)', (model) => {
    for (const populate of [true, false]) {
      for (const noreserve of [true, false]) {
        for (const anonymous of [true, false]) {
          const keys = `by: a${noreserve ? ', noreserve: true' : ''}`;
          const samples = samplesOf(
            scene({
              containers: '{ A: { hugetlb-max: 20MiB, hugetlb-rsvd-max: 20MiB } }',
              tasks: '{ a: { in: A } }',
              steps: [
                anonymous ? `{ alloc: view, size: 10MiB, hugetlb: true, ${keys} }` : `{ map: h, as: view, ${keys} }`,
                populate ? '{ touch: view, by: a }' : '{ sleep: 1ms }',
                '{ sample: used }',
                '{ exit: a }',
                '{ sample: left }',
                '{ truncate: h }',
                '{ sample: end }',
              ],
            }),
            model,
          );
          const faulted = populate ? 5 : 0;
          const reserved = noreserve && !populate ? 0 : 5;
          expect(at(samples, 'A', 'hugetlb', 'used', 'left', 'end')).toEqual([faulted, anonymous ? 0 : faulted, 0]);
          expect(at(samples, 'A', 'hugetlb_rsvd', 'used', 'left', 'end')).toEqual([reserved, anonymous ? 0 : reserved, 0]);
          expect(at(samples, 'A', 'hugetlb_max', 'end')).toEqual([0]);
        }
      }
    }
  });

  test.each(MODELS)('TMPFS-6: a reservation over its limit fails, and a write over the limit of faults is a SIGBUS (%s)', (model) => {
    const reservation = scene({
      containers: '{ A: { hugetlb-rsvd-max: 5MiB } }',
      tasks: '{ a: { in: A } }',
      steps: ['{ map: h, by: a, as: view }', '{ touch: view, by: a }', '{ sample: end }'],
    });
    // The limit is rounded down to two huge pages. mmap() fails, so that there is nothing to touch.
    expect(failuresOf(reservation, model)).toEqual([{ errno: ERRNO.ENOMEM, task: 'a' }]);
    const refused = samplesOf(reservation, model);
    expect([at(refused, 'A', 'hugetlb', 'end'), at(refused, 'A', 'hugetlb_rsvd', 'end'), at(refused, 'A', 'hugetlb_max', 'end')]).toEqual([[0], [0], [1]]);
    expect(counterOf(refused, 'end', 'A', 'limit_hugetlb_rsvd')).toBe(2 * HUGE);

    const fault = scene({
      containers: '{ A: { hugetlb-max: 4MiB } }',
      tasks: '{ a: { in: A } }',
      steps: ['{ map: h, by: a, as: view }', '{ touch: view, by: a }', '{ sample: end }', '{ truncate: h }', '{ sample: gone }'],
    });
    expect(failuresOf(fault, model)).toEqual([{ errno: ERRNO.SIGBUS, task: 'a' }]);
    const killed = samplesOf(fault, model);
    expect(at(killed, 'A', 'hugetlb', 'end', 'gone')).toEqual([2, 0]);
    expect(at(killed, 'A', 'hugetlb_rsvd', 'end', 'gone')).toEqual([5, 0]);
    expect(at(killed, 'A', 'hugetlb_max', 'end')).toEqual([1]);
  });

  const REPARENTING = (first: readonly string[]): string =>
    scene({
      size: '50MiB',
      machine: ', hugetlb-accounting: false',
      steps: [
        ...first,
        '{ map: g, by: b, as: view }',
        '{ touch: view, by: b }',
        '{ exit: b }',
        '{ sample: child }',
        '{ remove: A/B }',
        '{ sample: removed }',
        '{ truncate: h }',
        '{ truncate: g }',
        '{ sample: deleted }',
      ],
    });

  test('TMPFS-7: 25 huge pages of a, and 25 of a/b, which is removed', () => {
    const samples = samplesOf(REPARENTING(['{ map: h, by: a, as: view }', '{ touch: view, by: a }', '{ exit: a }', '{ sample: parent }']), 'static');
    expect(at(samples, 'A', 'hugetlb', 'parent', 'child', 'removed', 'deleted')).toEqual([25, 50, 50, 0]);
    expect(at(samples, 'A/B', 'hugetlb', 'parent', 'child')).toEqual([0, 25]);
    for (const name of ['parent', 'child', 'removed', 'deleted']) expect(counterOf(samples, name, 'A', 'current')).toBe(0);
  });

  test('TMPFS-8: 25 huge pages of a/b alone, which is removed', () => {
    const samples = samplesOf(REPARENTING([]), 'static');
    expect(at(samples, 'A', 'hugetlb', 'child', 'removed', 'deleted')).toEqual([25, 25, 0]);
    expect(at(samples, 'A/B', 'hugetlb', 'child')).toEqual([25]);
    for (const name of ['child', 'removed', 'deleted']) expect(counterOf(samples, name, 'A', 'current')).toBe(0);
  });

  test.each(MODELS)('TMPFS-9: a removed container hands its faults to its parent, and keeps its reservations until they are given back (%s)', (model) => {
    const samples = samplesOf(
      scene({
        size: '6MiB',
        steps: [
          '{ map: h, by: b, as: view }',
          '{ touch: view, by: b, range: 0..4MiB }',
          '{ exit: b }',
          '{ sample: before }',
          '{ remove: A/B }',
          '{ sample: removed }',
          '{ truncate: h }',
          '{ sample: end }',
        ],
      }),
      model,
    );
    const removed = samples.get('removed')?.containers.find(({ path }) => path === 'A/B');
    expect(at(samples, 'A/B', 'hugetlb_rsvd', 'before')).toEqual([3]);
    expect(at(samples, 'A', 'hugetlb', 'before', 'removed', 'end')).toEqual([2, 2, 0]);
    expect(at(samples, 'A', 'hugetlb_rsvd', 'before', 'removed', 'end')).toEqual([3, 3, 0]);
    expect(removed?.exists).toBe(false);
    expect(at(samples, 'A', 'nr_dying_descendants', 'removed', 'end')).toEqual([1, 0]);
  });

  test('who faults a page that another has reserved pays for the page, and the other for the reservation', () => {
    const samples = samplesOf(
      scene({
        containers: '{ A: {}, B: { hugetlb-max: 4MiB } }',
        tasks: '{ a: { in: A }, b: { in: B } }',
        steps: [
          '{ map: h, by: a, as: view }',
          '{ map: h, by: b, as: view }',
          '{ touch: view, by: b, range: 0..4MiB }',
          '{ peek: view, by: a }',
          '{ sample: end }',
          '{ move: b, to: A }',
          '{ sample: moved }',
        ],
      }),
      'static',
    );
    expect(at(samples, 'A', 'hugetlb', 'end', 'moved')).toEqual([3, 3]);
    expect(at(samples, 'B', 'hugetlb', 'end', 'moved')).toEqual([2, 2]);
    expect(at(samples, 'A', 'hugetlb_rsvd', 'end')).toEqual([5]);
    expect(at(samples, 'B', 'hugetlb_rsvd', 'end')).toEqual([0]);
  });

  test('a refusal counts in the container of the task and above it, wherever the limit is; a pinned huge page keeps its charge', () => {
    const samples = samplesOf(
      scene({
        containers: '{ A: { hugetlb-max: 2MiB }, A/B: {}, A/C: {} }',
        tasks: '{ b: { in: A/B, memlock: max }, c: { in: A/C } }',
        steps: [
          '{ alloc: heap, by: b, size: 2MiB, hugetlb: true }',
          '{ pin: heap, by: b, via: fd }',
          '{ map: h, by: c, as: view }',
          '{ touch: view, by: c }',
          '{ sample: refused }',
          '{ exit: b }',
          '{ sample: pinned }',
          '{ close: fd }',
          '{ sample: end }',
        ],
      }),
      'pages=static,pins=cgroup-sum',
    );
    expect(['A', 'A/B', 'A/C', '.'].map((path) => counterOf(samples, 'refused', path, 'hugetlb_max'))).toEqual([1, 0, 1, 0]);
    expect(at(samples, 'A/B', 'hugetlb', 'refused', 'pinned', 'end')).toEqual([1, 1, 0]);
    expect(at(samples, 'A/B', 'hugetlb_rsvd', 'refused', 'pinned', 'end')).toEqual([1, 0, 0]);
  });

  test('a huge page that memory has no room for leaves no charge in the controller', () => {
    const samples = samplesOf(
      scene({
        containers: '{ A: { max: 3MiB } }',
        tasks: '{ a: { in: A } }',
        steps: ['{ map: h, by: a, as: view, noreserve: true }', '{ touch: view, by: a }', '{ sample: end }'],
      }),
      'static',
    );
    expect([at(samples, 'A', 'hugetlb', 'end'), at(samples, 'A', 'hugetlb_rsvd', 'end')]).toEqual([[1], [1]]);
  });
});

describe('truncate', () => {
  test('takes the pages of any object from all that map them, and what lies in swap', () => {
    const yaml = `
memledger: 1
name: truncate
machine: { memory: 64MiB, swap: 16MiB }
containers: { A: { max: 2MiB } }
objects: { file: { file: 1MiB }, shm: { tmpfs: 4MiB } }
tasks: { a: { in: A } }
steps:
  - { write: shm, by: a }
  - { map: file, by: a, as: view }
  - { peek: view, by: a }
  - { sample: before }
  - { truncate: shm }
  - { truncate: file }
  - { sample: after }
  - { touch: view, by: a, range: 0..4KiB }
  - { sample: again }
`;
    for (const model of ['static', 'none', 'partial', 'rss', 'software-zones', 'pages=smemcg', 'memcg-v2']) {
      const samples = samplesOf(yaml, model);
      for (const counter of ['current', 'file', 'shmem', 'swap', 'file_mapped', 'inactive_anon', 'active_anon', 'inactive_file', 'active_file'] as const)
        expect([counter, counterOf(samples, 'after', '.', counter)]).toEqual([counter, 0]);
      expect(samples.get('after')?.tasks[0]?.rss_pages).toBe(0);
      expect(samples.get('again')?.tasks[0]?.rss_pages).toBe(1);
    }
    expect(counterOf(samplesOf(yaml, 'static'), 'before', 'A', 'swap')).toBeGreaterThan(0);
  });
});
