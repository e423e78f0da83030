import { describe, expect, test } from 'vitest';
import { KIND } from '../../src-engine/record/events.ts';
import { counterOf, samplesOf } from './samples.ts';
import { programOf, worldAfter } from './world-after.ts';

const MIB_PAGES = 256;

/** A victim whose tmpfs file an attacker pins, both in containers of 8 MiB. */
const victimAndAttacker = (steps: string, machine = 'memory: 64MiB'): string => `
memledger: 1
name: pins
machine: { ${machine} }
containers: { A: { max: 8MiB }, B: { max: 8MiB } }
objects:
  file: { file: 6MiB }
  stream: { file: 32MiB }
tasks:
  a: { in: A }
  b: { in: B, memlock: max }
steps:
  - { read: file, by: a }
${steps}
  - { sample: end }
`;

describe('a pinned page', () => {
  test('is not reclaimed from its owner, which dies for want of memory; unpinned it goes', () => {
    const steps = (pin: string): string => `${pin}
  - { alloc: heap, by: a, size: 4MiB }
  - { touch: heap, by: a }`;
    const pinned = samplesOf(victimAndAttacker(steps('  - { pin: file, by: b, via: fd }')), 'static');
    expect(counterOf(pinned, 'end', 'A', 'oom_kill')).toBe(1);
    expect(counterOf(pinned, 'end', 'A', 'file')).toBe(6 * MIB_PAGES);
    const released = samplesOf(victimAndAttacker(steps('  - { pin: file, by: b, via: fd }\n  - { close: fd }')), 'static');
    expect(counterOf(released, 'end', 'A', 'oom_kill')).toBe(0);
    expect(counterOf(released, 'end', 'A', 'anon')).toBe(4 * MIB_PAGES);
  });

  test('is pinned before its task answers for being over `high`, and does not give way to that reclaim', () => {
    const steps = `
  - { create: H, high: 256KiB }
  - { start: h, in: H, memlock: max }
  - { pin: stream, by: h, via: fd, range: 0..1MiB }`;
    const samples = samplesOf(victimAndAttacker(steps), 'pages=static,pins=cgroup-sum');
    expect(counterOf(samples, 'end', 'H', 'file')).toBe(MIB_PAGES);
    expect(counterOf(samples, 'end', 'H', 'pins')).toBe(MIB_PAGES);
  });

  test('stays in the page cache when caches are dropped', () => {
    const steps = '  - { pin: file, by: b, via: fd, range: 0..1MiB }\n  - { drop-caches: all }';
    expect(counterOf(samplesOf(victimAndAttacker(steps), 'static'), 'end', 'A', 'file')).toBe(MIB_PAGES);
  });

  test('outlives its mapping and its task, charged to whom it was, and goes with its last pin', () => {
    const yaml = victimAndAttacker(`
  - { alloc: heap, by: b, size: 2MiB }
  - { pin: heap, by: b, via: fd, range: 0..1MiB }
  - { pin: heap, by: b, via: other, range: 0..4KiB }
  - { exit: b }
  - { sample: gone }
  - { close: fd }
  - { sample: closed }
  - { unpin: other }`);
    for (const pins of ['none', 'rlimit-process', 'rlimit-user', 'cgroup-sum', 'cgroup-set', 'smemcg']) {
      const samples = samplesOf(yaml, `pages=static,pins=${pins}`);
      expect(['gone', 'closed', 'end'].map((name) => counterOf(samples, name, 'B', 'anon'))).toEqual([MIB_PAGES, 1, 0]);
      const held = { none: [0, 0, 0], 'cgroup-set': [MIB_PAGES, 1, 0] }[pins] ?? [MIB_PAGES + 1, 1, 0];
      expect(['gone', 'closed', 'end'].map((name) => counterOf(samples, name, 'B', 'pins'))).toEqual(held);
    }
  });

  test('does not give its number to the page that comes to its place after an unmap', () => {
    const yaml = victimAndAttacker(`
  - { alloc: heap, by: b, size: 8KiB }
  - { pin: heap, by: b, via: fd }
  - { unmap: heap, by: b, range: 4KiB..8KiB }
  - { touch: heap, by: b }
  - { sample: both }
  - { close: fd }`);
    const samples = samplesOf(yaml, 'pages=static,pins=cgroup-sum');
    expect([counterOf(samples, 'both', 'B', 'anon'), counterOf(samples, 'end', 'B', 'anon')]).toEqual([3, 2]);
  });

  test('is held by a removed container until its release, which finds the account', () => {
    const yaml = victimAndAttacker(`
  - { pin: file, by: b, via: fd }
  - { move: b, to: A }
  - { remove: B }
  - { sample: removed }
  - { close: fd }`);
    const samples = samplesOf(yaml, 'pages=static,pins=cgroup-sum,removal=zombie');
    expect(counterOf(samples, 'removed', 'A', 'pins')).toBe(0);
    expect(counterOf(samples, 'removed', '.', 'pins')).toBe(6 * MIB_PAGES);
    expect(counterOf(samples, 'removed', '.', 'nr_dying_descendants')).toBe(1);
    expect(counterOf(samples, 'end', '.', 'pins')).toBe(0);
    expect(counterOf(samples, 'end', '.', 'nr_dying_descendants')).toBe(0);
    // Without a controller nothing holds the container: what was pinned from it shows in its parent.
    const rlimit = samplesOf(yaml, 'pages=static,pins=rlimit-user,removal=zombie');
    expect(counterOf(rlimit, 'removed', '.', 'nr_dying_descendants')).toBe(0);
    expect(counterOf(rlimit, 'removed', '.', 'pins')).toBe(6 * MIB_PAGES);
  });

  test('keeps its software zone from being given up', () => {
    // Four zones, all with something in them. One of them can be emptied into the others, unless each holds a pinned page.
    const shrink = (pin: string): string => `
memledger: 1
name: zones
machine: { memory: 16MiB, zone: 4MiB }
containers: { A: { max: 16MiB } }
tasks: { a: { in: A, memlock: max } }
steps:
  - { alloc: first, by: a, size: 4MiB }
  - { touch: first, by: a }
  - { alloc: rest, by: a, size: 10MiB }
  - { touch: rest, by: a }
${pin}
  - { unmap: first, by: a, range: 0..3MiB }
  - { set: A, max: 12MiB }
  - { create: B, max: 4MiB }
  - { sample: end }
`;
    const exists = (samples: ReturnType<typeof samplesOf>): boolean =>
      samples.get('end')?.containers.some(({ path, exists }) => path === 'B' && exists) ?? false;
    const model = 'pages=software-zones,pins=cgroup-sum';
    expect(exists(samplesOf(shrink(''), model))).toBe(true);
    expect(exists(samplesOf(shrink('  - { mlock: first, by: a, range: 3MiB..4MiB }'), model))).toBe(true);
    expect(exists(samplesOf(shrink('  - { pin: first, by: a, via: fd, range: 3MiB..4MiB }\n  - { pin: rest, by: a, via: fd }'), model))).toBe(false);
  });
});

