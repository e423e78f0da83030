import { describe, expect, it } from 'vitest';
import { COUNTER, COUNTER_COUNT } from '../record/counters.ts';
import type { Player, StateView } from '../record/run.ts';
import { findDivergence, firstDifference, orderOf, stateAfterStep } from './divergence.ts';

/** A state in which container A holds `current` bytes; undefined: there is no such container. */
function stateWith(current: number | undefined, step_index = 0): StateView {
  const counters = new Float64Array(COUNTER_COUNT);
  counters[COUNTER.current] = current ?? 0;
  return {
    event_index: 0,
    step_index,
    step_line: step_index + 10,
    time_ns: 0,
    containers: [{ id: 1, parent: 0, path: 'A', exists: current !== undefined, counters }],
    objects: [],
    tasks: [],
    costs: new Float64Array(8),
    pass: null,
  };
}

/** A player whose state after each step is given; one event a step. */
function playerOver(values: readonly (number | undefined)[]): Player {
  const unused = (): never => {
    throw new Error('not asked for in this test');
  };
  return {
    event_count: values.length,
    step_count: values.length,
    seek: (target) => {
      const step_index = 'event' in target ? target.event - 1 : 0;
      return stateWith(values[step_index], step_index);
    },
    events: unused,
    series: unused,
    density: unused,
    passes: unused,
    pageReferences: unused,
    stepLines: unused,
    stepEvents: (from_step, to_step) => Float64Array.from({ length: Math.max(0, Math.min(to_step, values.length) - from_step) }, (_, at) => from_step + at),
  };
}

const noPause = (): Promise<void> => Promise.resolve();

describe('firstDifference', () => {
  it('is null for equal states', () => {
    expect(firstDifference([stateWith(4096), stateWith(4096)])).toBeNull();
  });

  it('names container, counter and the values of all runs', () => {
    expect(firstDifference([stateWith(4096), stateWith(8192), stateWith(4096)])).toEqual({ path: 'A', counter: 'current', values: [4096, 8192, 4096] });
  });

  it('names the container that differs, and not those above it', () => {
    const tree = (currents: Readonly<Record<string, number>>): StateView => {
      const [base] = stateWith(0).containers;
      const containers = Object.entries(currents).map(([path, current], id) => {
        const counters = base.counters.slice();
        counters[COUNTER.current] = current;
        return { ...base, id, path, counters };
      });
      return { ...stateWith(0), containers };
    };
    const one = tree({ '.': 9, pods: 6, 'pods/a': 2, 'pods/b': 4, 'pods/b/x': 1, podsy: 3 });
    expect(firstDifference([one, tree({ '.': 8, pods: 5, 'pods/a': 2, 'pods/b': 3, 'pods/b/x': 1, podsy: 3 })])).toEqual({
      path: 'pods/b',
      counter: 'current',
      values: [4, 3],
    });
    expect(firstDifference([one, tree({ '.': 9, pods: 6, 'pods/a': 4, 'pods/b': 2, 'pods/b/x': 1, podsy: 3 })])?.path).toBe('pods/a');
    expect(firstDifference([one, tree({ '.': 8, pods: 6, 'pods/a': 2, 'pods/b': 4, 'pods/b/x': 1, podsy: 2 })])?.path).toBe('podsy');
    expect(firstDifference([one, tree({ '.': 8, pods: 6, 'pods/a': 2, 'pods/b': 4, 'pods/b/x': 1, podsy: 3 })])?.path).toBe('.');
  });

  it('takes a container that a model could not create as empty', () => {
    expect(firstDifference([stateWith(4096), stateWith(undefined)])?.values).toEqual([4096, 0]);
    expect(firstDifference([stateWith(0), stateWith(undefined)])).toBeNull();
  });
});

describe('findDivergence', () => {
  const left = playerOver([0, 1, 2, 2, 5, 5]);
  const right = playerOver([0, 1, 2, 3, 5, 6]);

  it('finds the first step after which the runs differ, from a step on', async () => {
    expect(await findDivergence([left, right], 0, 1, noPause)).toMatchObject({ step_index: 3, line: 13, values: [2, 3] });
    expect(await findDivergence([left, right], 4, 1, noPause)).toMatchObject({ step_index: 5 });
  });

  it('searches backwards as well', async () => {
    expect(await findDivergence([left, right], 4, -1, noPause)).toMatchObject({ step_index: 3 });
    expect(await findDivergence([left, right], 2, -1, noPause)).toBeNull();
  });

  it('stops at the end of the shorter run', async () => {
    expect(await findDivergence([playerOver([0]), right], 0, 1, noPause)).toBeNull();
  });
});

describe('stateAfterStep', () => {
  it('is the state right before the next step begins', () => {
    expect(stateAfterStep(playerOver([7, 8, 9]), 1).containers[0]?.counters[COUNTER.current]).toBe(8);
  });
});

describe('a change of the differences', () => {
  it('is where one begins, turns its sign or ends, not where it only grows', async () => {
    const runs = [playerOver([0, 4, 4, 4, 4, 9]), playerOver([0, 4, 5, 9, 1, 9])];
    const found = async (from_step: number, direction: 1 | -1) => {
      const divergence = await findDivergence(runs, from_step, direction, noPause, 'change');
      return divergence === null ? null : [divergence.step_index, divergence.change, divergence.values];
    };
    expect(await found(0, 1)).toEqual([2, 'begins', [4, 5]]);
    expect(await found(3, 1)).toEqual([4, 'turns', [4, 1]]);
    expect(await found(5, 1)).toEqual([5, 'ends', [9, 9]]);
    expect(await found(3, -1)).toEqual([2, 'begins', [4, 5]]);
    expect(await found(1, -1)).toBeNull();
  });

  it('takes what is not known for no difference', () => {
    expect([orderOf([1, Number.NaN]), orderOf([2, 2]), orderOf([2, 1, 2])]).toEqual(['', '', '1 0 1']);
  });
});
