import { COUNTER_COUNT } from './counters.ts';
import { COST } from './events.ts';
import { grown } from './grow.ts';
import type { Journal } from './journal.ts';
import { PairSums } from './pair-sums.ts';
import type { ReclaimPass } from './run.ts';

/** Bits of a page's state. `list_mask`: its LRU list plus 1, 0 where it is on none. A page with state 0 is as if it had never been. */
export const PAGE = { list_mask: 7, swapped: 8, mapped: 16 } as const;

/** Single numbers of the state, in one array so that the journal can keep them like any other cell. */
export const SCALAR = {
  event_index: 0,
  time_ns: 1,
  step_index: 2,
  step_line: 3,
  container_count: 4,
  task_count: 5,
  object_count: 6,
  page_count: 7,
  matrix_count: 8,
} as const;
export const SCALAR_COUNT = 9;

/** A container or task that was never made, is there, or is gone. */
export const LIFE = { never: 0, alive: 1, gone: 2 } as const;

export const COST_COUNT = Object.keys(COST).length;
/** LRU lists × scan priorities (DEF_PRIORITY 12 down to 0). */
export const MATRIX_CELLS = 4 * 13;
/** A task's reclaim: pages scanned, then pages reclaimed. */
export const MATRIX_STRIDE = 2 * MATRIX_CELLS;

/** Told of every change of a counter as it is shown: value before, and the lowest and highest value from before the change until after it. */
export interface CounterWatcher {
  changed(slot: number, before: number, lowest: number, highest: number): void;
}

/** Tables of a RunState whose cells the journal can put back. */
export type CellTable =
  | 'scalars'
  | 'costs'
  | 'container_life'
  | 'container_parent'
  | 'container_name'
  | 'values'
  | 'task_life'
  | 'task_container'
  | 'task_rss'
  | 'task_matrix'
  | 'matrices'
  | 'object_base'
  | 'object_pages'
  | 'object_class'
  | 'object_name'
  | 'object_owner'
  | 'object_resident'
  | 'object_mapped'
  | 'object_swapped'
  | 'page_state'
  | 'page_container'
  | 'mapcount'
  | 'owner_units'
  | 'mapped_by';

/** The tables of a RunState: typed arrays, for the rooms of the recording (keyframe, journal, view) to read; only `RunState.apply` and the keyframe change them. */
export class StateTables {
  readonly scalars = new Float64Array(SCALAR_COUNT);
  readonly costs = new Float64Array(COST_COUNT);

  container_life = new Uint8Array(16);
  container_parent = new Int32Array(16);
  container_name = new Int32Array(16);
  /** Counter `k` of container `c`: `values[c * COUNTER_COUNT + k]`, in the raw units of the counter table. Limits: pages, −1 for max. */
  values = new Float64Array(16 * COUNTER_COUNT);

  task_life = new Uint8Array(16);
  task_container = new Uint16Array(16);
  task_rss = new Int32Array(16);
  /** 0: the task never reclaimed; else its row in `matrices`, plus 1. */
  task_matrix = new Uint32Array(16);
  matrices = new Float64Array(MATRIX_STRIDE);

  object_base = new Uint32Array(16);
  object_pages = new Uint32Array(16);
  object_class = new Uint8Array(16);
  object_name = new Int32Array(16);
  object_owner = new Uint16Array(16);
  object_resident = new Int32Array(16);
  object_mapped = new Int32Array(16);
  object_swapped = new Int32Array(16);

  page_state = new Uint8Array(1024);
  /** The container whose LRU list holds the page; without meaning where it is on none. */
  page_container = new Uint16Array(1024);
  mapcount = new Uint16Array(1024);

  /** Charge units by object and container. */
  readonly owner_units = new PairSums();
  /** Mappings by object and task. */
  readonly mapped_by = new PairSums();
  /** Reclaim passes under way, outermost first; replaced, never changed. */
  passes: readonly ReclaimPass[] = [];

  journal: Journal | null = null;
  watcher: CounterWatcher | null = null;

  /** Changes one cell so that the journal can put it back. */
  store(table: Exclude<CellTable, 'owner_units' | 'mapped_by'>, index: number, value: number): void {
    const cells = this[table];
    this.journal?.save(table, index, cells[index]);
    cells[index] = value;
  }

  constructor() {
    this.scalars[SCALAR.step_index] = -1;
  }

  /** The object that a page belongs to, −1 if none. */
  objectOf(page: number): number {
    const { object_base, object_pages } = this;
    let low = 0;
    let high = this.scalars[SCALAR.object_count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (object_base[middle] <= page) low = middle + 1;
      else high = middle;
    }
    const object = low - 1;
    return object >= 0 && page - object_base[object] < object_pages[object] ? object : -1;
  }

  /** Sees that the tables have room for so many rows. */
  reserve(rows: {
    readonly containers?: number;
    readonly tasks?: number;
    readonly objects?: number;
    readonly pages?: number;
    readonly matrices?: number;
  }): void {
    const { containers = 0, tasks = 0, objects = 0, pages = 0, matrices = 0 } = rows;
    this.container_life = grown(this.container_life, containers);
    this.container_parent = grown(this.container_parent, containers);
    this.container_name = grown(this.container_name, containers);
    this.values = grown(this.values, containers * COUNTER_COUNT);
    this.task_life = grown(this.task_life, tasks);
    this.task_container = grown(this.task_container, tasks);
    this.task_rss = grown(this.task_rss, tasks);
    this.task_matrix = grown(this.task_matrix, tasks);
    this.object_base = grown(this.object_base, objects);
    this.object_pages = grown(this.object_pages, objects);
    this.object_class = grown(this.object_class, objects);
    this.object_name = grown(this.object_name, objects);
    this.object_owner = grown(this.object_owner, objects);
    this.object_resident = grown(this.object_resident, objects);
    this.object_mapped = grown(this.object_mapped, objects);
    this.object_swapped = grown(this.object_swapped, objects);
    this.page_state = grown(this.page_state, pages);
    this.page_container = grown(this.page_container, pages);
    this.mapcount = grown(this.mapcount, pages);
    this.matrices = grown(this.matrices, matrices * MATRIX_STRIDE);
  }
}
