import { describe, expect, test } from 'vitest';
import { COUNTER, COUNTER_COUNT, COUNTERS } from '../../../src-engine/record/counters.ts';
import type { ContainerView, StateView } from '../../../src-engine/record/run.ts';
import { beyondReading, formatCounter, isBeyondReading } from '../run/shown-counters.ts';
import { byPath, columnLetters, compareRows, deltaTo, dyingMarks } from './compare-rows.ts';

function container(id: number, path: string, counters: Partial<Record<keyof typeof COUNTER, number>>, exists = true): ContainerView {
  const values = new Float64Array(COUNTER_COUNT);
  for (const { index, name, scope } of COUNTERS) if (scope === 'setting' && name !== 'limit_min' && name !== 'limit_low') values[index] = -1;
  for (const [name, value] of Object.entries(counters)) values[COUNTER[name as keyof typeof COUNTER]] = value;
  return { id, parent: 0, path, exists, counters: values };
}
const state = (...containers: ContainerView[]): StateView => ({
  event_index: 0,
  step_index: 0,
  step_line: 0,
  time_ns: 0,
  containers,
  objects: [],
  tasks: [],
  costs: new Float64Array(8),
  pass: null,
});
const ALL = { text: '', differences_only: false, with_zeros: false };
const A = state(container(0, '.', { current: 8192 }), container(1, 'A', { current: 8192, pgscan: 3 }));
const B = state(container(0, '.', { current: 8192 }), container(1, 'A', { current: 4096, pgscan: 3, limit_max: 4096 }), container(2, 'B', { current: 4096 }));

describe('compareRows', () => {
  test('rows by container and counter, without those that are nothing everywhere', () => {
    expect(compareRows([A, B], ALL).map((row) => [row.path, row.spec.name, row.differs])).toEqual([
      ['.', 'current', false],
      ['A', 'current', true],
      ['A', 'pgscan', false],
      ['A', 'limit_max', true],
      ['B', 'current', true],
    ]);
  });

  test('differences only, and a filter of words', () => {
    expect(compareRows([A, B], { ...ALL, differences_only: true }).map((row) => row.path)).toEqual(['A', 'A', 'B']);
    expect(compareRows([A, B], { ...ALL, text: 'A pgscan' })).toHaveLength(1);
    expect(compareRows([A, B], { ...ALL, text: 'limit_in_bytes' }).map((row) => row.spec.name)).toEqual(['limit_max']);
    expect(compareRows([A, B], { ...ALL, text: 'memory.events oom_kill', with_zeros: true }).length).toBeGreaterThan(0);
  });

  test('deltas are signed and against the baseline', () => {
    const [, current, , limit, only_b] = compareRows([A, B], ALL);
    expect(deltaTo(current, 0, 1)).toEqual({ direction: 'down', text: '−4\u202fKiB' });
    expect(deltaTo(current, 1, 0)).toEqual({ direction: 'up', text: '+4\u202fKiB' });
    expect(deltaTo(current, 0, 0)).toBeUndefined();
    expect(deltaTo(limit, 0, 1)).toEqual({ direction: 'down', text: 'baseline max' });
    expect(deltaTo(only_b, 0, 1)?.text).toBe('+4\u202fKiB');
  });
});

test('a column has room for its longest value and difference', () => {
  const much = { current: 2 ** 34, pgfault: 1_395_189_734, limit_max: 2 ** 34 };
  const states = [
    A,
    B,
    state(container(0, '.', much), container(1, 'A', { ...much, pgfault: 7 })),
    state(container(0, '.', { current: Number.NaN, pgscan: 12 })),
  ];
  const rows = compareRows(states, { ...ALL, with_zeros: true });
  for (const baseline of states.keys())
    for (const run of states.keys()) {
      const letters = columnLetters(rows, baseline, run);
      for (const row of rows) {
        const value = row.values[run];
        expect(value === undefined ? 0 : formatCounter(row.spec, value).length).toBeLessThanOrEqual(letters.value);
        expect(deltaTo(row, baseline, run)?.text.length ?? 0).toBeLessThanOrEqual(letters.delta);
      }
    }
});

test('a container created again is the one that exists', () => {
  const table = byPath(state(container(1, 'A', { current: 1 }, false), container(2, 'A', { current: 2 }), container(3, 'B', {}, false)));
  expect(table.get('A')?.id).toBe(2);
  expect(table.get('B')?.id).toBe(3);
});

test('a removed container that something is charged to is marked as dying, where it is', () => {
  const held = state(container(1, 'A', { current: 8192, file: 8192 }, false), container(2, 'B', { current: 4096, file: 4096 }, false));
  const empty = state(container(1, 'A', {}, false), container(2, 'B', { current: 4096, file: 4096 }, false));
  const marks = dyingMarks([held, empty, state()], ['zombie', 'reparent', 'none']);
  expect([...marks.keys()]).toEqual(['A', 'B']);
  expect(marks.get('A')).toEqual({ mark: 'dying 1/2', words: 'A was removed and is dying; it still holds 8\u202fKiB file under zombie' });
  expect(marks.get('B')?.mark).toBe('dying');
  expect(dyingMarks([A, B], ['one', 'other']).size).toBe(0);
});

test('a container that a real kernel removed is marked, and says of its peak what was read before', () => {
  const unknown = { ...container(1, 'A', {}, false), counters: new Float64Array(COUNTER_COUNT).fill(Number.NaN) };
  const read_last = new Float64Array(COUNTER_COUNT).fill(Number.NaN);
  read_last.set([4096, 8192]);
  const gone = { ...unknown, read_last };
  expect([gone, unknown, container(1, 'A', {})].map(isBeyondReading)).toEqual([true, false, false]);
  const marks = dyingMarks([state(gone), A], ['linux 6.12', 'static']);
  expect(marks.get('A')).toEqual({
    mark: 'removed 1/2',
    words: 'A was removed under linux 6.12; of a real kernel nobody reads what a removed cgroup still holds',
  });
  const why = 'Not known: A was removed, and of a real kernel nobody reads what a removed cgroup still holds';
  const told = (name: keyof typeof COUNTER) => beyondReading(gone, COUNTERS[COUNTER[name]]);
  expect(told('peak')).toEqual({ text: '≥ 8\u202fKiB', title: `${why}; it was at least 8\u202fKiB, as read last before the removal` });
  expect(told('current')).toEqual({ text: '–', title: `${why}; 4\u202fKiB was read last before the removal` });
  expect(told('anon')).toEqual({ text: '–', title: why });
});
