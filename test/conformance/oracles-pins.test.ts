import { describe, expect, test } from 'vitest';
import { zeroCopyPages } from '../../src-engine/machine/spaces/pins.ts';
import type { COUNTER } from '../../src-engine/record/counters.ts';
import { createColumns, ERRNO, KIND, OBJECT_CLASS } from '../../src-engine/record/events.ts';
import { type MemoryRun, recordInMemory } from '../../src-engine/record/memory-run.ts';
import { referencesOf } from '../../src-engine/record/page-references.ts';
import { createPlayer } from '../../src-engine/record/player.ts';
import type { Player, RunMeta, RunNames } from '../../src-engine/record/run.ts';
import { createRunWords } from '../../src-engine/record/run-words.ts';
import { plainCompressor } from '../../src-engine/record/test-compressor.ts';
import { simulate } from '../../src-engine/simulate.ts';
import { counterOf, samplesOf } from './samples.ts';
import { programOf, worldAfter } from './world-after.ts';

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

/** Errors of the calls that a limit of pins refused, in order. */
const refusalsOf = (yaml: string, model: string): number[] =>
  worldAfter(programOf(yaml), model)
    .rows.filter(({ kind }) => kind === KIND.pin_refused)
    .map(({ flags }) => flags);

/** A scenario recorded under the pins controller, in a player, and the number of each object's page. */
function playerOf(yaml: string): { readonly player: Player; readonly pageOf: (object: string, index: number) => number } {
  const recorded: { run?: MemoryRun; names?: RunNames; meta?: RunMeta } = {};
  const columns = createColumns();
  const outcome = simulate(programOf(yaml), 'pages=static,pins=cgroup-sum', {
    begin: (meta, names) => Object.assign(recorded, { meta, names, run: recordInMemory(meta, names, plainCompressor) }),
    seal: (filled, count) => recorded.run?.sink.seal(filled, count) ?? columns,
    sample: (sample) => recorded.run?.sink.sample(sample),
  });
  const { run, names, meta } = recorded;
  if (!outcome.ok || run === undefined || names === undefined || meta === undefined || run.errors.length > 0) throw new Error('not recorded');
  const opened = createPlayer(run.reader, plainCompressor);
  if (!opened.ok) throw new Error(opened.errors[0]?.message);
  const words = createRunWords(meta, names, opened.value.seek({ event: run.reader.blocks[0]?.event_count ?? 0 }));
  const pageOf = (object: string, index: number): number => {
    for (let page = 0; words.page(page) !== undefined; page++) if (words.page(page)?.object === object && words.page(page)?.page_index === index) return page;
    throw new Error(`no page ${index} of ${object}`);
  };
  return { player: opened.value, pageOf };
}

