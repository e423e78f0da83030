import { NO_PAGE, NO_TASK } from '../base/ids.ts';
import { addBorrowed, addToCounter, handUp, LIMIT_COUNTERS, setCounter } from './accounts.ts';
import { createContainer, createObject } from './births.ts';
import { COUNTER, COUNTER_COUNT } from './counters.ts';
import type { EventColumns } from './events.ts';
import { ADD, BY_GENERATION, COST, EVICT, FAULT, KIND, LRU, OBJECT_CLASS } from './events.ts';
import { beginPass, endPass, passScanned, passShrankSlab } from './passes.ts';
import { COST_COUNT, LIFE, MATRIX_CELLS, MATRIX_STRIDE, PAGE, SCALAR, StateTables } from './state-tables.ts';
import { placeTask } from './task-places.ts';

/** Counters below this index add up through the tree (and fit a 32-bit mask); the others are limits, and those of accounts.ts. */
const SUMMED_COUNT = COUNTER.limit_min;
const LRU_BASE = COUNTER.inactive_anon;
/** In a page's state: on the unevictable list. Such a page comes back to another list before it goes, so that the hot paths need not know of that list. */
const ON_UNEVICTABLE = LRU.unevictable + 1;

// Constants of this module are constants in compiled code; fields of imported tables are looked up each time.
const KIND_PAGE_ADD = KIND.page_add;
const KIND_PAGE_EVICT = KIND.page_evict;
const KIND_PAGE_FREE = KIND.page_free;
const KIND_ACTIVATE = KIND.activate;
const KIND_DEACTIVATE = KIND.deactivate;
const LIST_MASK = PAGE.list_mask;
const SWAPOUT = EVICT.swapout;
/** In the number of a list. */
const ACTIVE_BIT = 1;
const SWAPIN_SHIFT = Math.log2(ADD.swapin);
const REFAULT_SHIFT = Math.log2(ADD.refault);
const ACTIVATE_SHIFT = Math.log2(ADD.workingset_activate);
const RESTORE_SHIFT = Math.log2(ADD.workingset_restore);

/**
 * Everything that events tell, at one cursor.
 *
 * Counters are kept as shown: a change counts in the container and all its ancestors. Consecutive events on one container are summed in `#delta` and carried up once,
 * by `#flush`; so the tables are right between calls of `apply`, not within one.
 */
export class RunState extends StateTables {
  /** The container that deltas are summed for (−1: none, they are dropped), and the column value it came from. */
  #container = -1;
  #containerColumn = -1;
  readonly #delta = new Float64Array(SUMMED_COUNT);
  /** Lowest and highest sum on the way; a counter that only grows needs neither. */
  readonly #low = new Float64Array(SUMMED_COUNT);
  readonly #high = new Float64Array(SUMMED_COUNT);
  /** Counters with a delta: bit k. */
  #touched = 0;

  /** The object of the page last looked at (−1: none), its pages, and what its class decides (counter −1: memory.stat has no line). */
  #object = -1;
  #objectBase = 0;
  #objectEnd = 0;
  #typeCounter: number = COUNTER.file;
  #isShmem = false;
  #isAnonLru = false;
  #isPageCache = false;
  #unitsPending = 0;
  #residentPending = 0;

  /** Applies rows `from..to` of a block. */
  apply(columns: EventColumns, from: number, to: number): void {
    const { kind, flags, container, page, a, dt_ns } = columns;
    let time_ns = this.scalars[SCALAR.time_ns];
    const firstEvent = this.scalars[SCALAR.event_index] - from;
    for (let i = from; i < to; i++) {
      time_ns += dt_ns[i];
      switch (kind[i]) {
        case KIND.page_add:
        case KIND.page_evict:
        case KIND.page_free:
        case KIND.activate:
        case KIND.deactivate: {
          const last = this.#applyPages(columns, i, to) - 1;
          while (i < last) time_ns += dt_ns[++i];
          break;
        }
        case KIND.charge:
        case KIND.uncharge:
          this.#enterContainer(container[i]);
          this.#enterObject(page[i]);
          if (kind[i] === KIND.charge) this.#charge(a[i]);
          else this.#uncharge(a[i]);
          break;
        case KIND.map:
          this.#countFault(container[i], flags[i]);
          this.#map(page[i], columns.task[i]);
          break;
        case KIND.unmap:
          this.#unmap(page[i], columns.task[i]);
          break;
        case KIND.fault:
          this.#countFault(container[i], flags[i]);
          break;
        case KIND.shrink_inactive:
          this.#shrinkInactive(columns, i);
          break;
        default:
          this.#applyRare(columns, i, firstEvent + i, time_ns);
      }
    }
    this.#settle();
    this.scalars[SCALAR.time_ns] = time_ns;
    this.scalars[SCALAR.event_index] += to - from;
  }

