import type { ImportedRun } from './ftrace-import.ts';
import type { EventTally } from './ftrace-tally.ts';
import { type LruJson, lruJson } from './reclaim-totals.ts';
import type { Slack } from './reclaim-tracker.ts';

export interface TaskSummaryJson {
  readonly passes: number;
  readonly nr_scanned: number;
  readonly nr_reclaimed: number;
  readonly lru: LruJson;
}

export interface RunSummaryJson {
  readonly model: string;
  readonly events: number;
  readonly passes: number;
  readonly nr_scanned: number;
  readonly nr_reclaimed: number;
  readonly slack: Slack;
  readonly lost_events: number;
  readonly out_of_order_lines: number;
  readonly clock_jumps: number;
  readonly end_ns: number;
  readonly containers: readonly string[];
  readonly tasks: Readonly<Record<string, TaskSummaryJson>>;
  /** Every kind of event, most frequent first: how many, the sums of those of its fields that are amounts, and the names of all its fields. */
  readonly tracepoints: readonly EventTally[];
}

/** A run of a trace in numbers, for `import --json`: in all, and per task by LRU list and priority. Pages. */
export function summariseRun(run: ImportedRun): RunSummaryJson {
  const tasks: Record<string, TaskSummaryJson> = {};
  let nr_scanned = 0;
  let nr_reclaimed = 0;
  for (const [task, totals] of run.tasks) {
    nr_scanned += totals.nr_scanned;
    nr_reclaimed += totals.nr_reclaimed;
    const name = run.names.tasks[task] ?? '(tasks beyond the last that can be numbered)';
    tasks[name] = { passes: totals.passes, nr_scanned: totals.nr_scanned, nr_reclaimed: totals.nr_reclaimed, lru: lruJson(totals.lru) };
  }
  return {
    model: run.meta.model,
    events: run.summary.event_count,
    passes: run.passes.length,
    nr_scanned,
    nr_reclaimed,
    slack: run.slack,
    lost_events: run.lost_event_count,
    out_of_order_lines: run.out_of_order_line_count,
    clock_jumps: run.clock_jump_count,
    end_ns: run.summary.end_ns,
    containers: run.names.containers,
    tasks,
    tracepoints: run.events,
  };
}
