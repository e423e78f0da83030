/** Repetitions of one figure. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly repetitions: number;
}

/** The value below which a share (0 to 1) of `values` lies; the values need not be in order. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)];
}

/** Least, middle and greatest of the repetitions. */
export function spread(values: readonly number[]): Spread {
  return { min: Math.min(...values), median: percentile(values, 0.5), max: Math.max(...values), repetitions: values.length };
}

/** Three significant digits: more would be noise. */
export const rounded = (value: number): number => Number(value.toPrecision(3));
