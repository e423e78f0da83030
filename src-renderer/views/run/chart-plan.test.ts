import { describe, expect, test } from 'vitest';
import { COUNTER } from '../../../src-engine/record/counters.ts';
import type { ContainerView, SeriesView } from '../../../src-engine/record/run.ts';
import { chartModel, disjoint, planCharts, seriesKey } from './chart-plan.ts';

const container = (id: number, parent: number, path: string): ContainerView => ({ id, parent, path, exists: true, counters: new Float64Array() });
const CONTAINERS = [container(0, -1, '.'), container(1, 0, 'pods'), container(2, 1, 'pods/a'), container(3, 0, 'B')];
const series = (container_id: number, counter: number, values: number[]): [string, SeriesView] => {
  const last = Float64Array.from(values);
  return [seriesKey(container_id, counter), { container: container_id, counter, x: Float64Array.from(values.keys()), min: last, max: last, last }];
};
const MOVED = new Set<number>([COUNTER.anon, COUNTER.file, COUNTER.shmem]);
const ZOOM = { from: 0, to: 2 };

describe('planCharts', () => {
  test('charge by container with limits, classes, and picked counters by unit', () => {
    const charts = planCharts(CONTAINERS, [2, 3], 2, [COUNTER.pgscan, COUNTER.active_file], false, MOVED);
    expect(charts.map((chart) => chart.id)).toEqual(['containers', 'classes', 'picked-bytes', 'picked-count']);
    expect(charts[0].lines.filter((line) => line.limit !== true).map((line) => line.label)).toEqual(['pods/a', 'B']);
    expect(charts[3].lines).toEqual([{ container: 2, counter: COUNTER.pgscan, label: 'pgscan', style_index: 0 }]);
  });

  test('a container with memory.high has its line beside memory.max', () => {
    const counters = new Float64Array(COUNTER.limit_high + 1).fill(-1);
    const high = { ...CONTAINERS[3], counters: counters.with(COUNTER.limit_high, 4096) };
    const [{ lines }] = planCharts([...CONTAINERS.slice(0, 2), { ...CONTAINERS[2], counters }, high], [2, 3], 2, [], false, MOVED);
    expect(lines.filter((line) => line.limit === true).map((line) => line.label)).toEqual(['pods/a memory.max', 'B memory.max', 'B memory.high']);
  });

  test('of the picked counters of one unit every second is dashed', () => {
    const charts = planCharts(CONTAINERS, [], 2, [COUNTER.pgscan, COUNTER.active_file, COUNTER.pgsteal], false, MOVED);
    expect(charts.slice(1).map((chart) => chart.lines.map((line) => [line.label, line.dashed === true]))).toEqual([
      [['active_file', false]],
      [
        ['pgscan', false],
        ['pgsteal', true],
      ],
    ]);
  });

  test('classes that the run never had get no line, and each keeps its colour', () => {
    const classesOf = (...moved: number[]) =>
      planCharts(CONTAINERS, [], 2, [], false, new Set(moved))[0].lines.map(({ label, style_index }) => [label, style_index]);
    expect(classesOf(COUNTER.file, COUNTER.kernel, COUNTER.pins)).toEqual([
      ['file', 5],
      ['kernel', 7],
    ]);
    expect(classesOf(COUNTER.anon, COUNTER.sock)).toEqual([
      ['anon', 4],
      ['sock', 3],
    ]);
    expect(classesOf().map(([label]) => label)).toEqual(['anon', 'file']);
  });

  test('a trace has only picked counters', () => {
    expect(planCharts(CONTAINERS, [0], 0, [COUNTER.pgscan], true, MOVED).map((chart) => chart.id)).toEqual(['picked-count']);
  });

  test('a trace with the root container alone is called the trace', () => {
    const titles = (containers: readonly ContainerView[]) => planCharts(containers, [0], 0, [COUNTER.pgscan], true, MOVED).map((chart) => chart.title);
    expect(titles(CONTAINERS.slice(0, 1))).toEqual(['counters of the trace']);
    expect(titles(CONTAINERS)).toEqual(['counters of .']);
  });
});

test('what lies below a charted container is not stacked upon it', () => {
  expect([...disjoint(CONTAINERS, [1, 2, 3])]).toEqual([1, 3]);
  expect([...disjoint(CONTAINERS, [2, 3])]).toEqual([2, 3]);
  expect([...disjoint(CONTAINERS, [0, 1])]).toEqual([0]);
});

test('stacked classes add up: shmem is taken out of file', () => {
  const [classes] = planCharts(CONTAINERS, [], 2, [], false, MOVED).filter((chart) => chart.id === 'classes');
  const model = chartModel(
    classes,
    new Map([series(2, COUNTER.anon, [1, 1]), series(2, COUNTER.file, [10, 12]), series(2, COUNTER.shmem, [4, 5])]),
    ZOOM,
    true,
    new Set(),
  );
  expect(model.lines.map((line) => [line.label, [...line.points.y]])).toEqual([
    ['anon', [1, 1]],
    ['file − shmem', [6, 7]],
    ['shmem', [4, 5]],
  ]);
});

test('lines without data yet are left out', () => {
  const [chart] = planCharts(CONTAINERS, [2, 3], 2, [], false, MOVED);
  expect(chartModel(chart, new Map([series(2, COUNTER.current, [1])]), ZOOM, false, new Set()).lines.map((line) => line.id)).toEqual([
    seriesKey(2, COUNTER.current),
  ]);
});
