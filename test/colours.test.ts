import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The colours of charts in both themes, as people with and without a colour-vision deficiency see them. */

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

const TOKENS = readFileSync(join(import.meta.dirname, '../src-renderer/styles/tokens.css'), 'utf8');

/** What each kind of sight makes of linear RGB, at full severity: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, IEEE TVCG 15(6), 2009. */
const SIGHTS: Readonly<Record<string, Matrix>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
/** Distances in OKLab; two greys whose lightness differs by 2 % are 0.02 apart, which the eye just notices. */
const DISTANCE_MIN = 0.07;

const apply = (matrix: Matrix, [r, g, b]: Triple): Triple => {
  const row = ([x, y, z]: Triple): number => Math.min(1, Math.max(0, x * r + y * g + z * b));
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
};
function linear(hex: string): Triple {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}
/** Björn Ottosson, A perceptual color space for image processing, 2020. */
function oklab([r, g, b]: Triple): Triple {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
const distance = (a: Triple, b: Triple): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
const luminance = ([r, g, b]: Triple): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a: Triple, b: Triple): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
};
/** The colours of a theme: light is the first of each pair, dark the second. */
const coloursOf = (theme: 'light' | 'dark'): ReadonlyMap<string, Triple> =>
  new Map(
    [...TOKENS.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name = '', light = '', dark = '']) => [
      name,
      linear(theme === 'light' ? light : dark),
    ]),
  );

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const colours = coloursOf(theme);
  const background = colours.get('bg') ?? [0, 0, 0];
  const series = [...colours].filter(([name]) => /^chart-\d$/.test(name));

  it('has eight colours of charts, each 3:1 against the background', () => {
    expect(series).toHaveLength(8);
    expect(series.filter(([, colour]) => contrast(colour, background) < 3).map(([name]) => name)).toEqual([]);
  });

  it.each(Object.entries(SIGHTS))('tells each pair apart with %s sight', (_name, matrix) => {
    const seen = series.map(([name, colour]) => ({ name, colour: oklab(apply(matrix, colour)) }));
    const alike = seen.flatMap((one, index) =>
      seen.slice(0, index).flatMap((other) => (distance(one.colour, other.colour) < DISTANCE_MIN ? [`${other.name} and ${one.name}`] : [])),
    );
    expect(alike).toEqual([]);
  });
});
