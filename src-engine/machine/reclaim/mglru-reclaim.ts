import { NO_PAGE, ROOT_CONTAINER } from '../../base/ids.ts';
import type { Protection } from '../../containers/protection.ts';
import { COUNTER } from '../../record/counters.ts';
import { KIND, LRU, MEMORY_EVENT } from '../../record/events.ts';
import type { Machine } from '../machine.ts';
import { FRAME } from '../pages/frame-flags.ts';
import type { MemoryObject } from '../pages/objects.ts';
import type { Vmpressure } from '../pressure/vmpressure.ts';
import type { AddressSpaces } from '../spaces/address-spaces.ts';
import type { Generations } from './mglru.ts';
import { referencedWithNeighbours, walkPageTables } from './mglru-aging.ts';
import { ANON, FILE, MIN_NR_GENS } from './mglru-lists.ts';
import { MemcgOrder, ROTATE, type Rotation } from './mglru-memcgs.ts';
import { MIN_LRU_BATCH, REFS_MAX, refsOf, tierOf } from './mglru-tiers.ts';
import { Reclaim, type ScanControl, VERDICT } from './reclaim.ts';
import { DEF_PRIORITY } from './scan-count.ts';

/** Pages that one look at the oldest generation may take at most, sorted ones included (`MAX_LRU_BATCH`). */
const MAX_LRU_BATCH = MIN_LRU_BATCH * 64;
const MAX_SWAPPINESS = 200;
/** `compact_gap(0)`. */
const COMPACT_GAP = 2;
/** Answers of `get_nr_to_scan()` besides a number of pages. */
const MOVE_ON = -1;

/** What a look at a generation found (`scan_folios()`). */
interface Scan {
  readonly type: number;
  /** Pages looked at; 0: nothing could be taken from this type. */
  readonly scanned: number;
}

/** Reclaim by generations: what the multi-generational LRU has in place of `shrink_lruvec()`, and of the walk over containers where the whole machine is reclaimed (mm/vmscan.c, 6.12). */
export class GenerationReclaim extends Reclaim {
  private readonly generations: Generations;
  private readonly order = new MemcgOrder();
  private known_count = 0;
  /** Frames that are being looked at. */
  private readonly isolated = new Int32Array(MIN_LRU_BATCH);
  private isolated_count = 0;
  /** Whether the lruvec shrunk last had too little that is cold and was aged. */
  private ran_out = false;

  constructor(machine: Machine, spaces: AddressSpaces, protection: Protection, vmpressure: Vmpressure, generations: Generations) {
    super(machine, spaces, protection, vmpressure);
    this.generations = generations;
  }

  /** Balance by cost and deactivation are the classic design's. */
  protected override prepareScanControl(): void {}

  /** Reclaim of the whole machine leaves `shrink_node()` before that. */
  protected override tellsTreePressure(sc: ScanControl): boolean {
    return sc.target !== ROOT_CONTAINER;
  }

  /** Generations take soft limits into account by the order in which containers are visited (`lru_gen_soft_reclaim()`), which is not built here. */
  protected override reclaimOverSoftLimits(): void {}

  /** `lru_gen_shrink_lruvec()`. */
  protected override shrinkLruvec(lruvec: number, sc: ScanControl): void {
    this.ran_out = this.tryToShrink(lruvec, sc);
    if (!this.ran_out || sc.target === ROOT_CONTAINER) return;
    this.meetContainers();
    this.order.rotate(lruvec, ROTATE.young);
  }

  protected override shrinkContainers(sc: ScanControl): void {
    if (sc.target === ROOT_CONTAINER) this.shrinkMany(sc);
    else super.shrinkContainers(sc);
  }

