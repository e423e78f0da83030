import { describe, expect, it } from 'vitest';
import { counterOf, samplesOf } from './samples.ts';

/** What differs between Linux 6.1 and 6.12, case by case: `linux=v6.1` and the preset as it is. Worked out from mm/vmscan.c, mm/memcontrol.c, mm/workingset.c and mm/memory.c of both. */
const MODELS = ['memcg-v2', 'memcg-v2,linux=v6.1'] as const;

const valuesOf = (model: string, body: string) => {
  const samples = samplesOf(`memledger: 1\nname: case\n${body}`, model);
  return (sample: string, path: string, counter: Parameters<typeof counterOf>[3]): number => counterOf(samples, sample, path, counter);
};
/** A value of a case under 6.12 and under 6.1. */
const inBoth = (body: string, read: (value: ReturnType<typeof valuesOf>) => unknown): unknown[] => MODELS.map((model) => read(valuesOf(model, body)));

describe('rules that differ between kernels', () => {
  it('6.1 takes from every container below the target in a pass; 6.12 stops with its goal, and the next pass goes on there', () => {
    const body = `containers: { P: {}, P/A: {}, P/B: {} }
objects: { a: { file: 2MiB }, b: { file: 2MiB } }
tasks: { a: { in: P/A }, b: { in: P/B } }
steps:
  - { read: a, by: a }
  - { read: b, by: b }
  - { reclaim: P, size: 128KiB }
  - { sample: once }
  - { reclaim: P, size: 128KiB }
  - { sample: twice }
`;
    const stolen = (value: ReturnType<typeof valuesOf>): number[] =>
      ['once', 'twice'].flatMap((sample) => ['P/A', 'P/B'].map((path) => value(sample, path, 'pgsteal')));
    // Of 512 pages a list priorities 9 to 5 give 1, 1, 3, 7 and 15: after 12 + 12 the goal of 32 is met with A's 15. The next pass begins with B, and has enough with A's turn again.
    expect(inBoth(body, stolen)).toEqual([
      [27, 12, 52, 23],
      [27, 27, 52, 52],
    ]);
  });

  it('memory.reclaim asks for a quarter of the rest at a time on 6.12, for all of it on 6.1', () => {
    const body = `containers: { A: {} }
objects: { f: { file: 4MiB } }
tasks: { a: { in: A } }
steps:
  - { read: f, by: a }
  - { reclaim: A, size: 512KiB }
  - { sample: end }
`;
    // 1,024 pages, priorities from 10 down. 6.12: passes of 32 take 1+1+3+7+15+31, 1+3+7+14+29 and 1+3+7+14+27. 6.1: one pass of 128 takes 1+1+3+7+15+31+60+113.
    expect(inBoth(body, (value) => value('end', 'A', 'pgsteal'))).toEqual([164, 231]);
  });

  it('a fault that waits for the disk counts twice on 6.1', () => {
    const body = `containers: { A: {}, B: {} }
objects: { f: { file: 64KiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { map: f, by: a, as: v }
  - { peek: v, by: a }
  - { map: f, by: b, as: w }
  - { peek: w, by: b }
  - { sample: end }
`;
    const faults = (value: ReturnType<typeof valuesOf>): number[] => [
      value('end', 'A', 'pgfault'),
      value('end', 'A', 'pgmajfault'),
      value('end', 'B', 'pgfault'),
    ];
    expect(inBoth(body, faults)).toEqual([
      [16, 16, 16],
      [32, 16, 16],
    ]);
  });

  it('a page whose evictor is gone is a refault on 6.12, and none on 6.1', () => {
    const body = `containers: { A: {}, B: {} }
objects: { f: { file: 128KiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: f, by: a }
  - { reclaim: A, size: 128KiB }
  - { exit: a }
  - { remove: A }
  - { read: f, by: b }
  - { sample: end }
`;
    const refaults = (value: ReturnType<typeof valuesOf>): number[] => [
      value('end', 'B', 'workingset_refault_file'),
      value('end', 'B', 'workingset_activate_file'),
    ];
    expect(inBoth(body, refaults)).toEqual([
      [32, 0],
      [0, 0],
    ]);
  });

  it('frames that shrinkers free count in reclaim for a container on 6.1', () => {
    const body = `containers: { A: {} }
objects: { f: { file: 2MiB }, dentry: { slab: 192, per-page: 21, shrinkable: true, accounted: true } }
tasks: { a: { in: A } }
steps:
  - { slab: dentry, by: a, objects: 42000 }
  - { read: f, by: a }
  - { reclaim: A, size: 1MiB }
  - { sample: end }
`;
    const [newer, older] = inBoth(body, (value) => value('end', 'A', 'pgsteal')) as [number, number];
    // 256 pages are asked for; what 6.1 gets from slab it does not take from the file.
    expect(newer).toBeGreaterThanOrEqual(256);
    expect(older).toBeLessThan(newer);
  });

  it('protection that an earlier pass for the parent computed keeps 6.1 from reclaiming for the container itself', () => {
    const body = `containers: { P: {}, P/A: { min: 1MiB }, P/B: {} }
objects: { a: { file: 1MiB }, b: { file: 1MiB } }
tasks: { a: { in: P/A }, b: { in: P/B } }
steps:
  - { read: a, by: a }
  - { read: b, by: b }
  - { reclaim: P, size: 256KiB }
  - { sample: above }
  - { reclaim: P/A, size: 256KiB }
  - { sample: below }
`;
    const stolen = (value: ReturnType<typeof valuesOf>): number[] => [value('above', 'P/A', 'pgsteal'), value('below', 'P/A', 'pgsteal')];
    // 64 pages in batches of 32: 256 >> priority from 8 on makes 48 a pass, then 50.
    expect(inBoth(body, stolen)).toEqual([
      [0, 98],
      [0, 0],
    ]);
  });
});
