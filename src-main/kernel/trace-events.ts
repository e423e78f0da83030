import { NO_PAGE, NO_TASK } from '../../src-engine/base/ids.ts';
import { containerOf, readEvent } from '../../src-engine/formats/ftrace-events.ts';
import { parseHead } from '../../src-engine/formats/ftrace-lines.ts';
import { createReclaimTracker } from '../../src-engine/formats/reclaim-tracker.ts';
import type { TraceWriter } from '../../src-engine/formats/trace-writer.ts';
import { KIND } from '../../src-engine/record/events.ts';
import type { KernelLog } from './kernel-log.ts';

/** What trace events need to know of the run. */
export interface TraceContext {
  /** The scenario's task of a process; undefined for a process of the kernel's own. */
  taskOf(pid: number): number | undefined;
  /** Container that a memcg reclaim pass of a process is aimed at: the tracepoints of most kernels do not say it. */
  targetOf(pid: number): string;
  /** Container of the cgroup that a tracepoint names by its number; undefined for one that is none of the scenario's. */
  cgroupOf(id: number): string | undefined;
}

/** A line of trace text with the time it carries. */
export interface TraceLine {
  readonly time_ns: number;
  /** Puts its events into the log. */
  emit(): void;
}

/** Reads the kernel's trace text piece by piece. */
export interface TraceReader {
  /** Lines of one piece that carry events, in the order of the text. `line_from`: number of its first line in the run's whole trace text. */
  read(text: string, line_from: number): readonly TraceLine[];
}

/** A container that a line names by its cgroup's number, as containerOf writes it. */
const BY_NUMBER = /^memcg-(\d+)$/;

const KINDS_THAT_COUNT: ReadonlySet<number> = new Set([KIND.shrink_inactive, KIND.shrink_active]);

/** Trace lines become the events that an imported trace has, without its steps: here steps are the scenario's. */
export function createTraceReader(log: KernelLog, context: TraceContext): TraceReader {
  let line = NO_PAGE;
  const task_ids = new Map<string, number>();

  const task = (name: string, container: number): number => {
    const of_scenario = context.taskOf(Number(name.slice(name.lastIndexOf('-') + 1)));
    if (of_scenario !== undefined) return of_scenario;
    const known = task_ids.get(name);
    if (known !== undefined) return known;
    const id = log.names.tasks.length;
    if (id >= NO_TASK) return NO_TASK;
    log.names.tasks.push(name);
    task_ids.set(name, id);
    log.emit(KIND.task_start, { task: id, container, page: line, a: -1 });
    return id;
  };

  const writer: TraceWriter = {
    names: log.names,
    eventCount: () => log.log.event_count,
    endNs: () => log.log.now_ns,
    outOfOrderCount: () => 0,
    clockJumpCount: () => 0,
    at: (number) => {
      line = number;
    },
    put(kind, { task: by = NO_TASK, container, flags = 0, a = 0, b = 0 }) {
      if (kind === KIND.step_begin) return;
      if (container !== undefined && KINDS_THAT_COUNT.has(kind)) log.countTraced(container);
      log.emit(kind, { flags, task: by, ...(container === undefined ? {} : { container }), page: line, a, b });
    },
    task,
    container: (path) => {
      const found = log.containerAt(log.names.containers.indexOf(path));
      return found === 0xffff ? 0 : found;
    },
    finish: () => undefined,
  };
  const tracker = createReclaimTracker(writer);

  return {
    read(text, line_from) {
      return text.split('\n').flatMap((line_text, index): readonly TraceLine[] => {
        const head = parseHead(line_text);
        if (head === null) return [];
        const reading = readEvent(head.event, line_text, head.body);
        if (reading.role === 'incomplete') return [];
        const needs_target = (reading.role === 'pass_begin' && reading.pass === 'memcg') || reading.role === 'victim';
        const emit = (): void => {
          writer.at(line_from + index);
          const named = containerOf(line_text, head.body);
          const number = named === null ? undefined : BY_NUMBER.exec(named)?.[1];
          const path = number === undefined ? named : (context.cgroupOf(Number(number)) ?? null);
          tracker.take(line_from + index, head, reading, path ?? (needs_target ? context.targetOf(head.pid) : null));
        };
        return [{ time_ns: head.seconds * 1e9 + head.nanoseconds, emit }];
      });
    },
  };
}
