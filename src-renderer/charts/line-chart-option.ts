import type { CustomSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { DatasetComponentOption, GridComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import { type AxisUnit, axisFor } from '../../src-engine/base/axis.ts';
import { bandOutlines, type Corner } from '../../src-engine/base/band-outlines.ts';
import { AMOUNT_FORMATS } from '../../src-engine/base/figures.ts';
import { formatCountShort } from '../format.ts';
import type { Palette } from '../palette.ts';
import { type ChartLine, LINE_MARKS, type LineChartModel, type LinePoints, reachOf, topOf, valueAt } from './line-chart-model.ts';

export type LineChartOption = ComposeOption<LineSeriesOption | CustomSeriesOption | GridComponentOption | DatasetComponentOption>;

/** Least distance of two ticks of the y axis. */
const TICK_GAP_PX = 30;
/** More ticks than this are noise, however tall the chart. */
const TICK_COUNT_MAX = 6;
/** A mark about every so many pixels tells lines apart without colour. */
const MARK_GAP_PX = 160;
const MARK_SIZE_PX = 6;
const FADED = 0.25;
const BAND_OPACITY = 0.22;
/** Lines have a canvas of their own, apart from the axis, so that they can be moved without being drawn. */
export const PLOT_LAYER = 1;
/** Free right of the lines. */
export const PLOT_END_PX = 1;

export interface LineChartLook {
  readonly palette: Palette;
  readonly plot_width_px: number;
  readonly plot_height_px: number;
  /** Line that stands out while the others step back. */
  readonly emphasised: string | undefined;
  readonly left_px: number;
}

/** x and y in turn, closed off at the right edge: the last value holds on. */
function flat(points: LinePoints, y: Float64Array, x_to: number): Float64Array {
  const count = points.x.length;
  const open = count > 0 && points.x[count - 1] < x_to;
  const data = new Float64Array((count + (open ? 1 : 0)) * 2);
  for (let at = 0; at < count; at += 1) {
    data[at * 2] = points.x[at];
    data[at * 2 + 1] = y[at];
  }
  if (open) {
    data[count * 2] = x_to;
    data[count * 2 + 1] = y[count - 1];
  }
  return data;
}

/** A limit's points with those above the axis left out. A stretch that ends there holds its value up to where it ends. */
function belowTop({ x, y }: LinePoints, top: number): LinePoints {
  const points: [x: number, y: number][] = [];
  for (let at = 0; at < x.length; at += 1) {
    const is_shown = y[at] <= top;
    if (!is_shown && at > 0 && y[at - 1] <= top) points.push([x[at], y[at - 1]]);
    points.push([x[at], is_shown ? y[at] : Number.NaN]);
  }
  return { x: Float64Array.from(points, ([at]) => at), y: Float64Array.from(points, ([, value]) => value) };
}

/** Where a line's marks stand: few and evenly spread, each line's shifted, so that lines of one value still show all their marks. */
function markPoints(line: ChartLine, below: readonly ChartLine[], model: LineChartModel, plot_width_px: number): Float64Array {
  const gap = ((model.x_to - model.x_from) * MARK_GAP_PX) / plot_width_px;
  const points: number[] = [];
  for (let x = model.x_from + (0.5 + line.style_index / LINE_MARKS.length) * gap; x < model.x_to; x += gap) {
    const y = valueAt(line.points, x);
    if (y === undefined || Number.isNaN(y)) continue;
    // Stacked lines stand on those below them.
    points.push(
      x,
      below.reduce((sum, other) => sum + (valueAt(other.points, x) || 0), y),
    );
  }
  return Float64Array.from(points);
}

/** A series and the points it draws, which travel in a dataset of their own: typed arrays go in as they are. */
interface DrawnSeries {
  readonly data: Float64Array;
  readonly series: LineSeriesOption;
}

function drawLine(line: ChartLine, line_index: number, model: LineChartModel, look: LineChartLook, top: number): readonly DrawnSeries[] {
  const color = look.palette.series[line.style_index % look.palette.series.length];
  const opacity = look.emphasised === undefined || look.emphasised === line.id ? 1 : FADED;
  const base: LineSeriesOption = { type: 'line', step: 'end', silent: true, animation: false, showSymbol: false };
  if (line.limit === true) {
    const points = belowTop(line.points, top);
    return [{ data: flat(points, points.y, model.x_to), series: { ...base, id: line.id, lineStyle: { color, width: 1, type: [4, 3], opacity }, z: 1 } }];
  }
  const points = flat(line.points, line.points.y, model.x_to);
  const shown: LineSeriesOption = {
    ...base,
    id: line.id,
    lineStyle: { color, width: look.emphasised === line.id ? 2.5 : 1.5, opacity, ...(line.dashed === true && { type: [8, 8] }) },
    z: 3,
    ...(model.stacked && { stack: 'all', areaStyle: { color, opacity: 0.28 * opacity } }),
  };
  // A series of their own: a symbol on every point of the line would be drawn point by point, for marks that are few.
  const marks: DrawnSeries = {
    data: markPoints(line, model.stacked ? model.lines.slice(0, line_index) : [], model, look.plot_width_px),
    series: {
      ...base,
      id: `${line.id} marks`,
      showSymbol: true,
      symbol: LINE_MARKS[line.style_index % LINE_MARKS.length].symbol,
      symbolSize: MARK_SIZE_PX,
      showAllSymbol: true,
      itemStyle: { color, opacity },
      lineStyle: { width: 0, opacity: 0 },
      z: 4,
    },
  };
  return [{ data: points, series: shown }, marks];
}

/** The bands of all lines in one series, drawn by hand: as areas between two series each they took as long as all lines together. */
function drawBands(model: LineChartModel, look: LineChartLook, top: number): readonly CustomSeriesOption[] {
  const banded = model.stacked
    ? []
    : model.lines.flatMap(({ id, style_index, points, band }) => (band === undefined ? [] : [{ id, style_index, x: points.x, band }]));
  if (banded.length === 0) return [];
  const renderItem: CustomSeriesOption['renderItem'] = ({ dataIndex }, api) => {
    const line = banded[dataIndex];
    const [left_px, zero_px] = api.coord([model.x_from, 0]);
    const [right_px, top_px] = api.coord([model.x_to, top]);
    const place = (x: number, y: number): Corner => [
      left_px + ((x - model.x_from) / (model.x_to - model.x_from)) * (right_px - left_px),
      zero_px + (y / top) * (top_px - zero_px),
    ];
    const opacity = look.emphasised === undefined || look.emphasised === line.id ? 1 : FADED;
    const style = { fill: look.palette.series[line.style_index % look.palette.series.length], opacity: BAND_OPACITY * opacity };
    return { type: 'group', children: bandOutlines(line.x, line.band, place).map((points) => ({ type: 'polygon', shape: { points }, style })) };
  };
  return [
    {
      id: 'bands',
      type: 'custom',
      renderItem,
      data: banded.map(() => [model.x_from, 0]),
      clip: true,
      silent: true,
      animation: false,
      z: 2,
      zlevel: PLOT_LAYER,
    },
  ];
}

/** The whole option of a line chart: y axis with round ticks, no x axis (the timeline above has it), no animation. */
export function lineChartOption(model: LineChartModel, look: LineChartLook): LineChartOption {
  const axis = axisFor(
    model.y_top ?? (model.signed ? reachOf(model.lines) : topOf(model.lines, model.stacked)),
    model.unit,
    Math.min(TICK_COUNT_MAX, Math.max(model.signed ? 1 : 2, Math.floor(look.plot_height_px / TICK_GAP_PX / (model.signed ? 2 : 1)))),
  );
  const drawn = model.lines.flatMap((line, index) => drawLine(line, index, model, look, axis.max));
  return {
    animation: false,
    // The plot stands where the timeline above has its own: it does not yield to its labels, whose sizes need not be measured for that.
    grid: { left: look.left_px, right: PLOT_END_PX, top: 6, bottom: 4, outerBoundsMode: 'none' },
    xAxis: { type: 'value', min: model.x_from, max: model.x_to, show: false },
    yAxis: {
      type: 'value',
      min: model.signed ? -axis.max : 0,
      max: axis.max,
      interval: axis.interval,
      axisLabel: {
        color: look.palette.text_muted,
        fontSize: 11,
        fontFamily: look.palette.font_ui,
        formatter: (value: number) => (model.signed && value !== 0 ? signedTick(value, model.unit) : tickText(value, model.unit)),
        margin: 6,
      },
      splitLine: { lineStyle: { color: look.palette.grid, width: 1 } },
    },
    dataset: drawn.map(({ data }) => ({ source: data, dimensions: ['x', 'y'] })),
    series: [...drawBands(model, look, axis.max), ...drawn.map(({ series }, datasetIndex) => ({ ...series, datasetIndex, zlevel: PLOT_LAYER }))],
  };
}

const signedTick = (value: number, unit: AxisUnit): string => `${value < 0 ? '−' : '+'}${tickText(Math.abs(value), unit)}`;

/** Ticks lie at round values: no empty decimals. */
const tickText = (value: number, unit: AxisUnit): string =>
  (unit !== 'count' ? AMOUNT_FORMATS[unit](value) : value >= 1000 && value < 10_000 ? `${value / 1000}k` : formatCountShort(value)).replace(/\.0+(?=\D|$)/, '');
