import { axisFor } from '../base/axis.ts';
import {
  axisOf,
  type Chart,
  type ChartedLine,
  type Covered,
  markOf,
  markPlaces,
  type Pen,
  type Places,
  placesIn,
  stackOf,
  traceArea,
  traceBand,
  traceStairs,
} from '../base/chart-geometry.ts';
import { AMOUNT_FORMATS, formatCount, THIN } from '../base/figures.ts';
import { CATEGORY_COLORS, escapeXml, FONT, FONT_PX, LINE_COLOR, MUTED_COLOR, rounded, svgText, TEXT_COLOR } from './svg.ts';

/** A chart that is drawn to be handed on: it says itself what it shows. */
export interface SvgChart extends Chart {
  readonly title: string;
  /** Which run under which model it is of. */
  readonly subtitle: string;
  /** What x counts, such as `event`. */
  readonly x_title: string;
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
const TICK_GAP_PX = 34;
const X_TICKS_MAX = 8;
const plain = (text: string): string => text.replaceAll(THIN, ' ');

interface Box extends Places {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** What a pen traces, as the data of an SVG path. */
function pathOf(trace: (pen: Pen) => void): string {
  let path = '';
  let [at_x, at_y] = ['', ''];
  const go = (command: 'M' | 'L', x: string, y: string): void => {
    if (command === 'M') path += `M${x},${y}`;
    else if (y === at_y) path += x === at_x ? '' : `H${x}`;
    else path += x === at_x ? `V${y}` : `L${x},${y}`;
    [at_x, at_y] = [x, y];
  };
  trace({ moveTo: (x, y) => go('M', rounded(x), rounded(y)), lineTo: (x, y) => go('L', rounded(x), rounded(y)) });
  return path;
}

function drawLine(line: ChartedLine, covered: Covered | undefined, below: readonly ChartedLine[], chart: SvgChart, box: Box): string[] {
  const color = CATEGORY_COLORS[line.style_index % CATEGORY_COLORS.length];
  const { points, band, style_index } = line;
  const stairs = (y: ArrayLike<number>): string => pathOf((pen) => traceStairs(pen, { x: points.x, y }, box, chart.x_to));
  if (line.limit === true) return [`<path d="${stairs(points.y)}" fill="none" stroke="${color}" stroke-width="1" stroke-dasharray="4 3"/>`];
  const under = covered === undefined ? [] : below.map((other) => other.points);
  const drawn: string[] = [];
  if (covered !== undefined)
    drawn.push(`<path d="${pathOf((pen) => traceArea(pen, points.x, covered.low, covered.high, box, chart.x_to))}" fill="${color}" fill-opacity="0.28"/>`);
  else if (band !== undefined) drawn.push(`<path d="${pathOf((pen) => traceBand(pen, points.x, band, box))}" fill="${color}" fill-opacity="0.22"/>`);
  const dash = line.dashed === true ? ' stroke-dasharray="8 8"' : '';
  drawn.push(`<path d="${stairs(covered?.high ?? points.y)}" fill="none" stroke="${color}" stroke-width="1.5"${dash}/>`);
  for (const [x, value] of markPlaces(line, under, { ...chart, width_px: box.right - box.left }))
    drawn.push(`<path d="${markOf(style_index).path}" transform="translate(${rounded(box.x(x))},${rounded(box.y(value))})" fill="${color}"/>`);
  return drawn;
}

interface LegendEntry {
  readonly line: ChartedLine;
  readonly x: number;
  readonly row: number;
}

/** Places of the legend's entries, in as many rows as they need. */
function legendOf(lines: readonly ChartedLine[], width: number): readonly LegendEntry[] {
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
  const axis = axisOf(chart, { height_px: bottom - TOP, tick_gap_px: TICK_GAP_PX });
  const edges = { left: LEFT, right: width - RIGHT, top: TOP, bottom };
  const box: Box = { ...edges, ...placesIn(chart, axis.max, edges) };
  const stack = chart.stacked === true ? stackOf(shown.map(({ points }) => points)) : [];
  const lines = chart.lines.flatMap((line) => {
    const at = shown.indexOf(line);
    return drawLine(line, at < 0 ? undefined : stack[at], shown.slice(0, Math.max(0, at)), chart, box);
  });
  const entries = legend.flatMap(({ line, x, row }) => {
    const y = bottom + AXIS_HEIGHT + row * LEGEND_ROW + 12;
    const color = CATEGORY_COLORS[line.style_index % CATEGORY_COLORS.length];
    return [
      `<path d="M${rounded(x)},${y - 4}h18" stroke="${color}" stroke-width="1.5"${line.dashed === true ? ' stroke-dasharray="5 3"' : ''}/>`,
      `<path d="${markOf(line.style_index).path}" transform="translate(${rounded(x + 9)},${y - 4})" fill="${color}"/>`,
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
