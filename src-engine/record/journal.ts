import { NO_PAGE, NO_TASK } from '../base/ids.ts';
import type { EventColumns } from './events.ts';
import { PairSums } from './pair-sums.ts';
import type { ReclaimPass } from './run.ts';
import type { RunState } from './state.ts';
import type { CellTable } from './state-tables.ts';
import { SCALAR } from './state-tables.ts';

/** How many events back can be undone at least, once so many were applied. */
const EVENT_LIMIT = 4096;

/**
 * Remembers what the last events overwrote, so that they can be taken back one by one.
 * The cells that `RunState.apply` changes in its tight loop are saved here before each event; all others it saves itself while `state.journal` is set.
 */
export class Journal {
  readonly #state: RunState;
  readonly #tables: CellTable[] = [];
  readonly #indexes: number[] = [];
  readonly #olds: number[] = [];
  /** Per event: number of cells saved before it, and the passes under way. */
  #marks: number[] = [];
  #passes: (readonly ReclaimPass[])[] = [];

  constructor(state: RunState) {
    this.#state = state;
  }

  /** Events that can be undone. */
  get depth(): number {
    return this.#marks.length;
  }

  save(table: CellTable, index: number, old: number): void {
    this.#tables.push(table);
    this.#indexes.push(index);
    this.#olds.push(old);
  }

  clear(): void {
    this.#truncate(0);
    this.#marks = [];
    this.#passes = [];
  }

  /** Applies rows `from..to` so that they can be undone. */
  apply(columns: EventColumns, from: number, to: number): void {
    this.#state.journal = this;
    for (let row = from; row < to; row++) {
      if (this.#marks.length >= 2 * EVENT_LIMIT) this.#dropOldest();
      this.#mark(columns, row);
      this.#state.apply(columns, row, row + 1);
    }
    this.#state.journal = null;
  }

  /** Takes the last `count` events back; `count` must not exceed `depth`. */
  undo(count: number): void {
    const state = this.#state;
    if (count === 0) return;
    const kept = this.#marks.length - count;
    const mark = this.#marks[kept];
    for (let at = this.#olds.length - 1; at >= mark; at--) {
      const table = state[this.#tables[at]];
      if (table instanceof PairSums) table.set(this.#indexes[at], this.#olds[at]);
      else table[this.#indexes[at]] = this.#olds[at];
    }
    state.passes = this.#passes[kept];
    this.#truncate(mark);
    this.#marks.length = kept;
    this.#passes.length = kept;
    state.forget();
  }

  #mark(columns: EventColumns, row: number): void {
    const state = this.#state;
    this.#marks.push(this.#olds.length);
    this.#passes.push(state.passes);
    this.save('scalars', SCALAR.event_index, state.scalars[SCALAR.event_index]);
    this.save('scalars', SCALAR.time_ns, state.scalars[SCALAR.time_ns]);
    const page = columns.page[row];
    const object = page === NO_PAGE ? -1 : state.objectOf(page);
    if (object >= 0) {
      this.save('page_state', page, state.page_state[page]);
      this.save('page_container', page, state.page_container[page]);
      this.save('mapcount', page, state.mapcount[page]);
      this.save('object_resident', object, state.object_resident[object]);
      this.save('object_mapped', object, state.object_mapped[object]);
      this.save('object_swapped', object, state.object_swapped[object]);
    }
    const task = columns.task[row];
    if (task === NO_TASK) return;
    state.reserve({ tasks: task + 1 });
    this.save('task_rss', task, state.task_rss[task]);
  }

  #dropOldest(): void {
    const cells = this.#marks[EVENT_LIMIT];
    this.#tables.splice(0, cells);
    this.#indexes.splice(0, cells);
    this.#olds.splice(0, cells);
    this.#marks = this.#marks.slice(EVENT_LIMIT).map((mark) => mark - cells);
    this.#passes = this.#passes.slice(EVENT_LIMIT);
  }

  #truncate(cells: number): void {
    this.#tables.length = cells;
    this.#indexes.length = cells;
    this.#olds.length = cells;
  }
}
