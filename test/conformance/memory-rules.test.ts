import { describe, expect, it } from 'vitest';
import { counterOf, samplesOf } from './samples.ts';

describe('anonymous memory', () => {
  it('shows the zero page to loads until it is written: one fault a page, no charge', () => {
    const samples = samplesOf(
      `memledger: 1
name: zero page
containers: { A: {} }
tasks: { a: { in: A } }
steps:
  - { alloc: heap, by: a, size: 40KiB }
  - { peek: heap, by: a }
  - { peek: heap, by: a }
  - { sample: loaded }
  - { touch: heap, by: a }
  - { sample: stored }
`,
      'static',
    );
    expect(counterOf(samples, 'loaded', 'A', 'current')).toBe(0);
    expect(counterOf(samples, 'loaded', 'A', 'pgfault')).toBe(10);
    expect(samples.get('loaded')?.tasks[0]?.rss_pages).toBe(0);
    expect(counterOf(samples, 'stored', 'A', 'anon')).toBe(10);
    expect(counterOf(samples, 'stored', 'A', 'pgfault')).toBe(20);
  });

  it('takes one fault to swap a shared page in and copy it', () => {
    const samples = samplesOf(
      `memledger: 1
name: copy after swap-in
machine: { memory: 64MiB, swap: 64MiB }
containers: { A: {} }
tasks: { a: { in: A } }
steps:
  - { alloc: heap, by: a, size: 4KiB }
  - { touch: heap, by: a }
  - { fork: a, as: b }
  - { reclaim: A, size: 4KiB }
  - { reclaim: A, size: 4KiB }
  - { sample: swapped }
  - { touch: heap, by: b }
  - { sample: copied }
`,
      'static',
    );
    expect(counterOf(samples, 'swapped', 'A', 'swap')).toBe(1);
    expect(counterOf(samples, 'copied', 'A', 'anon')).toBe(2);
    expect(counterOf(samples, 'copied', 'A', 'pgfault') - counterOf(samples, 'swapped', 'A', 'pgfault')).toBe(1);
    expect(counterOf(samples, 'copied', 'A', 'pgmajfault')).toBe(1);
  });
});

describe('tmpfs with charge-to under static ownership', () => {
  const scenario = (max: string): string => `memledger: 1
name: named payer
containers: { S: { max: ${max} }, A: {}, B: {} }
objects:
  shared: { tmpfs: 1MiB, charge-to: S }
tasks: { a: { in: A }, b: { in: B }, s: { in: S } }
steps:
  - { write: shared, by: a, range: 0..512KiB }
  - { read: shared, by: b }
  - { sample: used }
  - { exit: s }
`;

  it('charges the named container, whoever touches it', () => {
    const samples = samplesOf(scenario('max'), 'static');
    expect(['S', 'A', 'B'].map((path) => counterOf(samples, 'used', path, 'shmem'))).toEqual([256, 0, 0]);
  });

  it('fails the toucher over the named container’s limit and kills nobody', () => {
    const samples = samplesOf(scenario('256KiB'), 'static');
    expect(counterOf(samples, 'used', 'S', 'current')).toBe(64);
    expect(counterOf(samples, 'used', 'S', 'oom_kill')).toBe(0);
    expect(samples.get('used')?.tasks.every((task) => task.alive)).toBe(true);
  });
});

describe('a container that cannot be created', () => {
  it('takes its declared children with it, and the run goes on', () => {
    const samples = samplesOf(
      `memledger: 1
name: no zones left
machine: { memory: 16MiB, zone: 4MiB }
containers: { P: { max: 64MiB }, P/x: { max: 4MiB }, Q: { max: 4MiB } }
objects: { f: { file: 1MiB }, g: { file: 1MiB } }
tasks: { x: { in: P/x }, q: { in: Q } }
steps:
  - { read: f, by: x }
  - { read: g, by: q }
  - { sample: end }
`,
      'software-zones',
    );
    expect(
      samples
        .get('end')
        ?.containers.filter((container) => container.exists)
        .map((container) => container.path),
    ).toEqual(['.', 'Q']);
    expect(counterOf(samples, 'end', 'Q', 'file')).toBe(256);
  });
});
