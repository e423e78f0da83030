import { expect, test } from 'vitest';
import { COUNTER_COUNT, COUNTERS } from './counters.ts';
import { shownFactors } from './shown.ts';
import { SCALAR } from './state-tables.ts';
import { type Told, told as toldOf } from './test-told.ts';
import { type PageWhy, whyCounter } from './why.ts';

const at_once = async (): Promise<void> => {};

const SCENARIO = `memledger: 1
name: Who pays, and why
machine: { memory: 64MiB, swap: 16MiB }
containers:
  A: { max: 8MiB }
  B: { max: 8MiB }
  pods/job: { max: 8MiB }
  bank: {}
objects:
  lib: { file: 1MiB }
  stream: { file: 16MiB }
  given: { tmpfs: 256KiB, charge-to: bank }
  dentry: { slab: 192, per-page: 21, shrinkable: true }
tasks:
  a: { in: A }
  b: { in: B }
  w: { in: pods/job }
steps:
  - { map: lib, by: a, as: lib-a }
  - { touch: lib-a, by: a }
  - { map: lib, by: b, as: lib-b }
  - { touch: lib-b, by: b }
  - { alloc: heap, by: a, size: 1MiB }
  - { touch: heap, by: a }
  - { fork: a, as: child, in: B }
  - { touch: heap, by: child, range: 0..64KiB }
  - { write: given, by: a }
  - { read: stream, by: w, range: 0..2MiB }
  - { slab: dentry, by: b, objects: 500 }
  - { exit: w }
  - { remove: pods/job }
  - { read: stream, by: b }
  - { read: stream, by: a, range: 0..1MiB }
`;

/** The scenario under a model. */
const told = (model: string): Told => toldOf(SCENARIO, model);

/** Step by step from newest: what is said, with the step before it. */
const chain = ({ links }: PageWhy): string[] => links.map(({ step_index, words }) => `${step_index}: ${words}`);

test('under static the first to touch a page owns it, and later uses change nothing', async () => {
  const why = await told('static').page('lib', 12, 4000);
  expect(why.words).toMatch(/^b faulted lib\[12\] \(minor fault\) at step 3; under static it is charged to A: a faulted lib\[12\] first at step 1\.$/);
  expect(why.rule).toBe('Under static the first to touch a page owns it until it is freed; later users are not charged.');
  expect(chain(why)).toEqual([
    '3: b faulted lib[12] (minor fault); it stays charged to A',
    '1: a faulted lib[12] first: A is charged 1 page',
    '-1: lib[12] came into being with its object',
  ]);
});

test('under partial a new user halves the share of another', async () => {
  const why = await told('partial').page('lib', 12, 4000);
  expect(why.words).toBe(
    'lib[12] is charged to A (1/2 page) and B (1/2 page): b faulted lib[12] (minor fault) at step 3: A is uncharged 1/2 page, B is charged 1/2 page.',
  );
  expect(chain(why)[1]).toBe('1: a faulted lib[12] first: A is charged 1 page');
});

test('a copy after fork, a named payer, a removed container, a refault and a swapped page are told as what they are', async () => {
  const run = told('static');
  expect(chain(await run.page('child:heap', 3))[0]).toBe('7: child wrote to a page that it shared and got child:heap[3] as its own copy: B is charged 1 page');
  expect(chain(await run.page('given', 3))[0]).toBe(
    '8: a wrote given[3] first: bank is charged 1 page, though a is in A: the object or the model names who pays',
  );
  const stream = await run.page('stream', 40);
  const told_chain = chain(stream);
  expect(told_chain.at(-2)).toBe('9: w read stream[40] first: pods/job is charged 1 page');
  expect(told_chain.at(-3)).toBe('12: the charge for stream[40] went from pods/job to pods, for pods/job was about to be removed');
  expect(stream.rule).toContain('what a removed container is charged for goes to its parent');
  const evicted = await run.page('stream', 3000);
  expect(chain(evicted)).toEqual([
    expect.stringMatching(/^13: b read stream\[3000\] first: B is charged 1 page$/),
    '-1: stream[3000] came into being with its object',
  ]);
  const gone = await run.page('stream', 700);
  expect(chain(gone)[0]).toMatch(/^13: reclaim took stream\[700\] in a pass of b on B \(memory\.max hit\): B is uncharged 1 page$/);
});

test('every counter of every container is the sum of its parts, under models that charge in different ways', async () => {
  for (const model of ['memcg-v2', 'partial', 'memcg-v1-slab-optout']) {
    const { run, words, event_count } = told(model);
    const state = run.parts.replay.moveTo(event_count);
    const factors = shownFactors(words.meta.charge_shift);
    const expected = Array.from({ length: state.scalars[SCALAR.container_count] }, (_, id) => state.values.slice(id * COUNTER_COUNT, (id + 1) * COUNTER_COUNT));
    for (const [id, values] of expected.entries()) {
      for (const { index, scope } of COUNTERS) {
        if (values[index] === 0) continue;
        const why = await whyCounter(run.parts, words, null, id, index, event_count, at_once);
        const sum = why.parts.reduce((total, { amount }) => total + amount, why.rest.amount);
        const raw = values[index];
        expect(sum, `${model}: counter ${index} of ${words.container(id)}`).toBe(scope === 'setting' && raw < 0 ? -1 : raw * factors[index]);
        expect(why.value).toBe(sum);
      }
    }
  }
});

test('the parts of a counter name step, task and object, and its last change', async () => {
  const run = told('memcg-v2');
  const why = await run.counter('B', 'slab_reclaimable');
  expect(why.parts).toMatchObject([{ step_index: 10, line: 29, task: 'b', object: 'dentry', kind: 'account', words: 'b was charged for dentry' }]);
  expect(why.last_change?.step_index).toBe(10);
  const limit = await run.counter('A', 'limit_max');
  expect(limit.parts).toMatchObject([{ step_index: -1, amount: 8 * 2 ** 20, words: 'the limit was set' }]);
});

test('under partial what a share grew by comes from whoever let the pages go', async () => {
  const scenario = `memledger: 1
name: Shares grow when a sharer goes
machine: { memory: 64MiB }
containers: { A: {}, B: {}, C: {} }
objects: { lib: { file: 1MiB } }
tasks: { a: { in: A }, b: { in: B }, c: { in: C } }
steps:
  - { map: lib, by: a, as: m }
  - { peek: m, by: a }
  - { map: lib, by: b, as: m }
  - { peek: m, by: b }
  - { map: lib, by: c, as: m }
  - { peek: m, by: c }
  - { exit: a }
  - { exit: b }
`;
  const why = await toldOf(scenario, 'partial').counter('C', 'current');
  expect(why.parts.map(({ step_index, amount, words }) => [step_index, amount, words])).toEqual([
    [7, 512 * 1024, 'a larger share of pages of lib, which b let go'],
    [5, 256 * 1024, 'charged for pages of lib that c used'],
    [6, 256 * 1024, 'a larger share of pages of lib, which a let go'],
  ]);
});
