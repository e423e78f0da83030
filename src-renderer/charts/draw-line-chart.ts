import type { Axis, AxisUnit } from '../../src-engine/base/axis.ts';
import {
  axisOf,
  type ChartedLine,
  type Covered,
  markOf,
  markPlaces,
  type Places,
  placesIn,
  stackOf,
  traceArea,
  traceBand,
  traceStairs,
} from '../../src-engine/base/chart-geometry.ts';
import { AMOUNT_FORMATS } from '../../src-engine/base/figures.ts';
import { formatCountShort } from '../format.ts';
import type { Palette } from '../palette.ts';
import type { ChartLine, LineChartModel } from './line-chart-model.ts';

/** Least distance of two ticks of the y axis. */
const TICK_GAP_PX = 30;
/** More ticks than this are noise, however tall the chart. */
const TICK_COUNT_MAX = 6;
const LABEL_GAP_PX = 6;
/** Half of a label's height: the lowest and the highest are seen whole. */
const LABEL_HALF_PX = 6;
const TOP_PX = 6;
const BOTTOM_PX = 4;
/** Free right of the lines. */
export const PLOT_END_PX = 1;
/** Half of the widest line: one along the axis' end is seen whole. */
const EDGE_PX = 1.5;
const FADED = 0.25;
const AREA_OPACITY = 0.28;
const BAND_OPACITY = 0.22;
const LIMIT_DASH = [4, 3];
const LINE_DASH = [8, 8];

/** What a chart needs of a canvas. */
export type ChartCanvas = Pick<
  CanvasRenderingContext2D,
  | 'beginPath'
  | 'clearRect'
  | 'clip'
  | 'fill'
  | 'fillRect'
  | 'fillStyle'
  | 'fillText'
  | 'font'
  | 'globalAlpha'
  | 'lineTo'
  | 'lineWidth'
  | 'moveTo'
  | 'rect'
  | 'restore'
  | 'save'
  | 'setLineDash'
  | 'stroke'
  | 'strokeStyle'
  | 'textAlign'
  | 'textBaseline'
  | 'translate'
>;

/** How a chart is drawn. */
export interface LineChartLook {
  readonly palette: Palette;
  readonly width_px: number;
  readonly height_px: number;
  /** Line that stands out while the others step back. */
  readonly emphasised: string | undefined;
  /** Where the plot begins. */
  readonly left_px: number;
}

/** The y axis of a chart, and where its values lie. */
export interface LineChartScale {
  readonly axis: Axis;
  readonly places: Places;
}

/** The scale that the axis and the lines of a chart are drawn by. */
export function scaleOf(model: LineChartModel, { width_px, height_px, left_px }: LineChartLook): LineChartScale {
  const axis = axisOf(model, { height_px, tick_gap_px: TICK_GAP_PX, tick_count_max: TICK_COUNT_MAX });
  return { axis, places: placesIn(model, axis.max, { left: left_px, right: width_px - PLOT_END_PX, top: TOP_PX, bottom: height_px - BOTTOM_PX }) };
}

/** Draws the y axis with round ticks, which have lines across the plot. There is no x axis: the timeline above has it. */
export function drawAxis(context: ChartCanvas, model: LineChartModel, look: LineChartLook, { axis: { max, interval }, places }: LineChartScale): void {
  const { palette, width_px, height_px, left_px } = look;
  context.clearRect(0, 0, width_px, height_px);
  // What is not read yet has no scale.
  if (model.lines.length === 0) return;
  context.font = `11px ${palette.font_ui}`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (let value = model.signed === true ? -max : 0; value <= max; value += interval) {
    const y = Math.round(places.y(value));
    context.fillStyle = palette.grid;
    context.fillRect(left_px, y, width_px - PLOT_END_PX - left_px, 1);
    context.fillStyle = palette.text_muted;
    context.fillText(
      model.signed === true && value !== 0 ? signedTick(value, model.unit) : tickText(value, model.unit),
      left_px - LABEL_GAP_PX,
      Math.min(height_px - LABEL_HALF_PX, Math.max(LABEL_HALF_PX, y)),
    );
  }
}

