import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Palette } from '../palette.ts';
import { type ChartCanvas, drawAxis, drawLines, type LineChartLook, scaleOf } from './draw-line-chart.ts';
import type { ChartLine, LineChartModel } from './line-chart-model.ts';

const palette: Palette = {
  series: ['c0', 'c1'],
  background: '',
  background_raised: '',
  text: '',
  text_muted: 'muted',
  line: '',
  grid: 'grid',
  limit: '',
  cursor: '',
  accent: '',
  selected: '',
  good: '',
  warning: '',
  danger: '',
  font_ui: 'sans',
  font_mono: '',
};
// The plot is 100 px wide from 70 on; its values go from 96 (0) up to 6.
const LOOK: LineChartLook = { palette, width_px: 171, height_px: 100, emphasised: undefined, left_px: 70 };
const a: ChartLine = { id: 'a', label: 'A', style_index: 0, points: { x: Float64Array.of(0, 50), y: Float64Array.of(4096, 8192) } };
const MODEL: LineChartModel = { unit: 'bytes', lines: [a], x_from: 0, x_to: 100, y_top: 8192 };

/** What is painted, with the look it is painted in. */
interface Painted {
  readonly how: 'stroke' | 'fill' | 'text' | 'mark';
  readonly colour: unknown;
  readonly opacity: number;
  readonly dash: readonly number[];
  readonly corners: readonly (readonly number[])[];
  readonly text?: string;
}

/** A canvas that keeps what is painted on it. */
function recorder(): { readonly context: ChartCanvas; readonly painted: Painted[] } {
  const painted: Painted[] = [];
  let corners: number[][] = [];
  let dash: number[] = [];
  const paint = (how: Painted['how'], colour: unknown, more: Partial<Painted> = {}): void => {
    painted.push({ how, colour, opacity: context.globalAlpha, dash, corners, ...more });
  };
  const nothing = (): void => undefined;
  const context: ChartCanvas = {
    globalAlpha: 1,
    fillStyle: '',
    strokeStyle: '',
    lineWidth: 1,
    font: '',
    textAlign: 'start',
    textBaseline: 'alphabetic',
    beginPath: () => {
      corners = [];
    },
    moveTo: (x, y) => void corners.push([x, y]),
    lineTo: (x, y) => void corners.push([x, y]),
    setLineDash: (now) => {
      dash = [...now];
    },
    stroke: () => paint('stroke', context.strokeStyle),
    fill: (mark?: unknown) => paint(mark === undefined ? 'fill' : 'mark', context.fillStyle),
    fillText: (text, x, y) => paint('text', context.fillStyle, { text, corners: [[x, y]] }),
    clearRect: nothing,
    fillRect: nothing,
    save: nothing,
    restore: nothing,
    rect: nothing,
    clip: nothing,
    translate: nothing,
  };
  return { context, painted };
}
function lines(model: LineChartModel, look = LOOK): readonly Painted[] {
  const { context, painted } = recorder();
  drawLines(context, model, look, scaleOf(model, look));
  return painted;
}

describe('a line chart', () => {
  beforeEach(() => {
    vi.stubGlobal('Path2D', class {});
  });

  it('draws each value where the axis has it, up to the right edge', () => {
    const [stroke, ...marks] = lines(MODEL);
    expect(stroke).toMatchObject({ how: 'stroke', colour: 'c0', opacity: 1, dash: [] });
    expect(stroke.corners).toEqual([
      [70, 51],
      [120, 51],
      [120, 6],
      [170, 6],
    ]);
    expect(marks.map(({ how, colour }) => [how, colour])).toEqual([['mark', 'c0']]);
  });

  it('has round ticks, with signs where 0 is in the middle', () => {
    const ticksOf = (model: LineChartModel): readonly (string | undefined)[] => {
      const { context, painted } = recorder();
      drawAxis(context, model, LOOK, scaleOf(model, LOOK));
      return painted.filter(({ how }) => how === 'text').map(({ text }) => text?.replace(/\s/u, ' '));
    };
    expect(ticksOf(MODEL)).toEqual(['0', '4 KiB', '8 KiB']);
    expect(ticksOf({ ...MODEL, signed: true })).toEqual(['−8 KiB', '0', '+8 KiB']);
    expect(ticksOf({ ...MODEL, lines: [] })).toEqual([]);
  });

  it('dashes every second line, so that the one below it is seen, and limits, which lie lowest', () => {
    const b: ChartLine = { ...a, id: 'b', style_index: 1, dashed: true };
    const max: ChartLine = { ...a, id: 'max', limit: true };
    const strokes = lines({ ...MODEL, lines: [a, b, max] }).filter(({ how }) => how === 'stroke');
    expect(strokes.map(({ colour, dash }) => [colour, dash])).toEqual([
      ['c0', [4, 3]],
      ['c0', []],
      ['c1', [8, 8]],
    ]);
  });

  it('has a band under its line, and an area where lines stand upon one another', () => {
    const banded: ChartLine = { ...a, band: { min: Float64Array.of(0, 4096), max: Float64Array.of(4096, 8192) } };
    expect(lines({ ...MODEL, lines: [banded] }).map(({ how }) => how)).toEqual(['fill', 'stroke', 'mark']);
    const stacked = lines({ ...MODEL, lines: [banded, { ...a, id: 'b', style_index: 1 }], stacked: true, y_top: 16_384 });
    const upper = stacked.filter(({ how, colour }) => how === 'stroke' && colour === 'c1');
    expect(upper.map(({ corners }) => corners)).toEqual([
      [
        [70, 51],
        [120, 51],
        [120, 6],
        [170, 6],
      ],
    ]);
    expect(stacked.filter(({ how }) => how === 'fill').map(({ opacity }) => opacity)).toEqual([0.28, 0.28]);
  });

  it('lets all lines but one step back', () => {
    const faded = lines({ ...MODEL, lines: [a, { ...a, id: 'b', style_index: 1 }] }, { ...LOOK, emphasised: 'b' });
    expect(faded.filter(({ how }) => how === 'stroke').map(({ opacity }) => opacity)).toEqual([0.25, 1]);
  });
});
