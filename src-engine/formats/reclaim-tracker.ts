import { KIND } from '../record/events.ts';
import type { PassKind, Reading } from './ftrace-events.ts';
import { type FtraceHead, UNKNOWN_COMM } from './ftrace-lines.ts';
import { addShrink, type LruRow, type TaskTotals, type TracePass } from './reclaim-totals.ts';
import type { TraceWriter } from './trace-writer.ts';

/** A pass while it goes on: what its events change is writable. */
interface OpenPass extends TracePass {
  end_line: number | null;
  nr_scanned: number;
  nr_reclaimed: number;
  nr_reclaimed_stated: number | null;
  readonly lru: LruRow[];
}

interface OpenTotals extends TaskTotals {
  passes: number;
  nr_scanned: number;
  nr_reclaimed: number;
  readonly lru: LruRow[];
}

/** What one process has open: passes from the outermost in, shrinkers that were asked and have not answered. */
interface Process {
  task: number;
  readonly passes: OpenPass[];
  readonly slabs: { readonly shrinker: string; readonly total_scan: number }[];
}

/** Shrinkers kept open per process: they do not nest, so more than a few were lost their end. */
const OPEN_SLAB_COUNT_MAX = 16;

/** What does not add up in a trace: shown, never mended. */
export interface Slack {
  /** Passes whose stated nr_reclaimed is not the sum of their shrinks. */
  readonly passes: number;
  /** Sum of those differences, each taken as positive. */
  readonly pages: number;
  /** Passes whose own end is not in the trace. */
  readonly passes_without_end: number;
  /** Ends of passes and of shrinkers whose begin is not in the trace. */
  readonly ends_without_begin: number;
}

/** What a trace's reclaim came to: passes in the order of their begin, totals by task id. */
export interface ReclaimBooks {
  readonly passes: readonly TracePass[];
  readonly tasks: ReadonlyMap<number, TaskTotals>;
  readonly slack: Slack;
}

/** Follows reclaim through a trace, process by process, and writes it as events. */
export interface ReclaimTracker {
  /** Takes the event of a line; `path` is the container that it names, if any. */
  take(line: number, head: FtraceHead, reading: Reading, path: string | null): void;
  finish(): ReclaimBooks;
}

/**
 * Begins and ends are paired per process, since processes interleave. In the events of one process passes always enclose each other properly:
 * a begin of a kind that is already open, or the end of an outer pass, shows that an end was lost, and ends the inner pass there with what was seen of it.
 */