  /** `lru_gen_shrink_node()` and `shrink_many()`: each container of the old generation, until enough is freed. */
  private shrinkMany(sc: ScanControl): void {
    const { tree } = this.machine;
    this.setInitialPriority(sc);
    this.meetContainers();
    for (let container: number = ROOT_CONTAINER; container !== -1; container = tree.next(container, ROOT_CONTAINER))
      this.protection.calculate(container, ROOT_CONTAINER);
    const { order } = this;
    const queue = order.old;
    for (let at = 0; at < queue.length; ) {
      const container = queue[at] ?? ROOT_CONTAINER;
      const rotation = this.shrinkOne(container, sc);
      if (rotation === ROTATE.stay) at++;
      else order.rotate(container, rotation);
      if (sc.reclaimed >= Math.max(sc.wanted, COMPACT_GAP)) return;
    }
  }

  /** `shrink_one()`: what becomes of the container's turn. */
  private shrinkOne(container: number, sc: ScanControl): Rotation {
    const { tree } = this.machine;
    const { order } = this;
    if (container !== ROOT_CONTAINER) {
      const usage = tree.usage[container];
      if (this.protection.emin[container] >= usage) return ROTATE.young;
      if (this.protection.elow[container] >= usage) {
        if (!order.hadSecondTurn(container)) return ROTATE.tail;
        this.memoryEvent(container, MEMORY_EVENT.low, sc.task);
      }
    }
    this.shrinkContainer(container, sc);
    this.shrinkSlab(container, sc);
    sc.reclaimed += sc.slab_freed;
    sc.slab_freed = 0;
    const online = tree.exists[container] === 1;
    if (this.ran_out && online) return ROTATE.young;
    if (!this.ran_out && this.isSizable(container, sc)) return ROTATE.stay;
    return order.hadSecondTurn(container) ? ROTATE.young : ROTATE.tail;
  }

  /** Containers that have come or gone since the last look. The kernel is told at once; nobody asks in between. */
  private meetContainers(): void {
    const { tree, lru } = this.machine;
    for (; this.known_count < tree.count; this.known_count++) this.order.online(this.known_count);
    for (const container of this.order.all()) {
      if (tree.exists[container] === 1) continue;
      if (lru.allPages(container) === 0) this.order.release(container);
      else this.order.offline(container);
    }
  }

  /** `set_initial_priority()`: of a large goal, where the share that is cold is known. */
  private setInitialPriority(sc: ScanControl): void {
    if (sc.priority !== DEF_PRIORITY || sc.wanted < MIN_LRU_BATCH) return;
    const { workingset, spec } = this.machine;
    const reclaimable =
      workingset.subtreePages(ROOT_CONTAINER, LRU.inactive_file) + (spec.swap_pages > 0 ? workingset.subtreePages(ROOT_CONTAINER, LRU.inactive_anon) : 0);
    const fls = (value: number): number => 32 - Math.clz32(value);
    sc.priority = Math.min(Math.max(fls(reclaimable) - 1 - fls(sc.wanted - 1), DEF_PRIORITY / 2), DEF_PRIORITY);
  }

  /** `lruvec_is_sizable()`. */
  private isSizable(lruvec: number, sc: ScanControl): boolean {
    const pages = this.pagesOf(lruvec, this.swappinessOf(lruvec, sc) > 0);
    return this.machine.tree.exists[lruvec] === 1 ? Math.floor(pages / 2 ** sc.priority) > 0 : pages > 0;
  }

  private pagesOf(lruvec: number, can_swap: boolean): number {
    const { lists } = this.generations;
    let pages = 0;
    for (let type = can_swap ? ANON : FILE; type <= FILE; type++)
      for (let seq = lists.minSeq(lruvec, type); seq <= lists.maxSeq(lruvec); seq++) pages += lists.generationPages(lruvec, type, seq);
    return pages;
  }

  /** `get_swappiness()`: none where swap has no room for a batch. */
  private swappinessOf(lruvec: number, sc: ScanControl): number {
    const { tree, swap_free_count } = this.machine;
    return Math.min(swap_free_count, tree.swapRoom(lruvec, swap_free_count)) < MIN_LRU_BATCH ? 0 : sc.swappiness;
  }

