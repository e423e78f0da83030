import { NO_CONTAINER, NO_PAGE, NO_TASK } from '../base/ids.ts';
import { LIMIT_COUNTERS, OPEN_LIMITS } from './accounts.ts';
import { COUNTER, COUNTERS } from './counters.ts';
import { ADD, BORROW, BY_GENERATION, EVENT_KIND_BY_CODE, EVICT, type EventColumns, FAULT, KIND, LRU, OBJECT_CLASS } from './events.ts';
import type { ObjectTable, RunObject } from './object-table.ts';
import { PageLots } from './page-lots.ts';

/** What events had in common that a part of a counter comes from. */
export interface CauseGroup {
  readonly step_index: number;
  readonly line: number;
  /** NO_TASK: none. */
  readonly task: number;
  /** Object with pages, by its number in the run; −1: none. */
  readonly object: number;
  /** Slab cache or socket (RunNames.objects); −1: none. */
  readonly name: number;
  readonly kind: number;
  readonly first_event: number;
  last_event: number;
  /** Some of what was added up raised the counter; some lowered it. */
  rose: boolean;
  fell: boolean;
}

const CHARGES: readonly number[] = [COUNTER.current, COUNTER.anon, COUNTER.file, COUNTER.shmem];
const LISTS: readonly number[] = [COUNTER.inactive_anon, COUNTER.active_anon, COUNTER.inactive_file, COUNTER.active_file, COUNTER.unevictable];
/** Kinds that say which slab cache or socket the account rows before them, of the same task in the same step, were for. */
const NAMING: readonly number[] = [KIND.slab_alloc, KIND.slab_free, KIND.tcp_send, KIND.tcp_receive, KIND.tcp_drop, KIND.tcp_window];
const ON_NO_LIST = -1;
/** Kinds whose `page` is a page. */
const IS_ABOUT_PAGE: readonly boolean[] = EVENT_KIND_BY_CODE.map((spec) => spec?.columns.page !== undefined);

/**
 * Follows one counter of one container from the first event on and keeps apart what each part of its value comes from. What belongs to a page (charges, lists, swap
 * slots, borrowed pages) stays with what began it until it ends; what belongs to none (kernel memory, counts of events) adds up by cause, less what was given back.
 * After every event the parts add up to the counter as RunState has it.
 */
export class Contributions {
  readonly groups: CauseGroup[] = [];
  /** What of the value is kernel memory, sockets or pins: amounts by the counter that they were accounted in. */
  readonly accounts = new Map<number, number>();
  readonly #container: number;
  readonly #counter: number;
  readonly #objects: ObjectTable;
  readonly #charge: boolean;
  readonly #list: number;
  readonly #lots: PageLots;
  readonly #tally: number[] = [];
  readonly #parents = new Map<number, number>();
  /** 1 for the container and all below it. */
  readonly #within = new Uint8Array(0x10000);
  readonly #listOf: Int8Array;
  readonly #lruvecOf: Uint16Array;
  readonly #mapcount: Uint16Array;
  readonly #ids = new Map<string, number>();
  /** Amounts by task that wait for the name of their slab cache or socket. */
  readonly #unnamed = new Map<number, { amount: number; rose: boolean; fell: boolean; kind: number; event_index: number }>();
  #step_index = -1;
  #line = 0;
  #event_index = 0;
  #last_page = NO_PAGE;
  #last_task = NO_TASK;
  #last_kind = -1;
  #last_key = '';
  #last_id = -1;
  #object: RunObject | undefined;
  #known_objects = 0;
  /** Tasks that live in the container or below it, where `populated` is asked for. */
  readonly #inside = new Set<number>();

  constructor(objects: ObjectTable, container: number, counter: number) {
    const last = objects.objects.at(-1);
    const page_count = last === undefined ? 0 : last.base + last.page_count;
    this.#objects = objects;
    this.#container = container;
    this.#counter = counter;
    this.#charge = CHARGES.includes(counter);
    this.#list = LISTS.indexOf(counter);
    this.#lots = new PageLots(page_count);
    this.#listOf = new Int8Array(page_count).fill(ON_NO_LIST);
    this.#lruvecOf = new Uint16Array(page_count);
    this.#mapcount = new Uint16Array(page_count);
  }

  /** Applies rows `from..to` of a block that begins at `first_event`. */
  apply(columns: EventColumns, from: number, to: number, first_event: number): void {
    for (let row = from; row < to; row++) {
      this.#event_index = first_event + row;
      this.#applyRow(columns, row);
    }
  }

