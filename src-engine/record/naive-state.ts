import { NO_TASK } from '../base/ids.ts';
import { COUNTER, COUNTER_COUNT, COUNTERS } from './counters.ts';
import { ADD, BORROW, EVICT, FAULT, KIND, LIMIT, LIST_NAMES, LRU, OBJECT_CLASS } from './events.ts';
import type { TestEvent } from './test-streams.ts';

const PAGE_CACHE: readonly number[] = [OBJECT_CLASS.file, OBJECT_CLASS.tmpfs];

interface NaivePage {
  readonly object: number;
  lruvec: number | null;
  list: number;
  charges: Map<number, number>;
  mappers: number[];
  swapped: boolean;
}

/**
 * What events mean, said as plainly as possible: the reference that the real state is held against in tests. All that can be counted from the pages is counted anew
 * when it is asked for.
 */
export class NaiveState {
  readonly containers = new Map<
    number,
    { parent: number; exists: boolean; counts: number[]; peak: number; limits: number[]; pool: number; borrowed: number }
  >();
  readonly objects: { base: number; page_count: number; class: number; name: number; owner: number }[] = [];
  readonly tasks = new Map<number, { alive: boolean; container: number }>();
  readonly pages: NaivePage[] = [];
  step_index = -1;
  step_line = 0;
  time_ns = 0;
  event_index = 0;

  apply({ kind, flags = 0, task = NO_TASK, container = -1, page = -1, a = 0, b = 0, dt_ns = 0 }: TestEvent): void {
    this.time_ns += dt_ns;
    this.event_index++;
    const here = this.pages[page];
    const isAnonLru = here !== undefined && this.objects[here.object].class !== OBJECT_CLASS.file;
    switch (kind) {
      case KIND.step_begin:
        this.step_index = a;
        this.step_line = b;
        break;
      case KIND.object_create:
        for (let index = 0; index < a; index++)
          this.pages.push({ object: this.objects.length, lruvec: null, list: 0, charges: new Map(), mappers: [], swapped: false });
        this.objects.push({ base: page, page_count: a, class: flags, name: b, owner: task });
        break;
      case KIND.container_create:
        this.containers.set(container, {
          parent: b,
          exists: true,
          counts: new Array(COUNTER_COUNT).fill(0),
          peak: 0,
          limits: Object.values(LIMIT).map((which) => (which <= LIMIT.low ? 0 : -1)),
          pool: 0,
          borrowed: 0,
        });
        break;
      case KIND.container_remove:
        this.#container(container).exists = false;
        this.#container(container).limits.fill(0, LIMIT.min, LIMIT.low + 1);
        break;
      case KIND.limit_set:
        this.#container(container).limits[flags] = a;
        break;
      case KIND.task_start:
      case KIND.task_move:
        this.tasks.set(task, { alive: true, container });
        break;
      case KIND.task_exit:
        this.tasks.set(task, { alive: false, container: this.tasks.get(task)?.container ?? 0 });
        break;
      case KIND.page_add:
        here.lruvec = container;
        here.list = flags & 3;
        this.#charge(here, container, a);
        if (flags & ADD.refault) this.#count(container, isAnonLru ? COUNTER.workingset_refault_anon : COUNTER.workingset_refault_file);
        if (flags & ADD.workingset_activate) this.#count(container, isAnonLru ? COUNTER.workingset_activate_anon : COUNTER.workingset_activate_file);
        if (flags & ADD.workingset_restore) this.#count(container, isAnonLru ? COUNTER.workingset_restore_anon : COUNTER.workingset_restore_file);
        if (flags & ADD.swapin) this.#count(container, COUNTER.pswpin);
        break;
      case KIND.page_free:
      case KIND.page_evict:
        here.lruvec = null;
        this.#charge(here, container, -a);
        if (kind === KIND.page_evict && flags & EVICT.swapout) {
          here.swapped = true;
          if (!(flags & EVICT.zswap)) this.#count(container, COUNTER.pswpout);
          this.#count(b, COUNTER.swap);
        }
        break;
      case KIND.swap_free:
        here.swapped = false;
        this.#count(container, COUNTER.swap, -1);
        break;
      case KIND.charge:
        this.#charge(here, container, a);
        break;
      case KIND.uncharge:
        this.#charge(here, container, -a);
        break;
      case KIND.recharge:
        if (here.lruvec === b) here.lruvec = container;
        this.#charge(here, b, -a);
        this.#charge(here, container, a);
        break;
      case KIND.activate:
        here.list |= 1;
        if (flags === 0) this.#count(container, COUNTER.pgactivate);
        break;
      case KIND.deactivate:
        here.list &= ~1;
        if (flags === 0) this.#count(container, COUNTER.pgdeactivate);
        break;
      case KIND.unevictable:
        here.list = flags === 1 ? LRU.unevictable : isAnonLru ? LRU.inactive_anon : LRU.inactive_file;
        break;
      case KIND.map:
        here.mappers.push(task);
        this.#fault(container, flags);
        break;
      case KIND.unmap:
        here.mappers.splice(here.mappers.indexOf(task), 1);
        break;
      case KIND.fault:
        this.#fault(container, flags);
        break;
      case KIND.shrink_inactive:
        this.#count(container, COUNTER.pgscan, a);
        this.#count(container, COUNTER.pgsteal, b);
        break;
      case KIND.shrink_active:
      case KIND.generation_sort:
        this.#count(container, COUNTER.pgrefill, a);
        break;
      case KIND.memory_event:
        this.#count(container, COUNTER.low + flags);
        break;
      case KIND.inherit:
        for (const [id, amount] of [
          [container, a],
          [b, -a],
        ] as const) {
          if (flags === COUNTER.current) this.#container(id).pool += amount;
          else this.#count(id, flags, amount);
        }
        break;
      case KIND.account:
        if (flags !== COUNTER.current) this.#count(container, flags, a);
        this.#container(container).pool += b;
        break;
      case KIND.borrow:
        if (flags & BORROW.counter) this.#count(container, COUNTER.borrow, a);
        if (flags & BORROW.current) this.#container(container).borrowed += a;
        break;
      default:
        break;
    }
    for (const [id, row] of this.containers) row.peak = Math.max(row.peak, this.current(id));
  }

