import { lruOfFlags, priorityOfFlags } from '../../../src-engine/record/describe-event.ts';
import { type EventRow, KIND } from '../../../src-engine/record/events.ts';

/** What was scanned and what came of it, for one LRU list at one priority. */
export interface ReclaimCell {
  readonly lru: number;
  readonly priority: number;
  readonly scanned: number;
  readonly reclaimed: number;
}

/** A call of a shrinker within a pass. */
export interface SlabCall {
  readonly event_index: number;
  readonly priority: number;
  readonly to_scan: number;
  readonly freeable: number;
  /** Null where the pass ends before the shrinker answers. */
  readonly scanned: number | null;
  readonly freed: number | null;
}

export interface PassDetail {
  readonly cells: readonly ReclaimCell[];
  readonly slab_calls: readonly SlabCall[];
}

/** Highest scan priority (gentlest): DEF_PRIORITY. */
export const PRIORITY_MAX = 12;
export const PRIORITY_COUNT = PRIORITY_MAX + 1;

/** Adds up the scans of one pass from its events. Events of other tasks that ran in between are left out. */
export function passDetail(events: readonly EventRow[], task: number): PassDetail {
  const cells = new Map<string, { lru: number; priority: number; scanned: number; reclaimed: number }>();
  const slab_calls: { event_index: number; priority: number; to_scan: number; freeable: number; scanned: number | null; freed: number | null }[] = [];
  for (const event of events) {
    if (event.task !== task) continue;
    if (event.kind === KIND.shrink_inactive || event.kind === KIND.shrink_active) {
      const lru = lruOfFlags(event.flags);
      const priority = priorityOfFlags(event.flags);
      const key = `${lru}/${priority}`;
      const cell = cells.get(key) ?? { lru, priority, scanned: 0, reclaimed: 0 };
      cell.scanned += event.a;
      // What leaves the active list is deactivated, not reclaimed.
      if (event.kind === KIND.shrink_inactive) cell.reclaimed += event.b;
      cells.set(key, cell);
    } else if (event.kind === KIND.shrink_slab_start) {
      slab_calls.push({ event_index: event.index, priority: priorityOfFlags(event.flags), to_scan: event.a, freeable: event.b, scanned: null, freed: null });
    } else if (event.kind === KIND.shrink_slab_end) {
      const open = slab_calls.findLast((call) => call.scanned === null);
      if (open !== undefined) {
        open.scanned = event.a;
        open.freed = event.b;
      }
    }
  }
  return { cells: [...cells.values()], slab_calls };
}

/** The non-empty cells of a task's reclaim matrix (`list * 13 + priority`, as in TaskView). */
export function reclaimCells(scanned: Float64Array, reclaimed: Float64Array): readonly ReclaimCell[] {
  const cells: ReclaimCell[] = [];
  for (let at = 0; at < scanned.length; at += 1) {
    if (scanned[at] === 0 && reclaimed[at] === 0) continue;
    cells.push({ lru: Math.floor(at / PRIORITY_COUNT), priority: at % PRIORITY_COUNT, scanned: scanned[at], reclaimed: reclaimed[at] });
  }
  return cells;
}

/** Sum of what cells scanned and reclaimed. */
export function totalOf(cells: readonly ReclaimCell[]): { readonly scanned: number; readonly reclaimed: number } {
  return cells.reduce((sum, cell) => ({ scanned: sum.scanned + cell.scanned, reclaimed: sum.reclaimed + cell.reclaimed }), { scanned: 0, reclaimed: 0 });
}
