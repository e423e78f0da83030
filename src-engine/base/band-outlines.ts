/** A place in a drawing. */
export type Corner = [x: number, y: number];

/** Least and greatest value on the way to each point of a line; NaN where nothing is known. */
export interface Band {
  readonly min: ArrayLike<number>;
  readonly max: ArrayLike<number>;
}

/**
 * The outlines of a band along the points `x`, one for each stretch without gaps, above first and back below. A point stands where its events end: what happened in them lies before it,
 * from the point before. `place` gives the place of a value in the drawing.
 */
export function bandOutlines(x: ArrayLike<number>, { min, max }: Band, place: (x: number, y: number) => Corner): Corner[][] {
  const outlines: Corner[][] = [];
  let above: Corner[] = [];
  let below: Corner[] = [];
  for (let at = 0; at <= x.length; at += 1) {
    if (at === x.length || Number.isNaN(max[at])) {
      if (above.length > 0) outlines.push([...above, ...below.reverse()]);
      above = [];
      below = [];
      continue;
    }
    const from = x[Math.max(0, at - 1)];
    above.push(place(from, max[at]), place(x[at], max[at]));
    below.push(place(from, min[at]), place(x[at], min[at]));
  }
  return outlines;
}
