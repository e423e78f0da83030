/** What a chart's y axis counts; percent in hundredths. */
export type AxisUnit = 'bytes' | 'count' | 'percent';

/** A y axis from 0 to `max`, with a tick every `interval`. */
export interface Axis {
  readonly max: number;
  readonly interval: number;
}

/** Least multiple of a round number (1, 2, 5 × 10ⁿ; for bytes a power of two from a page on) that makes at most `tick_count_max` ticks up to `value`. */
export function axisFor(value: number, unit: AxisUnit, tick_count_max: number): Axis {
  const least = Math.max(value, unit === 'bytes' ? 4096 : 1) / tick_count_max;
  let interval: number;
  if (unit === 'bytes') {
    interval = Math.max(1024, 2 ** Math.ceil(Math.log2(least)));
  } else {
    const decade = 10 ** Math.floor(Math.log10(least));
    interval = Math.max(1, ([1, 2, 5].find((factor) => factor * decade >= least) ?? 10) * decade);
  }
  return { interval, max: interval * Math.max(1, Math.ceil(value / interval)) };
}
