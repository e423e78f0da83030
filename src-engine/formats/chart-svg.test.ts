import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartSvg, type SvgChart } from './chart-svg.ts';
import { escapeXml } from './svg.ts';

const CHART: SvgChart = {
  title: 'current by container',
  subtitle: 'A & B, run 3, static',
  unit: 'bytes',
  x_title: 'event',
  x_from: 0,
  x_to: 100,
  lines: [
    { label: 'pods/<a>', style_index: 0, points: { x: [0, 10, 50], y: [0, 4096, 8192] } },
    { label: 'b', style_index: 1, points: { x: [0, 10, 50], y: [0, 0, 4096] } },
    { label: 'max', style_index: 0, points: { x: [0, 50], y: [Number.NaN, 12_288] }, limit: true },
  ],
};

describe('a chart as SVG', () => {
  it('says what it shows, in words that XML can hold', () => {
    const svg = chartSvg(CHART);
    for (const words of ['current by container', 'A &amp; B, run 3, static', 'pods/&lt;a&gt;', '8 KiB', '>event<']) expect(svg).toContain(words);
    expect(svg).not.toContain('NaN');
    expect(svg).not.toMatch(/\bid=|href|<script|@import/);
  });

  it('draws each value where the axis has it', () => {
    const svg = chartSvg({ ...CHART, width_px: 192, height_px: 360, lines: [CHART.lines[0]] });
    // 100 px wide from 76 on; the axis goes to 8 KiB, from 308 (0) up to 52.
    expect(svg).toContain('<path d="M76,308H86V180H126V52H176" fill="none" stroke="#0069b4"');
  });

  it('stands areas upon one another', () => {
    const svg = chartSvg({ ...CHART, width_px: 192, height_px: 360, stacked: true, lines: CHART.lines.slice(0, 2), y_top: 16_384 });
    const tops = [...svg.matchAll(/<path d="(M[^"]*)" fill="none" stroke="#/g)].map((match) => match[1]);
    // b's 4 KiB stand on a's 8 KiB: 12 of 16 KiB.
    expect(tops.at(-1)).toMatch(/V111.5H176$/);
  });

  it('has 0 in the middle where values have both signs', () => {
    const lines = [{ label: 'b − a', style_index: 0, points: { x: [0, 50], y: [4096, -8192] } }];
    const svg = chartSvg({ ...CHART, width_px: 192, height_px: 360, signed: true, lines });
    // From 52 (+8 KiB) by 180 (0) to 308 (−8 KiB).
    expect(svg).toContain('<path d="M76,116H126V308H176" fill="none" stroke="#0069b4"');
    for (const tick of ['>+8 KiB<', '>0<', '>−8 KiB<']) expect(svg).toContain(tick);
  });

  it('is well formed and the same each time, whatever the words and values', () => {
    const value = fc.oneof(fc.double({ min: 0, max: 1e15, noNaN: true }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(value, { maxLength: 20 }), fc.boolean(), (words, y, stacked) => {
        const x = y.map((_, at) => at);
        const chart = { ...CHART, title: words, stacked, x_to: y.length, lines: [{ label: words, style_index: 9, points: { x, y } }] };
        const svg = chartSvg(chart);
        expect(svg).toBe(chartSvg(chart));
        const outside = svg.replace(/<[^<>]*>/g, '');
        expect(outside).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#39);)/);
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      }),
      { numRuns: 60 },
    );
    expect(escapeXml('\u0000a\ud800b')).toBe('ab');
  });
});
