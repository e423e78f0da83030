import { NO_PAGE, ROOT_CONTAINER } from '../../base/ids.ts';
import type { Protection } from '../../containers/protection.ts';
import { COUNTER } from '../../record/counters.ts';
import { KIND, LRU, MEMORY_EVENT, OBJECT_CLASS, RECLAIM_REASON } from '../../record/events.ts';
import type { Machine } from '../machine.ts';
import { FRAME } from '../pages/frame-flags.ts';
import type { MemoryObject } from '../pages/objects.ts';
import type { Vmpressure } from '../pressure/vmpressure.ts';
import type { AddressSpaces } from '../spaces/address-spaces.ts';
import { DEF_PRIORITY, inactiveIsLow, type ScanBalance, SWAP_CLUSTER_MAX, scanBalance, scanFractions, scanTarget } from './scan-count.ts';
import { softLimitReclaim } from './soft-limit.ts';

const ANON = 0;
const FILE = 1;
const kindOf = (list: number): number => list >> 1;
const isActiveList = (list: number): boolean => (list & 1) === 1;

/** `struct scan_control`: one reclaim pass. */
export interface ScanControl {
  readonly target: number;
  readonly wanted: number;
  readonly task: number;
  readonly swappiness: number;
  readonly cgroup_reclaim: boolean;
  /** Asked for by user space, which knows how hard it is: not told to vmpressure. */
  readonly proactive: boolean;
  /** Only the target's own lists, not its subtree's: a software zone's memory serves nobody else. */
  readonly self_only: boolean;
  priority: number;
  scanned: number;
  reclaimed: number;
  may_deactivate: number;
  force_deactivate: boolean;
  skipped_deactivate: boolean;
  cache_trim_mode: boolean;
  full_walk: boolean;
  /** Slab pages that shrinkers have freed since last counted (`reclaim_state`). */
  slab_freed: number;
  low_skipped: boolean;
  low_reclaim: boolean;
  anon_cost: number;
  file_cost: number;
}

function createScanControl(target: number, wanted: number, reason: number, task: number, swappiness: number, self_only: boolean): ScanControl {
  return {
    target,
    wanted,
    task,
    swappiness,
    cgroup_reclaim: reason !== RECLAIM_REASON.global,
    proactive: reason === RECLAIM_REASON.proactive,
    self_only,
    priority: DEF_PRIORITY,
    scanned: 0,
    reclaimed: 0,
    may_deactivate: 0,
    force_deactivate: false,
    skipped_deactivate: false,
    cache_trim_mode: false,
    full_walk: false,
    slab_freed: 0,
    low_skipped: false,
    low_reclaim: false,
    anon_cost: 0,
    file_cost: 0,
  };
}

/** What reclaim asks of kernel memory (kernel-memory.ts). */
export interface Shrinkers {
  /** `shrink_slab()` for a container; `whole`: on behalf of the machine as a whole. Returns frames freed. */
  shrink(container: number, priority: number, task: number, whole: boolean): number;
}

/** What became of a page that reclaim looked at. */
export const VERDICT = { evicted: 0, activate: 1, keep: 2 } as const;

/**
 * Reclaim with the classic two-list LRU: `do_try_to_free_pages()` and what it calls, mm/vmscan.c (6.12). Dirty file pages are written at once and then taken:
 * the flusher is synchronous here.
 */
export class Reclaim {
  protected readonly machine: Machine;
  protected readonly spaces: AddressSpaces;
  protected readonly protection: Protection;
  private readonly vmpressure: Vmpressure;
  /** Shrinkers of slab caches, called for each container after its lists; the world sets them. */
  shrinkers: Shrinkers | null = null;
  /** Where the shared iterator of partial walks stands, by target; −1: at the start. */
  private readonly positions = new Map<number, number>();
  /** Workingset activations seen at the end of the last pass, by target: [anon, file]. */
  private readonly snapshots = new Map<number, readonly [number, number]>();
  private readonly counts = new Float64Array(4);
  private readonly targets = new Float64Array(4);

  constructor(machine: Machine, spaces: AddressSpaces, protection: Protection, vmpressure: Vmpressure) {
    this.machine = machine;
    this.spaces = spaces;
    this.protection = protection;
    this.vmpressure = vmpressure;
  }

