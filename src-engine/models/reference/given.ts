import { NO_CONTAINER } from '../../base/ids.ts';
import { type EventRow, FAULT, FREE, KIND, MEMORY_EVENT } from '../../record/events.ts';

/** What the engine did during one step that a reference takes as given: what reclaim took, whom the killer chose, which operation failed. */
export type Given =
  | { readonly kind: 'evict'; readonly engine_page: number }
  | { readonly kind: 'reclaim-unmap'; readonly engine_page: number; readonly task: number }
  | { readonly kind: 'removal-free'; readonly engine_page: number }
  | { readonly kind: 'kill'; readonly task: number }
  | { readonly kind: 'fail'; readonly task: number }
  | { readonly kind: 'no-container'; readonly path: number }
  | { readonly kind: 'recharge'; readonly engine_page: number; readonly container: number }
  | { readonly kind: 'limit-met' }
  | { readonly kind: 'zone'; readonly zone: number; readonly container: number }
  /** Not taken as given but checked: the reference must want exactly these pages and mappings, in this order. */
  | { readonly kind: 'page-in'; readonly engine_page: number; readonly task: number }
  /** `is_asked`: the mapping that a fault asked for; others come with it, or with a fork. */
  | { readonly kind: 'map'; readonly engine_page: number; readonly task: number; readonly is_asked: boolean };

/** Flag of task_exit. */
const KILLED = 1;

/** Picks the given facts out of one step's events. */
export function givenOf(rows: readonly EventRow[]): Given[] {
  const given: Given[] = [];
  let pass_depth = 0;
  for (const row of rows) {
    if (row.kind === KIND.reclaim_begin) pass_depth++;
    if (row.kind === KIND.reclaim_end) pass_depth--;
    if (row.kind === KIND.page_evict) given.push({ kind: 'evict', engine_page: row.page });
    if (row.kind === KIND.unmap && pass_depth > 0) given.push({ kind: 'reclaim-unmap', engine_page: row.page, task: row.task });
    if (row.kind === KIND.page_free && row.flags === FREE.remove) given.push({ kind: 'removal-free', engine_page: row.page });
    if (row.kind === KIND.task_exit && row.flags === KILLED) given.push({ kind: 'kill', task: row.task });
    if (row.kind === KIND.op_fail) given.push({ kind: 'fail', task: row.task });
    if (row.kind === KIND.container_create_failed) given.push({ kind: 'no-container', path: row.a });
    if (row.kind === KIND.recharge) given.push({ kind: 'recharge', engine_page: row.page, container: row.container });
    if (row.kind === KIND.memory_event && row.flags === MEMORY_EVENT.max) given.push({ kind: 'limit-met' });
    if (row.kind === KIND.zone_assign) given.push({ kind: 'zone', zone: row.a, container: row.container === NO_CONTAINER ? -1 : row.container });
    if (row.kind === KIND.page_add) given.push({ kind: 'page-in', engine_page: row.page, task: row.task });
    if (row.kind === KIND.map) given.push({ kind: 'map', engine_page: row.page, task: row.task, is_asked: row.flags !== FAULT.none });
  }
  return given;
}
