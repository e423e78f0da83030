import { reachOf, topOf } from '../../../src-engine/base/chart-geometry.ts';
import { COUNTERS, shownUnit } from '../../../src-engine/record/counters.ts';
import type { SeriesView } from '../../../src-engine/record/run.ts';
import { type ChartLine, differenceLine, type LineChartModel, lineOfSeries } from '../../charts/line-chart-model.ts';
import type { ZoomRange } from '../run/zoom.ts';
import { byPath } from './compare-rows.ts';
import type { ComparedRun } from './compare-session.ts';
import { overSteps, type StepAxis } from './step-axis.ts';

/** What each small chart stands for: a run with a line per container, or a container with a line per run. */
export type Facet = 'run' | 'container';

/** A small chart before its data. */
export interface Multiple {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly { readonly run: number; readonly path: string; readonly label: string; readonly style_index: number }[];
}

/** The small charts: paths keep their colour in every run, runs theirs in every container. */
export function planMultiples(titles: readonly string[], paths: readonly string[], facet: Facet): readonly Multiple[] {
  if (facet === 'run')
    return titles.map((title, run) => ({ id: `run ${run}`, title, lines: paths.map((path, style_index) => ({ run, path, label: path, style_index })) }));
  return paths.map((path) => ({ id: `container ${path}`, title: path, lines: titles.map((label, run) => ({ run, path, label, style_index: run })) }));
}

const CHART_WIDTH_MIN_PX = 300;
/** Lower charts scroll instead. */
export const CHART_HEIGHT_MIN_PX = 110;
/** Width by height that shows how a line runs. */
const CHART_SHAPE = 2;

/** Columns of so many small charts in a box: those that bring a chart nearest to its shape. */
export function chartColumns(chart_count: number, width_px: number, height_px: number): number {
  const most = Math.max(1, Math.min(chart_count, Math.floor(width_px / CHART_WIDTH_MIN_PX)));
  const offBy = (columns: number): number => {
    const chart_height_px = Math.max(CHART_HEIGHT_MIN_PX, height_px / Math.ceil(chart_count / columns));
    return Math.abs(Math.log(width_px / columns / chart_height_px / CHART_SHAPE));
  };
  const best = Array.from({ length: most }, (_, at) => most - at).reduce((found, columns) => (offBy(columns) < offBy(found) ? columns : found));
  // As many in the last row as in the others, as far as they go.
  return Math.max(1, Math.ceil(chart_count / Math.ceil(chart_count / best)));
}

/** Id of a path's container in a run, if the run has one. */
export const containerIdOf = (run: ComparedRun, path: string): number | undefined => byPath(run.last).get(path)?.id;

/**
 * Joins the answers for several stretches of events into one line over steps. Points that two stretches share are taken once;
 * a coarse stretch reaches beyond its end, into what the next knows better.
 */
export function joinSeries(axis: StepAxis, counter: number, parts: readonly SeriesView[], line: Pick<ChartLine, 'id' | 'label' | 'style_index'>): ChartLine {
  const x: number[] = [];
  const min: number[] = [];
  const max: number[] = [];
  const last: number[] = [];
  for (const [index, part] of parts.entries()) {
    const end = parts[index + 1]?.x[0] ?? Number.POSITIVE_INFINITY;
    for (let at = 0; at < part.x.length; at += 1) {
      if (part.x[at] > end || (x.length > 0 && part.x[at] <= x[x.length - 1])) continue;
      x.push(part.x[at]);
      min.push(part.min[at]);
      max.push(part.max[at]);
      last.push(part.last[at]);
    }
  }
  const joined = lineOfSeries(
    { counter, x: Float64Array.from(x), min: Float64Array.from(min), max: Float64Array.from(max), last: Float64Array.from(last) },
    line,
  );
  return { ...joined, points: overSteps(axis, joined.points) };
}

function multiplesOf(
  multiples: readonly Multiple[],
  counter: number,
  zoom: ZoomRange,
  lineOf: (run: number, path: string) => ChartLine | undefined,
): readonly LineChartModel[] {
  return multiples.map((multiple): LineChartModel => {
    const lines = multiple.lines.flatMap(({ run, path, label, style_index }) => {
      const line = lineOf(run, path);
      return line === undefined ? [] : [{ ...line, id: `${run}/${path}`, label, style_index }];
    });
    return { unit: shownUnit(COUNTERS[counter]), lines, stacked: false, x_from: zoom.from, x_to: zoom.to };
  });
}

/** Models of all small charts; with `one_scale` they share the top of their axis. `lineOf` finds a line's data. */
export function multipleModels(
  multiples: readonly Multiple[],
  counter: number,
  zoom: ZoomRange,
  one_scale: boolean,
  lineOf: (run: number, path: string) => ChartLine | undefined,
): readonly LineChartModel[] {
  const models = multiplesOf(multiples, counter, zoom, lineOf);
  if (!one_scale) return models;
  const y_top = Math.max(0, ...models.map((model) => topOf(model.lines, false)));
  return models.map((model) => ({ ...model, y_top }));
}

/** The small charts of differences: what each run has more than the baseline, which itself is left out. */
export function differenceMultiples(multiples: readonly Multiple[], titles: readonly string[], baseline: number): readonly Multiple[] {
  return multiples.flatMap((multiple) => {
    const lines = multiple.lines.filter(({ run }) => run !== baseline);
    return lines.length === 0 ? [] : [{ ...multiple, title: `${multiple.title} − ${titles[baseline] ?? ''}`, lines }];
  });
}

/** Models of the charts of differences, 0 in the middle of each; with `one_scale` all reach equally far. `lineOf` finds the line of a run itself. */
export function differenceModels(
  multiples: readonly Multiple[],
  baseline: number,
  counter: number,
  zoom: ZoomRange,
  one_scale: boolean,
  lineOf: (run: number, path: string) => ChartLine | undefined,
): readonly LineChartModel[] {
  const NOTHING = { x: new Float64Array(0), y: new Float64Array(0) };
  const models = multiplesOf(multiples, counter, zoom, (run, path) => {
    const line = lineOf(run, path);
    const base = lineOf(baseline, path);
    return line === undefined && base === undefined
      ? undefined
      : differenceLine(line ?? { id: path, label: path, style_index: 0, points: NOTHING }, base?.points ?? NOTHING);
  }).map((model): LineChartModel => ({ ...model, signed: true }));
  if (!one_scale) return models;
  const y_top = Math.max(0, ...models.map(({ lines }) => reachOf(lines)));
  return models.map((model) => ({ ...model, y_top }));
}
