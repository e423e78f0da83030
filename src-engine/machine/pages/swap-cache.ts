import { NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../../base/ids.ts';
import type { ContainerTree } from '../../containers/tree.ts';
import { COUNTER } from '../../record/counters.ts';
import type { EventLog } from '../../record/event-log.ts';
import { KIND } from '../../record/events.ts';

/**
 * `mem_cgroup_swap_full()` (mm/memcontrol.c, 6.12): whether swap space is better given back as soon as a page is in memory again. It is where half of all slots are taken
 * (`vm_swap_full()`), or the container or one above it has half of what its swap.high or swap.max allows.
 */
export function swapFull(tree: ContainerTree, container: number, free_slot_count: number, slot_count: number): boolean {
  if (free_slot_count * 2 < slot_count) return true;
  for (let at = container; at !== ROOT_CONTAINER; at = tree.parents[at]) {
    const twice = tree.swap_usage[at] * 2;
    if (twice >= tree.swap_high[at] || twice >= tree.swap_max[at]) return true;
  }
  return false;
}

/**
 * Pages in memory whose swap slot still holds them: the swap cache, where swap is on a disk (devices as zram, SWP_SYNCHRONOUS_IO, are read past it). A page that a load brings back keeps
 * its slot until swap is half full; as long as nobody writes to it reclaim takes it again without writing. A store gives the slot back at once (`should_try_to_free_swap()` of
 * mm/memory.c, 6.12), and so does tmpfs (`shmem_swapin_folio()`).
 */
export class SwapCache {
  private readonly tree: ContainerTree;
  private readonly log: EventLog;
  private readonly pages = new Set<number>();

  constructor(tree: ContainerTree, log: EventLog) {
    this.tree = tree;
    this.log = log;
  }

  get page_count(): number {
    return this.pages.size;
  }

  holds(page: number): boolean {
    return this.pages.has(page);
  }

  /** The page has come back to the lists of a lruvec and keeps its slot. */
  enter(page: number, lruvec: number): void {
    this.pages.add(page);
    this.count(lruvec, 1);
  }

  /** The page leaves memory, or its slot is to be given back. */
  leave(page: number, lruvec: number): void {
    if (this.pages.delete(page)) this.count(lruvec, -1);
  }

  /** The page is charged to another container now. */
  moved(page: number, from: number, to: number): void {
    if (!this.pages.has(page)) return;
    this.count(from, -1);
    this.count(to, 1);
  }

  private count(lruvec: number, change: number): void {
    this.tree.count_up(lruvec, COUNTER.swapcached, change);
    this.log.emit(KIND.account, COUNTER.swapcached, NO_TASK, lruvec, NO_PAGE, change, 0);
  }
}
