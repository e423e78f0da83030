import { NO_TASK } from '../base/ids.ts';
import type { ReclaimPass } from './run.ts';

/** Priority at which a reclaim pass starts: DEF_PRIORITY of include/linux/mmzone.h. */
const DEF_PRIORITY = 12;
/** A trace that lost the ends of passes must not pile them up: beyond this many the outermost is forgotten. */
const OPEN_PASS_LIMIT = 64;

export interface PassBegin {
  readonly event_index: number;
  readonly time_ns: number;
  readonly container: number;
  readonly task: number;
  readonly reason: number;
  readonly wanted_page_count: number;
}

export interface PassEnd {
  readonly event_index: number;
  readonly time_ns: number;
  readonly container: number;
  readonly task: number;
  readonly reclaimed_page_count: number;
}

/** Passes under way, outermost first. Tasks interleave in a trace, so a pass is told by its task. */
type Open = readonly ReclaimPass[];

const innermost = (open: Open, task: number): number => (task === NO_TASK ? open.length - 1 : open.findLastIndex((pass) => pass.task === task));

const replaced = (open: Open, at: number, change: Partial<ReclaimPass>): Open => {
  if (at < 0) return open;
  return open.with(at, { ...open[at], ...change });
};

/** A pass begins, inside those that are open. */
export function beginPass(open: Open, begin: PassBegin): Open {
  const pass: ReclaimPass = {
    begin_event: begin.event_index,
    end_event: null,
    container: begin.container,
    task: begin.task,
    reason: begin.reason,
    wanted_page_count: begin.wanted_page_count,
    scanned_page_count: 0,
    reclaimed_page_count: 0,
    slab_shrink_count: 0,
    begin_ns: begin.time_ns,
    end_ns: begin.time_ns,
    priority_min: DEF_PRIORITY,
  };
  return [...open.slice(1 - OPEN_PASS_LIMIT), pass];
}

/**
 * A batch of an inactive list was scanned by the task: in its innermost pass, and so in those around that one too (`shrink_zones()` of mm/vmscan.c, 6.12, adds up what soft
 * limits scanned and reclaimed). The priority is the innermost's alone: those of soft limits begin and end at 0.
 */
export function passScanned(open: Open, task: number, scanned: number, reclaimed: number, priority: number): Open {
  const inner = innermost(open, task);
  if (inner < 0) return open;
  const owner = open[inner].task;
  return open.map((pass, at) =>
    at > inner || pass.task !== owner
      ? pass
      : {
          ...pass,
          scanned_page_count: pass.scanned_page_count + scanned,
          reclaimed_page_count: pass.reclaimed_page_count + reclaimed,
          priority_min: at === inner ? Math.min(pass.priority_min, priority) : pass.priority_min,
        },
  );
}

/** Passes that stand in no other of the same task: only these add up, for what a pass inside another did is in both. Passes in the order of their begin. */
export function outermostPasses<P extends ReclaimPass>(passes: readonly P[]): readonly P[] {
  const ends = new Map<number, number>();
  return passes.filter(({ task, begin_event, end_event }) => {
    if (begin_event < (ends.get(task) ?? 0)) return false;
    ends.set(task, end_event ?? Number.POSITIVE_INFINITY);
    return true;
  });
}

/** A shrinker was asked by the task. */
export function passShrankSlab(open: Open, task: number, priority: number): Open {
  const at = innermost(open, task);
  if (at < 0) return open;
  return replaced(open, at, { slab_shrink_count: open[at].slab_shrink_count + 1, priority_min: Math.min(open[at].priority_min, priority) });
}

/**
 * Ends the task's innermost pass (where the event names no task: the container's), with what the kernel itself says it reclaimed. The end of a pass that is not open is passed over.
 */
export function endPass(open: Open, end: PassEnd): { readonly open: Open; readonly ended: ReclaimPass | null } {
  const at = end.task === NO_TASK ? open.findLastIndex((pass) => pass.container === end.container) : innermost(open, end.task);
  if (at < 0) return { open, ended: null };
  const ended = { ...open[at], end_event: end.event_index, end_ns: end.time_ns, reclaimed_page_count: end.reclaimed_page_count };
  return { open: open.toSpliced(at, 1), ended };
}
