import type { SqlCell, SqlResult } from '../../../src-main/lab/contract.ts';
import type { TableColumn } from '../../components/UiTable.vue';
import { formatRoute } from '../../router.ts';

/** Columns that name an event of a run. */
const EVENT_COLUMNS = new Set(['event', 'end_event']);
const LETTER_PX = 8;
const PADDING_PX = 18;
const WIDTH_MAX_PX = 420;

/** Columns of a result, as wide as what stands in its first rows; a last one of text takes what is left. */
export function resultColumns({ columns }: SqlResult, first_rows: readonly (readonly SqlCell[])[]): readonly TableColumn[] {
  return columns.map(({ name, is_numeric }, index) => {
    const letters = first_rows.reduce((most, row) => Math.max(most, String(row[index] ?? '').length), name.length);
    const width_px = Math.min(WIDTH_MAX_PX, letters * LETTER_PX + PADDING_PX);
    return {
      key: String(index),
      title: name,
      width: index === columns.length - 1 && !is_numeric ? `minmax(${width_px}px, 1fr)` : `${width_px}px`,
      align: is_numeric ? 'right' : 'left',
    };
  });
}

/** Address of the run right after the event that a cell names; undefined where it names none. `runs`: those that were asked over. */
export function eventAddress(result: SqlResult, row: readonly SqlCell[], column: number, runs: readonly number[]): string | undefined {
  const name = result.columns[column]?.name ?? '';
  const event = row[column];
  if (!EVENT_COLUMNS.has(name) || typeof event !== 'number') return undefined;
  const of_row = row[result.columns.findIndex((other) => other.name === 'run')];
  const run_id = typeof of_row === 'number' ? of_row : runs.length === 1 ? runs[0] : undefined;
  return run_id === undefined ? undefined : formatRoute({ view: 'run', run_id, event_index: event });
}
