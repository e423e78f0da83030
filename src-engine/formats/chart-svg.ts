import { type AxisUnit, axisFor } from '../base/axis.ts';
import { type Band, bandOutlines } from '../base/band-outlines.ts';
import { AMOUNT_FORMATS, formatCount, THIN } from '../base/figures.ts';
import { CATEGORY_COLORS, escapeXml, FONT, FONT_PX, LINE_COLOR, MUTED_COLOR, rounded, svgText, TEXT_COLOR } from './svg.ts';

/** A line of a chart that is drawn to be handed on. Its value holds from a point to the next; NaN: a gap. */
export interface SvgLine {
  readonly label: string;
  /** Number of its colour and mark. */
  readonly style_index: number;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Least and greatest value on the way to each point, where several events fall on one. */
  readonly band?: Band;
  /** A limit is thin and dashed, has no mark and does not stretch the axis. */
  readonly limit?: boolean;
  readonly dashed?: boolean;
}

/** A chart that is drawn to be handed on: it says itself what it shows. */
export interface SvgChart {
  readonly title: string;
  /** Which run under which model it is of. */
  readonly subtitle: string;
  readonly unit: AxisUnit;
  /** What x counts, such as `event`. */
  readonly x_title: string;
  readonly x_from: number;
  readonly x_to: number;
  readonly lines: readonly SvgLine[];
  /** Areas upon one another: lines with the same x. */
  readonly stacked?: boolean;
  /** Top of the data that charts with one scale share; without it the chart's own. */
  readonly y_top?: number;
  /** Values of both signs, with 0 in the middle of the axis. */
  readonly signed?: boolean;
  readonly width_px?: number;
  readonly height_px?: number;
}

const LEFT = 76;
const RIGHT = 16;
const TOP = 52;
const AXIS_HEIGHT = 34;
const LEGEND_ROW = 18;
/** Width of a letter, with room to spare: text is not measured. */
const LETTER_PX = 6.4;
const MARK_GAP_PX = 160;
const TICK_GAP_PX = 34;
const X_TICKS_MAX = 8;
/** A limit may stretch the axis to this multiple of the data, no more. */
const LIMIT_STRETCH_MAX = 1.6;

/** Marks that tell lines apart beside their colour, around the origin. */
const MARKS = [
  'M-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0Z',
  'M0,-3.4L3.4,3H-3.4Z',
  'M-2.8,-2.8H2.8V2.8H-2.8Z',
  'M0,-3.8L3.8,0L0,3.8L-3.8,0Z',
  'M0,3.4L3.4,-3H-3.4Z',
  'M-1,-3.4H1V-1H3.4V1H1V3.4H-1V1H-3.4V-1H-1Z',
  'M-3.2,-2L-2,-3.2L0,-1.2L2,-3.2L3.2,-2L1.2,0L3.2,2L2,3.2L0,1.2L-2,3.2L-3.2,2L-1.2,0Z',
  'M0,-3.8L1,-1.2L3.8,-1L1.6,0.8L2.4,3.6L0,2L-2.4,3.6L-1.6,0.8L-3.8,-1L-1,-1.2Z',
] as const;

const plain = (text: string): string => text.replaceAll(THIN, ' ');

/** Value of a line at x; undefined before its first point. */
function valueAt({ x, y }: SvgLine, at: number): number | undefined {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : y[low - 1];
}

