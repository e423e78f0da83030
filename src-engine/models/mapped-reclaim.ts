import { NO_PAGE, ROOT_CONTAINER } from '../base/ids.ts';
import { FRAME } from '../machine/pages/frame-flags.ts';
import type { MemoryObject } from '../machine/pages/objects.ts';
import { DEF_PRIORITY, SWAP_CLUSTER_MAX } from '../machine/reclaim/scan-count.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND, LRU, OBJECT_CLASS, RECLAIM_REASON } from '../record/events.ts';

const SCAN_ORDER = [LRU.inactive_file, LRU.inactive_anon, LRU.active_file, LRU.active_anon] as const;

/** How a model charges pages: what reclaim on behalf of a container must know of it. */
export interface Account {
  /** Charge units of one page. */
  readonly units_per_page: number;
  /** Whether unmapping a page from the target (or freeing it) takes charge off the target. */
  isChargedTo(object: MemoryObject, page: number, target: number): boolean;
  /** Whether the page is paid for whole by one container whoever maps it, so that only freeing it helps. */
  isWhole(object: MemoryObject): boolean;
}

/**
 * Reclaim for models without lists per container ("the existing page reclaim algorithm can be used, with a modification to preferentially look for pages mapped by the
 * container over its limit", SoftwareZones page): walks the lists from their tails at falling priority, passes over pages that the container does not
 * map, and unmaps the others from it; a page that nobody else maps is then freed. Recently used mappings are spared once, as in the machine's own reclaim.
 * `lruvecs`: whose lists are walked, the machine's if not given. Returns pages' worth of charge taken off the container.
 */
export function reclaimMapped(
  world: World,
  target: number,
  page_count: number,
  reason: number,
  task: number,
  account: Account,
  lruvecs: readonly number[] = [ROOT_CONTAINER],
): number {
  const { log, tree } = world;
  const wanted = Math.max(page_count, SWAP_CLUSTER_MAX);
  log.emit(KIND.reclaim_begin, reason, task, target, NO_PAGE, wanted, 0);
  const before = tree.usage[target];
  const goal = before - wanted * account.units_per_page;
  for (let priority = DEF_PRIORITY; priority >= 0 && tree.usage[target] > goal; priority--) {
    for (const [lruvec, list] of lruvecs.flatMap((at) => SCAN_ORDER.map((of) => [at, of] as const))) {
      if (tree.usage[target] <= goal) break;
      const usage = tree.usage[target];
      const scanned = scanList(world, target, lruvec, list, priority, goal, task, account);
      // Pages that are passed over count as looked at: that is how hard it is to find the container's own.
      const taken = Math.max(0, Math.floor((usage - tree.usage[target]) / account.units_per_page));
      if (reason === RECLAIM_REASON.proactive) continue;
      world.vmpressure.shrank(target, scanned, taken);
      world.vmpressure.walked(target, scanned, taken, task);
    }
    for (let at = target; at !== -1; at = tree.next(at, target)) world.kernel.shrink(at, priority, task, false);
  }
  const reclaimed = Math.floor((before - tree.usage[target]) / account.units_per_page);
  log.emit(KIND.reclaim_end, 0, task, target, NO_PAGE, reclaimed, 0);
  return reclaimed;
}

/** Scans one list on behalf of the target. Returns pages looked at. */
function scanList(world: World, target: number, lruvec: number, list: number, priority: number, goal: number, task: number, account: Account): number {
  const { machine, tree, log } = world;
  const scan = Math.floor(machine.lru.pages(lruvec, list) / 2 ** priority);
  let scanned = 0;
  let evicted = 0;
  let frame = machine.lru.tail(lruvec, list);
  while (scanned < scan && frame !== -1 && tree.usage[target] > goal) {
    const next = machine.lru.towardsHead(frame);
    scanned++;
    log.now_ns += machine.spec.costs.page_scan_ns;
    if (takeFrom(world, target, lruvec, frame, account)) evicted++;
    frame = next;
  }
  if (scanned === 0) return 0;
  tree.count_up(target, COUNTER.pgscan, scanned);
  tree.count_up(target, COUNTER.pgsteal, evicted);
  log.emit(KIND.shrink_inactive, list | (priority << 2), task, target, NO_PAGE, scanned, evicted);
  return scanned;
}

/** Takes one page off the target. True if that freed it. */
function takeFrom(world: World, target: number, lruvec: number, frame: number, account: Account): boolean {
  const { machine, spaces } = world;
  const page = machine.lru.pageOf(frame);
  if (page === machine.locked_page) return false;
  const object = machine.objectOfFrame(frame);
  if (!account.isChargedTo(object, page, target)) return false;
  const is_whole = account.isWhole(object);
  const pinned = (machine.frame_flags[frame] & FRAME.pinned) !== 0;
  const can_go = !pinned && (object.kind === OBJECT_CLASS.file || machine.canSwapOut(object, lruvec));
  if (!can_go && (is_whole || object.kind === OBJECT_CLASS.anon)) return false;
  if (spaces.referencedCount(object, page, target) > 0) {
    machine.frame_flags[frame] |= FRAME.referenced;
    return false;
  }
  spaces.unmapEverywhere(object, page, is_whole ? ROOT_CONTAINER : target);
  if (machine.lru.mapcountOf(frame) > 0 || !can_go) return false;
  machine.evict(frame, lruvec);
  return true;
}
