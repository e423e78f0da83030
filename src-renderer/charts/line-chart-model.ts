import type { AxisUnit } from '../../src-engine/base/axis.ts';
import { COUNTERS } from '../../src-engine/record/counters.ts';
import type { SeriesView } from '../../src-engine/record/run.ts';

/** Marks that tell lines apart beside their colour, in the order of the colours. Shown on the line and in the legend. */
export const LINE_MARKS = [
  { symbol: 'circle', glyph: '●' },
  { symbol: 'triangle', glyph: '▲' },
  { symbol: 'rect', glyph: '■' },
  { symbol: 'diamond', glyph: '◆' },
  { symbol: 'path://M0,0H10L5,10Z', glyph: '▼' },
  { symbol: 'path://M3,0H7V3H10V7H7V10H3V7H0V3H3Z', glyph: '✚' },
  { symbol: 'path://M2,0L5,3L8,0L10,2L7,5L10,8L8,10L5,7L2,10L0,8L3,5L0,2Z', glyph: '✖' },
  { symbol: 'path://M5,0L6.5,3.5L10,4L7.2,6.3L8,10L5,8L2,10L2.8,6.3L0,4L3.5,3.5Z', glyph: '★' },
] as const;

/** Points of a line, ascending in x; the value holds from its point to the next. NaN: a gap. */
export interface LinePoints {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface ChartLine {
  readonly id: string;
  readonly label: string;
  /** Index of colour and mark; a thing keeps its own in every chart. */
  readonly style_index: number;
  readonly points: LinePoints;
  /** Least and greatest value on the way to each point where several events fall on one, aligned with `points`. */
  readonly band?: { readonly min: Float64Array; readonly max: Float64Array };
  /** A limit is drawn thin and dashed, and does not stretch the axis far. */
  readonly limit?: boolean;
  /** Drawn with gaps, through which a line of the same values is seen. */
  readonly dashed?: boolean;
}

export interface LineChartModel {
  readonly unit: AxisUnit;
  readonly lines: readonly ChartLine[];
  /** Areas upon one another instead of lines; needs lines with the same x. */
  readonly stacked: boolean;
  readonly x_from: number;
  readonly x_to: number;
  /** Top of the data that charts with one scale share; without it the chart's own. */
  readonly y_top?: number;
  /** Values of both signs, with 0 in the middle of the axis. */
  readonly signed?: boolean;
}

/** A limit may stretch the axis to this multiple of the data, no more: the data must stay readable. */
const LIMIT_STRETCH_MAX = 1.6;

/** Highest value that the axis must hold. */
export function topOf(lines: readonly ChartLine[], stacked: boolean): number {
  const data = lines.filter((line) => line.limit !== true);
  let top = 0;
  if (stacked) {
    const length = data[0]?.points.y.length ?? 0;
    for (let at = 0; at < length; at += 1) {
      let sum = 0;
      for (const line of data) sum += line.points.y[at] || 0;
      if (sum > top) top = sum;
    }
  } else {
    for (const line of data) for (const value of line.band?.max ?? line.points.y) if (value > top) top = value;
  }
  let with_limits = top;
  for (const line of lines)
    if (line.limit === true) for (const value of line.points.y) if (value > with_limits && value <= top * LIMIT_STRETCH_MAX) with_limits = value;
  return with_limits;
}

/** Greatest distance from 0 of what lines of both signs show. */
export const reachOf = (lines: readonly ChartLine[]): number =>
  lines.reduce((reach, line) => line.points.y.reduce((most, value) => Math.max(most, Math.abs(value) || 0), reach), 0);

/** What one line has more than another, at every point of either. */
export function differenceLine(line: ChartLine, baseline: LinePoints): ChartLine {
  const x = unionOfX([line.points.x, baseline.x]);
  const before = valuesAt(baseline, x);
  const { id, label, style_index } = line;
  return { id, label, style_index, points: { x, y: valuesAt(line.points, x).map((value, at) => value - before[at]) } };
}

/** Union of ascending x values. */
export function unionOfX(xs: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(xs.reduce((sum, x) => sum + x.length, 0));
  let at = 0;
  for (const x of xs) {
    all.set(x, at);
    at += x.length;
  }
  all.sort();
  let count = 0;
  for (let from = 0; from < all.length; from += 1) if (from === 0 || all[from] !== all[count - 1]) all[count++] = all[from];
  return all.slice(0, count);
}

/** Values of a line at each of ascending `x`: the last point at or before it; 0 before the first. */
export function valuesAt(points: LinePoints, x: Float64Array): Float64Array {
  const values = new Float64Array(x.length);
  let at = -1;
  for (let index = 0; index < x.length; index += 1) {
    while (at + 1 < points.x.length && points.x[at + 1] <= x[index]) at += 1;
    values[index] = at < 0 ? 0 : points.y[at];
  }
  return values;
}

/** The value of a line at one x; undefined before its first point. */
export function valueAt(points: LinePoints, x: number): number | undefined {
  let low = 0;
  let high = points.x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points.x[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : points.y[low - 1];
}

/** A line of a series; the band only where it is wider than the line somewhere, and never to a point of one event. A limit has none, and where it is `max` (−1) a gap. */
export function lineOfSeries(series: Omit<SeriesView, 'container'>, line: Pick<ChartLine, 'id' | 'label' | 'style_index'>): ChartLine {
  const { counter, x, min, max, last } = series;
  if (COUNTERS[counter]?.scope === 'setting') return { ...line, points: { x, y: last.map((value) => (value < 0 ? Number.NaN : value)) } };
  const has_band = min.some((value, at) => value < max[at] && (at === 0 || x[at] - x[at - 1] > 1));
  return { ...line, points: { x, y: last }, ...(has_band && { band: { min, max } }) };
}

/** Lines made ready to stand upon one another: all on the same x, without bands and limits. */
export function stackable(lines: readonly ChartLine[]): readonly ChartLine[] {
  const data = lines.filter((line) => line.limit !== true);
  const x = unionOfX(data.map((line) => line.points.x));
  return data.map(({ id, label, style_index, points }) => ({ id, label, style_index, points: { x, y: valuesAt(points, x) } }));
}
