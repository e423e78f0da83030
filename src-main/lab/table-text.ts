import { tailOf } from './text.ts';

/** A column of a table. A column without any text is left out. */
export interface TableColumn {
  readonly head: string;
  /** Numbers stand to the right. */
  readonly right?: boolean;
  /** Longer cells lose their beginning. */
  readonly width_max?: number;
}

/** Lines of a table: a head, then one line for each row of cells. Columns are as wide as what stands in them. */
export function tableLines(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ head, width_max = Number.POSITIVE_INFINITY }, index) => {
    const longest = rows.reduce((width, cells) => Math.max(width, cells[index]?.length ?? 0), 0);
    return longest === 0 ? 0 : Math.min(Math.max(longest, head.length), width_max);
  });
  const line = (cells: readonly string[]): string =>
    columns
      .flatMap(({ right }, index) => {
        const width = widths[index] ?? 0;
        const cell = tailOf(cells[index] ?? '', width);
        return width === 0 ? [] : [right === true ? cell.padStart(width) : cell.padEnd(width)];
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ head }) => head)), ...rows.map(line)];
}
