import { LRU_NAMES } from '../record/events.ts';
import type { PassKind } from './ftrace-events.ts';

/** Pages of one LRU list at one priority. */
export interface LruRow {
  readonly list: number;
  readonly priority: number;
  nr_scanned: number;
  nr_reclaimed: number;
}

/** Adds a shrink to the rows of a pass or a task. Few rows: at most 2 lists × 13 priorities. */
export function addShrink(rows: LruRow[], list: number, priority: number, nr_scanned: number, nr_reclaimed: number): void {
  for (const row of rows) {
    if (row.list !== list || row.priority !== priority) continue;
    row.nr_scanned += nr_scanned;
    row.nr_reclaimed += nr_reclaimed;
    return;
  }
  rows.push({ list, priority, nr_scanned, nr_reclaimed });
}

/**
 * A reclaim pass of a trace: what its begin and end state, and what was seen between them. Passes inside it (soft limit) count into it.
 * How many pages it wanted no tracepoint says.
 */
export interface TracePass {
  readonly kind: PassKind;
  readonly begin_line: number;
  /** Line that ended it; null if the trace ends inside it. */
  readonly end_line: number | null;
  /** Index in RunNames.tasks, RunNames.containers. */
  readonly task: number;
  readonly container: number;
  /** RECLAIM_REASON. */
  readonly reason: number;
  /** Sums over its shrink events. */
  readonly nr_scanned: number;
  readonly nr_reclaimed: number;
  /** What the pass's own end states; null where it states nothing (kswapd) or the end is not in the trace. */
  readonly nr_reclaimed_stated: number | null;
  readonly lru: readonly LruRow[];
}

export interface TaskTotals {
  readonly passes: number;
  readonly nr_scanned: number;
  readonly nr_reclaimed: number;
  readonly lru: readonly LruRow[];
}

/** `{ inactive_file: { '12': { nr_scanned, nr_reclaimed } } }` */
export type LruJson = Readonly<Record<string, Readonly<Record<string, { readonly nr_scanned: number; readonly nr_reclaimed: number }>>>>;

/** Rows as JSON by list and priority, in their order. */
export function lruJson(rows: readonly LruRow[]): LruJson {
  const json: Record<string, Record<string, { nr_scanned: number; nr_reclaimed: number }>> = {};
  for (const { list, priority, nr_scanned, nr_reclaimed } of rows.toSorted((one, other) => one.list - other.list || other.priority - one.priority)) {
    const name = LRU_NAMES[list] ?? `list-${list}`;
    json[name] ??= {};
    json[name][priority] = { nr_scanned, nr_reclaimed };
  }
  return json;
}
