import { AMOUNT_FORMATS, formatNs } from '../../../src-engine/base/figures.ts';
import type { Answer, SqlResult } from '../../../src-main/lab/contract.ts';
import { formatCount } from '../../format.ts';

/** What of a result is charted, and how. Columns are told by their place. */
export interface ChartChoice {
  readonly x_column: number;
  readonly y_columns: readonly number[];
  /** Columns of which each combination of values has a line of its own; undefined: where an x comes twice, those of names and runs. */
  readonly by_columns: readonly number[] | undefined;
  readonly kind: 'line' | 'bar';
}

/** Columns that tell where something is, not how much. */
const PLACES = /^(?:event|end_event|step|line|page|time_ns)$|_(?:id|event|step|index)$/;

/** What is charted at first: the first amounts over the first column, over a run's number only where there is no other; names have bars. Undefined where there is nothing to draw. */
export function firstChoice(columns: SqlResult['columns']): ChartChoice | undefined {
  const all = columns.map(({ name, is_numeric }, column) => ({
    column,
    is_run: name === 'run',
    is_numeric: is_numeric && name !== 'run',
    is_place: PLACES.test(name),
  }));
  const own = all.filter(({ is_run }) => !is_run);
  for (const x of [own[0], own.find(({ is_numeric }) => !is_numeric), all.find(({ is_run }) => is_run)]) {
    const figures = own.filter((one) => one.is_numeric && one !== x);
    const y = figures.find(({ is_place }) => !is_place) ?? figures[0];
    if (x !== undefined && y !== undefined) return { x_column: x.column, y_columns: [y.column], by_columns: undefined, kind: kindOver(x) };
  }
  return undefined;
}

/** How columns are drawn over another at first. */
export const kindOver = ({ is_numeric }: { readonly is_numeric: boolean }): ChartChoice['kind'] => (is_numeric ? 'line' : 'bar');

/** A column of a result with its name. */
export interface NamedColumn extends Answer<'sqlColumn'> {
  readonly name: string;
}

/** Points of one line. Without categories `x` is the value, else the place of a category. */
export interface SqlLine {
  readonly label: string;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface SqlLines {
  /** Names of the places on the x axis; undefined where that has a scale. */
  readonly categories: readonly string[] | undefined;
  /** The greatest, in the order of their first rows. */
  readonly lines: readonly SqlLine[];
  /** How many there are with those that found no colour. */
  readonly line_count: number;
}

/** As many as colours and marks tell apart. */
export const SQL_LINES_MAX = 8;

const cellOf = ({ values, labels }: Answer<'sqlColumn'>, row: number): string | number => (labels === null ? values[row] : labels[row]);

/** What units a column's name tells, as the views name their columns. */
type Unit = 'bytes' | 'ns' | 'other';
/** The unit of a column by the end of its name: `current_bytes`, `time_ns`. */
export function unitOf(name: string): Unit {
  const [, unit] = /(?:^|_)(bytes|ns)$/.exec(name) ?? [];
  return unit === 'bytes' || unit === 'ns' ? unit : 'other';
}

/** A tick of an axis: without empty decimals, and not rounded to what another tick says. */
export function tickText(value: number, unit: Unit): string {
  if (unit === 'other') return Number.isInteger(value) ? formatCount(value) : `${Number(value.toPrecision(6))}`.replace('-', '\u2212');
  return (unit === 'ns' ? formatNs(value) : AMOUNT_FORMATS.bytes(value)).replace(/\.0+(?=\D|$)/, '');
}

/** Whether a line through all rows would go through some x twice: then names, and runs, part them. */
export function hasRepeats(x: Answer<'sqlColumn'>): boolean {
  const seen = new Set<string | number>();
  for (let row = 0; row < x.values.length; row += 1) seen.add(cellOf(x, row));
  return seen.size < x.values.length;
}

/** Whether a column tells rows apart. */
export function isVaried(column: Answer<'sqlColumn'>): boolean {
  for (let row = 1; row < column.values.length; row += 1) if (cellOf(column, row) !== cellOf(column, 0)) return true;
  return false;
}

interface Group {
  readonly label: string;
  readonly rows: number[];
}

function groupsBy(row_count: number, by: readonly NamedColumn[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (let row = 0; row < row_count; row += 1) {
    const label = by.map((column) => (column.labels === null ? `${column.name} ${column.values[row]}` : column.labels[row] || `no ${column.name}`)).join(' · ');
    const group = groups.get(label);
    if (group === undefined) groups.set(label, { label, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()];
}

/** Points in the order of x: rows come in any, and those without an x have no place. */
function pointsOf(rows: readonly number[], x: (row: number) => number, y: Float64Array): Pick<SqlLine, 'x' | 'y'> {
  const placed = rows.filter((row) => !Number.isNaN(x(row)));
  const ascending = placed.every((row, at) => at === 0 || x(row) >= x(placed[at - 1]));
  const ordered = ascending ? placed : placed.sort((a, b) => x(a) - x(b));
  return { x: Float64Array.from(ordered, x), y: Float64Array.from(ordered, (row) => y[row]) };
}

/** The lines of a chart: for each of `ys` one, or one for each combination of the values of `by`. */
export function sqlLines(x: NamedColumn, ys: readonly NamedColumn[], by: readonly NamedColumn[], kind: ChartChoice['kind']): SqlLines {
  const is_category = x.labels !== null || kind === 'bar';
  const row_count = x.values.length;
  const places = new Map<string | number, number>();
  if (is_category) {
    const cells = Array.from({ length: row_count }, (_, row) => cellOf(x, row));
    // Numbers stand in their order, names in that of the rows.
    if (x.labels === null) cells.sort((a, b) => Number(a) - Number(b));
    for (const cell of cells) if (!places.has(cell)) places.set(cell, places.size);
  }
  const placeOf = is_category ? (row: number): number => places.get(cellOf(x, row)) ?? 0 : (row: number): number => x.values[row];
  const groups = groupsBy(row_count, by);
  const all = ys.flatMap((y) =>
    groups.map((group) => {
      const label = [group.label, ys.length > 1 || group.label === '' ? y.name : ''].filter((part) => part !== '').join(' · ');
      return { label, reach: group.rows.reduce((most, row) => Math.max(most, Math.abs(y.values[row]) || 0), 0), rows: group.rows, y: y.values };
    }),
  );
  const shown = new Set(all.toSorted((a, b) => b.reach - a.reach).slice(0, SQL_LINES_MAX));
  return {
    categories: is_category ? [...places.keys()].map(String) : undefined,
    lines: all.filter((line) => shown.has(line)).map(({ label, rows, y }) => ({ label, ...pointsOf(rows, placeOf, y) })),
    line_count: all.length,
  };
}