  /** `try_to_shrink_lruvec()`. Whether the lruvec is to lose its turn. */
  private tryToShrink(lruvec: number, sc: ScanControl): boolean {
    const swappiness = this.swappinessOf(lruvec, sc);
    let scanned = 0;
    for (;;) {
      const wanted = this.pagesToScan(lruvec, sc, swappiness > 0);
      if (wanted <= 0) return wanted === MOVE_ON;
      const delta = this.evictPages(lruvec, sc, swappiness);
      if (delta === 0) return false;
      scanned += delta;
      if (scanned >= wanted) return false;
      if (sc.target === ROOT_CONTAINER && sc.reclaimed >= Math.max(sc.wanted, COMPACT_GAP)) return false;
    }
  }

  /** `get_nr_to_scan()`: pages to look at; 0: none now; MOVE_ON: protected, or aged just now. */
  private pagesToScan(lruvec: number, sc: ScanControl, can_swap: boolean): number {
    const { tree } = this.machine;
    if (lruvec !== sc.target && lruvec !== ROOT_CONTAINER && this.protection.emin[lruvec] >= tree.usage[lruvec]) return MOVE_ON;
    const { lists } = this.generations;
    const out_of_cold = lists.minSeq(lruvec, can_swap ? ANON : FILE) + MIN_NR_GENS > lists.maxSeq(lruvec);
    const total = out_of_cold ? 0 : this.pagesOf(lruvec, can_swap);
    if (total > 0 && tree.exists[lruvec] === 0) return total;
    const ages = out_of_cold || this.shouldAge(lruvec, can_swap, total);
    if (!ages || sc.priority === DEF_PRIORITY) return Math.floor(total / 2 ** sc.priority);
    const promoted = walkPageTables(this.machine, this.spaces, this.generations, lruvec, can_swap);
    this.generations.beginGeneration(lruvec, can_swap, promoted, sc.task);
    return MOVE_ON;
  }

  /** `should_run_aging()`: generations are to hold about a third of the pages each, and there are to be three of them. */
  private shouldAge(lruvec: number, can_swap: boolean, total: number): boolean {
    const { lists } = this.generations;
    const max_seq = lists.maxSeq(lruvec);
    if (lists.minSeq(lruvec, can_swap ? ANON : FILE) + MIN_NR_GENS < max_seq) return false;
    let young = 0;
    let old = 0;
    for (let type = can_swap ? ANON : FILE; type <= FILE; type++) {
      young += lists.generationPages(lruvec, type, max_seq);
      if (lists.minSeq(lruvec, type) <= max_seq - MIN_NR_GENS) old += lists.generationPages(lruvec, type, max_seq - MIN_NR_GENS);
    }
    return young * MIN_NR_GENS > total || old * (MIN_NR_GENS + 2) < total;
  }

  /** `evict_folios()`: one batch. Returns pages looked at, sorted ones included; 0: there is nothing more to take. */
  private evictPages(lruvec: number, sc: ScanControl, swappiness: number): number {
    const { lists } = this.generations;
    const { type, scanned: looked_at } = this.isolatePages(lruvec, sc, swappiness);
    const taken = this.isolated_count;
    let scanned = looked_at + (this.generations.dropEmpty(lruvec, swappiness > 0, type, taken) ? 1 : 0);
    if (lists.generationCount(lruvec, swappiness > 0 ? ANON : FILE) === MIN_NR_GENS) scanned = 0;
    if (taken > 0) this.shrinkIsolated(lruvec, type, sc);
    return scanned;
  }

  /** `isolate_folios()`: which type, and how high its tiers may be; the other type where this one gives nothing. */
  private isolatePages(lruvec: number, sc: ScanControl, swappiness: number): Scan {
    const { lists, tiers } = this.generations;
    let type: number = FILE;
    let tier = -1;
    if (swappiness === 0 || swappiness === 1) type = FILE;
    if (swappiness > 0) {
      if (lists.minSeq(lruvec, ANON) < lists.minSeq(lruvec, FILE)) type = ANON;
      else if (swappiness === MAX_SWAPPINESS) type = ANON;
      else if (swappiness > 1) ({ type, tier } = tiers.typeToScan(lruvec, swappiness));
    }
    for (let tries = swappiness === 0 ? 1 : 2; ; tries--) {
      if (tier < 0) tier = tiers.lastTier(lruvec, type);
      const scanned = this.scanOldest(lruvec, type, tier, sc);
      if (scanned > 0 || tries === 1) return { type, scanned };
      type = type === ANON ? FILE : ANON;
      tier = -1;
    }
  }

