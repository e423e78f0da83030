import type { AxisUnit } from '../../../src-engine/base/axis.ts';
import { counterLabel } from '../../../src-engine/record/counter-names.ts';
import { COUNTER, COUNTERS, type CounterSpec, shownUnit } from '../../../src-engine/record/counters.ts';
import type { ContainerView, SeriesView } from '../../../src-engine/record/run.ts';
import { type ChartLine, type LineChartModel, type LinePoints, lineOfSeries, stackable, unionOfX, valuesAt } from '../../charts/line-chart-model.ts';
import type { ZoomRange } from './zoom.ts';

/** One line to draw: a counter of a container. */
export interface PlannedLine {
  readonly container: number;
  readonly counter: number;
  readonly label: string;
  readonly style_index: number;
  /** The limit that belongs to a line; drawn in its colour. */
  readonly limit?: boolean;
  /** As in ChartLine. */
  readonly dashed?: boolean;
}

/** One chart of the run view. */
export interface PlannedChart {
  readonly id: 'containers' | 'classes' | `picked-${AxisUnit}`;
  readonly title: string;
  readonly unit: AxisUnit;
  readonly lines: readonly PlannedLine[];
  /** Whether its lines add up to something. */
  readonly stackable: boolean;
}

export const seriesKey = (container: number, counter: number): string => `${container}/${counter}`;

/** What memory is charged for, and the colour of each: from the palette's end, so that few containers have the same. `file` counts `shmem` too. */
const CLASS_STYLES: ReadonlyMap<number, number> = new Map([
  [COUNTER.anon, 4],
  [COUNTER.file, 5],
  [COUNTER.shmem, 6],
  [COUNTER.kernel, 7],
  [COUNTER.sock, 3],
]);
/** Picked counters have a chart for each unit, in this order. */
const PICKED_UNITS: readonly AxisUnit[] = ['bytes', 'count', 'percent'];

/** Shown where a run has charged nothing. */
const PLAIN_CLASSES: ReadonlySet<number> = new Set([COUNTER.anon, COUNTER.file]);

/**
 * The charts of a run: charge by container, charge by class of the selected one, and the counters the user picked.
 * `containers` are as the run left them; `charted` are those with a line of their own, `moved` the counters that were ever more than 0: classes that the run does not have get no line. A trace records no charges: it has only the picked counters. `specs`: COUNTERS by the names of the run's hierarchy.
 */
export function planCharts(
  containers: readonly ContainerView[],
  charted: readonly number[],
  selected: number,
  picked: readonly number[],
  is_trace: boolean,
  moved: ReadonlySet<number>,
  specs: readonly CounterSpec[] = COUNTERS,
): readonly PlannedChart[] {
  const has_classes = [...CLASS_STYLES.keys()].some((counter) => moved.has(counter));
  const classes = has_classes ? moved : PLAIN_CLASSES;
  const path = (id: number): string => containers.find((container) => container.id === id)?.path ?? `${id}`;
  const with_high = new Set(containers.filter(({ counters }) => (counters[COUNTER.limit_high] ?? -1) >= 0).map(({ id }) => id));
  // Counters such as pgscan and pgsteal are often equal: every second line is dashed, so that none hides its neighbour.
  const pickedLines = (unit: AxisUnit): readonly PlannedLine[] =>
    picked
      .map((counter, style_index) => ({ container: selected, counter, label: counterLabel(specs[counter]), style_index }))
      .filter(({ counter }) => shownUnit(COUNTERS[counter]) === unit)
      .map((line, index) => ({ ...line, ...(index % 2 === 1 && { dashed: true }) }));
  // A trace that names no memcg has one container, which nobody calls by its path.
  const counters_title = `counters of ${is_trace && containers.length === 1 ? 'the trace' : path(selected)}`;
  const charts: PlannedChart[] = [
    {
      id: 'containers',
      title: 'current by container',
      unit: 'bytes',
      stackable: true,
      lines: charted.flatMap((container, style_index) => [
        { container, counter: COUNTER.current, label: path(container), style_index },
        { container, counter: COUNTER.limit_max, label: `${path(container)} ${specs[COUNTER.limit_max].meaning}`, style_index, limit: true },
        ...(with_high.has(container) ? [{ container, counter: COUNTER.limit_high, label: `${path(container)} memory.high`, style_index, limit: true }] : []),
      ]),
    },
    {
      id: 'classes',
      title: `classes of ${path(selected)}`,
      unit: 'bytes',
      stackable: true,
      lines: [...CLASS_STYLES]
        .filter(([counter]) => classes.has(counter))
        .map(([counter, style_index]) => ({ container: selected, counter, label: counterLabel(specs[counter]), style_index })),
    },
    ...PICKED_UNITS.map((unit): PlannedChart => ({ id: `picked-${unit}`, title: counters_title, unit, stackable: false, lines: pickedLines(unit) })),
  ];
  return charts.filter((chart) => chart.lines.length > 0 && !(is_trace && chart.stackable));
}

/** Containers of `charted` that may stand upon one another: none that lies below another, else its charge would count twice. */
export function disjoint(containers: readonly ContainerView[], charted: readonly number[]): ReadonlySet<number> {
  const parents = new Map(containers.map((container) => [container.id, container.parent]));
  const chosen = new Set(charted);
  const isBelowChosen = (id: number): boolean => {
    for (let parent = parents.get(id); parent !== undefined && parent >= 0 && parent !== id; parent = parents.get(parent)) {
      if (chosen.has(parent)) return true;
      if (parents.get(parent) === parent) return false;
    }
    return false;
  };
  return new Set(charted.filter((id) => !isBelowChosen(id)));
}

const lineId = (line: PlannedLine): string => seriesKey(line.container, line.counter);

/** `file` counts shmem too: what stands beside shmem in a stack is the rest. */
function withoutShmem(lines: readonly ChartLine[]): readonly ChartLine[] {
  const shmem = lines.find((line) => line.id.endsWith(`/${COUNTER.shmem}`));
  if (shmem === undefined) return lines;
  return lines.map((line) => {
    if (!line.id.endsWith(`/${COUNTER.file}`)) return line;
    const x = unionOfX([line.points.x, shmem.points.x]);
    const less = valuesAt(shmem.points, x);
    const points: LinePoints = { x, y: valuesAt(line.points, x).map((value, at) => value - less[at]) };
    return { id: line.id, label: 'file − shmem', style_index: line.style_index, points };
  });
}

/** A planned chart with its data; lines whose series are not here yet are left out. */
export function chartModel(
  chart: PlannedChart,
  series: ReadonlyMap<string, SeriesView>,
  zoom: ZoomRange,
  stacked: boolean,
  disjoint_containers: ReadonlySet<number>,
): LineChartModel {
  const lines = chart.lines.flatMap((line): readonly ChartLine[] => {
    const found = series.get(lineId(line));
    if (found === undefined) return [];
    const look = { id: lineId(line), label: line.label, style_index: line.style_index };
    const { limit, dashed } = line;
    return [{ ...lineOfSeries(found, look), ...(limit === true && { limit }), ...(dashed === true && { dashed }) }];
  });
  const base = { unit: chart.unit, x_from: zoom.from, x_to: zoom.to };
  if (!stacked || !chart.stackable) return { ...base, lines, stacked: false };
  const summed = chart.id === 'classes' ? withoutShmem(lines) : lines.filter((line) => disjoint_containers.has(Number(line.id.split('/')[0])));
  return { ...base, lines: stackable(summed), stacked: true };
}
