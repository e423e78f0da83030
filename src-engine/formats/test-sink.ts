import { createColumns, EVENT_KIND_BY_CODE, type EventColumns, type EventRow } from '../record/events.ts';
import type { RecordSink } from '../record/run.ts';

/** An event with its kind by name. */
export type NamedRow = Omit<EventRow, 'kind' | 'index'> & { readonly kind: string };

/** A sink that keeps events as rows, for tests. */
export interface RowSink extends RecordSink {
  readonly rows: NamedRow[];
  readonly blockSizes: number[];
}

/** A sink with blocks of `capacity` rows after the first. */
export function createRowSink(capacity = 1000): RowSink {
  const rows: NamedRow[] = [];
  const blockSizes: number[] = [];
  return {
    rows,
    blockSizes,
    seal(columns: EventColumns, count: number) {
      blockSizes.push(count);
      for (let row = 0; row < count; row += 1) rows.push(rowAt(columns, row));
      return createColumns(capacity);
    },
    sample() {
      throw new Error('a trace has no samples');
    },
  };
}

function rowAt(columns: EventColumns, row: number): NamedRow {
  const at = (values: ArrayLike<number>): number => values[row] ?? Number.NaN;
  return {
    kind: EVENT_KIND_BY_CODE[at(columns.kind)]?.name ?? '?',
    flags: at(columns.flags),
    task: at(columns.task),
    container: at(columns.container),
    page: at(columns.page),
    a: at(columns.a),
    b: at(columns.b),
    dt_ns: at(columns.dt_ns),
  };
}
