export type Cells = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** The array itself if it has `count` cells, else a copy at least twice as long; new cells are 0. */
export function grown<T extends Cells>(cells: T, count: number): T {
  if (count <= cells.length) return cells;
  // Every typed array is made by its constructor from a length; the compiler cannot tell that from T.
  const make = cells.constructor as new (length: number) => T;
  const larger = new make(Math.max(count, cells.length * 2));
  larger.set(cells);
  return larger;
}
