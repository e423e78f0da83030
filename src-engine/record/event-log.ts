import { NO_CONTAINER, NO_PAGE, NO_TASK } from '../base/ids.ts';
import { createColumns, type EventColumns, KIND, SLEEP } from './events.ts';
import type { RecordSink } from './run.ts';

/** Longest time one row can carry. */
const DT_MAX_NS = 0xffff_ffff;
const CARRY_NS = 4_000_000_000;

/**
 * Where the engine writes its events, and the simulated clock they carry. `emit` is the hottest call of a recording: no allocation, one store a column.
 */
export class EventLog {
  /** Simulated time; the machine adds to it. */
  now_ns = 0;
  private readonly sink: RecordSink;
  private columns: EventColumns;
  private row = 0;
  private readonly capacity: number;
  private sealed_count = 0;
  private last_ns = 0;

  constructor(sink: RecordSink, first_columns: EventColumns = sink.firstColumns?.() ?? createColumns()) {
    this.sink = sink;
    this.columns = blank(first_columns);
    this.capacity = first_columns.kind.length;
  }

  /** Events written so far. */
  get event_count(): number {
    return this.sealed_count + this.row;
  }

  /** Blocks handed to the sink so far. */
  get sealed_event_count(): number {
    return this.sealed_count;
  }

  emit(kind: number, flags: number, task: number, container: number, page: number, a: number, b: number): void {
    let dt_ns = this.now_ns - this.last_ns;
    if (dt_ns > DT_MAX_NS) {
      this.carry();
      dt_ns = this.now_ns - this.last_ns;
    }
    this.last_ns = this.now_ns;
    const { columns, row } = this;
    columns.kind[row] = kind;
    columns.flags[row] = flags;
    columns.task[row] = task;
    columns.container[row] = container;
    columns.page[row] = page;
    columns.a[row] = a;
    columns.b[row] = b;
    columns.dt_ns[row] = dt_ns;
    this.row = row + 1;
    if (this.row === this.capacity) this.seal();
  }

  /** `emit` for what happens to a page on nobody's behalf, without flags and `b`: only the columns that differ from blank ones are stored. */
  emitPage(kind: number, container: number, page: number, a: number): void {
    const dt_ns = this.now_ns - this.last_ns;
    if (dt_ns > DT_MAX_NS) {
      this.emit(kind, 0, NO_TASK, container, page, a, 0);
      return;
    }
    this.last_ns = this.now_ns;
    const { columns, row } = this;
    columns.kind[row] = kind;
    columns.container[row] = container;
    columns.page[row] = page;
    columns.a[row] = a;
    columns.dt_ns[row] = dt_ns;
    this.row = row + 1;
    if (this.row === this.capacity) this.seal();
  }

  /** Seals what is left: at the end, or now and then where what is written must not wait for a full block. */
  finish(): void {
    if (this.row > 0) this.seal();
  }

  private carry(): void {
    while (this.now_ns - this.last_ns > DT_MAX_NS) {
      const target_ns = this.now_ns;
      this.now_ns = this.last_ns + CARRY_NS;
      this.emit(KIND.sleep, SLEEP.carry, NO_TASK, NO_CONTAINER, NO_PAGE, CARRY_NS / 1000, 0);
      this.now_ns = target_ns;
    }
  }

  private seal(): void {
    const count = this.row;
    this.sealed_count += count;
    this.row = 0;
    this.columns = blank(this.sink.seal(this.columns, count));
  }
}

/** Clears the columns that `emitPage` leaves alone. */
function blank(columns: EventColumns): EventColumns {
  columns.flags.fill(0);
  columns.task.fill(NO_TASK);
  columns.a.fill(0);
  columns.b.fill(0);
  return columns;
}
