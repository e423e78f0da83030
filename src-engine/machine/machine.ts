import { NO_CONTAINER, NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import type { Dying } from '../containers/dying.ts';
import type { ContainerTree } from '../containers/tree.ts';
import { COUNTER } from '../record/counters.ts';
import type { EventLog } from '../record/event-log.ts';
import { ADD, ERRNO, EVICT, KIND, LRU, OBJECT_CLASS } from '../record/events.ts';
import type { Parameters } from '../scenario/axes.ts';
import type { MachineSpec } from '../scenario/program.ts';
import type { CacheMemory } from './kernel/cache-memory.ts';
import { KERNEL_RULES, type KernelRules } from './kernel-rules.ts';
import { FRAME } from './pages/frame-flags.ts';
import { FramePool } from './pages/frame-pool.ts';
import { LruLists } from './pages/lru.ts';
import { inactiveList, isPageCache, isReclaimable, isSwapBacked, type MemoryObject } from './pages/objects.ts';
import { GONE, GONE_LRUVEC_SHIFT, type IncomingPage, type Placement } from './pages/placement.ts';
import { type SwapCache, swapFull } from './pages/swap-cache.ts';
import { TwoLists } from './pages/two-lists.ts';
import { Workingset } from './pages/workingset.ts';
import type { Writeback } from './pages/writeback.ts';
import type { Zswap } from './pages/zswap.ts';
import { DENIED, type PagePolicy } from './policies/policy.ts';
import type { Pressure } from './pressure/pressure.ts';
import { Generations } from './reclaim/mglru.ts';
import { GenerationLists } from './reclaim/mglru-lists.ts';

/** Entry of a page never brought in, or forgotten. */
const NEVER = -1;

/**
 * What every model stands on: frames, pages, their objects and lists, and swap. It says what is resident; the policy says who pays.
 *
 * State lies in typed arrays. A page has one entry: its frame, or, once evicted, the complement of GONE bits (a shadow).
 * All else is by frame, in small arrays that stay in the cache: a hit reads one entry and one byte.
 */
export class Machine {
  readonly spec: MachineSpec;
  readonly log: EventLog;
  readonly tree: ContainerTree;
  readonly dying: Dying;
  readonly lru: LruLists;
  readonly workingset: Workingset;
  /** Where pages stand: half of the design of reclaim. */
  readonly placement: Placement;
  /** What `bringIn` hands to the placement. */
  private readonly incoming: IncomingPage = { frame: 0, lruvec: 0, swap_backed: false, gone: 0, shadow: 0 };
  readonly pool: FramePool;
  readonly objects: MemoryObject[] = [];
  /** Their names, for readers of the recording; grows with them. */
  readonly object_names: string[] = [];
  policy: PagePolicy;
  /** Told when a limit on swap (`at_limit`), or swap that is full, kept a page in memory; the world sets it. */
  swap_refusals: ((container: number, at_limit: boolean, task: number) => void) | null = null;
  /** Told of what tasks wait for; the world sets it. */
  pressure: Pressure | null = null;
  /** Compressed swap; null where there is none. The world sets it. */
  zswap: Zswap | null = null;
  /** Pages that keep their swap slot in memory; null where swap is read past the swap cache. */
  swap_cache: SwapCache | null = null;
  /** Dirty pages; null where nobody counts them. The world sets it. */
  writeback: Writeback | null = null;
  /** The kernel's own memory for page cache; null where it is not counted. */
  cache_memory: CacheMemory | null = null;

  /** By frame: FRAME bits. Hits look at nothing else of a frame. */
  readonly frame_flags: Uint8Array;

  /** By page two words, side by side for the cache: its frame, negative where not resident; while it is evicted, the age at its eviction, modulo 2³². */
  entries = new Int32Array(2048).fill(NEVER);
  /** By page, while swapped: container charged for the slot. */
  private page_swap_container = new Uint16Array(1024);
  private page_count = 0;
  /** Without meaning: what reads leave of entries that they looked at ahead of time (read-pages.ts). */
  fetched = 0;
  swap_free_count: number;
  resident_page_count = 0;
  /** Whether uses through mappings mean anything to reclaim (`vma_has_recency()`). */
  readonly mappings_count: boolean;
  /** Rules in which kernels differ. */
  readonly rules: KernelRules;
  /** Whether a page fault is under way whose mapping's uses count (`current->in_lru_fault`). */
  in_fault = false;
  /** A page that a fault in progress works on: reclaim leaves it alone, as it does a locked folio. −1: none. */
  locked_page = -1;
  /** What the operation whose page was last DENIED fails with. A policy that denies for another reason than want of memory says so here; whoever reads it puts ENOMEM back. */
  denial_errno: number = ERRNO.ENOMEM;
  /** Set when a task has charged so much over `high` that it must settle before it goes on. */
  settle_due = false;
  /**
   * Told of each access of a task to a resident page by read, write or fault, after the page has been marked; null while nobody wants to know, which leaves reads
   * their short way.
   */
  on_access: ((frame: number, task: number) => void) | null = null;

  constructor(
    spec: MachineSpec,
    log: EventLog,
    tree: ContainerTree,
    dying: Dying,
    { reclaim, advice, linux }: Pick<Parameters, 'reclaim' | 'advice' | 'linux'>,
    createPolicy: (machine: Machine) => PagePolicy,
  ) {
    this.spec = spec;
    this.log = log;
    this.tree = tree;
    this.dying = dying;
    this.mappings_count = advice === 'normal';
    this.rules = KERNEL_RULES[linux];
    if (reclaim === 'generations') {
      const generations = new GenerationLists(spec.memory_pages);
      this.lru = generations;
      this.placement = new Generations(this, generations);
    } else {
      this.lru = new LruLists(spec.memory_pages);
      this.placement = new TwoLists(this);
    }
    this.workingset = new Workingset(tree, this.lru, this.rules);
    this.pool = new FramePool(0, spec.memory_pages);
    this.frame_flags = new Uint8Array(spec.memory_pages);
    this.swap_free_count = spec.swap_pages;
    this.policy = createPolicy(this);
  }

  /** Pages of all objects so far. */
  get object_page_count(): number {
    return this.page_count;
  }

  /** Adds a name for readers of the recording; returns its index. Slab caches and sockets have one too, and no pages. */
  addName(name: string): number {
    return this.object_names.push(name) - 1;
  }

  /** A new object; its pages are not resident yet. */
  createObject(spec: Omit<MemoryObject, 'id' | 'base_page' | 'areas'>): MemoryObject {
    const object: MemoryObject = { ...spec, id: this.objects.length, base_page: this.page_count, areas: [] };
    this.page_count += spec.page_count;
    this.ensurePages(this.page_count);
    this.objects.push(object);
    const name_index = this.addName(object.name);
    this.log.emit(
      KIND.object_create,
      spec.kind,
      spec.owner_task === -1 ? NO_TASK : spec.owner_task,
      NO_CONTAINER,
      object.base_page,
      spec.page_count,
      name_index,
    );
    return object;
  }

  /** Object that a page is of, found by the objects' first pages. */
  objectIdOf(page: number): number {
    let low = 0;
    let high = this.objects.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.objects[middle].base_page <= page) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Frame of a page, negative where it is not resident. */
  frameOf(page: number): number {
    return this.entries[2 * page];
  }

  /** Whether a page is resident, in swap, or has left a shadow. */
  isEntered(page: number): boolean {
    return this.entries[2 * page] !== NEVER;
  }

  /** Somebody writes to the resident page of a frame. */
  dirty(frame: number, task: number): void {
    const was_clean = (this.frame_flags[frame] & FRAME.dirty) === 0;
    this.frame_flags[frame] |= FRAME.dirty;
    if (was_clean && this.writeback !== null && this.objectOfFrame(frame).kind === OBJECT_CLASS.file)
      this.writeback.dirtied(this.lru.pageOf(frame), this.lru.lruvecOf(frame), task);
    this.cache_memory?.dirtied(this.objectOfFrame(frame), this.lru.pageOf(frame), this.lru.lruvecOf(frame), task);
  }

  isSwapped(page: number): boolean {
    const entry = this.entries[2 * page];
    return entry < 0 && (~entry & GONE.swapped) !== 0;
  }

  /** Container that is charged for the slot of a swapped page. */
  slotPayer(page: number): number {
    return this.page_swap_container[page];
  }

  /** Charges the slot of a swapped page to another container; the caller tells of it. */
  moveSlot(page: number, to: number): void {
    this.tree.unchargeSwap(this.page_swap_container[page]);
    this.page_swap_container[page] = to;
    this.tree.chargeSwap(to);
  }

  objectOfFrame(frame: number): MemoryObject {
    return this.objects[this.lru.objectOf(frame)];
  }

  /**
   * Makes a page resident on behalf of a task: a frame, a charge, a place on a list; with refault detection and swap-in. `major`: its content had to be read;
   * a page of a file whose content had not is one that write() adds. Returns the frame, or DENIED when no frame or no charge could be had.
   */
  bringIn(object: MemoryObject, page: number, task: number, task_container: number, dirty: boolean, major: boolean): number {
    const { policy } = this;
    const gone = ~this.entries[2 * page];
    const shadow_age = this.entries[2 * page + 1];
    const swapped = (gone & GONE.swapped) !== 0;
    const container = swapped ? this.onlineOr(this.page_swap_container[page], task_container) : task_container;
    const frame = policy.allocate(container, object, task);
    if (frame === DENIED) return DENIED;
    const lruvec = policy.charge(container, object, page, task);
    if (lruvec === DENIED) {
      this.releaseFrame(frame);
      return DENIED;
    }
    const { costs } = this.spec;
    const asked_ns = this.log.now_ns;
    const from_zswap = this.zswap?.stores(page) === true;
    this.log.now_ns += from_zswap ? costs.zswap_load_ns : swapped ? costs.swap_in_ns : major ? costs.disk_read_ns : 0;

    this.entries[2 * page] = frame;
    const keeps_slot = swapped && !from_zswap && !dirty && object.kind === OBJECT_CLASS.anon && this.swap_cache !== null && !this.isSwapFull(lruvec);
    // Where dirt of files is counted, whoever writes says so next (`dirty`).
    const is_dirty = (dirty && this.writeback === null) || (object.kind !== OBJECT_CLASS.file && !keeps_slot);
    this.frame_flags[frame] = is_dirty ? FRAME.dirty : 0;
    this.lru.hold(frame, page, object.id);
    const { incoming, placement } = this;
    incoming.frame = frame;
    incoming.lruvec = lruvec;
    incoming.swap_backed = isSwapBacked(object.kind);
    // What write() adds to the page cache is no refault: filemap_add_folio() looks at the shadow only without __GFP_WRITE (mm/filemap.c, 6.1 and 6.12).
    incoming.gone = object.kind === OBJECT_CLASS.file && !major ? 0 : gone;
    incoming.shadow = shadow_age;
    let flags = placement.admit(incoming) | (major ? ADD.major : 0);
    // `folio_wait_bit_common()` and `swap_read_folio()`: who waits for a page of the workingset has lost it for want of memory.
    if ((flags & ADD.workingset_restore) !== 0 && this.log.now_ns > asked_ns) this.pressure?.slept(task, asked_ns);
    this.resident_page_count++;
    if (from_zswap) flags |= ADD.zswapin;
    else if (swapped) {
      flags |= ADD.swapin;
      this.tree.count_up(lruvec, COUNTER.pswpin, 1);
    }
    this.log.emit(KIND.page_add, flags, task, lruvec, page, policy.charged_units, (flags & ADD.refault) === 0 ? 0 : placement.refault_distance);
    if (from_zswap) this.zswap?.loaded(page);
    if (keeps_slot) this.swap_cache?.enter(page, lruvec);
    else if (swapped) this.releaseSwapSlot(page);
    if (this.cache_memory !== null) {
      if (~gone === NEVER) this.cache_memory.entered(object, page, task);
      if (dirty) this.cache_memory.dirtied(object, page, lruvec, task);
    }
    return frame;
  }

  /** Frees a resident page that nothing maps: its last user let go, or its object did. */
  freePage(page: number, reason: number): void {
    const frame = this.frameOf(page);
    const object = this.objects[this.lru.objectOf(frame)];
    const lruvec = this.lru.lruvecOf(frame);
    if (this.lru.listOf(frame) === LRU.unevictable) this.setEvictable(page);
    this.freeSlotOf(page, lruvec);
    this.writeback?.cleaned(page, lruvec);
    const units = this.policy.uncharge(object, page, frame);
    this.lru.remove(frame);
    this.entries[2 * page] = NEVER;
    this.log.emit(KIND.page_free, reason, NO_TASK, lruvec, page, units, 0);
    this.releaseResident(frame);
    this.cache_memory?.left(page);
    this.cache_memory?.emptied(object, page);
    this.fell(lruvec);
  }

  /** Reclaim takes the page of a frame that nothing maps any more; to swap if its kind needs it. `target`: root of the subtree reclaimed from. */
  evict(frame: number, target: number): void {
    const page = this.lru.pageOf(frame);
    const object = this.objects[this.lru.objectOf(frame)];
    const lruvec = this.lru.lruvecOf(frame);
    const frame_flags = this.frame_flags[frame];
    let flags = 0;
    let swap_container = 0;
    let gone = GONE.shadow;
    const is_cached = this.swap_cache?.holds(page) === true;
    if (is_cached && (frame_flags & FRAME.dirty) === 0) {
      gone |= GONE.swapped;
      this.swap_cache?.leave(page, lruvec);
    } else if (isSwapBacked(object.kind)) {
      // A page that has changed is written to the slot that it has, which is told as given back and taken again.
      if (is_cached) this.freeSlotOf(page, lruvec);
      flags |= EVICT.swapout;
      gone |= GONE.swapped;
      swap_container = this.onlineAncestor(this.policy.swapPayer(object, lruvec));
      this.page_swap_container[page] = swap_container;
      this.swap_free_count--;
      this.tree.chargeSwap(swap_container);
      if (this.zswap?.store(object, page, swap_container) === true) flags |= EVICT.zswap;
      else {
        this.tree.count_up(lruvec, COUNTER.pswpout, 1);
        this.log.now_ns += this.spec.costs.swap_out_ns;
      }
    } else if ((frame_flags & FRAME.dirty) !== 0) {
      flags |= EVICT.writeback;
      this.writeback?.cleaned(page, lruvec);
      this.log.now_ns += this.spec.costs.disk_write_ns;
    }
    const units = this.policy.uncharge(object, page, frame);
    this.lru.remove(frame);
    const shadow = this.placement.evicted(frame, lruvec, target);
    this.entries[2 * page] = ~(gone | (shadow.lruvec << GONE_LRUVEC_SHIFT) | (shadow.workingset ? GONE.workingset : 0));
    this.entries[2 * page + 1] = shadow.value;
    if (flags === 0) this.log.emitPage(KIND.page_evict, lruvec, page, units);
    else this.log.emit(KIND.page_evict, flags, NO_TASK, lruvec, page, units, swap_container);
    this.releaseResident(frame);
    if ((flags & EVICT.zswap) !== 0) this.zswap?.fill();
    this.cache_memory?.left(page);
    this.fell(lruvec);
  }

  /** `mem_cgroup_swap_full()`. */
  private isSwapFull(lruvec: number): boolean {
    return swapFull(this.tree, lruvec, this.swap_free_count, this.spec.swap_pages);
  }

  /** `folio_free_swap()`: a resident page that keeps a swap slot gives it back; nothing but memory holds its content then. */
  private freeSlotOf(page: number, lruvec: number): void {
    if (this.swap_cache?.holds(page) !== true) return;
    this.swap_cache.leave(page, lruvec);
    this.frame_flags[this.frameOf(page)] |= FRAME.dirty;
    this.releaseSwapSlot(page);
  }

  /** Reclaim has found the page in use (`activate_locked` of shrink_folio_list()): it is no candidate for swapping, and where that is full its slot is of more use to others. */
  freeSlotIfFull(page: number, lruvec: number): void {
    if (this.swap_cache?.holds(page) === true && this.isSwapFull(lruvec)) this.freeSlotOf(page, lruvec);
  }

  /** Whether a swap slot may be taken for a page of this object on this lruvec, on the account that the policy names, and its content may leave. */
  canSwapOut(object: MemoryObject, lruvec: number): boolean {
    if (!isReclaimable(object.kind)) return false;
    const payer = this.policy.swapPayer(object, lruvec);
    return this.canSwap(payer) && this.zswap?.mayLeave(object, this.onlineAncestor(payer)) !== false;
  }

  /** Reclaim could not swap a page out: `__mem_cgroup_try_charge_swap()` counts it where the slot would have been charged. */
  swapRefused(object: MemoryObject, lruvec: number, task: number): void {
    if (!isReclaimable(object.kind) || this.spec.swap_pages === 0) return;
    const payer = this.onlineAncestor(this.policy.swapPayer(object, lruvec));
    // What zswap alone keeps here is no refusal of swap.
    if (this.canSwap(payer)) return;
    this.swap_refusals?.(payer, this.swap_free_count > 0, task);
  }

  /** Whether a swap slot may be charged to this container. */
  canSwap(lruvec: number): boolean {
    return this.swap_free_count > 0 && this.tree.swapRoom(lruvec, this.swap_free_count) > 0;
  }

  /** Forgets that a page was evicted, unless its content lies in swap. */
  forgetShadow(page: number): void {
    if (this.isSwapped(page) || !this.isEntered(page)) return;
    this.empty(page);
  }

  private empty(page: number): void {
    this.entries[2 * page] = NEVER;
    this.cache_memory?.emptied(this.objects[this.objectIdOf(page)], page);
  }

  /** A swapped page has lost its last user: its slot is free and its shadow gone. */
  dropSwapped(page: number): void {
    this.empty(page);
    this.releaseSwapSlot(page);
  }

  private releaseSwapSlot(page: number): void {
    const container = this.page_swap_container[page];
    this.zswap?.drop(page);
    this.swap_free_count++;
    this.tree.unchargeSwap(container);
    this.log.emit(KIND.swap_free, 0, NO_TASK, container, page, 0, 0);
    this.fell(container);
  }

  /** Something charged to the container is gone: the last of it ends a removed one. */
  fell(container: number): void {
    if (this.tree.exists[container] === 0) this.dying.fell(container);
  }

  /** `folio_mark_accessed()` of mm/swap.c (6.12). */
  markAccessed(frame: number): void {
    this.placement.markAccessed(frame);
  }

  /** A page that is never to be reclaimed goes to the unevictable list of its lruvec; it is not active there (`__mlock_folio()` of mm/mlock.c, 6.12). */
  setUnevictable(page: number): void {
    const frame = this.frameOf(page);
    this.frame_flags[frame] &= ~FRAME.active;
    this.lru.move(frame, LRU.unevictable);
    this.log.emit(KIND.unevictable, 1, NO_TASK, this.lru.lruvecOf(frame), page, 0, 0);
  }

  /** It may be reclaimed again: it goes to the inactive list of its kind (`__munlock_folio()`). */
  setEvictable(page: number): void {
    const frame = this.frameOf(page);
    const list = inactiveList(this.objectOfFrame(frame).kind);
    this.lru.move(frame, list);
    this.log.emit(KIND.unevictable, 0, NO_TASK, this.lru.lruvecOf(frame), page, 0, 0);
    this.placement.arrived(frame, list);
  }

  /** Puts a resident page at the head (or tail) of the same list of another lruvec, with `units` of charge that moved with it. */
  recharge(page: number, to: number, units: number, at_tail = false): void {
    const frame = this.frameOf(page);
    const from = this.lru.lruvecOf(frame);
    const list = this.lru.listOf(frame);
    this.lru.remove(frame);
    if (at_tail) this.lru.addLast(frame, to, list);
    else this.lru.add(frame, to, list);
    if (this.lru.mapcountOf(frame) > 0 && isPageCache(this.objectOfFrame(frame).kind)) {
      this.tree.count_up(from, COUNTER.file_mapped, -1);
      this.tree.count_up(to, COUNTER.file_mapped, 1);
    }
    this.writeback?.moved(page, from, to);
    this.log.emit(KIND.recharge, 0, NO_TASK, to, page, units, from);
    this.swap_cache?.moved(page, from, to);
    this.placement.arrived(frame, list);
    this.fell(from);
  }

  /** Moves a resident page to another frame (compaction, zone shrinking). Its place on the list becomes the head. */
  migrate(page: number, to_frame: number): void {
    const from_frame = this.frameOf(page);
    const lruvec = this.lru.lruvecOf(from_frame);
    const list = this.lru.listOf(from_frame);
    this.lru.remove(from_frame);
    this.lru.add(to_frame, lruvec, list);
    this.entries[2 * page] = to_frame;
    this.frame_flags[to_frame] = this.frame_flags[from_frame];
    this.lru.carry(from_frame, to_frame);
    this.placement.arrived(to_frame, list);
    this.log.now_ns += this.spec.costs.page_copy_ns;
  }

  /** The container itself if it still exists, else `otherwise`. */
  private onlineOr(container: number, otherwise: number): number {
    return this.tree.exists[container] === 1 ? container : otherwise;
  }

  /** The container or its nearest ancestor that still exists. */
  private onlineAncestor(container: number): number {
    let at = container;
    while (this.tree.exists[at] === 0 && at !== ROOT_CONTAINER) at = this.tree.parents[at];
    return at;
  }

  private releaseResident(frame: number): void {
    this.lru.drop(frame);
    this.resident_page_count--;
    this.releaseFrame(frame);
  }

  /** Where freed frames go; software zones return them to their zone. */
  releaseFrame: (frame: number) => void = (frame) => this.pool.give(frame);

  private ensurePages(count: number): void {
    if (2 * count <= this.entries.length) return;
    const capacity = Math.max(count, this.entries.length);
    const entries = new Int32Array(2 * capacity).fill(NEVER);
    entries.set(this.entries);
    this.entries = entries;
    const page_swap_container = new Uint16Array(capacity);
    page_swap_container.set(this.page_swap_container);
    this.page_swap_container = page_swap_container;
  }
}
