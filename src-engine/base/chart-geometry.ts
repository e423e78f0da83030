import { type Axis, type AxisUnit, axisFor } from './axis.ts';

/*
 * What a chart of stairs looks like, whoever draws it: the window on a canvas, an exported picture as SVG.
 */

/** Points of a line, ascending in x; the value holds from its point to the next. NaN: a gap. */
export interface Points {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** Least and greatest value on the way to each point of a line; NaN where nothing is known. */
export interface Band {
  readonly min: ArrayLike<number>;
  readonly max: ArrayLike<number>;
}

/** A line as far as an axis must hold it. A limit does not stretch the axis far. */
export interface Extent {
  readonly points: Points;
  /** Least and greatest value on the way to each point, where several events fall on one. */
  readonly band?: Band;
  readonly limit?: boolean;
}

/** A line of a chart. A limit is thin and dashed, and has no mark. */
export interface ChartedLine extends Extent {
  readonly label: string;
  /** Number of its colour and mark; a thing keeps its own in every chart. */
  readonly style_index: number;
  /** Drawn with gaps, through which a line of the same values is seen. */
  readonly dashed?: boolean;
}

/** Lines over one axis. */
export interface Chart<Line extends ChartedLine = ChartedLine> {
  readonly unit: AxisUnit;
  readonly lines: readonly Line[];
  /** Areas upon one another: lines with the same x. */
  readonly stacked?: boolean;
  readonly x_from: number;
  readonly x_to: number;
  /** Top of the data that charts with one scale share; without it the chart's own. */
  readonly y_top?: number;
  /** Values of both signs, with 0 in the middle of the axis. */
  readonly signed?: boolean;
}

/** What draws: a path of SVG, a canvas. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/** Where values lie in the drawing. */
export interface Places {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** Marks that tell lines apart beside their colour, in the order of the colours: paths of SVG about the origin, and the letters that a legend has for them. */
export const MARKS = [
  { path: 'M-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0Z', glyph: '●' },
  { path: 'M0,-3.4L3.4,3H-3.4Z', glyph: '▲' },
  { path: 'M-2.8,-2.8H2.8V2.8H-2.8Z', glyph: '■' },
  { path: 'M0,-3.8L3.8,0L0,3.8L-3.8,0Z', glyph: '◆' },
  { path: 'M0,3.4L3.4,-3H-3.4Z', glyph: '▼' },
  { path: 'M-1,-3.4H1V-1H3.4V1H1V3.4H-1V1H-3.4V-1H-1Z', glyph: '✚' },
  { path: 'M-3.2,-2L-2,-3.2L0,-1.2L2,-3.2L3.2,-2L1.2,0L3.2,2L2,3.2L0,1.2L-2,3.2L-3.2,2L-1.2,0Z', glyph: '✖' },
  { path: 'M0,-3.8L1,-1.2L3.8,-1L1.6,0.8L2.4,3.6L0,2L-2.4,3.6L-1.6,0.8L-3.8,-1L-1,-1.2Z', glyph: '★' },
] as const;

/** The mark of a line's style. */
export const markOf = (style_index: number): (typeof MARKS)[number] => MARKS[style_index % MARKS.length];

/** A mark about every so many pixels. */
const MARK_GAP_PX = 160;
/** A limit may stretch the axis to this multiple of the data, no more: the data must stay readable. */
const LIMIT_STRETCH_MAX = 1.6;

/** Highest value that the axis must hold. Stacked lines have the same x. */
export function topOf(lines: readonly Extent[], stacked: boolean): number {
  const data = lines.filter(({ limit }) => limit !== true);
  let top = 0;
  if (stacked) {
    for (const { high } of stackOf(data.map(({ points }) => points))) for (const value of high) if (value > top) top = value;
  } else {
    for (const { points, band } of data) {
      const values = band?.max ?? points.y;
      for (let at = 0; at < values.length; at += 1) if (values[at] > top) top = values[at];
    }
  }
  let with_limits = top;
  for (const { points, limit } of lines) {
    if (limit !== true) continue;
    for (let at = 0; at < points.y.length; at += 1) if (points.y[at] > with_limits && points.y[at] <= top * LIMIT_STRETCH_MAX) with_limits = points.y[at];
  }
  return with_limits;
}

/** Greatest distance from 0 of what lines of both signs show. */
export function reachOf(lines: readonly Extent[]): number {
  let reach = 0;
  for (const { points, limit } of lines)
    if (limit !== true) for (let at = 0; at < points.y.length; at += 1) reach = Math.max(reach, Math.abs(points.y[at]) || 0);
  return reach;
}

/** The y axis of a chart, with ticks no nearer than `tick_gap_px` and no more than `tick_count_max`; of one with both signs, its upper half. */
export function axisOf(
  { lines, stacked = false, unit, y_top, signed = false }: Chart,
  {
    height_px,
    tick_gap_px,
    tick_count_max = Number.POSITIVE_INFINITY,
  }: { readonly height_px: number; readonly tick_gap_px: number; readonly tick_count_max?: number },
): Axis {
  const top = y_top ?? (signed ? reachOf(lines) : topOf(lines, stacked));
  return axisFor(top, unit, Math.min(tick_count_max, Math.max(signed ? 1 : 2, Math.floor(height_px / tick_gap_px / (signed ? 2 : 1)))));
}

/** Where a chart's values lie in the box of its plot, `axis_max` at its top. */
export function placesIn(
  { signed = false, x_from, x_to }: Chart,
  axis_max: number,
  { left, right, top, bottom }: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): Places {
  const zero = signed ? (top + bottom) / 2 : bottom;
  const span = Math.max(x_to - x_from, Number.MIN_VALUE);
  return { x: (value) => left + ((value - x_from) / span) * (right - left), y: (value) => zero - (value / axis_max) * (zero - top) };
}

/** The value of a line at one x; undefined before its first point. */
export function valueAt({ x, y }: Points, at_x: number): number | undefined {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] <= at_x) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : y[low - 1];
}

