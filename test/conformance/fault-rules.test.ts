import { describe, expect, it } from 'vitest';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { counterOf, samplesOf } from './samples.ts';
import { programOf, worldAfter } from './world-after.ts';

/** Cases worked out by hand from mm/memory.c, mm/filemap.c and mm/memcontrol.c (6.1 and 6.12). Sizes in pages of 4 KiB. */
const valuesOf = (model: string, body: string) => {
  const samples = samplesOf(`memledger: 1\nname: case\n${body}`, model);
  return (sample: string, path: string, counter: Parameters<typeof counterOf>[3]): number => counterOf(samples, sample, path, counter);
};

describe('fault-around', () => {
  const mapped = (machine: string, steps: string, containers = 'A: {}, B: {}'): string => `machine: { memory: 64MiB, ${machine} }
containers: { ${containers} }
objects: { f: { file: 160KiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
${steps}
  - { sample: end }
`;
  const SHARED = '  - { read: f, by: a }\n  - { map: f, by: b, as: v }\n';

  it('maps what is resident in the aligned stretch: a fault for each 16 pages and one for the rest', () => {
    const value = valuesOf('memcg-v2', mapped('fault-around: 64KiB', `${SHARED}  - { peek: v, by: b }`));
    expect([value('end', 'B', 'pgfault'), value('end', 'A', 'file_mapped')]).toEqual([3, 40]);
  });

  it('begins where the stretch does, and ends with the object', () => {
    const value = valuesOf('memcg-v2', mapped('fault-around: 64KiB', `${SHARED}  - { peek: v, by: b, range: 148KiB..152KiB }`));
    expect([value('end', 'B', 'pgfault'), value('end', 'A', 'file_mapped')]).toEqual([1, 8]);
  });

  it('is not for writes, nor without the key', () => {
    for (const [machine, verb] of [
      ['fault-around: 64KiB', 'touch'],
      ['fault-around: 0', 'peek'],
      ['fault-around: 4KiB', 'peek'],
    ]) {
      const value = valuesOf('memcg-v2', mapped(machine ?? '', `${SHARED}  - { ${verb}: v, by: b }`));
      expect([value('end', 'B', 'pgfault'), value('end', 'A', 'file_mapped')]).toEqual([40, 40]);
    }
  });

  it('reads nothing: what is not resident has a fault of its own', () => {
    const value = valuesOf('memcg-v2', mapped('fault-around: 64KiB', '  - { map: f, by: b, as: v }\n  - { peek: v, by: b }'));
    expect([value('end', 'B', 'pgfault'), value('end', 'B', 'pgmajfault')]).toEqual([40, 40]);
  });

  it('rounds down to a power of two', () => {
    const value = valuesOf('memcg-v2', mapped('fault-around: 28KiB', `${SHARED}  - { peek: v, by: b }`));
    expect(value('end', 'B', 'pgfault')).toBe(10);
  });

  it('charges each mapping where mappings pay', () => {
    const steps = `${SHARED}  - { map: f, by: a, as: w }\n  - { peek: w, by: a, range: 0..4KiB }\n  - { peek: v, by: b, range: 0..4KiB }`;
    const rss = valuesOf('rss', mapped('fault-around: 64KiB', steps));
    expect([rss('end', 'A', 'current'), rss('end', 'B', 'current')]).toEqual([16, 16]);
    const partial = valuesOf('partial', mapped('fault-around: 64KiB', steps));
    expect([partial('end', 'A', 'current'), partial('end', 'B', 'current')]).toEqual([8 * 2 ** 24, 8 * 2 ** 24]);
  });

  it('waits for nothing: at a limit on mappings no more are made, nobody is killed, and no event is counted for it', () => {
    const value = valuesOf('rss', mapped('fault-around: 64KiB', `${SHARED}  - { peek: v, by: b, range: 0..4KiB }`, 'A: {}, B: { max: 40KiB }'));
    expect([value('end', 'B', 'current'), value('end', 'B', 'max'), value('end', 'B', 'oom_kill'), value('end', 'B', 'pgfault')]).toEqual([10, 0, 0, 1]);
  });
});

describe('a task that is killed while it charges', () => {
  const killed = (model: string) =>
    valuesOf(
      model,
      `containers: { A: { max: 16MiB } }
tasks: { a: { in: A } }
steps:
  - { alloc: heap, by: a, size: 32MiB }
  - { touch: heap, by: a }
  - { sample: end }
`,
    );

  it.each(['memcg-v2', 'memcg-v2-mglru'])('%s: meets its limit 18 times before the kill and 17 times after it', (model) => {
    const value = killed(model);
    expect([value('end', 'A', 'max'), value('end', 'A', 'oom'), value('end', 'A', 'oom_kill')]).toEqual([35, 1, 1]);
  });

  it('is let go at once where nothing is ever reclaimed for a container', () => {
    expect(killed('pages=rss,counting=process')('end', 'A', 'max')).toBe(1);
  });

  it('that another is killed for goes on', () => {
    const value = valuesOf(
      'memcg-v2',
      `containers: { A: { max: 16MiB } }
tasks: { large: { in: A }, small: { in: A } }
steps:
  - { alloc: heap, by: large, size: 15MiB }
  - { touch: heap, by: large }
  - { alloc: other, by: small, size: 2MiB }
  - { touch: other, by: small }
  - { sample: end }
`,
    );
    expect([value('end', 'A', 'max'), value('end', 'A', 'oom_kill'), value('end', 'A', 'current')]).toEqual([18, 1, 512]);
  });
});

