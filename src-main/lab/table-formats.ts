import type { SqlCell } from './contract.ts';
import { TEXT_COLUMNS } from './text.ts';

/** How a table is written to be taken away. */
export type TableFormat = 'csv' | 'markdown' | 'text';

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

/** Widths that fit a line of 72: the widest columns give way first, down to a few letters. */
function widthsOf(columns: readonly string[], rows: readonly (readonly SqlCell[])[]): readonly number[] {
  const widths = columns.map((name, index) => rows.reduce((width, row) => Math.max(width, cellText(row[index]).length), name.length));
  const room = TEXT_COLUMNS - 2 * (columns.length - 1);
  for (let total = widths.reduce((sum, width) => sum + width, 0); total > room; total--) {
    const widest = widths.indexOf(Math.max(...widths));
    const width = widths[widest] ?? 0;
    if (width <= CELL_MIN) break;
    widths[widest] = width - 1;
  }
  return widths;
}

/** A table too wide for a line is written row by row, a column a line. */
function longText(columns: readonly string[], rows: readonly (readonly SqlCell[])[]): string {
  const width = Math.max(...columns.map(({ length }) => length));
  return rows
    .map((row, index) => [`row ${index + 1}`, ...columns.map((name, at) => `  ${name.padEnd(width)}  ${cellText(row[at])}`.trimEnd())].join('\n'))
    .join('\n\n');
}

function plainText(columns: readonly string[], rows: readonly (readonly SqlCell[])[]): string {
  const widths = widthsOf(columns, rows);
  // Numbers are never cut: a table in which one would be is written the long way.
  const cuts = rows.some((row) => row.some((cell, index) => typeof cell === 'number' && String(cell).length > (widths[index] ?? 0)));
  const too_wide = widths.reduce((sum, width) => sum + width + 2, -2) > TEXT_COLUMNS;
  if (cuts || too_wide) return `${longText(columns, rows)}\n`;
  const numeric = columns.map((_, index) => isNumeric(rows, index));
  const fitted = (text: string, index: number): string => {
    const width = widths[index] ?? 0;
    const cut = text.length <= width ? text : `${text.slice(0, width - 1)}…`;
    return numeric[index] === true ? cut.padStart(width) : cut.padEnd(width);
  };
  const line = (cells: readonly string[]): string => cells.map(fitted).join('  ').trimEnd();
  return `${[line(columns), ...rows.map((row) => line(columns.map((_, index) => cellText(row[index]).replace(/\s*\n\s*/g, ' '))))].join('\n')}\n`;
}

/** A table as CSV (RFC 4180), as Markdown, or as plain text of 72 columns. */
export function tableText(format: TableFormat, columns: readonly string[], rows: readonly (readonly SqlCell[])[]): string {
  return format === 'csv' ? csv(columns, rows) : format === 'markdown' ? markdown(columns, rows) : plainText(columns, rows);
}