  /** `scan_folios()`: takes up to 64 pages from the oldest generation; pages of higher tiers go to the next one instead (`sort_folio()`). */
  private scanOldest(lruvec: number, type: number, last_tier: number, sc: ScanControl): number {
    const { machine, generations } = this;
    const { lists } = generations;
    this.isolated_count = 0;
    if (lists.generationCount(lruvec, type) === MIN_NR_GENS) return 0;
    const { frame_flags, log, spec } = machine;
    const min_seq = lists.minSeq(lruvec, type);
    let scanned = 0;
    let sorted = 0;
    let frame = lists.generationTail(lruvec, type, min_seq);
    while (frame !== -1 && scanned < MAX_LRU_BATCH && this.isolated_count < MIN_LRU_BATCH) {
      const next = lists.towardsGenerationHead(frame);
      scanned++;
      log.now_ns += spec.costs.page_scan_ns;
      const refs = refsOf(frame_flags[frame]);
      const tier = tierOf(refs);
      if (tier > last_tier || refs === REFS_MAX) {
        generations.tiers.protect(lruvec, type, tier);
        generations.moveTo(frame, min_seq + 1, true);
        sorted++;
      } else this.isolate(frame);
      frame = next;
    }
    machine.tree.count_up(lruvec, COUNTER.pgrefill, sorted);
    if (sorted > 0) log.emit(KIND.generation_sort, type << 1, sc.task, lruvec, NO_PAGE, sorted, min_seq + 1);
    return this.isolated_count > 0 || scanned === MAX_LRU_BATCH ? scanned : 0;
  }

  /** `isolate_folio()`: the page keeps its place until it is known what becomes of it; uses that were only seen once are forgotten. */
  private isolate(frame: number): void {
    const { frame_flags } = this.machine;
    const flags = frame_flags[frame];
    const uses = (flags & FRAME.referenced) === 0 ? FRAME.refs | FRAME.workingset : 0;
    frame_flags[frame] = (flags & ~(uses | FRAME.referenced)) | FRAME.isolated;
    this.isolated[this.isolated_count++] = frame;
  }

  protected override referencedCount(object: MemoryObject, page: number, within: number): number {
    return referencedWithNeighbours(this.machine, this.spaces, this.generations, object, page, within);
  }

  /** What `shrink_folio_list()` does with what was taken. What is kept goes to the youngest generation, whatever kept it: nothing comes back to the oldest. */
  private shrinkIsolated(lruvec: number, type: number, sc: ScanControl): void {
    const { machine, generations, isolated, isolated_count } = this;
    const { frame_flags, tree, log } = machine;
    let reclaimed = 0;
    for (let at = 0; at < isolated_count; at++) {
      const frame = isolated[at];
      const verdict = this.shrinkPage(machine.lru.pageOf(frame), frame, lruvec, sc);
      frame_flags[frame] &= ~FRAME.isolated;
      if (verdict === VERDICT.evicted) reclaimed++;
      else if (verdict === VERDICT.activate) generations.activate(frame);
      else generations.moveTo(frame, generations.lists.maxSeq(lruvec), false);
    }
    this.isolated_count = 0;
    sc.scanned += isolated_count;
    sc.reclaimed += reclaimed;
    tree.count_up(lruvec, COUNTER.pgscan, isolated_count);
    tree.count_up(lruvec, COUNTER.pgsteal, reclaimed);
    log.emit(KIND.shrink_inactive, (type << 1) | (sc.priority << 2), sc.task, lruvec, NO_PAGE, isolated_count, reclaimed);
  }
}
