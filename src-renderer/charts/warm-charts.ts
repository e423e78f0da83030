import { later } from '../later.ts';
import { usePalette } from '../palette.ts';
import { init } from './echarts.ts';
import type { LineChartModel, LinePoints } from './line-chart-model.ts';
import { lineChartOption } from './line-chart-option.ts';

const WIDTH_PX = 320;
const HEIGHT_PX = 90;
const POINT_COUNT = 60;
let is_warm = false;

/** A small chart with all that charts have: a band, a limit, marks. */
function trial(stacked: boolean): LineChartModel {
  const x = Float64Array.from({ length: POINT_COUNT }, (_, at) => at);
  const points: LinePoints = { x, y: x.map((at) => (at * 7) % 100) };
  const band = { min: points.y.map((y) => y / 2), max: points.y.map((y) => y * 2) };
  const lines = ['a', 'b'].map((id, style_index) => ({ id, label: id, style_index, points, band }));
  return { unit: 'bytes', lines: [...lines, { id: 'limit', label: 'limit', style_index: 0, points, limit: true }], stacked, x_from: 0, x_to: POINT_COUNT };
}

/**
 * Draws a chart that nobody sees, once, while a view waits for what it will draw: a library's first drawing takes many times as long as its second.
 */
export function warmCharts(): void {
  if (is_warm) return;
  is_warm = true;
  later(() => {
    const chart = init(document.createElement('div'), undefined, { renderer: 'canvas', width: WIDTH_PX, height: HEIGHT_PX });
    const look = { palette: usePalette().value, plot_width_px: WIDTH_PX, plot_height_px: HEIGHT_PX, emphasised: undefined, left_px: 0 };
    const drawings = [{ ...trial(false), lines: [] }, trial(false), trial(true)];
    const draw = (): void => {
      const model = drawings.shift();
      if (model === undefined) chart.dispose();
      else chart.setOption(lineChartOption(model, look), { notMerge: true, silent: true, lazyUpdate: true });
    };
    chart.on('rendered', () => void later(draw));
    draw();
  });
}