/** What a line covers of a stack. */
export interface Covered {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** What each of some lines of the same x covers when they stand upon one another, the first below; a gap covers nothing. */
export function stackOf(lines: readonly Points[]): readonly Covered[] {
  let low = new Float64Array(lines[0]?.y.length ?? 0);
  return lines.map(({ y }) => {
    const high = low.map((value, at) => value + (y[at] || 0));
    const covered = { low, high };
    low = high;
    return covered;
  });
}

/**
 * Where a line's marks stand, as x and value: few and evenly spread over `width_px`, each style's shifted, so that lines of one value still show all their marks.
 * On a stack they stand on top of the lines `below`.
 */
export function markPlaces(
  line: { readonly style_index: number; readonly points: Points },
  below: readonly Points[],
  span: { readonly x_from: number; readonly x_to: number; readonly width_px: number },
): readonly (readonly [x: number, value: number])[] {
  const gap = ((span.x_to - span.x_from) * MARK_GAP_PX) / span.width_px;
  const places: [number, number][] = [];
  if (!(gap > 0)) return places;
  for (let x = span.x_from + (0.5 + line.style_index / MARKS.length) * gap; x < span.x_to; x += gap) {
    const value = valueAt(line.points, x);
    if (value === undefined || Number.isNaN(value)) continue;
    places.push([x, below.reduce((sum, other) => sum + (valueAt(other, x) || 0), value)]);
  }
  return places;
}

/** Traces the stairs of a line up to `x_to`, where its last value still holds. */
export function traceStairs(pen: Pen, { x, y }: Points, places: Places, x_to: number): void {
  let is_open = false;
  let height = 0;
  for (let at = 0; at < x.length; at += 1) {
    const value = y[at];
    if (is_open && value === y[at - 1]) continue;
    const place = places.x(x[at]);
    if (is_open) pen.lineTo(place, height);
    is_open = !Number.isNaN(value);
    if (!is_open) continue;
    const before = height;
    height = places.y(value);
    if (at > 0 && !Number.isNaN(y[at - 1])) {
      if (before !== height) pen.lineTo(place, height);
    } else pen.moveTo(place, height);
  }
  if (is_open) pen.lineTo(places.x(Math.max(x_to, x[x.length - 1])), height);
}

/** Traces the outline of what lies between two stairs over the same x, up to `x_to`, without closing it. */
export function traceArea(pen: Pen, x: ArrayLike<number>, low: ArrayLike<number>, high: ArrayLike<number>, places: Places, x_to: number): void {
  if (x.length === 0) return;
  const end = (at: number): number => places.x(at + 1 < x.length ? x[at + 1] : Math.max(x_to, x[at]));
  pen.moveTo(places.x(x[0]), places.y(high[0]));
  for (let at = 0; at < x.length; at += 1) {
    pen.lineTo(places.x(x[at]), places.y(high[at]));
    pen.lineTo(end(at), places.y(high[at]));
  }
  for (let at = x.length - 1; at >= 0; at -= 1) {
    pen.lineTo(end(at), places.y(low[at]));
    pen.lineTo(places.x(x[at]), places.y(low[at]));
  }
}

/**
 * Traces the outlines of a band along the points `x`, one for each stretch without gaps, above first and back below, without closing them. A point stands where its events end:
 * what happened in them lies before it, from the point before.
 */
export function traceBand(pen: Pen, x: ArrayLike<number>, { min, max }: Band, places: Places): void {
  let first = 0;
  for (let at = 0; at <= x.length; at += 1) {
    if (at < x.length && !Number.isNaN(max[at])) continue;
    for (let above = first; above < at; above += 1) {
      const y = places.y(max[above]);
      const from = places.x(x[Math.max(0, above - 1)]);
      if (above === first) pen.moveTo(from, y);
      else pen.lineTo(from, y);
      pen.lineTo(places.x(x[above]), y);
    }
    for (let below = at - 1; below >= first; below -= 1) {
      const y = places.y(min[below]);
      pen.lineTo(places.x(x[below]), y);
      pen.lineTo(places.x(x[Math.max(0, below - 1)]), y);
    }
    first = at + 1;
  }
}