describe('write() to a file whose pages were evicted', () => {
  const body = (verb: string): string => `containers: { A: {} }
objects: { f: { file: 1MiB } }
tasks: { a: { in: A } }
steps:
  - { read: f, by: a }
  - { reclaim: A, size: 1MiB }
  - { sample: gone }
  - { ${verb}: f, by: a }
  - { sample: back }
`;

  it.each(['memcg-v2', 'memcg-v2-mglru'])('%s: is no refault; read() is', (model) => {
    for (const [verb, refaults] of [
      ['write', 0],
      ['read', 256],
    ] as const) {
      const value = valuesOf(model, body(verb));
      expect([value('gone', 'A', 'file'), value('back', 'A', 'file'), value('back', 'A', 'workingset_refault_file')]).toEqual([0, 256, refaults]);
      if (verb === 'write') expect(value('back', 'A', 'workingset_activate_file')).toBe(0);
    }
  });
});

describe('a write through a mapping that has only read', () => {
  const faults = (kind: 'file' | 'tmpfs', steps: string, machine = ''): number => {
    const value = valuesOf(
      'memcg-v2',
      `machine: { memory: 64MiB${machine} }
containers: { A: {}, B: {} }
objects: { f: { ${kind}: 64KiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { write: f, by: b }
  - { map: f, by: a, as: v }
${steps}  - { sample: end }
`,
    );
    return value('end', 'A', 'pgfault');
  };
  const peek = '  - { peek: v, by: a }\n';
  const touch = '  - { touch: v, by: a }\n';

  it('is a fault of its own for a file, which has to be told; once', () => {
    expect(faults('file', peek + touch + touch)).toBe(32);
  });

  it('is none where the first access was a write, and for tmpfs', () => {
    expect(faults('file', touch + peek + touch)).toBe(16);
    expect(faults('tmpfs', peek + touch)).toBe(16);
  });

  it('is one again after the page has been written back', () => {
    expect(faults('file', `${touch}  - { write: f, by: b, range: 0..16KiB, sync: true }\n${peek}${touch}`)).toBe(20);
  });

  it('is one for each page that was mapped around a fault', () => {
    expect(faults('file', peek + touch, ', fault-around: 64KiB')).toBe(17);
  });
});

describe('swap that is full', () => {
  it('leaves anonymous memory mapped, and tmpfs unmapped: it asks for its slot last', () => {
    const value = valuesOf(
      'memcg-v2',
      `machine: { memory: 64MiB, swap: 64KiB }
containers: { A: {} }
objects: { t: { tmpfs: 256KiB } }
tasks: { a: { in: A } }
steps:
  - { map: t, by: a, as: v }
  - { touch: v, by: a }
  - { sample: mapped }
  - { reclaim: A, size: 256KiB }
  - { sample: full }
`,
    );
    expect([value('mapped', 'A', 'file_mapped'), value('full', 'A', 'swap')]).toEqual([64, 16]);
    // 16 have gone; of those that were looked at after them none is mapped.
    expect(value('full', 'A', 'shmem')).toBe(48);
    expect(value('full', 'A', 'file_mapped')).toBeLessThan(48);
  });
});

describe('charges that go over a limit', () => {
  it('are not held against high', () => {
    // An allocation that cannot sleep at max = high: forced, and the task is not throttled for it.
    const { world } = worldAfter(
      programOf(`memledger: 1
name: case
containers: { A: { max: 40KiB, high: 40KiB } }
tasks: { a: { in: A } }
steps:
  - { sample: ready }
`),
      'memcg-v2',
    );
    world.chargePool(1, COUNTER.kernel, 10, 0, 'forced');
    world.chargePool(1, COUNTER.kernel, 3, 0, 'forced');
    expect([world.tree.usage[1], world.tree.local(1, COUNTER.max)]).toEqual([13, 1]);
    world.policy.settle(1, 0);
    expect(world.tree.local(1, COUNTER.high)).toBe(0);
  });
});

describe('the killer among equals', () => {
  const killed = (containers: string, tasks: string, steps: string): readonly boolean[] =>
    samplesOf(
      `memledger: 1
name: case
machine: { memory: 8MiB }
containers: ${containers}
tasks: ${tasks}
steps:
${steps}  - { sample: end }
`,
      'memcg-v2',
    )
      .get('end')
      ?.tasks.map(({ alive }) => alive) ?? [];

  it('takes for the machine the task that began last, for a container the last one on the way down', () => {
    const steps = ['a', 'b', 'c'].map((task) => `  - { alloc: heap, by: ${task}, size: 3MiB }\n`).join('');
    const used = '  - { touch: heap, by: a }\n  - { touch: heap, by: b }\n';
    const [containers, tasks] = ['{ P/A: {}, P/Z: {} }', '{ a: { in: P/Z }, b: { in: P/A }, c: { in: . } }'];
    expect(killed(containers, tasks, `${steps}${used}  - { set: P, max: 5MiB }\n`)).toEqual([false, true, true]);
    expect(killed(containers, tasks, `${steps}${used}  - { touch: heap, by: c }\n`)).toEqual([true, false, true]);
  });
});