  current(container: number): number {
    const within = [...this.containers].filter(([id]) => this.#within(id, container)).map(([, row]) => row);
    const pool = within.reduce((sum, row) => sum + row.pool, 0);
    // What is borrowed is charged to the root already, with the shared-memory container.
    const borrowed = this.#container(container).parent === -1 ? 0 : within.reduce((sum, row) => sum + row.borrowed, 0);
    return pool + borrowed + this.#sum(container, (page, owner) => page.charges.get(owner) ?? 0);
  }

  /** All counters of a container as shown, in raw units. */
  counters(container: number): number[] {
    const row = this.#container(container);
    const values = new Array(COUNTER_COUNT).fill(0);
    for (const [id, { counts }] of this.containers) {
      if (!this.#within(id, container)) continue;
      for (const { index, scope } of COUNTERS) if (scope !== 'own' || id === container) values[index] += counts[index];
    }
    const ofClass = (classes: readonly number[]) =>
      this.#sum(container, (page, owner) => (classes.includes(this.objects[page.object].class) ? (page.charges.get(owner) ?? 0) : 0));
    values[COUNTER.current] = this.current(container);
    values[COUNTER.peak] = row.peak;
    values[COUNTER.populated] = Number(row.parent !== -1 && [...this.tasks.values()].some((task) => task.alive && this.#within(task.container, container)));
    values[COUNTER.anon] = ofClass([OBJECT_CLASS.anon]);
    values[COUNTER.file] = ofClass(PAGE_CACHE);
    values[COUNTER.shmem] = ofClass([OBJECT_CLASS.tmpfs]);
    values[COUNTER.file_mapped] = this.#sum(container, (page, owner) =>
      Number(page.lruvec === owner && page.mappers.length > 0 && PAGE_CACHE.includes(this.objects[page.object].class)),
    );
    for (const [list, name] of LIST_NAMES.entries())
      values[COUNTER[name]] = this.#sum(container, (page, owner) => Number(page.lruvec === owner && page.list === list));
    for (const [name, which] of Object.entries(LIMIT)) values[COUNTER[`limit_${name as keyof typeof LIMIT}`]] = row.limits[which];
    return values;
  }

  /** Totals of an object. */
  object(id: number): { resident: number; mapped: number; swapped: number; owners: Map<number, number>; mapped_by: Map<number, number> } {
    const pages = this.pages.filter((page) => page.object === id);
    const owners = new Map<number, number>();
    const mapped_by = new Map<number, number>();
    for (const page of pages) {
      for (const [owner, units] of page.charges) owners.set(owner, (owners.get(owner) ?? 0) + units);
      for (const task of page.mappers) mapped_by.set(task, (mapped_by.get(task) ?? 0) + 1);
    }
    return {
      resident: pages.filter((page) => page.lruvec !== null).length,
      mapped: pages.filter((page) => page.mappers.length > 0).length,
      swapped: pages.filter((page) => page.swapped).length,
      owners: new Map([...owners].filter(([, units]) => units !== 0)),
      mapped_by,
    };
  }

  rss(task: number): number {
    return this.pages.reduce((sum, page) => sum + page.mappers.filter((mapper) => mapper === task).length, 0);
  }

  #container(id: number) {
    const row = this.containers.get(id);
    if (row === undefined) throw new Error(`no container ${id}`);
    return row;
  }

  #within(id: number, ancestor: number): boolean {
    for (let at = id; at >= 0; at = this.#container(at).parent) if (at === ancestor) return true;
    return false;
  }

  #sum(container: number, of: (page: NaivePage, owner: number) => number): number {
    let sum = 0;
    for (const id of this.containers.keys()) if (this.#within(id, container)) for (const page of this.pages) sum += of(page, id);
    return sum;
  }

  #count(container: number, counter: number, amount = 1): void {
    this.#container(container).counts[counter] += amount;
  }

  #charge(page: NaivePage, container: number, units: number): void {
    page.charges.set(container, (page.charges.get(container) ?? 0) + units);
  }

  #fault(container: number, flags: number): void {
    if (flags === FAULT.none) return;
    this.#count(container, COUNTER.pgfault);
    if (flags & FAULT.major) this.#count(container, COUNTER.pgmajfault);
  }
}