export function createReclaimTracker(writer: TraceWriter): ReclaimTracker {
  const processes = new Map<number, Process>();
  const passes: OpenPass[] = [];
  const totals = new Map<number, OpenTotals>();
  let ends_without_begin = 0;

  /** A line may not know its task's name (`<...>-123`) where other lines of the process do: then it is that task. */
  const processOf = (pid: number, comm: string, name: string, container: number): Process => {
    let process = processes.get(pid);
    if (process === undefined) {
      process = { task: writer.task(name, container), passes: [], slabs: [] };
      processes.set(pid, process);
    } else if (comm !== UNKNOWN_COMM) process.task = writer.task(name, container);
    return process;
  };

  const totalsOf = (task: number): OpenTotals => {
    let own = totals.get(task);
    if (own === undefined) {
      own = { passes: 0, nr_scanned: 0, nr_reclaimed: 0, lru: [] };
      totals.set(task, own);
    }
    return own;
  };

  /** Ends the passes from `depth` inwards. Only the one at `depth` may state what it reclaimed; the others' ends were lost. */
  const endFrom = (process: Process, depth: number, line: number, stated: number | null): void => {
    for (const pass of process.passes.slice(depth).reverse()) {
      pass.end_line = line;
      pass.nr_reclaimed_stated = pass === process.passes[depth] ? stated : null;
      writer.put(KIND.reclaim_end, { task: pass.task, container: pass.container, a: pass.nr_reclaimed_stated ?? pass.nr_reclaimed });
    }
    process.passes.splice(depth);
  };

  const beginPass = (process: Process, kind: PassKind, reason: number, container: number, line: number): void => {
    const depth = process.passes.findIndex((pass) => pass.kind === kind);
    if (depth >= 0) endFrom(process, depth, line, null);
    writer.put(KIND.step_begin, { a: passes.length, b: line });
    writer.put(KIND.reclaim_begin, { task: process.task, container, flags: reason });
    const { task } = process;
    const pass = { kind, begin_line: line, end_line: null, task, container, reason, nr_scanned: 0, nr_reclaimed: 0, nr_reclaimed_stated: null, lru: [] };
    process.passes.push(pass);
    passes.push(pass);
    totalsOf(task).passes += 1;
  };

  const endPass = (process: Process, kind: PassKind, stated: number | null, line: number): void => {
    const depth = process.passes.findLastIndex((pass) => pass.kind === kind);
    if (depth >= 0) endFrom(process, depth, line, stated);
    else {
      ends_without_begin += 1;
      writer.put(KIND.trace_other, { task: process.task });
    }
  };

  return {
    take(line, head, reading, path) {
      const named = path === null ? null : writer.container(path);
      const process = processOf(head.pid, head.comm, head.task, named ?? 0);
      const container = named ?? process.passes.at(-1)?.container ?? 0;
      const { task } = process;
      switch (reading.role) {
        case 'pass_begin':
          beginPass(process, reading.pass, reading.reason, named ?? 0, line);
          break;
        case 'pass_end':
          endPass(process, reading.pass, reading.nr_reclaimed, line);
          break;
        case 'shrink': {
          const { list, priority, nr_scanned, nr_reclaimed } = reading;
          for (const book of [...process.passes, totalsOf(task)]) {
            book.nr_scanned += nr_scanned;
            book.nr_reclaimed += nr_reclaimed;
            addShrink(book.lru, list, priority, nr_scanned, nr_reclaimed);
          }
          writer.put(KIND.shrink_inactive, { task, container, flags: list | (priority << 2), a: nr_scanned, b: nr_reclaimed });
          break;
        }
        case 'row':
          writer.put(reading.kind, { task, container, flags: reading.flags, a: reading.a, b: reading.b });
          break;
        case 'slab_begin':
          if (process.slabs.length === OPEN_SLAB_COUNT_MAX) process.slabs.shift();
          process.slabs.push({ shrinker: reading.shrinker, total_scan: reading.total_scan });
          if (reading.flags === null) writer.put(KIND.trace_other, { task, container });
          else writer.put(KIND.shrink_slab_start, { task, container, flags: reading.flags, a: reading.total_scan, b: reading.freeable });
          break;
        case 'slab_end': {
          const at = process.slabs.findLastIndex((slab) => slab.shrinker === reading.shrinker);
          const start = process.slabs[at];
          if (start === undefined) {
            // What was scanned is the difference to the start, which is not in the trace.
            ends_without_begin += 1;
            writer.put(KIND.trace_other, { task });
            break;
          }
          process.slabs.splice(at);
          writer.put(KIND.shrink_slab_end, { task, container, a: start.total_scan - reading.total_scan, b: reading.freed });
          break;
        }
        case 'victim': {
          const comm = reading.comm ?? UNKNOWN_COMM;
          const victim = processOf(reading.pid, comm, `${comm}-${reading.pid}`, container);
          writer.put(KIND.oom_kill, { task: victim.task, container });
          break;
        }
        default:
          writer.put(KIND.trace_other, { task, container: named ?? undefined });
      }
    },
    finish() {
      const stated = passes.filter((pass) => pass.nr_reclaimed_stated !== null);
      const differences = stated.map((pass) => Math.abs((pass.nr_reclaimed_stated ?? 0) - pass.nr_reclaimed)).filter((pages) => pages > 0);
      const pages = differences.reduce((sum, difference) => sum + difference, 0);
      const passes_without_end = passes.filter((pass) => pass.nr_reclaimed_stated === null && pass.kind !== 'kswapd').length;
      return { passes, tasks: totals, slack: { passes: differences.length, pages, passes_without_end, ends_without_begin } };
    },
  };
}