/** Draws the lines over the axis: limits lowest, then bands or areas, the lines, and their marks. */
export function drawLines(context: ChartCanvas, model: LineChartModel, look: LineChartLook, { places }: LineChartScale): void {
  const { width_px, height_px, left_px } = look;
  context.clearRect(0, 0, width_px, height_px);
  context.save();
  context.beginPath();
  context.rect(left_px, TOP_PX - EDGE_PX, width_px - PLOT_END_PX - left_px, height_px - BOTTOM_PX - TOP_PX + 2 * EDGE_PX);
  context.clip();
  const lines = model.lines.filter(({ limit }) => limit !== true);
  for (const line of model.lines) if (line.limit === true) strokeStairs(context, line, line.points.y, model, look, places);
  const stack = model.stacked === true ? stackOf(lines.map(({ points }) => points)) : [];
  for (const [index, line] of lines.entries()) fillUnder(context, line, stack[index], model, look, places);
  for (const [index, line] of lines.entries()) strokeStairs(context, line, stack[index]?.high ?? line.points.y, model, look, places);
  // Marks on the plot's edge are seen whole.
  context.restore();
  const span = { x_from: model.x_from, x_to: model.x_to, width_px: width_px - PLOT_END_PX - left_px };
  for (const [index, line] of lines.entries()) {
    const below = model.stacked === true ? lines.slice(0, index).map(({ points }) => points) : [];
    drawMarks(context, line, markPlaces(line, below, span), look, places);
  }
  context.globalAlpha = 1;
}

const colourOf = ({ style_index }: ChartedLine, { palette }: LineChartLook): string => palette.series[style_index % palette.series.length];
const opacityOf = ({ id }: ChartLine, { emphasised }: LineChartLook): number => (emphasised === undefined || emphasised === id ? 1 : FADED);

/** The band of a line, or what it covers of a stack. */
function fillUnder(context: ChartCanvas, line: ChartLine, covered: Covered | undefined, { x_to }: LineChartModel, look: LineChartLook, places: Places): void {
  if (covered === undefined && line.band === undefined) return;
  context.beginPath();
  if (covered !== undefined) traceArea(context, line.points.x, covered.low, covered.high, places, x_to);
  else if (line.band !== undefined) traceBand(context, line.points.x, line.band, places);
  context.globalAlpha = (covered === undefined ? BAND_OPACITY : AREA_OPACITY) * opacityOf(line, look);
  context.fillStyle = colourOf(line, look);
  context.fill();
}

function strokeStairs(context: ChartCanvas, line: ChartLine, y: ArrayLike<number>, { x_to }: LineChartModel, look: LineChartLook, places: Places): void {
  context.beginPath();
  traceStairs(context, { x: line.points.x, y }, places, x_to);
  const is_limit = line.limit === true;
  context.lineWidth = is_limit ? 1 : look.emphasised === line.id ? 2.5 : 1.5;
  context.setLineDash(is_limit ? LIMIT_DASH : line.dashed === true ? LINE_DASH : []);
  context.globalAlpha = opacityOf(line, look);
  context.strokeStyle = colourOf(line, look);
  context.stroke();
}

function drawMarks(context: ChartCanvas, line: ChartLine, marks: ReturnType<typeof markPlaces>, look: LineChartLook, places: Places): void {
  const mark = new Path2D(markOf(line.style_index).path);
  context.fillStyle = colourOf(line, look);
  context.globalAlpha = opacityOf(line, look);
  for (const [x, value] of marks) {
    const [x_px, y_px] = [places.x(x), places.y(value)];
    context.translate(x_px, y_px);
    context.fill(mark);
    context.translate(-x_px, -y_px);
  }
}

const signedTick = (value: number, unit: AxisUnit): string => `${value < 0 ? '−' : '+'}${tickText(Math.abs(value), unit)}`;

/** Ticks lie at round values: no empty decimals. */
const tickText = (value: number, unit: AxisUnit): string =>
  (unit !== 'count' ? AMOUNT_FORMATS[unit](value) : value >= 1000 && value < 10_000 ? `${value / 1000}k` : formatCountShort(value)).replace(/\.0+(?=\D|$)/, '');
