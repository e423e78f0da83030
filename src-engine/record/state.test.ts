import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COUNTER, COUNTER_COUNT, COUNTERS } from './counters.ts';
import { KIND, OBJECT_CLASS } from './events.ts';
import { Journal } from './journal.ts';
import { NaiveState } from './naive-state.ts';
import type { RunNames } from './run.ts';
import { RunState } from './state.ts';
import { SCALAR } from './state-tables.ts';
import { columnsOf, randomStream, type TestEvent, testMeta, testNames } from './test-streams.ts';
import { viewState } from './view.ts';

const names: RunNames = testNames;
const viewed = (state: RunState) => viewState(state, { ...testMeta, charge_shift: 0 }, names, state.passes.at(-1) ?? null);
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

const applyAll = (events: readonly TestEvent[]): RunState => {
  const state = new RunState();
  state.apply(columnsOf(events), 0, events.length);
  return state;
};

function expectSame(state: RunState, naive: NaiveState): void {
  expect([...state.scalars.subarray(0, 4)]).toEqual([naive.event_index, naive.time_ns, naive.step_index, naive.step_line]);
  for (const [id, { exists }] of naive.containers) {
    const expected = naive.counters(id);
    for (const { index, name } of COUNTERS) expect(state.values[id * COUNTER_COUNT + index], `${name} of container ${id}`).toBe(expected[index]);
    expect(state.container_life[id] === 1).toBe(exists);
  }
  for (const object of naive.objects.keys()) {
    const expected = naive.object(object);
    expect([state.object_resident[object], state.object_mapped[object], state.object_swapped[object]]).toEqual([
      expected.resident,
      expected.mapped,
      expected.swapped,
    ]);
    const sums = (pairs: typeof state.owner_units) =>
      new Map(pairs.nonzero().flatMap(({ row, column, sum }) => (row === object ? [[column, sum] as const] : [])));
    expect(sums(state.owner_units)).toEqual(expected.owners);
    expect(sums(state.mapped_by)).toEqual(expected.mapped_by);
  }
  for (const [task, { alive, container }] of naive.tasks) {
    expect(state.task_life[task] === 1).toBe(alive);
    if (alive) expect(state.task_container[task]).toBe(container);
    expect(state.task_rss[task]).toBe(naive.rss(task));
  }
}

test('the state after any valid stream is what the naive reference says', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 400 }), (seed, count) => {
      const events = randomStream(seed, count);
      const naive = new NaiveState();
      for (const event of events) naive.apply(event);
      expectSame(applyAll(events), naive);
    }),
    { numRuns: 60 },
  );
});

test('it does not matter in which portions events are applied', () => {
  fc.assert(
    fc.property(seeds, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (seed, portions) => {
      const events = randomStream(seed, 600);
      const columns = columnsOf(events);
      const state = new RunState();
      for (let row = 0, turn = 0; row < events.length; turn++) {
        const next = Math.min(row + portions[turn % portions.length], events.length);
        state.apply(columns, row, next);
        row = next;
      }
      expect(viewed(state)).toEqual(viewed(applyAll(events)));
    }),
    { numRuns: 40 },
  );
});

test('undo is the inverse of apply, at any depth, and applying again leads to the same state', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }), (seed, plain, undone) => {
      const events = randomStream(seed, 500);
      const columns = columnsOf(events);
      const state = new RunState();
      const journal = new Journal(state);
      const from = Math.min(plain, events.length);
      state.apply(columns, 0, from);
      journal.apply(columns, from, events.length);
      const end = viewed(state);
      const back = Math.min(undone, journal.depth);
      journal.undo(back);
      expect(viewed(state)).toEqual(viewed(applyAll(events.slice(0, events.length - back))));
      journal.apply(columns, events.length - back, events.length);
      expect(viewed(state)).toEqual(end);
    }),
    { numRuns: 60 },
  );
});

test('the journal forgets the oldest events, never the newest', () => {
  const events: TestEvent[] = Array.from({ length: 20_000 }, (_, step) => ({ kind: KIND.step_begin, a: step, b: step }));
  const state = new RunState();
  const journal = new Journal(state);
  journal.apply(columnsOf(events), 0, events.length);
  expect(journal.depth).toBeGreaterThanOrEqual(4096);
  expect(journal.depth).toBeLessThanOrEqual(8192);
  journal.undo(4000);
  expect(state.scalars[SCALAR.step_index]).toBe(15_999);
});

test('a recharge leaves the common ancestors and their peak alone', () => {
  const state = applyAll([
    { kind: KIND.container_create, container: 0, a: 0, b: -1 },
    { kind: KIND.container_create, container: 1, a: 1, b: 0 },
    { kind: KIND.container_create, container: 2, a: 2, b: 0 },
    { kind: KIND.object_create, page: 0, a: 1, b: 0, flags: OBJECT_CLASS.file },
    { kind: KIND.page_add, container: 1, page: 0, a: 1, flags: 2 },
    { kind: KIND.recharge, container: 2, page: 0, a: 1, b: 1 },
  ]);
  const shown = (container: number, counter: number) => state.values[container * COUNTER_COUNT + counter];
  expect([0, 1, 2].map((container) => [shown(container, COUNTER.current), shown(container, COUNTER.peak), shown(container, COUNTER.inactive_file)])).toEqual([
    [1, 1, 1],
    [0, 1, 0],
    [1, 1, 1],
  ]);
});

test('events that speak of what is not there are taken without harm', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          kind: fc.integer({ min: 0, max: 60 }),
          flags: fc.integer({ min: 0, max: 255 }),
          task: fc.integer({ min: 0, max: 20 }),
          container: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(0xffff)),
          page: fc.integer({ min: 0, max: 300 }),
          a: fc.integer({ min: -5, max: 300 }),
          b: fc.integer({ min: -5, max: 300 }),
        }),
        { maxLength: 200 },
      ),
      (events) => {
        const columns = columnsOf(events);
        const state = new RunState();
        const journal = new Journal(state);
        journal.apply(columns, 0, events.length);
        journal.undo(journal.depth);
        expect(viewed(state)).toEqual(viewed(new RunState()));
      },
    ),
    { numRuns: 200 },
  );
});