  /**
   * Applies the events from row `from` on in which pages come, go or change lists, as long as container and object stay the
   * same; returns the row after them. This is most of a recording: sums are kept in locals meanwhile, and what is random in a run is counted without a branch.
   */
  #applyPages(columns: EventColumns, from: number, to: number): number {
    const { kind, flags, container, page, a } = columns;
    const column = container[from];
    this.#enterContainer(column);
    this.#enterObject(page[from]);
    if (this.#object < 0) {
      this.#applyStrayPage(columns, from);
      return from + 1;
    }
    const { page_state, page_container } = this;
    const objectBase = this.#objectBase;
    const objectEnd = this.#objectEnd;
    // As a page's state has it: 1 or 3 on the inactive list, 2 or 4 on the active one. So the lowest bit says inactive, the bits from `activeShift` on active.
    const onInactive = this.#isAnonLru ? 1 : 3;
    const activeShift = this.#isAnonLru ? 1 : 2;
    const mappedBit = this.#isPageCache ? PAGE.mapped : 0;
    let units = 0;
    let unitsLow = 0;
    let unitsHigh = 0;
    let inactive = 0;
    let inactiveLow = 0;
    let inactiveHigh = 0;
    let active = 0;
    let activeLow = 0;
    let activeHigh = 0;
    let mapped = 0;
    let mappedLow = 0;
    let mappedHigh = 0;
    let refaults = 0;
    let refaultsActivated = 0;
    let refaultsRestored = 0;
    let swapins = 0;
    let activated = 0;
    let deactivated = 0;
    let swappedRow = -1;
    let row = from;
    for (; row < to && swappedRow < 0; row++) {
      const p = page[row] | 0;
      if (container[row] !== column || p < objectBase || p >= objectEnd) break;
      const code = kind[row];
      const flag = flags[row];
      const state = page_state[p];
      const list = state & LIST_MASK;
      let newList = list;
      // What rises can reach a new high only, what falls a new low only.
      if (code === KIND_PAGE_ADD) {
        newList = onInactive + (flag & ACTIVE_BIT);
        page_container[p] = column;
        units += a[row];
        if (units > unitsHigh) unitsHigh = units;
        refaults += (flag >> REFAULT_SHIFT) & 1;
        refaultsActivated += (flag >> ACTIVATE_SHIFT) & 1;
        refaultsRestored += (flag >> RESTORE_SHIFT) & 1;
        swapins += (flag >> SWAPIN_SHIFT) & 1;
      } else if (code === KIND_ACTIVATE) {
        activated += 1 - (flag & BY_GENERATION);
        if (list !== 0) newList = onInactive + 1;
      } else if (code === KIND_DEACTIVATE) {
        deactivated += 1 - (flag & BY_GENERATION);
        if (list !== 0) newList = onInactive;
      } else if (code === KIND_PAGE_EVICT || code === KIND_PAGE_FREE) {
        newList = 0;
        units -= a[row];
        if (units < unitsLow) unitsLow = units;
        if (code === KIND_PAGE_EVICT && (flag & SWAPOUT) !== 0) swappedRow = row;
      } else break;
      page_state[p] = state - list + newList;
      inactive += (newList & 1) - (list & 1);
      active += (newList >> activeShift) - (list >> activeShift);
      if (inactive > inactiveHigh) inactiveHigh = inactive;
      if (inactive < inactiveLow) inactiveLow = inactive;
      if (active > activeHigh) activeHigh = active;
      if (active < activeLow) activeLow = active;
      if ((state & mappedBit) !== 0) {
        mapped += Math.sign(newList) - Math.sign(list);
        if (mapped > mappedHigh) mappedHigh = mapped;
        if (mapped < mappedLow) mappedLow = mapped;
      }
    }
    this.#residentPending += inactive + active;
    this.#unitsPending += units;
    this.#join(COUNTER.current, units, unitsLow, unitsHigh);
    if (this.#typeCounter >= 0) this.#join(this.#typeCounter, units, unitsLow, unitsHigh);
    if (this.#isShmem) this.#join(COUNTER.shmem, units, unitsLow, unitsHigh);
    this.#join(LRU_BASE - 1 + onInactive, inactive, inactiveLow, inactiveHigh);
    this.#join(LRU_BASE + onInactive, active, activeLow, activeHigh);
    this.#join(COUNTER.file_mapped, mapped, mappedLow, mappedHigh);
    this.#join(COUNTER.pgactivate, activated, 0, activated);
    this.#join(COUNTER.pgdeactivate, deactivated, 0, deactivated);
    // The counters of file pages follow those of anonymous ones.
    const isFile = this.#isAnonLru ? 0 : 1;
    this.#join(COUNTER.workingset_refault_anon + isFile, refaults, 0, refaults);
    this.#join(COUNTER.workingset_activate_anon + isFile, refaultsActivated, 0, refaultsActivated);
    this.#join(COUNTER.workingset_restore_anon + isFile, refaultsRestored, 0, refaultsRestored);
    this.#join(COUNTER.pswpin, swapins, 0, swapins);
    if (swappedRow >= 0) this.#swapOut(columns, swappedRow);
    return row;
  }

  /** One of those events on a page of no object: nothing is known of its list. */
  #applyStrayPage(columns: EventColumns, row: number): void {
    const code = columns.kind[row];
    const units = columns.a[row];
    if (code === KIND.activate) this.#rise(COUNTER.pgactivate, 1 - (columns.flags[row] & BY_GENERATION));
    else if (code === KIND.deactivate) this.#rise(COUNTER.pgdeactivate, 1 - (columns.flags[row] & BY_GENERATION));
    else if (code === KIND.page_add) {
      if (units !== 0) this.#charge(units);
    } else {
      if (units !== 0) this.#uncharge(units);
      if (code === KIND.page_evict && (columns.flags[row] & EVICT.swapout) !== 0) this.#swapOut(columns, row);
    }
  }

