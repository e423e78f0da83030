import { expect, test } from 'vitest';
import type { CounterName } from './counters.ts';
import { type Told, told } from './test-told.ts';

const HEAD = `memledger: 1
name: Counters
machine: { memory: 256MiB, swap: 64MiB, zswap: true, writeback: true, kernel-memory: true, overcommit-memory: 0 }
`;

/** Parts of a counter, largest first: `8 a brought in pages of lib`, in the counter's shown unit. */
async function partsOf(run: Told, path: string, counter: CounterName): Promise<string[]> {
  const { parts } = await run.counter(path, counter);
  return parts.map(({ amount, words }) => `${amount} ${words}`);
}

test('tasks that came and went are no use of an object', async () => {
  const run = told(
    `${HEAD}containers: { A: {}, B: {} }
objects: { lib: { file: 1MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps: [ { read: lib, by: a }, { move: b, to: A }, { exit: a } ]
`,
    'memcg-v2',
  );
  expect(await partsOf(run, 'A', 'populated')).toEqual(['1 a started']);
  expect(await partsOf(run, 'B', 'populated')).toEqual(['1 b started', '-1 b moved out']);
  expect(await partsOf(run, 'A', 'kernel_stack')).toEqual(['16384 kernel stack', '-16384 kernel stack of a given back']);
});

test('slab, huge pages and pins: what was taken, given back, and refused', async () => {
  const run = told(
    `${HEAD}containers: { A: { pins-max: 1MiB, hugetlb-max: 2MiB } }
objects: { dentry: { slab: dentry }, shm: { tmpfs: 2MiB }, huge: { hugetlb: 4MiB } }
tasks: { a: { in: A }, c: { in: A } }
steps:
  - { slab: dentry, by: a, objects: 1000 }
  - { slab: dentry, by: a, free: 500 }
  - { map: shm, by: c, as: s }
  - { touch: s, by: c }
  - { pin: s, by: c, range: 0..1MiB, via: fd }
  - { pin: s, by: c, range: 1MiB..2MiB, via: gd }
  - { close: fd }
  - { map: huge, by: a, as: h, noreserve: true }
  - { touch: h, by: a }
`,
    'memcg-v2,pins=cgroup-sum',
  );
  expect(await partsOf(run, 'A', 'slab_unreclaimable')).toEqual(['200000 a was charged for dentry', '-100000 a was uncharged for dentry']);
  expect(await partsOf(run, 'A', 'pins')).toEqual(['1048576 c pinned or locked pages', '-1048576 c released pins or locks']);
  expect(await partsOf(run, 'A', 'pins_max')).toEqual(['1 c was refused pages at pins.max']);
  expect(await partsOf(run, 'A', 'hugetlb')).toEqual(['2097152 a faulted huge pages in']);
  expect(await partsOf(run, 'A', 'hugetlb_max')).toEqual(['1 a met a limit of huge pages']);
});

test('pressure and limits: who met them, who was stalled, who was killed', async () => {
  const run = told(
    `${HEAD}containers: { A: { high: 4MiB, max: 8MiB, swap-max: 1MiB } }
objects: { log: { file: 8MiB } }
tasks: { a: { in: A } }
steps: [ { read: log, by: a }, { alloc: heap, by: a, size: 16MiB }, { touch: heap, by: a } ]
`,
    'memcg-v2',
  );
  const words = async (counter: CounterName): Promise<string[]> => (await run.counter('A', counter)).parts.map((part) => part.words);
  expect(await words('high')).toContain('a was sent to reclaim above memory.high');
  expect(await words('max')).toEqual(['a met memory.max']);
  expect(await words('oom')).toEqual(['a ran out of memory']);
  expect(await words('oom_kill')).toEqual(['a was killed']);
  expect(new Set(await words('psi_some_total'))).toEqual(new Set(['some task was stalled']));
  expect(await words('zswpout')).toContain('pages went into zswap');
  expect(new Set(await words('pgscan'))).toEqual(new Set(['a’s reclaim looked at pages of inactive lists']));
  expect(new Set(await words('pgsteal'))).toEqual(new Set(['a’s reclaim took pages']));
});

test('under version 1 a limit is met by the name that it has there', async () => {
  const run = told(
    `${HEAD}containers: { A: { max: 8MiB } }
objects: { log: { file: 16MiB } }
tasks: { a: { in: A } }
steps: [ { read: log, by: a }, { expect: { A: { memory.limit_in_bytes: 8MiB, memory.max: 8MiB, limit_max: 8MiB } } } ]
`,
    'memcg-v1',
  );
  expect((await run.counter('A', 'max')).parts.map((part) => part.words)).toEqual(['a met memory.limit_in_bytes']);
  expect(run.words.expectations.map(({ counter, held }) => `${counter} ${held}`)).toEqual(Array(3).fill('memory.limit_in_bytes true'));
});

test('dirty pages: who made them and who waited', async () => {
  const run = told(
    `${HEAD}containers: { A: { max: 16MiB } }
objects: { db: { file: 8MiB } }
tasks: { a: { in: A } }
steps:
  - { write: db, by: a }
  - { sleep: 10s }
`,
    'memcg-v2',
  );
  const dirty = await partsOf(run, 'A', 'file_dirty');
  expect(dirty[0]).toMatch(/^\d+ pages became dirty$/);
  expect(dirty[1]).toMatch(/^-\d+ dirty pages were written to disk, or went$/);
  expect(await partsOf(run, 'A', 'dirty_paused_usec')).toEqual([expect.stringMatching(/^\d+ a waited, as too much was dirty$/)]);
  const thresholds = (await run.counter('A', 'dirty_thresh')).parts.map(({ words }) => words);
  expect(thresholds[0]).toMatch(/^the threshold (rose|fell), as it was looked at again/);
});

test('what was charged and uncharged for one thing is told as one sum', async () => {
  const run = told(
    `${HEAD}containers: { A: {}, B: {} }
objects: { conn: { socket: tcp, receiver: B } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { send: conn, by: a, size: 64KiB }
  - { receive: conn, by: b, size: 32KiB }
`,
    'memcg-v2',
  );
  expect(await partsOf(run, 'A', 'sock')).toEqual(['-98304 uncharged for conn, net', '98304 a was charged for conn']);
});

test('a page that a removed container is charged for is told as that of a dying one', async () => {
  const run = told(
    `${HEAD}containers: { A: {}, B: {} }
objects: { lib: { file: 1MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: lib, by: a }
  - { exit: a }
  - { remove: A }
  - { map: lib, by: b, as: l }
  - { peek: l, by: b }
`,
    'memcg-v2',
  );
  const why = await run.page('lib', 3);
  expect(why.words).toBe('b faulted lib[3] (minor fault) at step 4; under memcg-v2 it is charged to A (dying): a read lib[3] first at step 0.');
  expect(why.rule).toContain('what a removed container is charged for stays with it');
});
