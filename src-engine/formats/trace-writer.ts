import { NO_CONTAINER, NO_PAGE, NO_TASK } from '../base/ids.ts';
import { createColumns, KIND, SLEEP } from '../record/events.ts';
import type { RecordSink, RunMeta, RunNames } from '../record/run.ts';

/** Longest time that one event carries: `dt_ns` has 32 bits. */
const CARRY_NS_MAX = 4_000_000_000;
/** Events spent in all on carrying time over gaps: some 46 days of silence. A gap beyond it is a clock that jumped, and counts as no time. */
const CARRY_EVENT_COUNT_MAX = 1_000_000;

/** Writes events of an imported trace into a sink: keeps the names, the clock and the line that events come from. */
export interface TraceWriter {
  readonly names: RunNames;
  readonly eventCount: () => number;
  readonly endNs: () => number;
  /** Lines whose timestamp lay before one already seen; they stay in file order and take no time. */
  readonly outOfOrderCount: () => number;
  readonly clockJumpCount: () => number;
  /** Following events come from this line; without a time they happen right after the event before. */
  at(line: number, time?: { readonly seconds: number; readonly nanoseconds: number }): void;
  put(kind: number, columns: { readonly task?: number; readonly container?: number; readonly flags?: number; readonly a?: number; readonly b?: number }): void;
  /** Id of a task, which starts here if it is new; NO_TASK when the event columns can number no more tasks. */
  task(name: string, container: number): number;
  /** Id of a container by path, created here with its parents if it is new; NO_CONTAINER when there can be no more. */
  container(path: string): number;
  /** Ends the run and hands over the last block. */
  finish(): void;
}

/** A writer into `sink`; nothing reaches the sink before the first event. */
export function createTraceWriter(sink: RecordSink, meta: RunMeta): TraceWriter {
  const names = { containers: [] as string[], tasks: [] as string[], objects: [] as string[], samples: [] as string[] };
  const container_ids = new Map<string, number>();
  const task_ids = new Map<string, number>();
  let columns = createColumns();
  let row = 0;
  let sealed_event_count = 0;
  let line = NO_PAGE;
  let dt_ns = 0;
  let end_ns = 0;
  let last: { readonly seconds: number; readonly nanoseconds: number } | null = null;
  let out_of_order_count = 0;
  let clock_jump_count = 0;
  let carry_event_count = 0;

  const seal = (): void => {
    columns = sink.seal(columns, row);
    sealed_event_count += row;
    row = 0;
  };

  const write = (kind: number, task: number, container: number, flags: number, a: number, b: number): void => {
    if (row === columns.kind.length) seal();
    columns.kind[row] = kind;
    columns.flags[row] = flags;
    columns.task[row] = task;
    columns.container[row] = container;
    columns.page[row] = line;
    columns.a[row] = a;
    columns.b[row] = b;
    columns.dt_ns[row] = dt_ns;
    end_ns += dt_ns;
    dt_ns = 0;
    row += 1;
  };

  const begin = (): void => {
    if (container_ids.size > 0) return;
    sink.begin?.(meta, names);
    createContainer('.', -1);
  };

  const createContainer = (path: string, parent: number): number => {
    const id = names.containers.length;
    if (id >= NO_CONTAINER) return NO_CONTAINER;
    names.containers.push(path);
    container_ids.set(path, id);
    write(KIND.container_create, NO_TASK, id, 0, id, parent);
    return id;
  };

  const container = (path: string): number => {
    begin();
    const known = container_ids.get(path);
    if (known !== undefined) return known;
    let parent = 0;
    for (let slash = path.indexOf('/'); slash >= 0 && parent !== NO_CONTAINER; slash = path.indexOf('/', slash + 1)) {
      const ancestor = path.slice(0, slash);
      parent = container_ids.get(ancestor) ?? createContainer(ancestor, parent);
    }
    return parent === NO_CONTAINER ? NO_CONTAINER : createContainer(path, parent);
  };

  return {
    names,
    eventCount: () => sealed_event_count + row,
    endNs: () => end_ns,
    outOfOrderCount: () => out_of_order_count,
    clockJumpCount: () => clock_jump_count,
    at(new_line, time) {
      line = new_line;
      if (time === undefined) return;
      if (last === null) {
        last = time;
        return;
      }
      const gap_ns = (time.seconds - last.seconds) * 1e9 + (time.nanoseconds - last.nanoseconds);
      if (gap_ns < 0) {
        out_of_order_count += 1;
        return;
      }
      last = time;
      const carries = Math.floor(gap_ns / CARRY_NS_MAX);
      if (carry_event_count + carries > CARRY_EVENT_COUNT_MAX) {
        clock_jump_count += 1;
        return;
      }
      begin();
      for (let carry = 0; carry < carries; carry += 1) {
        dt_ns = CARRY_NS_MAX;
        write(KIND.sleep, NO_TASK, NO_CONTAINER, SLEEP.asked, CARRY_NS_MAX / 1000, 0);
      }
      carry_event_count += carries;
      dt_ns = gap_ns - carries * CARRY_NS_MAX;
    },
    put(kind, { task = NO_TASK, container: owner = NO_CONTAINER, flags = 0, a = 0, b = 0 }) {
      begin();
      write(kind, task, owner, flags, a, b);
    },
    task(name, owner) {
      begin();
      const known = task_ids.get(name);
      if (known !== undefined) return known;
      const id = names.tasks.length;
      if (id >= NO_TASK) return NO_TASK;
      names.tasks.push(name);
      task_ids.set(name, id);
      write(KIND.task_start, id, owner, 0, -1, 0);
      return id;
    },
    container,
    finish() {
      begin();
      write(KIND.run_end, NO_TASK, NO_CONTAINER, 0, 0, 0);
      seal();
    },
  };
}
