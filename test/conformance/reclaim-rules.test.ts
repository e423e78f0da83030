import { describe, expect, it } from 'vitest';
import { counterOf, samplesOf } from './samples.ts';

/** Cases worked out by hand from mm/vmscan.c, mm/workingset.c and mm/memory.c (6.12) and from what the models' sources say. Sizes in pages of 4 KiB. */
const scenario = (body: string): string => `memledger: 1\nname: case\n${body}`;
const MIB = 256;

describe('reclaim on behalf of a container', () => {
  it('does not see uses by tasks outside its subtree: ownership hops though another container uses the pages', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB }
containers: { A: { max: 8MiB }, B: {} }
objects: { shared: { file: 4MiB }, stream: { file: 16MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: shared, by: a }
  - { map: shared, by: b, as: w }
  - { peek: w, by: b }
  - { read: stream, by: a }
  - { peek: w, by: b }
  - { sample: end }
`),
      'static',
    );
    expect(counterOf(samples, 'end', 'B', 'current')).toBe(4 * MIB);
    expect(counterOf(samples, 'end', 'B', 'workingset_refault_file')).toBe(4 * MIB);
    expect(counterOf(samples, 'end', 'A', 'active_file')).toBe(0);
  });

  it('ages evicted pages by the pages that it activates', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB }
containers: { A: {} }
objects: { v: { file: 128KiB }, m: { file: 256KiB } }
tasks: { a: { in: A }, b: { in: A } }
steps:
  - { read: v, by: a }
  - { reclaim: A, size: 128KiB }
  - { sample: v-gone }
  - { map: m, by: a, as: x }
  - { peek: x, by: a }
  - { map: m, by: b, as: y }
  - { peek: y, by: b }
  - { reclaim: A, size: 4KiB }
  - { read: v, by: a, range: 0..4KiB }
  - { sample: end }
`),
      'static',
    );
    expect(counterOf(samples, 'v-gone', 'A', 'current')).toBe(0);
    expect(counterOf(samples, 'end', 'A', 'pgactivate')).toBe(64);
    // Distance 76 evictions and 64 activations, further than the pages left.
    expect(counterOf(samples, 'end', 'A', 'workingset_activate_file')).toBe(0);
  });
});

describe('use of page cache', () => {
  it('is marked by reads and by what a mapping saw when it goes, not by writes', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB }
containers: { A: {} }
objects: { log: { file: 1MiB }, f: { file: 1MiB }, t: { tmpfs: 1MiB } }
tasks: { a: { in: A } }
steps:
  - { repeat: 3, steps: [ { write: log, by: a } ] }
  - { sample: wrote }
  - { repeat: 2, steps: [ { write: t, by: a } ] }
  - { repeat: 2, steps: [ { map: f, by: a, as: w }, { peek: w, by: a }, { unmap: w, by: a } ] }
  - { sample: mapped }
`),
      'static',
    );
    expect(counterOf(samples, 'wrote', 'A', 'pgactivate')).toBe(0);
    expect(counterOf(samples, 'mapped', 'A', 'active_file')).toBe(MIB);
    expect(counterOf(samples, 'mapped', 'A', 'active_anon')).toBe(MIB);
  });

  it('is forgotten by drop-caches, evicted pages included', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB }
containers: { A: { max: 2MiB } }
objects: { big: { file: 4MiB } }
tasks: { a: { in: A } }
steps:
  - { read: big, by: a }
  - { drop-caches: all }
  - { read: big, by: a, range: 0..1MiB }
  - { sample: end }
`),
      'static',
    );
    expect(counterOf(samples, 'end', 'A', 'current')).toBe(MIB);
    expect(counterOf(samples, 'end', 'A', 'workingset_refault_file')).toBe(0);
  });
});

describe('limits', () => {
  it('act only where they were set: a new max does not enforce high', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB }
containers: { A: { high: 4MiB }, A/c: { min: 8MiB } }
objects: { f: { file: 8MiB } }
tasks: { a: { in: A/c } }
steps:
  - { read: f, by: a }
  - { set: A/c, min: 0 }
  - { set: A, max: 40MiB }
  - { sample: end }
`),
      'static',
    );
    expect(counterOf(samples, 'end', 'A', 'current')).toBe(8 * MIB);
  });

  it('throttle the same however the steps are cut', () => {
    const highEvents = (touches: string): number =>
      counterOf(
        samplesOf(
          scenario(`machine: { memory: 64MiB }
containers: { A: { high: 8MiB } }
tasks: { a: { in: A } }
steps:
  - { alloc: h, by: a, size: 8MiB }
  - { touch: h, by: a }
  - { alloc: g, by: a, size: 256KiB }
${touches}
  - { sample: end }
`),
          'static',
        ),
        'end',
        'A',
        'high',
      );
    const page_steps = Array.from({ length: 64 }, (_, page) => `  - { touch: g, by: a, range: ${page * 4096}..${(page + 1) * 4096} }`).join('\n');
    expect(highEvents(page_steps)).toBe(highEvents('  - { touch: g, by: a }'));
  });

  it('kill the task met last in the tree among equals', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB }
containers: { P: { max: 4MiB }, P/x: {}, P/y: {} }
tasks: { t1: { in: P/y }, t2: { in: P/x } }
steps:
  - { alloc: h1, by: t1, size: 2MiB }
  - { alloc: h2, by: t2, size: 2MiB }
  - { touch: h1, by: t1 }
  - { touch: h2, by: t2 }
  - { start: t3, in: P }
  - { alloc: h3, by: t3, size: 4KiB }
  - { touch: h3, by: t3 }
  - { sample: end }
`),
      'static',
    );
    expect(samples.get('end')?.tasks.map(({ alive }) => alive)).toEqual([false, true, true]);
  });
});