  /** The present parts by group, in the counter's raw unit; groups without any have 0. */
  sums(): Float64Array {
    this.#nameAll(-1);
    const sums = new Float64Array(this.groups.length);
    for (let id = 0; id < sums.length; id++) sums[id] = this.#tally[id] ?? 0;
    this.#lots.sumInto(sums);
    return sums;
  }

  #applyRow(columns: EventColumns, row: number): void {
    const kind = columns.kind[row];
    const container = columns.container[row];
    const page = columns.page[row];
    const flags = columns.flags[row];
    const a = columns.a[row];
    const b = columns.b[row];
    const counter = this.#counter;
    if (columns.task[row] !== NO_TASK && page !== NO_PAGE) {
      this.#last_page = page;
      this.#last_task = columns.task[row];
      this.#last_kind = kind;
    }
    switch (kind) {
      case KIND.step_begin:
        this.#nameAll(-1);
        this.#step_index = a;
        this.#line = b;
        break;
      case KIND.object_create:
        this.#known_objects = this.#objects.objects.findLastIndex(({ created_event }) => created_event <= this.#event_index) + 1;
        this.#object = undefined;
        break;
      case KIND.container_create:
        this.#create(container, b);
        break;
      case KIND.page_add:
      case KIND.page_free:
      case KIND.page_evict:
      case KIND.activate:
      case KIND.deactivate:
        this.#applyPage(columns, row);
        break;
      case KIND.charge:
        this.#addCharge(columns, row, container, a);
        break;
      case KIND.uncharge:
        this.#addCharge(columns, row, container, -a);
        break;
      case KIND.recharge:
        this.#recharge(columns, row);
        break;
      case KIND.unevictable:
        this.#setUnevictable(columns, row, flags === 1);
        break;
      case KIND.map:
      case KIND.fault:
        if (counter === COUNTER.pgfault && flags !== FAULT.none) this.#count(columns, row, container, 1);
        if (counter === COUNTER.pgmajfault && (flags & FAULT.major) !== 0) this.#count(columns, row, container, 1);
        if (kind === KIND.map) this.#map(columns, row, 1);
        break;
      case KIND.unmap:
        this.#map(columns, row, -1);
        break;
      case KIND.task_start:
      case KIND.task_move:
      case KIND.task_exit:
        if (counter === COUNTER.populated) this.#place(columns, row);
        break;
      case KIND.swap_free:
        if (counter === COUNTER.swap) this.#addLot(columns, row, page, container, -1);
        break;
      case KIND.shrink_inactive:
        if (counter === COUNTER.pgscan) this.#count(columns, row, container, a);
        if (counter === COUNTER.pgsteal) this.#count(columns, row, container, b);
        break;
      case KIND.shrink_active:
      case KIND.generation_sort:
        if (counter === COUNTER.pgrefill) this.#count(columns, row, container, a);
        break;
      case KIND.memory_event:
        if (counter === COUNTER.low + flags && counter <= COUNTER.oom_group_kill) this.#count(columns, row, container, 1);
        break;
      case KIND.account:
        this.#account(columns, row);
        break;
      case KIND.inherit:
        // Its own value has the heir been charged for all along; all between lose it.
        if (flags === counter && this.#knows(b) && this.#knows(container) && this.#within[b] === 1 && this.#within[container] === 0)
          this.#tallyUp(columns, row, -a);
        break;
      case KIND.borrow:
        this.#borrow(columns, row);
        break;
      case KIND.limit_set:
        if (LIMIT_COUNTERS[flags] === counter) this.#set(columns, row, container, a);
        break;
      case KIND.container_remove:
        if (counter === COUNTER.limit_min || counter === COUNTER.limit_low) this.#set(columns, row, container, 0);
        break;
      case KIND.counter_read:
        if (flags === counter) this.#set(columns, row, container, b * 2 ** 32 + (a >>> 0));
        break;
      default:
        break;
    }
    if (this.#unnamed.size > 0 && NAMING.includes(kind)) this.#name(columns.task[row], b);
  }

  /** A task comes to the container or below it, or goes: `populated` changes with the first and the last. */
  #place(columns: EventColumns, row: number): void {
    const task = columns.task[row];
    const before = this.#inside.size;
    if (columns.kind[row] !== KIND.task_exit && this.#within[columns.container[row]] === 1 && (this.#parents.get(this.#container) ?? -1) >= 0)
      this.#inside.add(task);
    else this.#inside.delete(task);
    const change = Math.sign(this.#inside.size) - Math.sign(before);
    if (change !== 0) this.#tallyUp(columns, row, change);
  }

  #knows(container: number): boolean {
    return this.#parents.has(container);
  }

  #create(container: number, parent: number): void {
    if (container === NO_CONTAINER || this.#knows(container)) return;
    const above = parent < container && this.#knows(parent) ? parent : -1;
    this.#parents.set(container, above);
    this.#within[container] = Number(container === this.#container || (above >= 0 && this.#within[above] === 1));
    if (container === this.#container && OPEN_LIMITS.includes(this.#counter)) this.#tally[this.#groupOf(KIND.container_create, NO_TASK, NO_PAGE)] = -1;
  }

  #objectOf(page: number): RunObject | undefined {
    const known = this.#object;
    if (known !== undefined && page >= known.base && page - known.base < known.page_count) return known;
    const found = page === NO_PAGE ? undefined : this.#objects.of(page);
    if (found === undefined || found.id >= this.#known_objects) return undefined;
    this.#object = found;
    return found;
  }

  /** Group of the row under way: its step, task, object and kind. */
  #groupOf(kind: number, task: number, page: number, name = -1): number {
    const object = this.#objectOf(page)?.id ?? -1;
    const key = `${this.#step_index} ${task} ${object} ${kind} ${name}`;
    let id = key === this.#last_key ? this.#last_id : this.#ids.get(key);
    if (id === undefined) {
      id = this.groups.length;
      this.#ids.set(key, id);
      const { step_index, line, event_index } = { step_index: this.#step_index, line: this.#line, event_index: this.#event_index };
      this.groups.push({ step_index, line, task, object, name, kind, first_event: event_index, last_event: event_index, rose: false, fell: false });
    }
    this.#last_key = key;
    this.#last_id = id;
    this.groups[id].last_event = this.#event_index;
    return id;
  }

  /** Who did it: the row's own task, or whoever was at this page right before. */
  #taskOf(columns: EventColumns, row: number): number {
    const task = columns.task[row];
    return task === NO_TASK && columns.page[row] !== NO_PAGE && columns.page[row] === this.#last_page ? this.#last_task : task;
  }

  /** What was done: a share that grows because another has let the page go is of that, not of a use. */
  #kindOf(columns: EventColumns, row: number): number {
    const kind = columns.kind[row];
    return kind === KIND.charge && columns.page[row] === this.#last_page && this.#last_kind === KIND.unmap ? KIND.unmap : kind;
  }

