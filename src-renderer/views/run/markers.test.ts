import { expect, test } from 'vitest';
import { COUNTER, COUNTER_COUNT, COUNTERS } from '../../../src-engine/record/counters.ts';
import { COST } from '../../../src-engine/record/events.ts';
import type { StateView } from '../../../src-engine/record/run.ts';
import { deltasText, markerDeltas, markerPlace } from './markers.ts';

function state(current: number, limit: number, updates: number): StateView {
  const counters = new Float64Array(COUNTER_COUNT);
  for (const { index, name, scope } of COUNTERS) if (scope === 'setting' && name !== 'limit_min' && name !== 'limit_low') counters[index] = -1;
  counters[COUNTER.current] = current;
  counters[COUNTER.limit_max] = limit;
  const costs = new Float64Array(Object.keys(COST).length);
  costs[COST.counter_updates] = updates;
  return {
    event_index: 0,
    step_index: 0,
    step_line: 1,
    time_ns: 0,
    containers: [{ id: 1, parent: 0, path: 'A', exists: true, counters }],
    objects: [],
    tasks: [],
    costs,
    pass: null,
  };
}

test('every counter and cost that differs between two markers is told, with both values', () => {
  expect(markerDeltas(state(4096, -1, 3), state(12_288, 8192, 10))).toEqual([
    { where: 'A', what: 'current', a: '4\u202fKiB', b: '12\u202fKiB', delta: '+8\u202fKiB' },
    { where: 'A', what: 'memory.max', a: 'max', b: '8\u202fKiB', delta: 'was max' },
    { where: 'model', what: 'counter updates', a: '3', b: '10', delta: '+7' },
  ]);
});

test('a container that is new at B counts from what a new one has: zero, and no limit', () => {
  expect(markerDeltas({ ...state(0, 0, 0), containers: [] }, state(4096, -1, 0))).toMatchObject([{ where: 'A', what: 'current', delta: '+4\u202fKiB' }]);
  expect(markerDeltas({ ...state(0, 0, 0), containers: [] }, state(0, 8192, 0))).toMatchObject([{ where: 'A', what: 'memory.max', a: 'max', b: '8\u202fKiB' }]);
});

test('the table as text stands in columns, without spaces that a mail would break', () => {
  const text = deltasText('run 1', markerDeltas(state(4096, 0, 3), state(0, 0, 3)));
  expect(text.split('\n').slice(2)).toEqual(['container  counter      A  B   B − A', 'A          current  4 KiB  0  −4 KiB', '']);
});

test('a marker before the first step says so', () => {
  expect(markerPlace({ ...state(0, 0, 0), event_index: 1, step_index: -1 })).toBe('event 1, before the first step, 0\u202fns');
  expect(markerPlace(state(0, 0, 0))).toContain('step 0');
});