  /** `try_to_free_mem_cgroup_pages()`: frees at least max(`page_count`, 32) pages from the subtree of `target` (`self_only`: from its own lists) if it can. Returns pages freed. */
  tryToFree(target: number, page_count: number, reason: number, task: number, swappiness: number = this.machine.spec.swappiness, self_only = false): number {
    const { log } = this.machine;
    const sc = createScanControl(target, Math.max(page_count, SWAP_CLUSTER_MAX), reason, task, swappiness, self_only);
    sc.full_walk = this.machine.rules.full_walks;
    // What a charge or an allocation waits for is a stall; requests of user space (memory.reclaim, a lowered limit) are not.
    const pressure = reason === RECLAIM_REASON.global || reason === RECLAIM_REASON.max || reason === RECLAIM_REASON.high ? this.machine.pressure : null;
    pressure?.enter(task);
    log.emit(KIND.reclaim_begin, reason, task, target, NO_PAGE, sc.wanted, 0);
    this.descend(sc);
    while (sc.reclaimed === 0) {
      if (!sc.full_walk) sc.full_walk = true;
      else if (sc.skipped_deactivate) {
        sc.force_deactivate = true;
        sc.skipped_deactivate = false;
      } else if (sc.low_skipped) {
        sc.force_deactivate = false;
        sc.low_reclaim = true;
        sc.low_skipped = false;
      } else break;
      this.descend(sc);
    }
    log.emit(KIND.reclaim_end, 0, task, target, NO_PAGE, sc.reclaimed, 0);
    pressure?.leave(task);
    return sc.reclaimed;
  }

  private descend(sc: ScanControl): void {
    for (sc.priority = DEF_PRIORITY; sc.priority >= 0; sc.priority--) {
      if (!sc.proactive) this.vmpressure.descended(sc.target, sc.priority, sc.task);
      if (!sc.cgroup_reclaim && this.machine.tree.has_soft_limit) this.reclaimOverSoftLimits(sc);
      const { scanned, reclaimed } = sc;
      this.shrinkNode(sc);
      if (!sc.proactive && this.tellsTreePressure(sc)) this.vmpressure.walked(sc.target, sc.scanned - scanned, sc.reclaimed - reclaimed, sc.task);
      if (sc.reclaimed >= sc.wanted) break;
    }
    const { workingset_activate_anon, workingset_activate_file } = COUNTER;
    const { tree } = this.machine;
    this.snapshots.set(sc.target, [tree.subtree(sc.target, workingset_activate_anon), tree.subtree(sc.target, workingset_activate_file)]);
  }

  /** Whether `shrink_node()` tells vmpressure of the walk as a whole. */
  protected tellsTreePressure(_sc: ScanControl): boolean {
    return true;
  }

  /** `shrink_zones()` where the whole machine is reclaimed: who is over a soft limit comes first, at each priority. */
  protected reclaimOverSoftLimits(sc: ScanControl): void {
    const freed = softLimitReclaim(this.machine.tree, {
      first: (root) => this.nextOfPartialWalk(root),
      next: (root, after) => {
        const container = this.machine.tree.next(after, root);
        this.positions.set(root, container);
        return container;
      },
      shrink: (container) => this.shrinkAlone(container, sc),
    });
    sc.reclaimed += freed;
  }

  /** `mem_cgroup_shrink_node()`: the lists of one container at priority 0, without protection, balance by cost and deactivation, until 32 pages are free. */
  private shrinkAlone(container: number, { task }: ScanControl): number {
    const { log, spec } = this.machine;
    const sc = createScanControl(container, SWAP_CLUSTER_MAX, RECLAIM_REASON.soft_limit, task, spec.swappiness, true);
    sc.priority = 0;
    log.emit(KIND.reclaim_begin, RECLAIM_REASON.soft_limit, task, container, NO_PAGE, sc.wanted, 0);
    this.shrinkLruvec(container, sc);
    log.emit(KIND.reclaim_end, 0, task, container, NO_PAGE, sc.reclaimed, 0);
    return sc.reclaimed;
  }

  /** `shrink_node()`: one walk over the containers of the target at one priority. */
  private shrinkNode(sc: ScanControl): void {
    const { machine } = this;
    this.prepareScanControl(sc);
    if (sc.self_only || !machine.policy.lists_per_container) {
      this.shrinkContainer(sc.target, sc);
      this.shrinkSlabOf(sc);
    } else this.shrinkContainers(sc);
    // `flush_reclaim_state()`: slab pages count in reclaim of the whole machine only, for their objects may be anybody's. A zone's reclaim is one of those.
    if (sc.target === ROOT_CONTAINER || sc.self_only || machine.rules.slab_counts) sc.reclaimed += sc.slab_freed;
    sc.slab_freed = 0;
  }

