import { NO_CONTAINER, NO_PAGE, NO_TASK } from '../../src-engine/base/ids.ts';
import { LIMIT_COUNTERS, OPEN_LIMITS } from '../../src-engine/record/accounts.ts';
import { COUNTER, COUNTER_COUNT, COUNTERS } from '../../src-engine/record/counters.ts';
import { EventLog } from '../../src-engine/record/event-log.ts';
import { KIND } from '../../src-engine/record/events.ts';
import type { EngineSample, RecordSink, RunNames } from '../../src-engine/record/run.ts';

/** Counters that trace events add to; a reading after them says what they really are. */
const TRACED_COUNTERS = [COUNTER.pgscan, COUNTER.pgsteal, COUNTER.pgrefill] as const;

/** Columns of an event; what is left out is none or 0. */
export interface EventColumnsOf {
  readonly flags?: number;
  readonly task?: number;
  readonly container?: number;
  readonly page?: number;
  readonly a?: number;
  readonly b?: number;
}

interface LoggedContainer {
  readonly path: string;
  readonly parent: number;
  exists: boolean;
  /** Raw units, as read last. */
  readonly counters: Float64Array;
  /** Counters that have been read: of the others nothing is known, and 0 would be a claim. */
  readonly known: Set<number>;
}

/**
 * The events of a run on a kernel: containers and tasks by the numbers that events know them by, counters as they were read. A container that is created again under
 * the same path has a new number.
 */
export class KernelLog {
  readonly names: RunNames & { readonly tasks: string[] };
  readonly log: EventLog;
  private readonly sink: RecordSink;
  private readonly containers: LoggedContainer[] = [];
  /** Number of the container that lives at each path of the scenario; −1: none. */
  private readonly at_path: number[];
  /** Containers that trace events of this step have counted in. */
  private readonly traced = new Set<number>();

  constructor(names: RunNames & { readonly tasks: string[] }, sink: RecordSink) {
    this.names = names;
    this.sink = sink;
    this.log = new EventLog(sink);
    this.at_path = names.containers.map(() => -1);
  }

  /** Sets the clock; one that would run backwards stands still. */
  at(time_ns: number): void {
    this.log.now_ns = Math.max(this.log.now_ns, time_ns);
  }

  emit(kind: number, { flags = 0, task = NO_TASK, container = NO_CONTAINER, page = NO_PAGE, a = 0, b = 0 }: EventColumnsOf = {}): void {
    this.log.emit(kind, flags, task, container, page, a, b);
  }

  /** Number of the container at a path of the scenario; NO_CONTAINER where there is none. */
  containerAt(path: number): number {
    const container = this.at_path[path] ?? -1;
    return container < 0 ? NO_CONTAINER : container;
  }

  createContainer(path: number): void {
    const text = this.names.containers[path] ?? '';
    const above = text.includes('/') ? text.slice(0, text.lastIndexOf('/')) : '.';
    const parent = text === '.' ? -1 : (this.at_path[this.names.containers.indexOf(above)] ?? -1);
    const counters = new Float64Array(COUNTER_COUNT);
    for (const limit of OPEN_LIMITS) counters[limit] = -1;
    const container = this.containers.push({ path: text, parent, exists: true, counters, known: new Set() }) - 1;
    this.at_path[path] = container;
    this.emit(KIND.container_create, { container, a: path, b: parent });
  }

  removeContainer(path: number): void {
    const container = this.at_path[path] ?? -1;
    const known = this.containers[container];
    if (known === undefined) return;
    known.exists = false;
    // An offline cgroup protects nothing; a recording says so at its removal (state.ts).
    known.counters[COUNTER.limit_min] = 0;
    known.counters[COUNTER.limit_low] = 0;
    this.at_path[path] = -1;
    this.emit(KIND.container_remove, { container, a: known.counters[COUNTER.current] ?? 0 });
  }

  /** Sets a limit (`which`: of LIMIT) in pages; −1: none. */
  setLimit(container: number, which: number, pages: number): void {
    const known = this.containers[container];
    if (known === undefined) return;
    known.counters[LIMIT_COUNTERS[which]] = pages;
    this.emit(KIND.limit_set, { flags: which, container, a: pages });
  }

  /** A counter as it was read, in its raw unit; an event only where it has changed, and at the first reading, which tells that there is one. */
  read(container: number, counter: number, value: number): void {
    const known = this.containers[container];
    if (known === undefined || (known.counters[counter] === value && known.known.has(counter))) return;
    known.counters[counter] = value;
    known.known.add(counter);
    this.emitRead(container, counter, value);
  }

  private emitRead(container: number, counter: number, value: number): void {
    this.emit(KIND.counter_read, { flags: counter, container, a: value | 0, b: Math.floor(value / 2 ** 32) });
  }

  valueOf(container: number, counter: number): number {
    return this.containers[container]?.counters[counter] ?? 0;
  }

  knows(container: number, counter: number): boolean {
    return this.containers[container]?.known.has(counter) === true;
  }

  /** A trace event has counted in a container, and so in those above it. */
  countTraced(container: number): void {
    for (let at = container; at >= 0; at = this.containers[at]?.parent ?? -1) this.traced.add(at);
  }

  /** Says again what was read of counters that trace events have added to. */
  settleTraced(): void {
    for (const container of this.traced)
      for (const counter of TRACED_COUNTERS) if (this.knows(container, counter)) this.emitRead(container, counter, this.valueOf(container, counter));
    this.traced.clear();
  }

  /** The container itself and those above it up to the root. */
  lineageOf(container: number): readonly number[] {
    const lineage: number[] = [];
    for (let at = container; at >= 0 && at !== NO_CONTAINER; at = this.containers[at]?.parent ?? -1) lineage.push(at);
    return lineage;
  }

  isBelow(container: number, above: number): boolean {
    return this.lineageOf(container).includes(above);
  }

  pathOf(container: number): string {
    return this.containers[container]?.path ?? '.';
  }

  /** Containers that exist, with the index of their path. */
  live(): readonly { readonly path: number; readonly container: number }[] {
    return this.at_path.flatMap((container, path) => (container < 0 ? [] : [{ path, container }]));
  }

  /** `tasks`: what their own files said. Counters that nothing was read of are NaN in the sample. */
  sample(name: number, step_index: number, tasks: NonNullable<EngineSample['readings']>): void {
    this.emit(KIND.sample, { a: name });
    const sample: EngineSample = {
      event_index: this.log.event_count,
      step_index,
      name: this.names.samples[name] ?? '',
      containers: this.containers.map(({ path, exists, counters, known }) => ({
        path,
        exists,
        counters: counters.map((value, counter) => (known.has(counter) || COUNTERS[counter]?.scope === 'setting' ? value : Number.NaN)),
      })),
      tasks: [],
      readings: tasks,
    };
    this.sink.sample(sample);
  }
}