  /** Drops what is remembered from the last event. To be called after the tables were changed from outside. */
  forget(): void {
    this.#container = this.#containerColumn = this.#object = -1;
    this.#objectBase = 0;
    this.#objectEnd = 0;
  }

  #knowsContainer(container: number): boolean {
    return container >= 0 && container < this.scalars[SCALAR.container_count] && this.container_life[container] !== LIFE.never;
  }

  #enterContainer(column: number): void {
    if (column === this.#containerColumn) return;
    this.#flush(-1);
    this.#containerColumn = column;
    this.#container = this.#knowsContainer(column) ? column : -1;
  }

  #enterObject(page: number): void {
    if (page >= this.#objectBase && page < this.#objectEnd) return;
    this.#settleObject();
    const object = page === NO_PAGE ? -1 : this.objectOf(page);
    this.#object = object;
    if (object < 0) {
      this.#objectBase = 0;
      this.#objectEnd = 0;
      return;
    }
    this.#objectBase = this.object_base[object];
    this.#objectEnd = this.#objectBase + this.object_pages[object];
    const objectClass = this.object_class[object];
    this.#isShmem = objectClass === OBJECT_CLASS.tmpfs;
    this.#isAnonLru = objectClass !== OBJECT_CLASS.file;
    this.#isPageCache = objectClass === OBJECT_CLASS.file || this.#isShmem;
    this.#typeCounter = objectClass === OBJECT_CLASS.anon ? COUNTER.anon : this.#isPageCache ? COUNTER.file : -1;
  }

  #rise(counter: number, amount: number): void {
    const sum = this.#delta[counter] + amount;
    this.#delta[counter] = sum;
    if (sum > this.#high[counter]) this.#high[counter] = sum;
    this.#touched |= 1 << counter;
  }

  #fall(counter: number, amount: number): void {
    const sum = this.#delta[counter] - amount;
    this.#delta[counter] = sum;
    if (sum < this.#low[counter]) this.#low[counter] = sum;
    this.#touched |= 1 << counter;
  }

  /** Adds a sum that went from 0 over `low` and `high`. */
  #join(counter: number, sum: number, low: number, high: number): void {
    if (low === 0 && high === 0) return;
    const before = this.#delta[counter];
    if (before + low < this.#low[counter]) this.#low[counter] = before + low;
    if (before + high > this.#high[counter]) this.#high[counter] = before + high;
    this.#delta[counter] = before + sum;
    this.#touched |= 1 << counter;
  }

  #charge(units: number): void {
    this.#rise(COUNTER.current, units);
    if (this.#object < 0) return;
    if (this.#typeCounter >= 0) this.#rise(this.#typeCounter, units);
    if (this.#isShmem) this.#rise(COUNTER.shmem, units);
    this.#unitsPending += units;
  }

  #uncharge(units: number): void {
    this.#fall(COUNTER.current, units);
    if (this.#object < 0) return;
    if (this.#typeCounter >= 0) this.#fall(this.#typeCounter, units);
    if (this.#isShmem) this.#fall(COUNTER.shmem, units);
    this.#unitsPending -= units;
  }

  #countFault(container: number, flag: number): void {
    if (flag === FAULT.none) return;
    this.#enterContainer(container);
    this.#rise(COUNTER.pgfault, 1);
    if ((flag & FAULT.major) !== 0) this.#rise(COUNTER.pgmajfault, 1);
  }

  #swapOut(columns: EventColumns, row: number): void {
    const page = columns.page[row];
    if ((columns.flags[row] & EVICT.zswap) === 0) this.#rise(COUNTER.pswpout, 1);
    this.#enterContainer(columns.b[row]);
    this.#rise(COUNTER.swap, 1);
    if (this.#object < 0 || (this.page_state[page] & PAGE.swapped) !== 0) return;
    this.page_state[page] |= PAGE.swapped;
    this.object_swapped[this.#object]++;
  }

  #swapFree(page: number): void {
    this.#fall(COUNTER.swap, 1);
    if (this.#object < 0 || (this.page_state[page] & PAGE.swapped) === 0) return;
    this.page_state[page] &= ~PAGE.swapped;
    this.object_swapped[this.#object]--;
  }

  #map(page: number, task: number): void {
    this.#enterObject(page);
    if (this.#object < 0) return;
    this.#growTasks(task);
    this.task_rss[task]++;
    this.#addPair('mapped_by', this.#object, task, 1);
    if (this.mapcount[page]++ > 0) return;
    const state = this.page_state[page];
    this.page_state[page] = state | PAGE.mapped;
    this.object_mapped[this.#object]++;
    if (!this.#isPageCache || (state & PAGE.list_mask) === 0) return;
    this.#enterContainer(this.page_container[page]);
    this.#rise(COUNTER.file_mapped, 1);
  }

  #unmap(page: number, task: number): void {
    this.#enterObject(page);
    if (this.#object < 0 || this.mapcount[page] === 0) return;
    this.#growTasks(task);
    this.task_rss[task]--;
    this.#addPair('mapped_by', this.#object, task, -1);
    if (--this.mapcount[page] > 0) return;
    const state = this.page_state[page];
    this.page_state[page] = state & ~PAGE.mapped;
    this.object_mapped[this.#object]--;
    if (!this.#isPageCache || (state & PAGE.list_mask) === 0) return;
    this.#enterContainer(this.page_container[page]);
    this.#fall(COUNTER.file_mapped, 1);
  }

  /** Moves charge, and the page's place on the LRU lists with it. Their common ancestors see no change. */
  #recharge(to: number, from: number, page: number, units: number): void {
    const common = this.#commonAncestor(from, to);
    this.#enterObject(page);
    const state = this.#object < 0 ? 0 : this.page_state[page];
    const movesPage = (state & PAGE.list_mask) !== 0 && this.page_container[page] === from && this.#knowsContainer(to);
    const movesUnevictable = movesPage && (state & PAGE.list_mask) === ON_UNEVICTABLE;
    const movesList = movesPage && !movesUnevictable;
    const list = LRU_BASE - 1 + (state & PAGE.list_mask);
    const movesMapped = movesPage && this.#isPageCache && (state & PAGE.mapped) !== 0;

    this.#enterContainer(from);
    this.#flush(-1);
    this.#uncharge(units);
    if (movesList) this.#fall(list, 1);
    if (movesMapped) this.#fall(COUNTER.file_mapped, 1);
    this.#flush(common);
    if (movesUnevictable) addToCounter(this, from, COUNTER.unevictable, -1, common);

    this.#enterContainer(to);
    this.#charge(units);
    if (movesList) this.#rise(list, 1);
    if (movesMapped) this.#rise(COUNTER.file_mapped, 1);
    this.#flush(common);
    if (movesUnevictable) addToCounter(this, to, COUNTER.unevictable, 1, common);
    if (movesPage) this.page_container[page] = to;
  }

  /** Moves a page that is on a list to the unevictable list, or from that to the inactive list of its kind. */
  #setUnevictable(container: number, page: number, unevictable: boolean): void {
    this.#enterContainer(container);
    this.#enterObject(page);
    if (this.#object < 0) return;
    const state = this.page_state[page];
    const before = state & PAGE.list_mask;
    const after = unevictable ? ON_UNEVICTABLE : this.#isAnonLru ? 1 : 3;
    if (before === 0 || (before === ON_UNEVICTABLE) === unevictable) return;
    this.page_state[page] = state - before + after;
    if (unevictable) this.#fall(LRU_BASE - 1 + before, 1);
    else this.#rise(LRU_BASE - 1 + after, 1);
    this.#flush(-1);
    if (this.#knowsContainer(container)) addToCounter(this, container, COUNTER.unevictable, unevictable ? 1 : -1);
  }

  #commonAncestor(x: number, y: number): number {
    if (!this.#knowsContainer(x) || !this.#knowsContainer(y)) return -1;
    for (let above = x; above >= 0; above = this.container_parent[above]) {
      for (let other = y; other >= 0; other = this.container_parent[other]) if (above === other) return above;
    }
    return -1;
  }

  #shrinkInactive(columns: EventColumns, i: number): void {
    const task = columns.task[i];
    const scanned = columns.a[i];
    const reclaimed = columns.b[i];
    const priority = Math.min((columns.flags[i] >> 2) & 15, 12);
    this.#enterContainer(columns.container[i]);
    this.#rise(COUNTER.pgscan, scanned);
    this.#rise(COUNTER.pgsteal, reclaimed);
    if (task !== NO_TASK) {
      const cell = this.#matrixOf(task) + (columns.flags[i] & 3) * 13 + priority;
      this.store('matrices', cell, this.matrices[cell] + scanned);
      this.store('matrices', cell + MATRIX_CELLS, this.matrices[cell + MATRIX_CELLS] + reclaimed);
    }
    this.passes = passScanned(this.passes, task, scanned, reclaimed, priority);
  }

  /** First cell of a task's rows in `matrices`; made at the first reclaim. */
  #matrixOf(task: number): number {
    this.#growTasks(task);
    if (this.task_matrix[task] === 0) {
      const count = this.scalars[SCALAR.matrix_count] + 1;
      this.reserve({ matrices: count });
      this.store('scalars', SCALAR.matrix_count, count);
      this.store('task_matrix', task, count);
    }
    return (this.task_matrix[task] - 1) * MATRIX_STRIDE;
  }

  #applyRare(columns: EventColumns, i: number, event_index: number, time_ns: number): void {
    const container = columns.container[i];
    const page = columns.page[i];
    const task = columns.task[i];
    const flags = columns.flags[i];
    const a = columns.a[i];
    const b = columns.b[i];
    switch (columns.kind[i]) {
      case KIND.step_begin:
        this.store('scalars', SCALAR.step_index, a);
        this.store('scalars', SCALAR.step_line, b);
        break;
      case KIND.object_create:
        createObject(this, page, a, flags, b, task);
        break;
      case KIND.container_create:
        this.#flush(-1);
        this.#container = -1;
        this.#containerColumn = -1;
        createContainer(this, container, a, b);
        break;
      case KIND.container_remove:
        this.#flush(-1);
        if (!this.#knowsContainer(container)) break;
        this.store('container_life', container, LIFE.gone);
        // An offline cgroup protects nothing.
        for (const protection of [COUNTER.limit_min, COUNTER.limit_low]) setCounter(this, container, protection, 0);
        break;
      case KIND.limit_set:
        if (this.#knowsContainer(container) && flags in LIMIT_COUNTERS) setCounter(this, container, LIMIT_COUNTERS[flags], a);
        break;
      case KIND.account:
        this.#enterContainer(container);
        if (b > 0) this.#rise(COUNTER.current, b);
        else if (b < 0) this.#fall(COUNTER.current, -b);
        this.#flush(-1);
        if (this.#knowsContainer(container)) addToCounter(this, container, flags, a);
        break;
      case KIND.borrow:
        this.#flush(-1);
        if (this.#knowsContainer(container)) addBorrowed(this, container, a, flags);
        break;
      case KIND.inherit:
        this.#flush(-1);
        if (this.#knowsContainer(container) && this.#knowsContainer(b)) handUp(this, b, container, flags, a);
        break;
      case KIND.counter_read:
        this.#flush(-1);
        if (this.#knowsContainer(container)) setCounter(this, container, flags, b * 2 ** 32 + (a >>> 0));
        break;
      case KIND.task_start:
      case KIND.task_move:
      case KIND.task_exit:
        this.#growTasks(task);
        placeTask(this, columns.kind[i], task, container);
        break;
      case KIND.unevictable:
        this.#setUnevictable(container, page, flags === 1);
        break;
      case KIND.recharge:
        this.#recharge(container, b, page, a);
        break;
      case KIND.swap_free:
        this.#enterContainer(container);
        this.#enterObject(page);
        this.#swapFree(page);
        break;
      case KIND.shrink_active:
      case KIND.generation_sort:
        this.#enterContainer(container);
        this.#rise(COUNTER.pgrefill, a);
        break;
      case KIND.memory_event:
        this.#enterContainer(container);
        if (COUNTER.low + flags <= COUNTER.oom_group_kill) this.#rise(COUNTER.low + flags, 1);
        break;
      case KIND.cost:
        if (flags < COST_COUNT)
          this.store('costs', flags, flags === COST.page_storage_bytes || flags === COST.container_storage_bytes ? a : this.costs[flags] + a);
        break;
      case KIND.reclaim_begin:
        this.passes = beginPass(this.passes, { event_index, time_ns, container, task, reason: flags, wanted_page_count: a });
        break;
      case KIND.reclaim_end:
        this.passes = endPass(this.passes, { event_index, time_ns, task, container, reclaimed_page_count: a }).open;
        break;
      case KIND.shrink_slab_start:
        this.passes = passShrankSlab(this.passes, task, (flags >> 2) & 15);
        break;
      default:
        // The other kinds, and kinds of newer versions, tell a story but change no state.
        break;
    }
  }

  #growTasks(task: number): void {
    if (task < this.scalars[SCALAR.task_count]) return;
    this.reserve({ tasks: task + 1 });
    this.store('scalars', SCALAR.task_count, task + 1);
  }

  #addPair(table: 'owner_units' | 'mapped_by', object: number, column: number, amount: number): void {
    const pairs = this[table];
    const slot = pairs.slot(object, column);
    const before = pairs.get(slot);
    this.journal?.save(table, slot, before);
    pairs.set(slot, before + amount);
  }

  #settle(): void {
    this.#flush(-1);
    this.#settleObject();
  }

  #settleObject(): void {
    this.#settleUnits();
    if (this.#residentPending === 0) return;
    this.object_resident[this.#object] += this.#residentPending;
    this.#residentPending = 0;
  }

  #settleUnits(): void {
    if (this.#unitsPending === 0) return;
    if (this.#container >= 0) this.#addPair('owner_units', this.#object, this.#container, this.#unitsPending);
    this.#unitsPending = 0;
  }

  /** Carries the deltas from the container up to below `stop` (−1: all the way). */
  #flush(stop: number): void {
    this.#settleUnits();
    const touched = this.#touched;
    if (touched === 0) return;
    const { values, container_parent, journal, watcher } = this;
    for (let container = this.#container; container !== stop && container >= 0; container = container_parent[container]) {
      const row = container * COUNTER_COUNT;
      for (let rest = touched; rest !== 0; rest &= rest - 1) {
        const counter = 31 - Math.clz32(rest & -rest);
        const before = values[row + counter];
        journal?.save('values', row + counter, before);
        const after = before + this.#delta[counter];
        watcher?.changed(row + counter, before, Math.min(before + this.#low[counter], after), Math.max(before + this.#high[counter], after));
        values[row + counter] = after;
        if (counter !== COUNTER.current) continue;
        const peak = values[row + COUNTER.peak];
        const highest = before + this.#high[COUNTER.current];
        if (highest <= peak) continue;
        journal?.save('values', row + COUNTER.peak, peak);
        watcher?.changed(row + COUNTER.peak, peak, peak, highest);
        values[row + COUNTER.peak] = highest;
      }
    }
    for (let rest = touched; rest !== 0; rest &= rest - 1) {
      const counter = 31 - Math.clz32(rest & -rest);
      this.#delta[counter] = 0;
      this.#low[counter] = 0;
      this.#high[counter] = 0;
    }
    this.#touched = 0;
  }
}