describe('a call over its limit', () => {
  const refused = (policy: string, limits: string, memlock: string): string => `
memledger: 1
name: refused
machine: { memory: 64MiB }
containers: { A: { ${limits} } }
tasks: { a: { in: A, memlock: ${memlock} }, p: { in: A, memlock: ${memlock}, privileged: true } }
steps:
  - { alloc: heap, by: a, size: 1MiB }
  - { alloc: heap, by: p, size: 1MiB }
  - { pin: heap, by: a, via: fd }
  - { mlock: heap, by: a }
  - { pin: heap, by: p, via: fd }
  - { sample: ${policy} }
`;

  test.each([
    // policy, pins-max of the container, RLIMIT_MEMLOCK, pages of pins that are let through, refusals in all, those of pins.max among them
    ['none', '64KiB', '64KiB', 0, 0, 0],
    ['rlimit-process', '64KiB', '64KiB', MIB_PAGES, 2, 0],
    ['rlimit-user', '64KiB', '64KiB', MIB_PAGES, 2, 0],
    ['cgroup-sum', '64KiB', 'max', 0, 3, 3],
    ['cgroup-sum', 'max', '64KiB', MIB_PAGES, 2, 0],
    ['cgroup-set', '64KiB', 'max', 0, 3, 3],
    ['smemcg', '64KiB', '64KiB', 0, 3, 1],
  ])('under %s, pins-max %s and RLIMIT_MEMLOCK %s charges nothing and leaves nothing pinned', (policy, pins_max, memlock, pins, refusals, events) => {
    const yaml = refused(policy, `pins-max: ${pins_max}`, memlock);
    const samples = samplesOf(yaml, `pages=static,pins=${policy}`);
    expect(worldAfter(programOf(yaml), `pages=static,pins=${policy}`).rows.filter(({ kind }) => kind === KIND.pin_refused)).toHaveLength(refusals);
    expect(counterOf(samples, policy, 'A', 'pins')).toBe(pins);
    expect(counterOf(samples, policy, 'A', 'pins_max')).toBe(events);
    // Refused at the limit, before a page is brought in.
    const through = policy === 'none' ? 2 : pins / MIB_PAGES;
    expect(counterOf(samples, policy, 'A', 'anon')).toBe(through * MIB_PAGES);
  });

  test('a pin that finds no memory on the way lets go of what it had', () => {
    const yaml = `
memledger: 1
name: no memory
machine: { memory: 64MiB }
containers: { A: {}, B: { max: 2MiB } }
objects: { shm: { tmpfs: 4MiB, charge-to: B } }
tasks: { a: { in: A } }
steps:
  - { pin: shm, by: a, via: fd }
  - { sample: failed }
  - { close: fd }
  - { sample: closed }
`;
    const samples = samplesOf(yaml, 'pages=static,pins=cgroup-sum');
    expect(counterOf(samples, 'failed', 'A', 'pins')).toBe(0);
    expect(counterOf(samples, 'failed', 'B', 'current')).toBe(2 * MIB_PAGES);
    expect(counterOf(samples, 'closed', 'A', 'pins')).toBe(0);
  });
});