describe('partial ownership', () => {
  it('does not ask the common ancestor of two sharers for room', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB }
containers: { P: { max: 1MiB }, P/a: {}, P/b: {} }
objects: { f: { file: 1MiB } }
tasks: { ta: { in: P/a }, tb: { in: P/b } }
steps:
  - { map: f, by: ta, as: x }
  - { peek: x, by: ta }
  - { map: f, by: tb, as: y }
  - { peek: y, by: tb }
  - { sample: end }
`),
      'partial',
    );
    expect(counterOf(samples, 'end', 'P', 'max')).toBe(0);
    expect(counterOf(samples, 'end', 'P/a', 'current')).toBe(MIB * 2 ** 23);
    expect(counterOf(samples, 'end', 'P/b', 'current')).toBe(MIB * 2 ** 23);
  });

  it('throttles for what is charged, tmpfs included, and not for mappings that cost nothing', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB }
containers: { A: { high: 4MiB } }
objects: { f: { tmpfs: 8MiB } }
tasks: { a1: { in: A }, a2: { in: A } }
steps:
  - { alloc: h, by: a1, size: 6MiB }
  - { touch: h, by: a1 }
  - { sample: one }
  - { fork: a1, as: a3 }
  - { peek: h, by: a3 }
  - { sample: forked }
  - { write: f, by: a2 }
  - { sample: tmpfs }
`),
      'partial',
    );
    expect(counterOf(samples, 'forked', 'A', 'high')).toBe(counterOf(samples, 'one', 'A', 'high'));
    expect(counterOf(samples, 'tmpfs', 'A', 'high')).toBeGreaterThan(counterOf(samples, 'forked', 'A', 'high'));
  });

  it('kills nobody of a container that `charge-to` names', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB }
containers: { A: { max: 1MiB }, B: {} }
objects: { t: { tmpfs: 2MiB, charge-to: A } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { alloc: h, by: a, size: 256KiB }
  - { touch: h, by: a }
  - { write: t, by: b }
  - { sample: end }
`),
      'partial',
    );
    expect(samples.get('end')?.tasks.every(({ alive }) => alive)).toBe(true);
    expect(counterOf(samples, 'end', 'A', 'oom')).toBe(0);
  });

  it('takes only pages that the container pays for', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB, swap: 32MiB }
containers: { A: { max: 8MiB }, B: { max: 4MiB } }
objects: { t: { tmpfs: 3MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { write: t, by: a }
  - { map: t, by: b, as: w }
  - { peek: w, by: b }
  - { alloc: h, by: b, size: 4MiB }
  - { touch: h, by: b }
  - { alloc: g, by: b, size: 512KiB }
  - { touch: g, by: b }
  - { sample: end }
`),
      'partial',
    );
    expect(counterOf(samples, 'end', 'A', 'shmem')).toBe(3 * MIB * 2 ** 24);
    expect(counterOf(samples, 'end', 'B', 'swap')).toBeGreaterThanOrEqual(128);
    expect(counterOf(samples, 'end', 'A', 'swap')).toBe(0);
  });
});

describe('swap limits', () => {
  it.each(['static', 'partial', 'rss'])('hold under %s', (model) => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB, swap: 16MiB }
containers: { A: { max: 4MiB, swap-max: 2MiB } }
tasks: { a: { in: A } }
steps:
  - { alloc: h, by: a, size: 5MiB }
  - { touch: h, by: a }
  - { sample: five }
  - { alloc: g, by: a, size: 4MiB }
  - { touch: g, by: a }
  - { sample: nine }
`),
      model,
    );
    expect(counterOf(samples, 'five', 'A', 'swap')).toBeGreaterThanOrEqual(MIB);
    expect(counterOf(samples, 'five', 'A', 'swap')).toBeLessThanOrEqual(2 * MIB);
    expect(counterOf(samples, 'nine', 'A', 'oom_kill')).toBe(1);
  });
});

describe('software zones', () => {
  it('keeps what it has when a limit is lifted, and goes on in the shared area', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 64MiB, zone: 1MiB }
containers: { A: { max: 4MiB } }
objects: { f: { file: 2MiB } }
tasks: { a: { in: A } }
steps:
  - { read: f, by: a }
  - { alloc: h, by: a, size: 1MiB }
  - { touch: h, by: a }
  - { set: A, max: max }
  - { alloc: g, by: a, size: 3MiB }
  - { touch: g, by: a }
  - { sample: end }
`),
      'software-zones',
    );
    expect(counterOf(samples, 'end', 'A', 'file')).toBe(2 * MIB);
    expect(counterOf(samples, 'end', 'A', 'current')).toBe(4 * MIB);
    expect(counterOf(samples, 'end', '.', 'inactive_anon')).toBe(4 * MIB);
    expect(samples.get('end')?.tasks[0]?.alive).toBe(true);
  });

  it('counts children’s zones in their parent’s limit', () => {
    const samples = samplesOf(
      scenario(`machine: { memory: 16MiB, zone: 1MiB }
containers: { P: { max: 4MiB }, P/a: { max: 3MiB } }
tasks: { ta: { in: P/a } }
steps:
  - { alloc: h, by: ta, size: 3MiB }
  - { touch: h, by: ta }
  - { set: P, max: 2MiB }
  - { set: P/a, max: 4MiB }
  - { alloc: g, by: ta, size: 1MiB }
  - { touch: g, by: ta, range: 0..4KiB }
  - { sample: end }
`),
      'software-zones',
    );
    expect(counterOf(samples, 'end', 'P', 'peak')).toBeLessThanOrEqual(3 * MIB);
  });
});
