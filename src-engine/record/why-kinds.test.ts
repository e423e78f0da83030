import { expect, test } from 'vitest';
import { KIND } from './events.ts';
import { told } from './test-told.ts';
import type { PageWhy } from './why.ts';

/** Step by step from newest: what is said, with the step before it. */
const chain = ({ links }: PageWhy): string[] => links.map(({ step_index, words }) => `${step_index}: ${words}`);

const PINS = `memledger: 1
name: Pins
machine: { memory: 64MiB }
containers:
  A: { max: 16MiB }
  B: { max: 16MiB, pins-max: 8MiB }
objects:
  library: { file: 1MiB }
tasks:
  a: { in: A }
  b: { in: B }
steps:
  - { read: library, by: a }
  - { pin: library, by: b, range: 0..64KiB, via: fd1 }
  - { close: fd1 }
`;

test('a pin is told with what it covers, and changes nothing in who pays', async () => {
  const why = await told(PINS, 'pages=static,pins=cgroup-set').page('library', 3);
  expect(chain(why)).toEqual([
    '2: a driver unpinned library[3], one of 16 pages (16 fewer on the account of pins)',
    '1: b pinned library[3], one of 16 pages (16 more on the account of pins)',
    '0: a read library[3] first: A is charged 1 page',
    '-1: library[3] came into being with its object',
  ]);
  expect(why.owners).toHaveLength(1);
  expect(why.links.map(({ changes_charge }) => changes_charge)).toEqual([false, false, true, false]);
});

test('the way to swap and back is told, with whose slot it was', async () => {
  const scenario = `memledger: 1
name: Swap
machine: { memory: 64MiB, swap: 16MiB }
containers:
  A: { max: 2MiB }
tasks:
  a: { in: A }
steps:
  - { alloc: heap, by: a, size: 3MiB }
  - { touch: heap, by: a }
  - { touch: heap, by: a, range: 0..64KiB }
  - { unmap: heap, by: a }
`;
  expect(chain(await told(scenario, 'memcg-v2').page('a:heap', 3))).toEqual([
    '3: a:heap[3] was freed (unmapped): A is uncharged 1 page',
    '3: a’s mapping of a:heap[3] went away',
    '2: a faulted a:heap[3] (major fault); it stays charged to A',
    '2: the swap slot of a:heap[3] on the account of A was given back',
    '2: a brought a:heap[3] back from swap: A is charged 1 page',
    '1: reclaim took a:heap[3] to swap on the account of A in a pass of a on A (memory.max hit): A is uncharged 1 page',
    '1: a’s mapping of a:heap[3] went away',
    '1: a faulted a:heap[3] first: A is charged 1 page',
    '0: a:heap[3] came into being with its object',
  ]);
});

test('under software zones the owner of a zone pays for what is its own, and nobody for what is shared', async () => {
  const scenario = `memledger: 1
name: Zones
machine: { memory: 64MiB, zone: 4MiB }
containers:
  A: { max: 16MiB }
  B: { max: 16MiB }
objects:
  shared: { file: 1MiB }
tasks:
  a: { in: A }
  b: { in: B }
steps:
  - { read: shared, by: a }
  - { read: shared, by: b }
  - { alloc: heap, by: b, size: 64KiB }
  - { touch: heap, by: b }
`;
  const run = told(scenario, 'software-zones');
  const shared = await run.page('shared', 3);
  expect(shared.words).toBe('shared[3] is charged to nobody: a read shared[3] first at step 0, and nothing was ever charged for it.');
  expect(shared.rule).toBe('Under software-zones the owner of the zone in which a page lies pays; what is shared lies in zones charged to nobody.');
  expect(chain(await run.page('b:heap', 3))).toEqual(['3: b faulted b:heap[3] first: B is charged 1 page', '2: b:heap[3] came into being with its object']);
});

test('under CKRM a page goes with the task that moves, and back when its class goes', async () => {
  const scenario = `memledger: 1
name: Classes
machine: { memory: 64MiB }
containers:
  A: { min: 2MiB }
  B: { min: 8MiB }
  C: {}
objects:
  shared: { file: 1MiB }
tasks:
  a: { in: A }
  b: { in: C }
steps:
  - { map: shared, by: a, as: view-a }
  - { peek: view-a, by: a }
  - { map: shared, by: b, as: view-b }
  - { peek: view-b, by: b }
  - { move: b, to: B }
  - { exit: b }
  - { remove: B }
`;
  const why = await told(scenario, 'ckrm').page('shared', 3);
  expect(chain(why)).toEqual([
    '6: the charge for shared[3] went from B to A, for B was about to be removed',
    '5: b’s mapping of shared[3] went away',
    '4: the charge for shared[3] went from A to B, as b moved to B',
    '3: b faulted shared[3] (minor fault); it stays charged to A',
    '1: a faulted shared[3] first: A is charged 1 page',
    '-1: shared[3] came into being with its object',
  ]);
  expect(why.rule).toMatch(/^Under ckrm a page has one owner/);
});

test('`current` names the rules of what it holds: pages, kernel memory, sockets', async () => {
  const scenario = `memledger: 1
name: Kernel memory and sockets
machine: { memory: 64MiB }
containers:
  A: { max: 16MiB }
objects:
  dentry: { slab: 192, per-page: 21 }
  conn: { socket: tcp }
tasks:
  a: { in: A }
steps:
  - { slab: dentry, by: a, objects: 500 }
  - { sample: kernel }
  - { alloc: heap, by: a, size: 64KiB }
  - { touch: heap, by: a }
  - { sample: pages }
  - { send: conn, by: a, size: 256KiB }
`;
  const run = told(scenario, 'memcg-v2');
  const samples = run.run.parts.blocks.decoded(0).columns;
  const at = (step: number): number => [...samples.kind].findIndex((kind, row) => kind === KIND.step_begin && samples.a[row] === step);
  expect((await run.counter('A', 'current', at(1))).rule).toBe('Under memcg-v2 kernel objects are charged one by one to the container that allocates them.');
  const with_pages = await run.counter('A', 'current', at(4));
  expect(with_pages.rule).toMatch(/^Under memcg-v2 the first to touch .* Under memcg-v2 kernel objects are charged one by one [^.]*\.$/);
  const with_sockets = await run.counter('A', 'current');
  expect(with_sockets.rule).toMatch(/Under memcg-v2 socket buffers are charged to the container of the socket, in the same counter as all else\.$/);
  expect((await run.counter('A', 'anon')).rule).toMatch(/^Under memcg-v2 the first to touch [^.]*\.$/);
});