  /** Shrinkers where lists are the machine's: of the whole subtree. A zone's reclaim asks the root's as well: what is on nobody's account may lie in the zone. */
  private shrinkSlabOf(sc: ScanControl): void {
    const { tree } = this.machine;
    if (sc.self_only) {
      this.shrinkSlab(sc.target, sc);
      if (sc.target !== ROOT_CONTAINER) this.shrinkSlab(ROOT_CONTAINER, sc);
      return;
    }
    for (let container: number = sc.target; container !== -1; container = tree.next(container, sc.target)) this.shrinkSlab(container, sc);
  }

  protected shrinkSlab(container: number, sc: ScanControl): void {
    if (this.shrinkers === null) return;
    sc.slab_freed += this.shrinkers.shrink(container, sc.priority, sc.task, sc.target === ROOT_CONTAINER || sc.self_only);
  }

  /** `shrink_node_memcgs()`. */
  protected shrinkContainers(sc: ScanControl): void {
    const { machine, protection } = this;
    const { tree } = machine;
    const partial = !sc.full_walk;
    let container = partial ? this.nextOfPartialWalk(sc.target) : sc.target;
    while (container !== -1) {
      protection.calculate(container, sc.target);
      if (this.mayShrink(container, sc)) {
        this.shrinkContainer(container, sc);
        this.shrinkSlab(container, sc);
        if (partial && sc.reclaimed >= sc.wanted) return;
      }
      container = tree.next(container, sc.target);
      if (partial) this.positions.set(sc.target, container === -1 ? -1 : container);
    }
  }

  /** Where a partial walk goes on: after the last container that any walk of this target visited. */
  private nextOfPartialWalk(target: number): number {
    const last = this.positions.get(target) ?? -1;
    // A container that is gone for good takes the position with it (`invalidate_reclaim_iterators()`).
    const position = last === -1 || this.machine.tree.exists[last] === 1 || this.machine.dying.has(last) ? last : -1;
    const at = position === -1 ? target : this.machine.tree.next(position, target);
    const container = at === -1 ? target : at;
    this.positions.set(target, container);
    return container;
  }

  /** The protection gates of `shrink_node_memcgs()`. */
  private mayShrink(container: number, sc: ScanControl): boolean {
    if (container === ROOT_CONTAINER || (container === sc.target && !this.machine.rules.stale_protection)) return true;
    const usage = this.machine.tree.usage[container];
    if (this.protection.emin[container] >= usage) return false;
    if (this.protection.elow[container] < usage) return true;
    if (!sc.low_reclaim) {
      sc.low_skipped = true;
      return false;
    }
    this.memoryEvent(container, MEMORY_EVENT.low, sc.task);
    return true;
  }

  /** Counts an event of memory.events. */
  memoryEvent(container: number, which: number, task: number): void {
    this.machine.tree.count_event(container, COUNTER.low + which);
    this.machine.log.emit(KIND.memory_event, which, task, container, NO_PAGE, 0, 0);
  }

  protected prepareScanControl(sc: ScanControl): void {
    const { workingset, tree } = this.machine;
    sc.anon_cost = workingset.anon_cost[sc.target];
    sc.file_cost = workingset.file_cost[sc.target];
    if (sc.force_deactivate) sc.may_deactivate = 3;
    else {
      const [seen_anon, seen_file] = this.snapshots.get(sc.target) ?? [0, 0];
      const anon = tree.subtree(sc.target, COUNTER.workingset_activate_anon) !== seen_anon || this.isLow(sc.target, ANON);
      const file = tree.subtree(sc.target, COUNTER.workingset_activate_file) !== seen_file || this.isLow(sc.target, FILE);
      sc.may_deactivate = (anon ? 1 << ANON : 0) | (file ? 1 << FILE : 0);
    }
    const inactive_file = workingset.subtreePages(sc.target, LRU.inactive_file);
    sc.cache_trim_mode = Math.floor(inactive_file / 2 ** sc.priority) > 0 && (sc.may_deactivate & (1 << FILE)) === 0;
  }

  /** `inactive_is_low()` for one kind of page, over the subtree. */
  private isLow(lruvec: number, kind: number): boolean {
    const { workingset } = this.machine;
    const inactive = kind === FILE ? LRU.inactive_file : LRU.inactive_anon;
    return inactiveIsLow(workingset.subtreePages(lruvec, inactive), workingset.subtreePages(lruvec, inactive + 1));
  }

