import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Contributions } from './contributions.ts';
import { COUNTER, COUNTER_COUNT, COUNTERS } from './counters.ts';
import { KIND } from './events.ts';
import { recordInMemory } from './memory-run.ts';
import { createRunSearch } from './run-search.ts';
import { RunState } from './state.ts';
import { plainCompressor } from './test-compressor.ts';
import { columnsOf, randomStream, type TestEvent, testMeta, testNames } from './test-streams.ts';

/** `peak` is what `current` was once. */
const FOLLOWED = COUNTERS.filter(({ index }) => index !== COUNTER.peak);

const objectsOf = (events: readonly TestEvent[]) => {
  const run = recordInMemory(testMeta, testNames, plainCompressor);
  run.sink.seal(columnsOf(events), events.length);
  return createRunSearch(run.reader, plainCompressor).parts.objects;
};

test('the parts of any counter of any container add up to it after any event', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(5), fc.array(fc.nat(400), { minLength: 1, maxLength: 4 }), (seed, container, checked_at) => {
      const events = randomStream(seed, 400);
      const columns = columnsOf(events);
      const objects = objectsOf(events);
      const all_parts = FOLLOWED.map(({ index }) => new Contributions(objects, container, index));
      const state = new RunState();
      let row = 0;
      for (const at of checked_at.toSorted((x, y) => x - y)) {
        const to = Math.min(at, events.length);
        state.apply(columns, row, to);
        for (const parts of all_parts) parts.apply(columns, row, to, 0);
        row = to;
        const totals = all_parts.map((parts) => parts.sums().reduce((sum, part) => sum + part, 0));
        expect(totals).toEqual(FOLLOWED.map(({ index }) => state.values[container * COUNTER_COUNT + index] ?? 0));
      }
    }),
    { numRuns: 15 },
  );
});

test('a page that a container goes on paying for stays with what began it; what its share grows by is of what made it grow', () => {
  const events: TestEvent[] = [
    { kind: KIND.container_create, container: 0, a: 0, b: -1 },
    { kind: KIND.container_create, container: 1, a: 1, b: 0 },
    { kind: KIND.object_create, page: 0, a: 4, b: 0 },
    { kind: KIND.step_begin, a: 0, b: 10 },
    { kind: KIND.page_add, task: 3, container: 1, page: 0, a: 8, flags: 2 },
    { kind: KIND.step_begin, a: 1, b: 11 },
    { kind: KIND.page_add, task: 3, container: 1, page: 1, a: 8, flags: 2 },
    { kind: KIND.step_begin, a: 2, b: 12 },
    { kind: KIND.page_evict, container: 1, page: 1, a: 8 },
    { kind: KIND.uncharge, container: 1, page: 0, a: 4 },
    { kind: KIND.charge, container: 1, page: 0, a: 2 },
  ];
  const parts = new Contributions(objectsOf(events), 1, COUNTER.current);
  parts.apply(columnsOf(events), 0, events.length, 0);
  const sums = parts.sums();
  const found = parts.groups.flatMap((group, id) => (sums[id] === 0 ? [] : [{ ...group, amount: sums[id] }]));
  expect(found).toMatchObject([
    { step_index: 0, line: 10, task: 3, object: 0, kind: KIND.page_add, first_event: 4, amount: 4 },
    { step_index: 2, line: 12, kind: KIND.charge, first_event: 10, amount: 2 },
  ]);
});
