import { expect, test } from 'vitest';
import type { Palette } from '../palette.ts';
import type { ChartLine } from './line-chart-model.ts';
import { lineChartOption } from './line-chart-option.ts';

const palette: Palette = {
  series: ['c0', 'c1'],
  background: '',
  background_raised: '',
  text: '',
  text_muted: '',
  line: '',
  grid: '',
  limit: '',
  cursor: '',
  accent: '',
  selected: '',
  good: '',
  warning: '',
  danger: '',
  font_ui: '',
  font_mono: '',
};
const LOOK = { palette, plot_width_px: 800, plot_height_px: 100, emphasised: undefined, left_px: 72 };
const a: ChartLine = { id: 'a', label: 'A', style_index: 0, points: { x: Float64Array.of(0, 50), y: Float64Array.of(4096, 8192) } };

test('a line ends at the right edge with its last value', () => {
  const option = lineChartOption({ unit: 'bytes', lines: [a], stacked: false, x_from: 0, x_to: 100 }, LOOK);
  expect([option.dataset].flat()[0]?.source).toEqual(Float64Array.of(0, 4096, 50, 8192, 100, 8192));
});

test('a dashed line lets the one below it be seen', () => {
  const b: ChartLine = { ...a, id: 'b', style_index: 1, dashed: true };
  const option = lineChartOption({ unit: 'bytes', lines: [a, b], stacked: false, x_from: 0, x_to: 100 }, LOOK);
  const dashes = [option.series]
    .flat()
    .flatMap((series) => (series?.type === 'line' && (series.id === 'a' || series.id === 'b') ? [series.lineStyle?.type] : []));
  expect(dashes).toEqual([undefined, [8, 8]]);
});

test('a band is drawn under its line, and not where lines stand upon one another', () => {
  const banded: ChartLine = { ...a, band: { min: Float64Array.of(0, 4096), max: Float64Array.of(4096, 12288) } };
  const plain = lineChartOption({ unit: 'bytes', lines: [banded], stacked: false, x_from: 0, x_to: 100 }, LOOK);
  expect([plain.series].flat().map((series) => series?.id)).toEqual(['bands', 'a', 'a marks']);
  const stacked = lineChartOption({ unit: 'bytes', lines: [banded], stacked: true, x_from: 0, x_to: 100 }, LOOK);
  expect([stacked.series].flat().map((series) => series?.id)).toEqual(['a', 'a marks']);
});

test('charts with one scale share the top', () => {
  const option = lineChartOption({ unit: 'bytes', lines: [a], stacked: false, x_from: 0, x_to: 100, y_top: 65_536 }, LOOK);
  expect(option.yAxis).toMatchObject({ max: 65_536 });
});

test('marks are few, and stand on the top of what is stacked below', () => {
  const x = Float64Array.from({ length: 1000 }, (_, index) => index);
  const flat = (id: string, style_index: number, value: number): ChartLine => ({
    id,
    label: id,
    style_index,
    points: { x, y: new Float64Array(1000).fill(value) },
  });
  const option = lineChartOption({ unit: 'bytes', lines: [flat('a', 0, 4096), flat('b', 1, 8192)], stacked: true, x_from: 0, x_to: 1000 }, LOOK);
  const marks = [option.dataset].flat().filter((_, index) => `${[option.series].flat()[index]?.id}`.endsWith('marks'));
  const heights = marks.map((dataset) => (dataset?.source instanceof Float64Array ? [...dataset.source] : []).filter((_, index) => index % 2 === 1));
  expect(heights).toEqual([
    [4096, 4096, 4096, 4096, 4096],
    [12288, 12288, 12288, 12288, 12288],
  ]);
});

test('a limit above the axis is not drawn, one that rises beyond it holds until then', () => {
  const limit: ChartLine = { ...a, id: 'max', limit: true, points: { x: Float64Array.of(0, 20, 60), y: Float64Array.of(2 ** 30, 8192, 2 ** 30) } };
  const option = lineChartOption({ unit: 'bytes', lines: [a, limit], stacked: false, x_from: 0, x_to: 60 }, LOOK);
  expect([option.dataset].flat().at(-1)?.source).toEqual(Float64Array.of(0, Number.NaN, 20, 8192, 60, 8192, 60, Number.NaN));
});