  /** `get_scan_count()`: fills `targets` and `counts`. */
  private getScanCount(lruvec: number, sc: ScanControl): void {
    const { machine, protection } = this;
    const { tree } = machine;
    const can_swap = machine.canSwap(lruvec);
    const balance: ScanBalance = scanBalance({ ...sc, can_swap, file_is_tiny: false });
    const { ap, fp } = scanFractions(sc.swappiness, sc.anon_cost, sc.file_cost);
    const online = tree.exists[lruvec] === 1;
    const is_protected = lruvec !== sc.target && lruvec !== ROOT_CONTAINER;
    const min = is_protected ? protection.emin[lruvec] : 0;
    const low = is_protected ? protection.elow[lruvec] : 0;
    let protection_pages = min;
    if (!sc.low_reclaim && low > min) {
      protection_pages = low;
      sc.low_skipped = true;
    }
    for (let list = 0; list < 4; list++) {
      let scan = scanTarget({
        list_pages: machine.lru.pages(lruvec, list),
        usage_pages: tree.usage[lruvec],
        protection_pages,
        protected: min > 0 || low > 0,
        priority: sc.priority,
        online,
      });
      const file = kindOf(list) === FILE;
      if (balance === 'fract') {
        const share = (scan * (file ? fp : ap)) / (ap + fp);
        scan = online ? Math.floor(share) : Math.ceil(share);
      } else if ((balance === 'file' && !file) || (balance === 'anon' && file)) scan = 0;
      this.targets[list] = scan;
      this.counts[list] = scan;
    }
  }

  /** The lists of one container, and what that says of its own pressure. */
  protected shrinkContainer(container: number, sc: ScanControl): void {
    const { scanned, reclaimed } = sc;
    this.shrinkLruvec(container, sc);
    if (!sc.proactive) this.vmpressure.shrank(container, sc.scanned - scanned, sc.reclaimed - reclaimed);
  }

  /** `shrink_lruvec()`: scans the lists in turn in slices of 32, and once the goal is reached finishes the larger kind in proportion. */
  protected shrinkLruvec(lruvec: number, sc: ScanControl): void {
    const { counts, targets } = this;
    this.getScanCount(lruvec, sc);
    const proportional = !sc.cgroup_reclaim && sc.priority === DEF_PRIORITY;
    let reclaimed = 0;
    while (counts[LRU.inactive_anon] > 0 || counts[LRU.active_file] > 0 || counts[LRU.inactive_file] > 0) {
      for (let list = 0; list < 4; list++) {
        if (counts[list] === 0) continue;
        const scan = Math.min(counts[list], SWAP_CLUSTER_MAX);
        counts[list] -= scan;
        reclaimed += this.shrinkList(lruvec, list, scan, sc);
      }
      if (reclaimed < sc.wanted || proportional) continue;
      const file = counts[LRU.inactive_file] + counts[LRU.active_file];
      const anon = counts[LRU.inactive_anon] + counts[LRU.active_anon];
      if (file === 0 || anon === 0) break;
      this.stopSmaller(file > anon ? ANON : FILE, Math.min(file, anon), targets);
    }
    sc.reclaimed += reclaimed;
    if (this.machine.spec.swap_pages > 0 && this.isLow(lruvec, ANON)) this.shrinkActive(lruvec, LRU.active_anon, SWAP_CLUSTER_MAX, sc);
  }

  /** Stops scanning the kind with less left to do; the other goes on to the same share of its target. */
  private stopSmaller(smaller: number, left: number, targets: Float64Array): void {
    const { counts } = this;
    const inactive = smaller * 2;
    const percentage = Math.floor((left * 100) / (targets[inactive] + targets[inactive + 1] + 1));
    counts[inactive] = 0;
    counts[inactive + 1] = 0;
    const other = (1 - smaller) * 2;
    for (const list of [other, other + 1]) {
      const scanned = targets[list] - counts[list];
      const goal = Math.floor((targets[list] * (100 - percentage)) / 100);
      counts[list] = goal - Math.min(goal, scanned);
    }
  }

  private shrinkList(lruvec: number, list: number, scan: number, sc: ScanControl): number {
    if (!isActiveList(list)) return this.shrinkInactive(lruvec, list, scan, sc);
    if ((sc.may_deactivate & (1 << kindOf(list))) !== 0) this.shrinkActive(lruvec, list, scan, sc);
    else sc.skipped_deactivate = true;
    return 0;
  }