  #tallyUp(columns: EventColumns, row: number, amount: number): void {
    const page = IS_ABOUT_PAGE[columns.kind[row]] === true ? columns.page[row] : NO_PAGE;
    this.#addTo(this.#groupOf(columns.kind[row], this.#taskOf(columns, row), page), amount, amount > 0, amount < 0);
  }

  #addTo(id: number, amount: number, rose: boolean, fell: boolean): void {
    const group = this.groups[id];
    group.rose ||= rose;
    group.fell ||= fell;
    this.#tally[id] = (this.#tally[id] ?? 0) + amount;
  }

  #count(columns: EventColumns, row: number, container: number, amount: number): void {
    if (amount !== 0 && this.#within[container] === 1) this.#tallyUp(columns, row, amount);
  }

  #addLot(columns: EventColumns, row: number, page: number, container: number, amount: number): void {
    if (amount === 0 || this.#within[container] === 0) return;
    const begun_by = amount < 0 ? this.#lots.groupOf(page, container) : undefined;
    this.#lots.add(page, container, amount, begun_by ?? this.#groupOf(this.#kindOf(columns, row), this.#taskOf(columns, row), page));
  }

  /** All that the counter is made of is one thing: a limit, or what a kernel's file said. */
  #set(columns: EventColumns, row: number, container: number, value: number): void {
    if (container !== this.#container || !this.#knows(container)) return;
    this.#lots.clear();
    this.accounts.clear();
    this.#tally.length = 0;
    this.#unnamed.clear();
    this.#tally[this.#groupOf(columns.kind[row], columns.task[row], NO_PAGE)] = value;
  }

  #isCharged(page: number): boolean {
    const object = this.#objectOf(page);
    if (this.#counter === COUNTER.current) return true;
    if (object === undefined) return false;
    if (this.#counter === COUNTER.anon) return object.class === OBJECT_CLASS.anon;
    return object.class === OBJECT_CLASS.tmpfs || (this.#counter === COUNTER.file && object.class === OBJECT_CLASS.file);
  }

  #addCharge(columns: EventColumns, row: number, container: number, units: number): void {
    if (this.#charge && this.#within[container] === 1 && this.#isCharged(columns.page[row])) this.#addLot(columns, row, columns.page[row], container, units);
  }

  #applyPage(columns: EventColumns, row: number): void {
    const [kind, flags, container, page] = [columns.kind[row], columns.flags[row], columns.container[row], columns.page[row]];
    if (this.#charge) {
      if (kind === KIND.page_add) this.#addCharge(columns, row, container, columns.a[row]);
      else if (kind !== KIND.activate && kind !== KIND.deactivate) this.#addCharge(columns, row, container, -columns.a[row]);
      return;
    }
    const is_out = kind === KIND.page_evict && (flags & EVICT.swapout) !== 0;
    switch (this.#counter) {
      case COUNTER.pgactivate:
        if (kind === KIND.activate && (flags & BY_GENERATION) === 0) this.#count(columns, row, container, 1);
        return;
      case COUNTER.pgdeactivate:
        if (kind === KIND.deactivate && (flags & BY_GENERATION) === 0) this.#count(columns, row, container, 1);
        return;
      case COUNTER.pswpout:
        if (is_out && (flags & EVICT.zswap) === 0) this.#count(columns, row, container, 1);
        return;
      case COUNTER.swap:
        if (is_out) this.#addLot(columns, row, page, columns.b[row], 1);
        return;
      default:
        break;
    }
    const object = this.#objectOf(page);
    if (object === undefined) return;
    if (kind === KIND.page_add) this.#countAdded(columns, row, object);
    if (this.#list < 0 && this.#counter !== COUNTER.file_mapped) return;
    const list = this.#listOf[page];
    const inactive = object.class === OBJECT_CLASS.file ? LRU.inactive_file : LRU.inactive_anon;
    if (kind === KIND.page_add) {
      this.#lruvecOf[page] = container;
      this.#moveTo(columns, row, container, inactive + (flags & 1));
    } else if (kind === KIND.page_free || kind === KIND.page_evict) this.#moveTo(columns, row, container, ON_NO_LIST);
    else if (list !== ON_NO_LIST) this.#moveTo(columns, row, container, inactive + Number(kind === KIND.activate));
  }

  /** Counters of what a page brought with it when it came. */
  #countAdded(columns: EventColumns, row: number, object: RunObject): void {
    const flags = columns.flags[row];
    const is_file = object.class === OBJECT_CLASS.file ? 1 : 0;
    const counted =
      (this.#counter === COUNTER.pswpin && (flags & ADD.swapin) !== 0) ||
      (this.#counter === COUNTER.workingset_refault_anon + is_file && (flags & ADD.refault) !== 0) ||
      (this.#counter === COUNTER.workingset_activate_anon + is_file && (flags & ADD.workingset_activate) !== 0) ||
      (this.#counter === COUNTER.workingset_restore_anon + is_file && (flags & ADD.workingset_restore) !== 0);
    if (counted) this.#count(columns, row, columns.container[row], 1);
  }

  /** A page changes lists on the account of `container`; ON_NO_LIST: it leaves. */
  #moveTo(columns: EventColumns, row: number, container: number, list: number): void {
    const page = columns.page[row];
    const before = this.#listOf[page];
    this.#listOf[page] = list;
    if (before === list) return;
    if (this.#counter === COUNTER.file_mapped) {
      const is_seen = this.#mapcount[page] > 0 && this.#isPageCache(page);
      const change = Number(list !== ON_NO_LIST) - Number(before !== ON_NO_LIST);
      if (is_seen) this.#addLot(columns, row, page, container, change);
      return;
    }
    if (before === this.#list) this.#addLot(columns, row, page, container, -1);
    if (list === this.#list) this.#addLot(columns, row, page, container, 1);
  }

  #isPageCache(page: number): boolean {
    const kind = this.#objectOf(page)?.class;
    return kind === OBJECT_CLASS.file || kind === OBJECT_CLASS.tmpfs;
  }

  #map(columns: EventColumns, row: number, sign: 1 | -1): void {
    const page = columns.page[row];
    if (this.#counter !== COUNTER.file_mapped || this.#objectOf(page) === undefined || (sign < 0 && this.#mapcount[page] === 0)) return;
    const before = this.#mapcount[page];
    this.#mapcount[page] = before + sign;
    const is_change = sign > 0 ? before === 0 : before === 1;
    if (is_change && this.#isPageCache(page) && this.#listOf[page] !== ON_NO_LIST) this.#addLot(columns, row, page, this.#lruvecOf[page], sign);
  }

  #setUnevictable(columns: EventColumns, row: number, unevictable: boolean): void {
    if (this.#list < 0) return;
    const page = columns.page[row];
    const object = this.#objectOf(page);
    const before = object === undefined ? ON_NO_LIST : this.#listOf[page];
    if (object === undefined || before === ON_NO_LIST || (before === LRU.unevictable) === unevictable) return;
    const inactive = object.class === OBJECT_CLASS.file ? LRU.inactive_file : LRU.inactive_anon;
    this.#moveTo(columns, row, columns.container[row], unevictable ? LRU.unevictable : inactive);
  }

  #recharge(columns: EventColumns, row: number): void {
    const [to, from, page] = [columns.container[row], columns.b[row], columns.page[row]];
    if (this.#charge && this.#isCharged(page)) this.#moveLot(columns, row, from, to, columns.a[row]);
    if (this.#list < 0 && this.#counter !== COUNTER.file_mapped) return;
    if (this.#objectOf(page) === undefined || this.#listOf[page] === ON_NO_LIST || this.#lruvecOf[page] !== from || !this.#knows(to)) return;
    this.#lruvecOf[page] = to;
    const is_counted = this.#counter === COUNTER.file_mapped ? this.#mapcount[page] > 0 && this.#isPageCache(page) : this.#listOf[page] === this.#list;
    if (is_counted) this.#moveLot(columns, row, from, to, 1);
  }

  /** Within the container it stays what it was; what comes from outside begins here. */
  #moveLot(columns: EventColumns, row: number, from: number, to: number, amount: number): void {
    const page = columns.page[row];
    const is_inside = this.#within[from] === 1 && this.#within[to] === 1;
    const group = is_inside ? this.#lots.groupOf(page, from) : undefined;
    this.#addLot(columns, row, page, from, -amount);
    if (group === undefined) this.#addLot(columns, row, page, to, amount);
    else this.#lots.add(page, to, amount, group);
  }

  #account(columns: EventColumns, row: number): void {
    const [container, counter] = [columns.container[row], columns.flags[row]];
    const is_own = COUNTERS[this.#counter].scope === 'own';
    if (is_own ? container !== this.#container || !this.#knows(container) : this.#within[container] === 0) return;
    const amount = this.#counter === COUNTER.current ? columns.b[row] : counter === this.#counter ? columns.a[row] : 0;
    if (amount === 0) return;
    this.accounts.set(counter, (this.accounts.get(counter) ?? 0) + amount);
    const task = columns.task[row];
    const waiting = this.#unnamed.get(task);
    if (waiting === undefined) this.#unnamed.set(task, { amount, rose: amount > 0, fell: amount < 0, kind: columns.kind[row], event_index: this.#event_index });
    else {
      waiting.amount += amount;
      waiting.rose ||= amount > 0;
      waiting.fell ||= amount < 0;
    }
  }

  #borrow(columns: EventColumns, row: number): void {
    const [container, page, a, flags] = [columns.container[row], columns.page[row], columns.a[row], columns.flags[row]];
    if (!this.#knows(container)) return;
    const is_counter = this.#counter === COUNTER.borrow && (flags & BORROW.counter) !== 0 && container === this.#container;
    const is_current =
      this.#counter === COUNTER.current && (flags & BORROW.current) !== 0 && this.#within[container] === 1 && (this.#parents.get(this.#container) ?? -1) >= 0;
    if (!is_counter && !is_current) return;
    if (page === NO_PAGE) this.#tallyUp(columns, row, a);
    else this.#lots.add(page, container, a, this.#lots.groupOf(page, container) ?? this.#groupOf(KIND.borrow, this.#taskOf(columns, row), page));
  }

  /** Gives amounts of a task that wait for their name to a slab cache or socket. */
  #name(task: number, name: number): void {
    const waiting = this.#unnamed.get(task);
    if (waiting === undefined) return;
    this.#unnamed.delete(task);
    const now = this.#event_index;
    this.#event_index = waiting.event_index;
    const id = this.#groupOf(waiting.kind, task, NO_PAGE, name);
    this.#event_index = now;
    this.groups[id].last_event = now;
    this.#addTo(id, waiting.amount, waiting.rose, waiting.fell);
  }

  #nameAll(name: number): void {
    for (const task of [...this.#unnamed.keys()]) this.#name(task, name);
  }
}
