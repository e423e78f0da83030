import { NO_CONTAINER, NO_PAGE, NO_TASK } from '../base/ids.ts';
import { Random } from '../base/random.ts';
import { ACCOUNT_COUNTERS_FROM, COUNTER, COUNTERS } from './counters.ts';
import type { EventColumns } from './events.ts';
import { ADD, COST, createColumns, EVICT, FAULT, KIND, LIMIT, LRU, MEMORY_EVENT, OBJECT_CLASS } from './events.ts';
import { recordInMemory } from './memory-run.ts';
import { createPlayer, type TablePlayer } from './player.ts';
import type { RunMeta, RunNames, RunReader } from './run.ts';
import { plainCompressor } from './test-compressor.ts';

/** One event of a test stream; what is left out is “none” or 0. */
export interface TestEvent {
  readonly kind: number;
  readonly flags?: number;
  readonly task?: number;
  readonly container?: number;
  readonly page?: number;
  readonly a?: number;
  readonly b?: number;
  readonly dt_ns?: number;
}

/** Writes events into fresh columns. */
export function columnsOf(events: readonly TestEvent[]): EventColumns {
  const columns = createColumns(events.length);
  for (const [row, event] of events.entries()) {
    columns.kind[row] = event.kind;
    columns.flags[row] = event.flags ?? 0;
    columns.task[row] = event.task ?? NO_TASK;
    columns.container[row] = event.container ?? NO_CONTAINER;
    columns.page[row] = event.page ?? NO_PAGE;
    columns.a[row] = event.a ?? 0;
    columns.b[row] = event.b ?? 0;
    columns.dt_ns[row] = event.dt_ns ?? 0;
  }
  return columns;
}

export const testMeta: RunMeta = { source: 'engine', model: 'static', charge_shift: 24, seed: 1, memory_pages: 4096, engine_version: 'test' };

/** Names enough for any test stream. */
export const testNames: RunNames = {
  containers: Array.from({ length: 64 }, (_, index) => (index === 0 ? '.' : `c${index}`)),
  tasks: Array.from({ length: 64 }, (_, index) => `t${index}`),
  objects: Array.from({ length: 64 }, (_, index) => `o${index}`),
  samples: [],
};

/** A recording of events, in blocks of `portion`. Throws where the recorder finds them wrong. */
export function recorded(events: readonly TestEvent[], portion: number): RunReader {
  const run = recordInMemory(testMeta, testNames, plainCompressor);
  for (let start = 0; start < events.length; start += portion) {
    const part = events.slice(start, start + portion);
    run.sink.seal(columnsOf(part), part.length);
  }
  if (run.errors.length > 0) throw new Error(run.errors.map(({ message }) => message).join('\n'));
  return run.reader;
}

/** Opens a recording that is not damaged. */
export function opened(reader: RunReader): TablePlayer {
  const player = createPlayer(reader, plainCompressor);
  if (!player.ok) throw new Error(player.errors[0].message);
  return player.value;
}

/** Random numbers from a seed, drawn one at a time. */
class Dice {
  readonly #random: Random;
  readonly #words = new Uint32Array(256);
  #left = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  below(limit: number): number {
    if (this.#left === 0) {
      this.#random.fill(this.#words, 256);
      this.#left = 256;
    }
    return this.#words[--this.#left] % limit;
  }

  of<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : list[this.below(list.length)];
  }
}

interface TestPage {
  readonly page: number;
  readonly objectClass: number;
  resident: boolean;
  lruvec: number;
  list: number;
  charges: Map<number, number>;
  mappers: number[];
  swapContainer: number;
}

/**
 * A random valid stream of about `count` events: containers come and go, tasks map and unmap, pages are added, shared, moved, evicted, swapped, freed.
 * The same seed gives the same stream.
 */