  /** `shrink_inactive_list()`. */
  private shrinkInactive(lruvec: number, list: number, scan: number, sc: ScanControl): number {
    const { machine } = this;
    const { lru, tree, log } = machine;
    const limit = Math.min(scan, lru.pages(lruvec, list));
    let scanned = 0;
    let reclaimed = 0;
    let written = 0;
    for (; scanned < limit; scanned++) {
      const frame = lru.tail(lruvec, list);
      log.now_ns += machine.spec.costs.page_scan_ns;
      const page = machine.lru.pageOf(frame);
      const dirty = (machine.frame_flags[frame] & FRAME.dirty) !== 0;
      const verdict = this.shrinkPage(page, frame, lruvec, sc);
      if (verdict === VERDICT.evicted) {
        reclaimed++;
        if (dirty) written++;
      } else if (verdict === VERDICT.activate) {
        machine.frame_flags[frame] |= FRAME.active;
        lru.move(frame, list + 1);
        machine.workingset.age(lruvec);
        tree.count_up(lruvec, COUNTER.pgactivate, 1);
        log.emitPage(KIND.activate, lruvec, page, 0);
        machine.freeSlotIfFull(page, lruvec);
      } else lru.move(frame, list);
    }
    if (scanned === 0) return 0;
    sc.scanned += scanned;
    tree.count_up(lruvec, COUNTER.pgscan, scanned);
    tree.count_up(lruvec, COUNTER.pgsteal, reclaimed);
    log.emit(KIND.shrink_inactive, list | (sc.priority << 2), sc.task, lruvec, NO_PAGE, scanned, reclaimed);
    machine.workingset.noteCost(lruvec, kindOf(list) === FILE, written, scanned - reclaimed);
    return reclaimed;
  }

  /** `shrink_folio_list()` for one page. */
  protected shrinkPage(page: number, frame: number, lruvec: number, sc: ScanControl): number {
    const { machine, spaces } = this;
    if (page === machine.locked_page) return VERDICT.keep;
    const object = machine.objects[machine.lru.objectOf(frame)];
    const mapped = machine.lru.mapcountOf(frame) > 0;
    const referenced_ptes = mapped ? this.referencedCount(object, page, sc.target) : 0;
    const was_referenced = (machine.frame_flags[frame] & FRAME.referenced) !== 0;
    machine.frame_flags[frame] &= ~FRAME.referenced;
    if (referenced_ptes > 0) {
      machine.frame_flags[frame] |= FRAME.referenced;
      return was_referenced || referenced_ptes > 1 ? VERDICT.activate : VERDICT.keep;
    }
    const pinned = (machine.frame_flags[frame] & FRAME.pinned) !== 0;
    if (pinned && object.kind === OBJECT_CLASS.anon) return VERDICT.keep;
    // Anonymous memory gets its slot while it is mapped (`add_to_swap()`), tmpfs when it is written, after it has been unmapped (`shmem_writepage()`).
    if (object.kind === OBJECT_CLASS.anon && !this.hasSlot(object, page, lruvec, sc.task)) return VERDICT.activate;
    if (mapped) spaces.unmapEverywhere(object, page, ROOT_CONTAINER);
    if (pinned) return VERDICT.activate;
    if (object.kind === OBJECT_CLASS.tmpfs && !this.hasSlot(object, page, lruvec, sc.task)) return VERDICT.activate;
    machine.evict(frame, sc.target);
    return VERDICT.evicted;
  }

  /** Whether the page has a slot of swap, or there is room for one; it is counted where there is none. */
  private hasSlot(object: MemoryObject, page: number, lruvec: number, task: number): boolean {
    if (this.machine.swap_cache?.holds(page) === true || this.machine.canSwapOut(object, lruvec)) return true;
    this.machine.swapRefused(object, lruvec, task);
    return false;
  }

  /** `folio_referenced()`. */
  protected referencedCount(object: MemoryObject, page: number, within: number): number {
    return this.spaces.referencedCount(object, page, within);
  }

  /** `shrink_active_list()`. No page here is executable, so all that is taken is deactivated; a use through a mapping is forgotten, as in the kernel. */
  private shrinkActive(lruvec: number, list: number, scan: number, sc: ScanControl): void {
    const { machine, spaces } = this;
    const { lru, tree, log } = machine;
    const taken = Math.min(scan, lru.pages(lruvec, list));
    if (taken === 0) return;
    for (let at = 0; at < taken; at++) {
      const frame = lru.tail(lruvec, list);
      const page = machine.lru.pageOf(frame);
      log.now_ns += machine.spec.costs.page_scan_ns;
      if (machine.lru.mapcountOf(frame) > 0) spaces.referencedCount(machine.objects[machine.lru.objectOf(frame)], page, sc.target);
      machine.frame_flags[frame] = (machine.frame_flags[frame] & ~FRAME.active) | FRAME.workingset;
      lru.move(frame, list - 1);
      log.emitPage(KIND.deactivate, lruvec, page, 0);
    }
    tree.count_up(lruvec, COUNTER.pgrefill, taken);
    tree.count_up(lruvec, COUNTER.pgdeactivate, taken);
    log.emit(KIND.shrink_active, list | (sc.priority << 2), sc.task, lruvec, NO_PAGE, taken, taken);
  }
}
