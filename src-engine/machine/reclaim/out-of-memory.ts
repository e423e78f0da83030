import { NO_PAGE, PAGE_SIZE_BYTES, ROOT_CONTAINER } from '../../base/ids.ts';
import { OOM_SCORE_ADJ_MIN, type OomCandidate, selectVictim } from '../../containers/oom.ts';
import { COUNTER } from '../../record/counters.ts';
import { KIND, MEMORY_EVENT } from '../../record/events.ts';
import { swappedPages } from '../pages/swapped-pages.ts';
import type { World } from '../world.ts';

/** The out-of-memory killer (mm/oom_kill.c, 6.12). Victims are reaped at once: what they alone mapped is free when `kill` returns. */
export class OutOfMemory {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /**
   * Kills in the subtree of `target`, whose limit of `total_pages` cannot be kept; only tasks that `mayKill`. `task`: who asked for memory.
   * False: nobody can be killed.
   */
  kill(target: number, total_pages: number, task: number, mayKill: (victim: number) => boolean = () => true): boolean {
    // The machine's own out-of-memory is nobody's event: the root has no memory.events.
    if (target !== ROOT_CONTAINER) this.count(target, MEMORY_EVENT.oom, task);
    const victim = selectVictim(this.candidates(target, mayKill), this.totalPages(target, total_pages));
    if (victim === null) return false;
    const { spaces, log } = this.world;
    const group = this.groupOf(spaces.container[victim.task], target);
    log.emit(KIND.oom_kill, 0, victim.task, target, NO_PAGE, victim.points, 0);
    this.killTask(victim.task);
    if (group !== -1) this.killGroup(group, victim.task);
    return true;
  }

  private *candidates(target: number, mayKill: (victim: number) => boolean): Generator<OomCandidate> {
    const { machine, spaces } = this.world;
    // Of equals the last one found is chosen.
    for (const task of this.tasksOf(target)) {
      if (spaces.alive[task] === 0 || !mayKill(task)) continue;
      yield {
        task,
        rss_pages: spaces.rss_pages[task],
        swap_pages: swappedPages(machine, spaces, task),
        page_table_bytes: (spaces.kernel_memory?.tablePages(task) ?? 0) * PAGE_SIZE_BYTES,
        adjustment: this.adjustmentOf(task),
      };
    }
  }

  /** Tasks as `select_bad_process()` meets them: for the machine all as they were made (`for_each_process()`), for a container those of each below it in pre-order (`mem_cgroup_scan_tasks()`). */
  private *tasksOf(target: number): Generator<number> {
    const { spaces, tree } = this.world;
    if (target === ROOT_CONTAINER) {
      yield* spaces.alive.keys();
      return;
    }
    for (let container = target; container !== -1; container = tree.next(container, target))
      for (let task = 0; task < spaces.alive.length; task++) if (spaces.container[task] === container) yield task;
  }

  private adjustmentOf(task: number): number {
    return this.world.spaces.credentials[task].oom_score_adj ?? 0;
  }

  /** What oom_score_adj is a share of: the limit and the swap that may be had beside it (`mem_cgroup_get_max()`; the machine's own: all memory and swap). */
  private totalPages(target: number, limit_pages: number): number {
    const { swappiness, swap_pages } = this.world.program.machine;
    const { tree } = this.world;
    const memsw_max = tree.memsw_max[target];
    // The limit of memory and swap together is of version 1, where swap alone has none.
    const swap_max = memsw_max === Number.POSITIVE_INFINITY ? tree.swap_max[target] : memsw_max - limit_pages;
    const swap = target === ROOT_CONTAINER ? swap_pages : swappiness > 0 ? Math.min(swap_max, swap_pages) : 0;
    return Math.max(1, Math.floor(limit_pages) + swap);
  }

  private killTask(task: number): void {
    const { spaces } = this.world;
    this.count(spaces.container[task], MEMORY_EVENT.oom_kill, task);
    if (spaces.alive[task] === 1) spaces.exit(task, true);
  }

  /** `mem_cgroup_get_oom_group()`: the highest container with memory.oom.group between the victim's and the target; −1 if none. */
  private groupOf(container: number, target: number): number {
    const { tree } = this.world;
    let group = -1;
    for (let at = container; ; at = tree.parents[at]) {
      if (tree.oom_group[at] === 1) group = at;
      if (at === target || tree.parents[at] === -1) return group;
    }
  }

  /** Kills every task of the group that may be killed (`oom_kill_memcg_member()`). The victim is met again on the way and counted twice, as in the kernel. */
  private killGroup(group: number, victim: number): void {
    const { spaces } = this.world;
    this.count(group, MEMORY_EVENT.oom_group_kill, victim);
    for (const task of this.tasksOf(group)) {
      const alive = spaces.alive[task] === 1 || task === victim;
      if (alive && this.adjustmentOf(task) !== OOM_SCORE_ADJ_MIN) this.killTask(task);
    }
  }

  private count(container: number, which: number, task: number): void {
    this.world.tree.count_event(container, COUNTER.low + which);
    this.world.log.emit(KIND.memory_event, which, task, container, NO_PAGE, 0, 0);
  }
}