export function randomStream(seed: number, count: number): TestEvent[] {
  const dice = new Dice(seed);
  const unit = 2 ** (seed % 2 === 0 ? 0 : 24);
  const events: TestEvent[] = [];
  const emit = (event: TestEvent): void => void events.push({ dt_ns: dice.below(8) * 50, ...event });
  const parents = [-1];
  const live = new Set([0]);
  const tasks = new Map<number, number>();
  const pages: TestPage[] = [];
  let object_count = 0;
  let step_index = 0;
  let passTask = -1;

  const container = (): number => dice.of([...live]) ?? 0;
  const add = (page: TestPage, to: number): void => {
    const swapBacked = page.objectClass !== OBJECT_CLASS.file;
    const list = (swapBacked ? 0 : 2) + dice.below(2);
    const units = dice.below(4) === 0 ? 0 : unit;
    const flags =
      list | (dice.below(2) * ADD.refault) | (dice.below(4) === 0 ? ADD.workingset_activate : 0) | (dice.below(8) === 0 ? ADD.workingset_restore : 0);
    emit({
      kind: KIND.page_add,
      flags: flags | (page.swapContainer >= 0 ? (dice.below(2) === 0 ? ADD.swapin : ADD.zswapin) : 0),
      container: to,
      page: page.page,
      a: units,
      b: dice.below(1000),
      task: 0,
    });
    page.resident = true;
    page.lruvec = to;
    page.list = list;
    if (units > 0) page.charges.set(to, units);
    if (page.swapContainer >= 0 && dice.below(2) === 0) {
      emit({ kind: KIND.swap_free, container: page.swapContainer, page: page.page });
      page.swapContainer = -1;
    }
  };
  const setUnevictable = (page: TestPage, unevictable: boolean): void => {
    emit({ kind: KIND.unevictable, flags: Number(unevictable), container: page.lruvec, page: page.page });
    page.list = unevictable ? LRU.unevictable : page.objectClass === OBJECT_CLASS.file ? LRU.inactive_file : LRU.inactive_anon;
  };
  const remove = (page: TestPage): void => {
    if (page.list === LRU.unevictable) setUnevictable(page, false);
    for (const [owner, units] of page.charges) if (owner !== page.lruvec) emit({ kind: KIND.uncharge, container: owner, page: page.page, a: units });
    const units = page.charges.get(page.lruvec) ?? 0;
    const swapout = page.objectClass !== OBJECT_CLASS.file && page.swapContainer < 0 && dice.below(2) === 0;
    if (swapout) page.swapContainer = container();
    if (swapout)
      emit({
        kind: KIND.page_evict,
        flags: EVICT.swapout | (dice.below(2) * EVICT.zswap),
        container: page.lruvec,
        page: page.page,
        a: units,
        b: page.swapContainer,
      });
    else emit({ kind: dice.below(2) === 0 ? KIND.page_evict : KIND.page_free, container: page.lruvec, page: page.page, a: units });
    page.resident = false;
    page.charges.clear();
  };

  const moves: readonly (() => void)[] = [
    () => emit({ kind: KIND.step_begin, a: step_index++, b: dice.below(50) + 1 }),
    () => {
      const base = pages.length;
      const page_count = 1 + dice.below(40);
      const objectClass = dice.of([OBJECT_CLASS.file, OBJECT_CLASS.tmpfs, OBJECT_CLASS.anon, OBJECT_CLASS.hugetlb]) ?? 0;
      if (object_count >= 12) return;
      emit({
        kind: KIND.object_create,
        page: base,
        a: page_count,
        b: object_count++,
        flags: objectClass,
        task: objectClass === OBJECT_CLASS.anon ? 0 : NO_TASK,
      });
      for (let index = 0; index < page_count; index++) {
        pages.push({ page: base + index, objectClass, resident: false, lruvec: 0, list: 0, charges: new Map(), mappers: [], swapContainer: -1 });
      }
    },
    () => {
      const parent = container();
      if (parents.length >= 10) return;
      emit({ kind: KIND.container_create, container: parents.length, a: parents.length, b: parent });
      live.add(parents.length);
      parents.push(parent);
    },
    () => {
      const gone = container();
      if (gone === 0 || dice.below(6) > 0) return;
      emit({ kind: KIND.container_remove, container: gone });
      live.delete(gone);
    },
    () => emit({ kind: KIND.limit_set, container: container(), flags: dice.of(Object.values(LIMIT)) ?? 0, a: dice.below(3) === 0 ? -1 : dice.below(1000) }),
    () => {
      const task = dice.below(8);
      const to = container();
      const kind = !tasks.has(task) ? KIND.task_start : dice.below(3) === 0 ? KIND.task_exit : KIND.task_move;
      emit({ kind, task, container: to, a: kind === KIND.task_move ? (tasks.get(task) ?? 0) : -1 });
      if (kind === KIND.task_exit) tasks.delete(task);
      else tasks.set(task, to);
    },
    () => emit({ kind: KIND.memory_event, container: container(), flags: dice.of(Object.values(MEMORY_EVENT)) ?? 0, task: 0 }),
    () => {
      const { index } =
        dice.of(
          COUNTERS.filter(
            (spec) => spec.index >= ACCOUNT_COUNTERS_FROM && spec.index !== COUNTER.unevictable && spec.index !== COUNTER.populated && spec.scope !== 'setting',
          ),
        ) ?? COUNTERS[COUNTER.kernel];
      emit({ kind: KIND.account, container: container(), flags: index, a: dice.below(50), b: dice.below(2) * 7 });
    },
    () => {
      // A child goes, as far as the account is concerned: its parent takes over.
      const from = container();
      if (from === 0) return;
      const flags = dice.of([COUNTER.current, COUNTER.kernel, COUNTER.kmem, COUNTER.percpu]) ?? 0;
      emit({ kind: KIND.inherit, container: parents[from], flags, a: dice.below(50), b: from });
    },
    () => emit({ kind: KIND.borrow, container: container(), flags: dice.below(4), a: dice.below(50), b: 0 }),
    () => emit({ kind: KIND.cost, flags: dice.of(Object.values(COST)) ?? 0, a: dice.below(5000) }),
    () => {
      const task = dice.below(3);
      if (passTask < 0) {
        emit({ kind: KIND.reclaim_begin, task, container: container(), a: 32, flags: 1 });
        passTask = task;
      } else {
        emit({ kind: KIND.reclaim_end, task: passTask, container: 0, a: dice.below(40) });
        passTask = -1;
      }
    },
    () =>
      emit({
        kind: KIND.shrink_inactive,
        task: dice.below(3),
        container: container(),
        a: dice.below(64),
        b: dice.below(32),
        flags: dice.below(4) | (dice.below(13) << 2),
      }),
    () => emit({ kind: dice.below(2) === 0 ? KIND.shrink_active : KIND.generation_sort, task: 0, container: container(), a: dice.below(64), b: 3, flags: 1 }),
    () => emit({ kind: dice.below(2) === 0 ? KIND.sample : KIND.shrink_slab_start, task: 0 }),
    () => emit({ kind: dice.below(2) === 0 ? KIND.expect : KIND.op_fail, container: container(), a: dice.below(2) }),
  ];
  const pageMoves: readonly ((page: TestPage) => void)[] = [
    (page) => (page.resident ? remove(page) : add(page, container())),
    (page) => (page.resident ? undefined : add(page, container())),
    (page) => {
      if (!page.resident || page.list === LRU.unevictable) return;
      const active = page.list & 1;
      emit({ kind: active ? KIND.deactivate : KIND.activate, container: page.lruvec, page: page.page, flags: dice.below(2) });
      page.list ^= 1;
    },
    (page) => {
      if (page.resident) setUnevictable(page, page.list !== LRU.unevictable);
    },
    (page) => {
      const task = dice.below(8);
      const home = tasks.get(task);
      if (home === undefined || page.mappers.includes(task)) return;
      emit({ kind: KIND.map, task, container: home, page: page.page, flags: dice.of([FAULT.none, FAULT.minor, FAULT.major, FAULT.cow]) ?? 0 });
      page.mappers.push(task);
    },
    (page) => {
      const task = page.mappers.pop();
      if (task !== undefined) emit({ kind: KIND.unmap, task, container: tasks.get(task) ?? 0, page: page.page });
    },
    (page) => emit({ kind: KIND.fault, task: 1, container: tasks.get(1) ?? 0, page: page.page, flags: FAULT.minor }),
    (page) => {
      const owner = container();
      const has = page.charges.get(owner);
      if (!page.resident) return;
      emit({ kind: has === undefined ? KIND.charge : KIND.uncharge, container: owner, page: page.page, a: has ?? unit / (unit > 1 ? 4 : 1) });
      if (has === undefined) page.charges.set(owner, unit / (unit > 1 ? 4 : 1));
      else page.charges.delete(owner);
    },
    (page) => {
      const to = container();
      const units = page.charges.get(page.lruvec) ?? 0;
      if (!page.resident || to === page.lruvec) return;
      emit({ kind: KIND.recharge, container: to, page: page.page, a: units, b: page.lruvec });
      page.charges.delete(page.lruvec);
      if (units > 0) page.charges.set(to, (page.charges.get(to) ?? 0) + units);
      page.lruvec = to;
    },
    (page) => {
      if (page.swapContainer < 0) return;
      emit({ kind: KIND.swap_free, container: page.swapContainer, page: page.page });
      page.swapContainer = -1;
    },
  ];

  emit({ kind: KIND.container_create, container: 0, a: 0, b: -1 });
  while (events.length < count) {
    const page = dice.of(pages);
    if (page === undefined || dice.below(5) === 0) dice.of(moves)?.();
    else dice.of(pageMoves)?.(page);
  }
  emit({ kind: KIND.run_end });
  return events;
}
