import { describe, expect, test } from 'vitest';
import { COUNTER } from '../../../src-engine/record/counters.ts';
import { chartColumns, differenceModels, differenceMultiples, joinSeries, multipleModels, planMultiples } from './compare-charts.ts';

const axis = { step_events: Float64Array.of(0, 10), event_count: 20 };
const part = (x: number[], y: number[]) => ({
  container: 1,
  counter: 0,
  x: Float64Array.from(x),
  min: Float64Array.from(y),
  max: Float64Array.from(y),
  last: Float64Array.from(y),
});
const LOOK = { id: 'a', label: 'A', style_index: 0 };

describe('small multiples', () => {
  test('one per run or one per container; a thing keeps its colour', () => {
    const by_run = planMultiples(['static', 'rss'], ['A', 'B', 'C'], 'run');
    expect(by_run.map((multiple) => [multiple.title, multiple.lines.map((line) => line.style_index)])).toEqual([
      ['static', [0, 1, 2]],
      ['rss', [0, 1, 2]],
    ]);
    const by_container = planMultiples(['static', 'rss'], ['A', 'B', 'C'], 'container');
    expect(by_container.map((multiple) => [multiple.title, multiple.lines.map((line) => line.label)])).toEqual([
      ['A', ['static', 'rss']],
      ['B', ['static', 'rss']],
      ['C', ['static', 'rss']],
    ]);
  });

  test('stretches join into one line over steps', () => {
    const line = joinSeries(axis, COUNTER.current, [part([5, 10], [1, 2]), part([10, 15], [2, 3])], LOOK);
    expect([...line.points.x]).toEqual([0.5, 1, 1.5]);
    expect([...line.points.y]).toEqual([1, 2, 3]);
  });

  test('what a coarse stretch says of events beyond it gives way to the stretch there', () => {
    const line = joinSeries(axis, COUNTER.current, [part([5, 14], [1, 9]), part([10, 14], [2, 9])], LOOK);
    expect([...line.points.x]).toEqual([0.5, 1, 1.4]);
    expect([...line.points.y]).toEqual([1, 2, 9]);
  });

  test('one scale for all until it is unlocked', () => {
    const multiples = planMultiples(['static', 'rss'], ['A'], 'run');
    const lineOf = (run: number) => joinSeries(axis, COUNTER.current, [part([5], [run === 0 ? 100 : 900])], LOOK);
    const zoom = { from: 0, to: 2 };
    expect(multipleModels(multiples, COUNTER.current, zoom, true, lineOf).map((model) => model.y_top)).toEqual([900, 900]);
    expect(multipleModels(multiples, COUNTER.current, zoom, false, lineOf).map((model) => model.y_top)).toEqual([undefined, undefined]);
  });

  test('differences are to the baseline, of both signs, and a container that the baseline lacks is all difference', () => {
    const multiples = differenceMultiples(planMultiples(['static', 'rss'], ['A', 'B'], 'run'), ['static', 'rss'], 0);
    expect(multiples.map(({ title }) => title)).toEqual(['rss − static']);
    const lineOf = (run: number, path: string) =>
      path === 'A' || run === 1 ? joinSeries(axis, COUNTER.current, [part([5, 10], run === 0 ? [100, 300] : [70, 400])], LOOK) : undefined;
    const [model] = differenceModels(multiples, 0, COUNTER.current, { from: 0, to: 2 }, true, lineOf);
    expect(model?.lines.map((line) => [...line.points.y])).toEqual([
      [-30, 100],
      [70, 400],
    ]);
    expect([model?.signed, model?.y_top]).toEqual([true, 400]);
  });
});

describe('columns of the small charts', () => {
  test('bring a chart nearest to twice as wide as high', () => {
    expect(chartColumns(8, 2560, 500)).toBe(4);
    expect(chartColumns(8, 1280, 220)).toBe(4);
    expect(chartColumns(4, 1280, 220)).toBe(4);
    expect(chartColumns(2, 1280, 240)).toBe(2);
    expect(chartColumns(1, 2560, 500)).toBe(1);
  });
  test('are one where there is no room, or none yet', () => {
    expect(chartColumns(4, 280, 900)).toBe(1);
    expect(chartColumns(4, 0, 0)).toBe(1);
  });
});
