import { later } from '../later.ts';
import { usePalette } from '../palette.ts';
import { init } from './echarts.ts';
import type { ChartLine, LineChartModel, LinePoints } from './line-chart-model.ts';
import { lineChartOption } from './line-chart-option.ts';

const WIDTH_PX = 320;
const HEIGHT_PX = 90;
const POINT_COUNT = 60;
const ALL_PARTS = 3;
let is_warm = false;

/** A small chart. With all parts it has what charts have: bands, a limit, marks. */
function trial(stacked: boolean, part_count = ALL_PARTS): LineChartModel {
  const x = Float64Array.from({ length: POINT_COUNT }, (_, at) => at);
  const points: LinePoints = { x, y: x.map((at) => (at * 7) % 100) };
  const band = { min: points.y.map((y) => y / 2), max: points.y.map((y) => y * 2) };
  const parts: readonly ChartLine[] = [
    { id: 'limit', label: 'limit', style_index: 0, points, limit: true },
    { id: 'a', label: 'a', style_index: 0, points },
    { id: 'b', label: 'b', style_index: 1, points, band },
  ];
  return { unit: 'bytes', lines: parts.slice(0, part_count), stacked, x_from: 0, x_to: POINT_COUNT };
}

/** echarts takes a letter's height from this one, for which a font must be looked for among all that are installed. */
const WIDEST_LETTER = '国';
/** The first words on any canvas wait for their font. */
function warmFont(font_ui: string): void {
  const pen = document.createElement('canvas').getContext('2d');
  if (pen === null) return;
  pen.font = `11px ${font_ui}`;
  pen.measureText(WIDEST_LETTER);
}

/**
 * Draws a chart that nobody sees, once, while a view waits for what it will draw: a library's first drawing takes many times as long as its second.
 */
export function warmCharts(): void {
  if (is_warm) return;
  is_warm = true;
  later(() => warmFont(usePalette().value.font_ui));
  later(() => {
    const chart = init(document.createElement('div'), undefined, { renderer: 'canvas', width: WIDTH_PX, height: HEIGHT_PX });
    const look = { palette: usePalette().value, plot_width_px: WIDTH_PX, plot_height_px: HEIGHT_PX, emphasised: undefined, left_px: 0 };
    const [empty, ...more] = [...[0, 1, 2, ALL_PARTS].map((part_count) => trial(false, part_count)), trial(true)].map((model) => lineChartOption(model, look));
    // From a bare plane to a chart with everything: each drawing has a little more that is drawn for the first time.
    const drawings = [{ ...empty, yAxis: { ...empty.yAxis, show: false } }, empty, ...more];
    const draw = (): void => {
      const option = drawings.shift();
      if (option === undefined) chart.dispose();
      else chart.setOption(option, { notMerge: true, silent: true, lazyUpdate: true });
    };
    chart.on('rendered', () => void later(draw));
    draw();
  });
}