describe('counting', () => {
  const twice = `
memledger: 1
name: twice
machine: { memory: 64MiB }
containers: { A: {}, A/x: {}, A/y: {} }
objects: { file: { file: 1MiB } }
tasks: { a: { in: A/x, memlock: max }, a2: { in: A/x, memlock: max }, b: { in: A/y, memlock: max } }
steps:
  - { map: file, by: a, as: view }
  - { pin: view, by: a, via: fd1 }
  - { pin: view, by: a, via: fd2 }
  - { pin: file, by: a2, via: fd3 }
  - { mlock: view, by: a }
  - { sample: one }
  - { pin: file, by: b, via: fd4 }
  - { sample: two }
`;

  test.each([
    ['cgroup-sum', 4, 5],
    ['cgroup-set', 1, 2],
    ['smemcg', 4, 5],
  ])('%s: one page pinned thrice and locked counts %i times in the container, and once more from another in their parent', (policy, own, parent) => {
    const samples = samplesOf(twice, `pages=static,pins=${policy}`);
    expect(counterOf(samples, 'one', 'A/x', 'pins')).toBe(own * MIB_PAGES);
    expect(counterOf(samples, 'two', 'A/y', 'pins')).toBe(MIB_PAGES);
    expect(counterOf(samples, 'two', 'A', 'pins')).toBe(parent * MIB_PAGES);
    expect(counterOf(samples, 'two', 'A', 'current')).toBe(MIB_PAGES);
  });

  test('three counters let a user hold three times the limit of one', () => {
    const yaml = `
memledger: 1
name: three counters
machine: { memory: 64MiB }
containers: { A: {} }
tasks: { a: { in: A, memlock: 1MiB, user: 7 }, b: { in: A, memlock: 1MiB, user: 7 } }
steps:
  - { alloc: heap, by: a, size: 2MiB }
  - { alloc: heap, by: b, size: 2MiB }
  - { pin: heap, by: a, via: fd1, range: 0..1MiB }
  - { pin: heap, by: b, via: fd2, range: 0..1MiB }
  - { mlock: heap, by: a, range: 0..1MiB }
  - { mlock: heap, by: b, range: 0..1MiB }
  - { sample: end }
`;
    const pinned = (policy: string): number => counterOf(samplesOf(yaml, `pages=static,pins=${policy}`), 'end', 'A', 'pins') / MIB_PAGES;
    expect(pinned('rlimit-process')).toBe(4);
    expect(pinned('rlimit-user')).toBe(3);
  });
});

