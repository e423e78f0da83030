import type { Chart, ChartedLine } from '../../src-engine/base/chart-geometry.ts';
import { COUNTERS } from '../../src-engine/record/counters.ts';
import type { SeriesView } from '../../src-engine/record/run.ts';

/** Points of a line in arrays that can be reckoned with. */
export interface LinePoints {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** A line as the window draws it: legends know it by its id. */
export interface ChartLine extends ChartedLine {
  readonly id: string;
  readonly points: LinePoints;
}

export type LineChartModel = Chart<ChartLine>;

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