interface Box {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Highest value that the axis must hold. */
function topOf(lines: readonly SvgLine[], stacked: boolean): number {
  let top = 0;
  const data = lines.filter(({ limit }) => limit !== true);
  if (stacked) {
    const length = Math.max(0, ...data.map(({ y }) => y.length));
    for (let at = 0; at < length; at++)
      top = Math.max(
        top,
        data.reduce((sum, { y }) => sum + (y[at] || 0), 0),
      );
    return top;
  }
  for (const { y, band } of data) for (let at = 0; at < y.length; at++) top = Math.max(top, (band?.max ?? y)[at] || 0);
  let with_limits = top;
  for (const { y, limit } of lines)
    if (limit === true) for (let at = 0; at < y.length; at++) if (y[at] <= top * LIMIT_STRETCH_MAX) with_limits = Math.max(with_limits, y[at] || 0);
  return with_limits;
}

/** Greatest distance from 0 of what lines of both signs show. */
function reachOf(lines: readonly SvgLine[]): number {
  let reach = 0;
  for (const { y, limit } of lines) if (limit !== true) for (let at = 0; at < y.length; at++) reach = Math.max(reach, Math.abs(y[at]) || 0);
  return reach;
}

/** Path of a staircase; what lies outside of the box is cut off by its clip. */
function stairs(x: ArrayLike<number>, y: ArrayLike<number>, box: Box, x_to: number): string {
  let path = '';
  let is_open = false;
  for (let at = 0; at < x.length; at++) {
    if (Number.isNaN(y[at])) {
      if (is_open) path += `H${rounded(box.x(x[at]))}`;
      is_open = false;
      continue;
    }
    path += is_open ? `H${rounded(box.x(x[at]))}V${rounded(box.y(y[at]))}` : `M${rounded(box.x(x[at]))},${rounded(box.y(y[at]))}`;
    is_open = true;
  }
  return is_open && x.length > 0 && x[x.length - 1] < x_to ? `${path}H${rounded(box.x(x_to))}` : path;
}

/** Area between two staircases over the same x. */
function area(x: ArrayLike<number>, low: ArrayLike<number>, high: ArrayLike<number>, box: Box, x_to: number): string {
  if (x.length === 0) return '';
  const end = (at: number): string => rounded(box.x(at + 1 < x.length ? x[at + 1] : Math.max(x_to, x[at])));
  let path = `M${rounded(box.x(x[0]))},${rounded(box.y(high[0]))}`;
  for (let at = 0; at < x.length; at++) path += `V${rounded(box.y(high[at]))}H${end(at)}`;
  for (let at = x.length - 1; at >= 0; at--) path += `V${rounded(box.y(low[at]))}H${rounded(box.x(x[at]))}`;
  return `${path}Z`;
}

const bandPath = (x: ArrayLike<number>, band: Band, box: Box): string =>
  bandOutlines(x, band, (at, y) => [box.x(at), box.y(y)])
    .map((corners) => `M${corners.map(([at, y]) => `${rounded(at)},${rounded(y)}`).join('L')}Z`)
    .join('');

const sumOf = (lines: readonly SvgLine[], length: number): Float64Array =>
  Float64Array.from({ length }, (_, at) => lines.reduce((sum, { y }) => sum + (y[at] || 0), 0));

function drawLine(line: SvgLine, below: readonly SvgLine[], chart: SvgChart, box: Box): string[] {
  const color = CATEGORY_COLORS[line.style_index % CATEGORY_COLORS.length];
  if (line.limit === true)
    return [`<path d="${stairs(line.x, line.y, box, chart.x_to)}" fill="none" stroke="${color}" stroke-width="1" stroke-dasharray="4 3"/>`];
  const base = chart.stacked === true ? sumOf(below, line.y.length) : undefined;
  const y = base === undefined ? line.y : base.map((value, at) => value + (line.y[at] || 0));
  const drawn: string[] = [];
  if (base !== undefined) drawn.push(`<path d="${area(line.x, base, y, box, chart.x_to)}" fill="${color}" fill-opacity="0.28"/>`);
  else if (line.band !== undefined) drawn.push(`<path d="${bandPath(line.x, line.band, box)}" fill="${color}" fill-opacity="0.22"/>`);
  const dash = line.dashed === true ? ' stroke-dasharray="8 8"' : '';
  drawn.push(`<path d="${stairs(line.x, y, box, chart.x_to)}" fill="none" stroke="${color}" stroke-width="1.5"${dash}/>`);
  const gap = ((chart.x_to - chart.x_from) * MARK_GAP_PX) / (box.right - box.left);
  if (gap > 0)
    for (let x = chart.x_from + (0.5 + line.style_index / MARKS.length) * gap; x < chart.x_to; x += gap) {
      const value = valueAt(line, x);
      if (value === undefined || Number.isNaN(value)) continue;
      const total = base === undefined ? value : below.reduce((sum, other) => sum + (valueAt(other, x) || 0), value);
      drawn.push(`<path d="${MARKS[line.style_index % MARKS.length]}" transform="translate(${rounded(box.x(x))},${rounded(box.y(total))})" fill="${color}"/>`);
    }
  return drawn;
}

interface LegendEntry {
  readonly line: SvgLine;
  readonly x: number;
  readonly row: number;
}

/** Places of the legend's entries, in as many rows as they need. */
function legendOf(lines: readonly SvgLine[], width: number): readonly LegendEntry[] {
  let x = LEFT;
  let row = 0;
  return lines.map((line) => {
    const needed = line.label.length * LETTER_PX + 36;
    if (x > LEFT && x + needed > width - RIGHT) {
      x = LEFT;
      row += 1;
    }
    const entry = { line, x, row };
    x += needed;
    return entry;
  });
}

function drawAxes(chart: SvgChart, box: Box, y_max: number, y_interval: number): string[] {
  const drawn: string[] = [];
  const words = AMOUNT_FORMATS[chart.unit];
  for (let value = chart.signed === true ? -y_max : 0; value <= y_max; value += y_interval) {
    const y = box.y(value);
    const sign = chart.signed !== true || value === 0 ? '' : value < 0 ? '−' : '+';
    drawn.push(
      `<path d="M${box.left},${rounded(y)}H${box.right}" stroke="${LINE_COLOR}"/>`,
      svgText(box.left - 6, y + 4, `${sign}${plain(words(Math.abs(value)))}`, ' text-anchor="end"'),
    );
  }
  const { interval } = axisFor(chart.x_to - chart.x_from, 'count', X_TICKS_MAX);
  for (let value = Math.ceil(chart.x_from / interval) * interval; value <= chart.x_to; value += interval) {
    const x = box.x(value);
    drawn.push(
      `<path d="M${rounded(x)},${box.bottom}v4" stroke="${MUTED_COLOR}"/>`,
      svgText(x, box.bottom + 16, plain(formatCount(value)), ' text-anchor="middle"'),
    );
  }
  drawn.push(`<path d="M${box.left},${box.top}V${box.bottom}H${box.right}" fill="none" stroke="${MUTED_COLOR}"/>`);
  drawn.push(svgText(box.right, box.bottom + 30, chart.x_title, ` text-anchor="end" fill="${MUTED_COLOR}"`));
  return drawn;
}

/**
 * A line chart as a picture of its own (SVG 1.1): title, run and model, axes, legend; light, in fonts that any viewer has. Nothing in it depends on anything but the chart:
 * the same chart has the same bytes.
 */
export function chartSvg(chart: SvgChart): string {
  const { width_px: width = 960, height_px: height = 360 } = chart;
  const shown = chart.lines.filter(({ limit }) => limit !== true);
  const legend = legendOf(shown, width);
  const legend_rows = (legend.at(-1)?.row ?? -1) + 1;
  const bottom = Math.max(TOP + 40, height - AXIS_HEIGHT - legend_rows * LEGEND_ROW);
  const is_signed = chart.signed === true;
  const top = chart.y_top ?? (is_signed ? reachOf(chart.lines) : topOf(chart.lines, chart.stacked === true));
  const axis = axisFor(top, chart.unit, Math.max(is_signed ? 1 : 2, Math.floor((bottom - TOP) / TICK_GAP_PX / (is_signed ? 2 : 1))));
  const zero = is_signed ? (TOP + bottom) / 2 : bottom;
  const span = Math.max(chart.x_to - chart.x_from, Number.MIN_VALUE);
  const box: Box = {
    left: LEFT,
    right: width - RIGHT,
    top: TOP,
    bottom,
    x: (value) => LEFT + ((value - chart.x_from) / span) * (width - RIGHT - LEFT),
    y: (value) => zero - (value / axis.max) * (zero - TOP),
  };
  const lines = chart.lines.flatMap((line) => drawLine(line, shown.slice(0, Math.max(0, shown.indexOf(line))), chart, box));
  const entries = legend.flatMap(({ line, x, row }) => {
    const y = bottom + AXIS_HEIGHT + row * LEGEND_ROW + 12;
    const color = CATEGORY_COLORS[line.style_index % CATEGORY_COLORS.length];
    return [
      `<path d="M${rounded(x)},${y - 4}h18" stroke="${color}" stroke-width="1.5"${line.dashed === true ? ' stroke-dasharray="5 3"' : ''}/>`,
      `<path d="${MARKS[line.style_index % MARKS.length]}" transform="translate(${rounded(x + 9)},${y - 4})" fill="${color}"/>`,
      svgText(x + 23, y, line.label),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}" font-size="${FONT_PX}" fill="${TEXT_COLOR}" role="img">`,
    `<title>${escapeXml(`${chart.title}: ${chart.subtitle}`)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    svgText(LEFT, 20, chart.title, ' font-size="14" font-weight="bold"'),
    svgText(LEFT, 38, chart.subtitle, ` fill="${MUTED_COLOR}"`),
    ...drawAxes(chart, box, axis.max, axis.interval),
    // A viewport of its own cuts off what lies outside, without an id that would clash where several charts stand on one page.
    `<svg x="${box.left}" y="${box.top - 4}" width="${box.right - box.left}" height="${bottom - box.top + 8}" viewBox="${box.left} ${box.top - 4} ${box.right - box.left} ${bottom - box.top + 8}">`,
    ...lines,
    '</svg>',
    ...entries,
    '</svg>',
    '',
  ].join('\n');
}