/** A connection whose receiver takes two segments at a time, and tasks that send without a copy. */
const sending = (tasks: string, steps: readonly string[], containers?: string): string =>
  scenario(tasks, steps, containers).replace('objects:\n', 'objects:\n  conn: { socket: tcp, rcvbuf: 8192, sndbuf: 1MiB }\n');

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
    // RLIMIT_MEMLOCK refuses, not the controller.
    expect(valuesOf(yaml, model, 'A', 'pins_max')).toEqual([0, 0, 0, 0, 0, 0]);
    expect(refusalsOf(yaml, model)).toEqual([ERRNO.ENOMEM]);
  });

  test('PIN-4: a locked mapping cannot grow over RLIMIT_MEMLOCK', () => {
    const yaml = scenario('{ a: { in: A, memlock: 128KiB } }', [
      '{ alloc: heap, by: a, size: 256KiB }',
      `{ mlock: heap, by: a, range: ${PAGES(0, 32)} }`,
      '{ mlock: heap, by: a }',
    ]);
    expect(valuesOf(yaml, 'pages=static,pins=cgroup-sum', 'A', 'locked')).toEqual([0, 32, 32]);
    expect(refusalsOf(yaml, 'pages=static,pins=cgroup-sum')).toEqual([ERRNO.ENOMEM]);
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

  test.each(POLICIES)('PIN-6: 10000 bytes sent without a copy hold 4 pages until acknowledged; over the limit ENOBUFS (%s)', (policy) => {
    const send = '{ send: conn, by: a, size: 10000, zerocopy: true }';
    const yaml = sending('{ a: { in: A, memlock: 28KiB }, b: { in: B } }', [
      send,
      send,
      '{ receive: conn, by: b, size: 10000 }',
      '{ receive: conn, by: b, size: 1MiB }',
    ]);
    const model = `pages=static,sockets=unified,pins=${policy}`;
    // Seven pages hold one such send, and not two.
    expect(refusalsOf(yaml, model)).toEqual([ERRNO.ENOBUFS]);
    expect(valuesOf(yaml, model, 'A', 'pins')).toEqual([4, 4, 0, 0]);
    expect(valuesOf(yaml, model, 'A', 'tcp_sent')).toEqual([10_000, 10_000, 10_000, 10_000]);
    expect(valuesOf(yaml, model, 'A', 'pins_max')).toEqual([0, 0, 0, 0]);
  });

  test.each(POLICIES)('PIN-7: a send of 65536 bytes without a copy holds 18 pages, one of 1 byte 2 (%s)', (policy) => {
    const yaml = sending('{ a: { in: A, memlock: 1MiB }, b: { in: B } }', [
      '{ send: conn, by: a, size: 65536, zerocopy: true }',
      '{ send: conn, by: a, size: 1, zerocopy: true }',
      '{ exit: a }',
      '{ receive: conn, by: b, size: 1MiB }',
    ]);
    const values = valuesOf(yaml, `pages=static,sockets=unified,pins=${policy}`, 'A', 'pins');
    expect(values).toEqual([18, 20, 20, 0]);
    expect([zeroCopyPages(65_536), zeroCopyPages(1)]).toEqual([18, 2]);
  });

  test('sends of one user add up, in whatever containers; who has CAP_IPC_LOCK or no limit is not counted by rlimits, and by the controller is', () => {
    const steps = ['a', 'b', 'p', 'q'].map((task) => `{ send: conn, by: ${task}, size: 10000, zerocopy: true }`);
    const user = '{ a: { in: A, memlock: 28KiB }, b: { in: B, memlock: 28KiB }, p: { in: B, memlock: 0, privileged: true }, q: { in: B, memlock: max } }';
    const model = (policy: string): string => `pages=static,sockets=unified,pins=${policy}`;
    expect(valuesOf(sending(user, steps), model('rlimit-user'), '.', 'pins')).toEqual([4, 4, 4, 4]);
    expect(refusalsOf(sending(user, steps), model('rlimit-user'))).toEqual([ERRNO.ENOBUFS]);
    expect(valuesOf(sending(user, steps), model('rlimit-process'), '.', 'pins')).toEqual([4, 8, 8, 8]);
    expect(valuesOf(sending(user, steps), model('cgroup-set'), '.', 'pins')).toEqual([4, 8, 12, 16]);
    const limited = sending(user, steps, '{ A: {}, B: { pins-max: 32KiB } }');
    expect(valuesOf(limited, model('cgroup-sum'), '.', 'pins')).toEqual([4, 8, 12, 12]);
    expect(valuesOf(limited, model('cgroup-sum'), 'B', 'pins_max')).toEqual([0, 0, 0, 1]);
    expect(refusalsOf(limited, model('cgroup-sum'))).toEqual([ERRNO.ENOBUFS]);
    expect(valuesOf(limited, model('none'), '.', 'pins')).toEqual([0, 0, 0, 0]);
  });

  test('a send without a copy that takes nothing, and one that is lost with its socket, leave nothing on account', () => {
    const full = '{ send: conn, by: a, size: 4MiB }';
    const yaml = sending('{ a: { in: A, memlock: 1MiB }, b: { in: B } }', [
      full,
      '{ send: conn, by: a, size: 10000, zerocopy: true }',
      '{ receive: conn, by: b, size: 100KiB }',
      '{ send: conn, by: a, size: 10000, zerocopy: true }',
      '{ exit: b }',
    ]);
    const model = 'pages=static,sockets=unified,pins=rlimit-user';
    expect(valuesOf(yaml, model, 'A', 'pins')).toEqual([0, 0, 0, 4, 0]);
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

  test('PIN-11: three pins of a page add 3072 to its references, and so many mappings look like a pin', () => {
    const { player, pageOf } = playerOf(
      scenario('{ a: { in: A }, b: { in: B } }', [
        '{ read: file, by: a }',
        '{ map: file, by: a, as: view }',
        '{ peek: view, by: a }',
        '{ alloc: heap, by: a, size: 8KiB }',
        `{ touch: heap, by: a, range: ${PAGES(0, 1)} }`,
        '{ pin: heap, by: a, via: fd, range: 0..4KiB }',
        `{ pin: file, by: b, via: fd, range: ${PAGES(1, 4)} }`,
        `{ pin: file, by: b, via: fd2, range: ${PAGES(2, 3)} }`,
        `{ pin: file, by: a, via: fd3, range: ${PAGES(0, 3)} }`,
        '{ unmap: view, by: a }',
        '{ close: fd }',
      ]),
    );
    const counts = (step: number, name: string, index = 2): readonly [number, boolean] => {
      player.seek({ step: 2 * step + 2 });
      const { count, maybe_dma_pinned } = player.pageReferences(pageOf(name, index));
      return [count, maybe_dma_pinned];
    };
    // Steps and samples take turns: the cursor stands at the sample after the step.
    expect(counts(0, 'file')).toEqual([1, false]);
    expect(counts(2, 'file')).toEqual([2, false]);
    expect(counts(4, 'a:heap', 0)).toEqual([1, false]);
    expect(counts(5, 'a:heap', 0)).toEqual([1 + 1024, true]);
    expect(counts(6, 'file')).toEqual([2 + 1024, true]);
    expect(counts(8, 'file')).toEqual([2 + 3072, true]);
    expect([0, 1, 3, 4].map((index) => counts(8, 'file', index)[0])).toEqual([2 + 1024, 2 + 2048, 2 + 1024, 2]);
    expect(counts(9, 'file')).toEqual([1 + 3072, true]);
    expect(counts(10, 'file')).toEqual([1 + 2048, true]);
    expect(counts(10, 'a:heap', 1)).toEqual([0, false]);
    // No pin, and 1023 mappings of a cached page: the kernel cannot tell them apart.
    expect(referencesOf({ kind: OBJECT_CLASS.file, resident: true, mappings: 1023, pins: 0 })).toMatchObject({ count: 1024, maybe_dma_pinned: true });
    expect(referencesOf({ kind: OBJECT_CLASS.file, resident: true, mappings: 1022, pins: 0 })).toMatchObject({ count: 1023, maybe_dma_pinned: false });
    expect(referencesOf({ kind: OBJECT_CLASS.hugetlb, resident: true, mappings: 1023, pins: 0 }).maybe_dma_pinned).toBe(false);
    expect(referencesOf({ kind: OBJECT_CLASS.hugetlb, resident: true, mappings: 1, pins: 3 })).toMatchObject({ count: 5, maybe_dma_pinned: true });
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