describe('under shared-memory containers', () => {
  const scenario = (steps: string, attached: string): string => `
memledger: 1
name: smemcg
machine: { memory: 64MiB }
containers: { A: { smemcg: { shm: max } }, B: { ${attached} } }
objects: { shm: { tmpfs: 2MiB }, other: { tmpfs: 1MiB } }
tasks: { a: { in: A }, b: { in: B }, keeper: { in: A } }
steps:
  - { write: shm, by: a }
  - { write: other, by: a }
  - { map: shm, by: b, as: view }
${steps}
  - { sample: end }
`;
  const numbers = (yaml: string, sample: string, model = 'pages=smemcg,pins=smemcg'): number[] => {
    const samples = samplesOf(yaml, model);
    return (['pins', 'borrow', 'current'] as const).map((counter) => counterOf(samples, sample, 'B', counter));
  };

  test('a pinned page is borrowed by who pins it, once with a mapping of it, until it is released', () => {
    const yaml = scenario(
      `  - { pin: shm, by: b, via: fd, range: 0..1MiB }
  - { sample: pinned }
  - { pin: shm, by: b, via: fd, range: 0..1MiB }
  - { peek: view, by: b, range: 0..1MiB }
  - { sample: mapped }
  - { unmap: view, by: b }
  - { exit: b }
  - { sample: gone }
  - { close: fd }`,
      'smemcg: { shm: max }',
    );
    expect(numbers(yaml, 'pinned')).toEqual([MIB_PAGES, MIB_PAGES, MIB_PAGES]);
    expect(numbers(yaml, 'mapped')).toEqual([2 * MIB_PAGES, MIB_PAGES, MIB_PAGES]);
    expect(numbers(yaml, 'gone')).toEqual([2 * MIB_PAGES, MIB_PAGES, MIB_PAGES]);
    expect(numbers(yaml, 'end')).toEqual([0, 0, 0]);
    expect(numbers(yaml, 'mapped', 'pages=smemcg,pins=smemcg,maps=each')).toEqual([2 * MIB_PAGES, 3 * MIB_PAGES, 3 * MIB_PAGES]);
    expect(numbers(yaml, 'end', 'pages=smemcg,pins=smemcg,maps=each')).toEqual([0, 0, 0]);
    // Another policy of pins does not borrow.
    expect(numbers(yaml, 'pinned', 'pages=smemcg,pins=cgroup-sum')).toEqual([MIB_PAGES, 0, 0]);
  });

  test('a pin beyond the limit of the pair is refused; what is not attached is not borrowed', () => {
    const yaml = scenario('  - { pin: shm, by: b, via: fd, range: 0..1MiB }\n  - { pin: other, by: b, via: fd }', 'smemcg: { shm: 512KiB }');
    expect(numbers(yaml, 'end')).toEqual([MIB_PAGES, 0, 0]);
    // At the limit of the pair, which is not pins.max.
    expect(counterOf(samplesOf(yaml, 'pages=smemcg,pins=smemcg'), 'end', 'B', 'pins_max')).toBe(0);
    expect(worldAfter(programOf(yaml), 'pages=smemcg,pins=smemcg').rows.filter(({ kind }) => kind === KIND.pin_refused)).toHaveLength(1);
  });

  test('a pin that its container has no room to borrow fails and leaves nothing', () => {
    const yaml = scenario('  - { pin: shm, by: b, via: fd }', 'smemcg: { shm: max }, max: 1MiB');
    expect(numbers(yaml, 'end')).toEqual([0, 0, 0]);
  });

  test('a removed container owes nothing for what drivers hold for it', () => {
    const yaml = scenario(
      '  - { pin: shm, by: b, via: fd }\n  - { exit: b }\n  - { remove: B }\n  - { sample: removed }\n  - { close: fd }',
      'smemcg: { shm: max }',
    );
    const samples = samplesOf(yaml, 'pages=smemcg,pins=smemcg');
    expect(counterOf(samples, 'removed', '.', 'pins')).toBe(2 * MIB_PAGES);
    expect(counterOf(samples, 'end', '.', 'pins')).toBe(0);
    expect(counterOf(samples, 'end', '.', 'current')).toBe(3 * MIB_PAGES);
  });
});
