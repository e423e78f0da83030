import type { SqlCell, WrittenTable } from './contract.ts';
import { TEXT_COLUMNS } from './text.ts';

/** How a table is written to be taken away. */
export type TableFormat = 'csv' | 'markdown' | 'text' | 'vertical';

const CELL_MIN = 3;

const cellText = (cell: SqlCell | undefined): string => (cell === null || cell === undefined ? '' : String(cell));

/** A cell of CSV (RFC 4180). */
function csvCell(cell: SqlCell | undefined): string {
  const text = cellText(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csv(columns: readonly string[], rows: readonly (readonly SqlCell[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

const markdownCell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');

/** Columns that hold numbers and nothing else stand to the right. */
const isNumeric = (rows: readonly (readonly SqlCell[])[], column: number): boolean =>
  rows.some((row) => typeof row[column] === 'number') && rows.every((row) => row[column] === null || typeof row[column] === 'number');

function markdown(columns: readonly string[], rows: readonly (readonly SqlCell[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownCell).join(' | ')} |\n`;
  return [
    line(columns),
    line(columns.map((_, index) => (isNumeric(rows, index) ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((_, index) => cellText(row[index])))),
  ].join('');
}

/** A cell on one line. */
const flat = (cell: SqlCell | undefined): string => cellText(cell).replace(/\s*\n\s*/g, ' ');

/** Widths that fit a line: the widest columns give way first, down to a few letters. */
function widthsOf(columns: readonly string[], rows: readonly (readonly SqlCell[])[], line_columns: number): readonly number[] {
  const widths = columns.map((name, index) => rows.reduce((width, row) => Math.max(width, flat(row[index]).length), name.length));
  const room = line_columns - 2 * (columns.length - 1);
  for (let total = widths.reduce((sum, width) => sum + width, 0); total > room; total--) {
    const widest = widths.indexOf(Math.max(...widths));
    const width = widths[widest] ?? 0;
    if (width <= CELL_MIN) break;
    widths[widest] = width - 1;
  }
  return widths;
}

/** Row by row, a column a line: nothing is cut. */
function vertical(columns: readonly string[], rows: readonly (readonly SqlCell[])[]): string {
  const width = Math.max(...columns.map(({ length }) => length));
  return rows
    .map((row, index) => [`row ${index + 1}`, ...columns.map((name, at) => `  ${name.padEnd(width)}  ${cellText(row[at])}`.trimEnd())].join('\n'))
    .join('\n\n')
    .concat('\n');
}

function plainText(columns: readonly string[], rows: readonly (readonly SqlCell[])[], line_columns: number): WrittenTable {
  const widths = widthsOf(columns, rows, line_columns);
  // Numbers are never cut: a table in which one would be is written the long way.
  const cuts = rows.some((row) => row.some((cell, index) => typeof cell === 'number' && String(cell).length > (widths[index] ?? 0)));
  const too_wide = widths.reduce((sum, width) => sum + width + 2, -2) > line_columns;
  if (cuts || too_wide) return { text: vertical(columns, rows), cut: [] };
  const numeric = columns.map((_, index) => isNumeric(rows, index));
  const fitted = (text: string, index: number): string => {
    const width = widths[index] ?? 0;
    const cut = text.length <= width ? text : `${text.slice(0, width - 1)}…`;
    return numeric[index] === true ? cut.padStart(width) : cut.padEnd(width);
  };
  const line = (cells: readonly string[]): string => cells.map(fitted).join('  ').trimEnd();
  const cut = columns.flatMap((column, index) => {
    const value_count = rows.filter((row) => flat(row[index]).length > (widths[index] ?? 0)).length;
    return value_count === 0 ? [] : [{ column, value_count }];
  });
  return { text: `${[line(columns), ...rows.map((row) => line(columns.map((_, index) => flat(row[index]))))].join('\n')}\n`, cut };
}

/** A table as CSV (RFC 4180), as Markdown, row by row, or as plain text in lines of at most `line_columns`, for which long values are cut; null: as wide as it is. */
export function tableText(
  format: TableFormat,
  columns: readonly string[],
  rows: readonly (readonly SqlCell[])[],
  line_columns: number | null = TEXT_COLUMNS,
): WrittenTable {
  if (format === 'text') return plainText(columns, rows, line_columns ?? Number.POSITIVE_INFINITY);
  return { text: { csv, markdown, vertical }[format](columns, rows), cut: [] };
}
