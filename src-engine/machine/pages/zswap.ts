import { NO_CONTAINER, NO_TASK, PAGE_SIZE_BYTES, ROOT_CONTAINER } from '../../base/ids.ts';
import type { LabError } from '../../base/result.ts';
import { COUNTER } from '../../record/counters.ts';
import { KIND } from '../../record/events.ts';
import { DEFAULT_COMPRESSED_BYTES, type ZswapSpec } from '../../scenario/program.ts';
import type { WorldModule } from '../axis-module.ts';
import { MAX_RECLAIM_RETRIES } from '../limit-gate.ts';
import { violation } from '../policies/policy.ts';
import type { World } from '../world.ts';
import type { MemoryObject } from './objects.ts';

/** Container of an entry that nobody is charged for: of the root, or where kernel memory is not charged by object. */
const NOBODY = -1;

/** `struct zswap_entry`: a swapped page whose content lies in memory, compressed. */
interface Entry {
  readonly bytes: number;
  /** What the policy of kernel memory charged it to. */
  readonly account: number;
  /** Container that is charged; its parent once it has been removed. */
  container: number;
  /** Stored, or looked at, since the shrinker last passed: it is passed over once. */
  referenced: boolean;
}

/**
 * Compressed swap in memory: mm/zswap.c and swap_writepage() of mm/page_io.c (6.12). A page that reclaim takes has its slot of swap in any case, so that memory.swap.current
 * counts it; as long as limits allow, its content is compressed into a pool instead of being written there. What it takes is charged, over limits if need be, as kernel memory of its
 * container (obj_cgroup_charge_zswap() of mm/memcontrol.c, with the page still charged), and counts against memory.zswap.max of all its ancestors. Where that is reached, the oldest entry
 * of that container that was not spared yet goes to swap first (memory.zswap.writeback allowing), and otherwise the page does; where it may not, the page stays.
 * The pool as a whole is shrunk by a worker, which runs here as soon as it is queued.
 *
 * Entries come back whole: a load frees the entry, as loads into the swap cache do.
 *
 * Left out: the shrinker (shrinker_enabled, off by default); pages filled with one value; zsmalloc's own waste (the pool is as many frames as its bytes fill). A page that is refused keeps
 * its mappings and takes no slot, where the kernel leaves it in the swap cache. Containers have limits and accounts where kernel memory is charged by object
 * (`kernel: objcg`); else the pool is the machine's and nobody's, as before 5.19 and in cgroup v1. Where memory is charged by the place in which it lies, there is no zswap.
 */
export class Zswap implements WorldModule {
  private readonly world: World;
  private readonly spec: ZswapSpec;
  private readonly entries = new Map<number, Entry>();
  /** Pages by container, oldest first (`list_lru`); of nobody with the root's. */
  private readonly lists = new Map<number, Set<number>>();
  private readonly frames: number[] = [];
  private byte_count = 0;
  private reached_full = false;
  /** Container that the worker shrank last; −1: it begins with the root (`zswap_next_shrink`). */
  private last_shrunk = -1;

  constructor(world: World, spec: ZswapSpec) {
    this.world = world;
    this.spec = spec;
  }

  get frame_count(): number {
    return this.frames.length;
  }

  /** Whether the content of a swapped page lies here. */
  stores(page: number): boolean {
    return this.entries.has(page);
  }

  /** Whether a page on `container`'s account may leave memory: into the pool, or on to swap. Changes nothing. */
  mayLeave(object: MemoryObject, container: number): boolean {
    return this.mayWriteBack(container) || (this.mayStore(container) && !this.isFull() && compressedBytes(object) < PAGE_SIZE_BYTES);
  }

  /** `zswap_store()` of a page that reclaim takes, before its own charge goes. False: it goes to swap. */
  store(object: MemoryObject, page: number, container: number): boolean {
    const { log, kernel, accounts, program } = this.world;
    if (!this.mayStore(container) && this.shrinkContainer(container) !== 'shrunk') return this.refuse();
    if (this.checkLimits()) return this.refuse();
    log.now_ns += program.machine.costs.zswap_store_ns;
    const bytes = compressedBytes(object);
    if (bytes >= PAGE_SIZE_BYTES) return this.refuse();
    const account = kernel.policy.chargeBytes(container, COUNTER.zswap, bytes, NO_TASK);
    const payer = account < 0 ? NOBODY : container;
    if (payer !== NOBODY) {
      accounts.change(payer, COUNTER.zswapped, 1);
      accounts.change(payer, COUNTER.zswpout, 1);
    }
    this.entries.set(page, { bytes, account, container: payer, referenced: true });
    this.listOf(payer).add(page);
    this.byte_count += bytes;
    return true;
  }

  /** The frame of a page that was stored has been freed: the pool takes one if it needs it. */
  fill(): void {
    const { pool } = this.world.machine;
    while (this.frames.length * PAGE_SIZE_BYTES < this.byte_count) this.frames.push(pool.take());
  }

  /** `zswap_load()`: a page is back in memory. */
  loaded(page: number): void {
    const container = this.entries.get(page)?.container ?? NOBODY;
    if (container !== NOBODY) this.world.accounts.change(container, COUNTER.zswpin, 1);
    this.drop(page);
  }

  /** `zswap_invalidate()`: the page, or its slot, is no more. */
  drop(page: number): void {
    const { kernel, accounts, machine } = this.world;
    const entry = this.entries.get(page);
    if (entry === undefined) return;
    this.entries.delete(page);
    this.listOf(entry.container).delete(page);
    this.byte_count -= entry.bytes;
    if (entry.container !== NOBODY) {
      kernel.policy.unchargeBytes(entry.account, COUNTER.zswap, entry.bytes, NO_TASK);
      accounts.change(entry.container, COUNTER.zswapped, -1);
    }
    while ((this.frames.length - 1) * PAGE_SIZE_BYTES >= this.byte_count) machine.releaseFrame(this.frames.pop() ?? NOBODY);
  }

  // Limits

  /** `obj_cgroup_may_zswap()`: whole pages of what the subtree of each ancestor has here are below its memory.zswap.max. */
  private mayStore(container: number): boolean {
    const { tree } = this.world;
    if (!this.isCharged(container)) return true;
    for (let at = container; at !== ROOT_CONTAINER; at = tree.parents[at]) {
      if (tree.zswap_max[at] === Number.POSITIVE_INFINITY) continue;
      if (!mayZswap(tree.subtree(at, COUNTER.zswap), tree.zswap_max[at])) return false;
    }
    return true;
  }

  /** `mem_cgroup_zswap_writeback_enabled()`: memory.zswap.writeback of all ancestors. */
  private mayWriteBack(container: number): boolean {
    const { tree } = this.world;
    if (!this.isCharged(container)) return true;
    for (let at = container; at !== -1; at = tree.parents[at]) if (tree.zswap_writeback[at] === 0) return false;
    return true;
  }

  private isCharged(container: number): boolean {
    return container !== ROOT_CONTAINER && this.world.model.axes.kernel === 'objcg';
  }

  private get pool_max_pages(): number {
    return Math.floor((this.world.program.machine.memory_pages * this.spec.max_pool_percent) / 100);
  }

  private get accept_threshold_pages(): number {
    return Math.floor((this.pool_max_pages * this.spec.accept_threshold_percent) / 100);
  }

  private isFull(): boolean {
    return this.frames.length >= this.pool_max_pages || (this.reached_full && this.frames.length > this.accept_threshold_pages);
  }

  /** `zswap_check_limits()`. */
  private checkLimits(): boolean {
    this.reached_full = this.isFull();
    return this.reached_full;
  }

  // Writing back

  /** A page is not taken; where the pool is full, the worker is queued for it. */
  private refuse(): false {
    if (this.reached_full) this.shrinkPool();
    return false;
  }

  /** `shrink_worker()`: one entry of each container in turn, until the pool takes pages again. */
  private shrinkPool(): void {
    const { tree } = this.world;
    const threshold_pages = this.accept_threshold_pages;
    let failures = 0;
    let attempts = 0;
    do {
      this.last_shrunk = this.last_shrunk === -1 ? ROOT_CONTAINER : tree.next(this.last_shrunk, ROOT_CONTAINER);
      if (this.last_shrunk === -1) {
        if (attempts === 0 && ++failures === MAX_RECLAIM_RETRIES) return;
        attempts = 0;
        continue;
      }
      const came_of_it = tree.exists[this.last_shrunk] === 1 ? this.shrinkContainer(this.last_shrunk) : 'nothing';
      if (came_of_it === 'nothing') continue;
      attempts++;
      if (came_of_it === 'spared' && ++failures === MAX_RECLAIM_RETRIES) return;
    } while (this.frames.length > threshold_pages);
  }

  /** `shrink_memcg()`: the oldest entry of a container goes to swap, or is spared once, if it was stored or spared not since. */
  private shrinkContainer(container: number): 'shrunk' | 'spared' | 'nothing' {
    const list = this.lists.get(container);
    const page = list?.values().next().value;
    const entry = page === undefined ? undefined : this.entries.get(page);
    if (list === undefined || page === undefined || entry === undefined || !this.mayWriteBack(container)) return 'nothing';
    if (entry.referenced) {
      entry.referenced = false;
      list.delete(page);
      list.add(page);
      return 'spared';
    }
    this.writeBack(page, entry);
    return 'shrunk';
  }

  /** `zswap_writeback_entry()`. */
  private writeBack(page: number, { container, bytes }: Entry): void {
    const { log, accounts, program } = this.world;
    const { costs } = program.machine;
    log.now_ns += costs.zswap_load_ns + costs.swap_out_ns;
    log.emit(KIND.zswap_writeback, 0, NO_TASK, container === NOBODY ? NO_CONTAINER : container, page, bytes, 0);
    if (container !== NOBODY) accounts.change(container, COUNTER.zswpwb, 1);
    accounts.change(container === NOBODY ? ROOT_CONTAINER : container, COUNTER.pswpout, 1);
    this.drop(page);
  }

  private listOf(container: number): Set<number> {
    const owner = container === NOBODY ? ROOT_CONTAINER : container;
    let list = this.lists.get(owner);
    if (list === undefined) {
      list = new Set();
      this.lists.set(owner, list);
    }
    return list;
  }

  // As a module of the world

  /** `memcg_reparent_list_lrus()`: its entries become the parent's, as its oldest. The policy of kernel memory has handed their charges over. */
  remove(container: number): void {
    const { parents } = this.world.tree;
    const list = this.lists.get(container);
    if (list === undefined) return;
    const parent = parents[container];
    for (const page of list) {
      const entry = this.entries.get(page);
      if (entry !== undefined) entry.container = parent;
    }
    this.lists.set(parent, new Set([...list, ...this.listOf(parent)]));
    this.lists.delete(container);
  }

  /** Entries are of swapped pages, the pool is as large as they are, and counters say what containers have here. */
  check(): LabError | null {
    const { machine, tree } = this.world;
    const bytes = new Float64Array(tree.count);
    const pages = new Float64Array(tree.count);
    let total = 0;
    for (const [page, entry] of this.entries) {
      if (!machine.isSwapped(page)) return violation(`zswap entry of page ${page}, which is not swapped`, 1, 0);
      if (!this.listOf(entry.container).has(page)) return violation(`zswap entry of page ${page} on the list of its container`, 0, 1);
      total += entry.bytes;
      if (entry.container === NOBODY) continue;
      bytes[entry.container] += entry.bytes;
      pages[entry.container]++;
    }
    if (total !== this.byte_count) return violation('bytes of zswap entries against those counted', total, this.byte_count);
    if (Math.ceil(total / PAGE_SIZE_BYTES) !== this.frames.length) return violation('frames of zswap against its bytes', this.frames.length, total);
    for (let container = 0; container < tree.count; container++) {
      if (tree.local(container, COUNTER.zswap) !== bytes[container])
        return violation(`zswap of ${tree.paths[container]} against its entries`, tree.local(container, COUNTER.zswap), bytes[container]);
      if (tree.local(container, COUNTER.zswapped) !== pages[container])
        return violation(`zswapped of ${tree.paths[container]} against its entries`, tree.local(container, COUNTER.zswapped), pages[container]);
    }
    return null;
  }
}

/** The test of `obj_cgroup_may_zswap()` at one container: bytes stored, and memory.zswap.max in pages. */
export const mayZswap = (stored_bytes: number, max_pages: number): boolean => max_pages > 0 && Math.floor(stored_bytes / PAGE_SIZE_BYTES) < max_pages;

const compressedBytes = (object: MemoryObject): number => object.compressed_bytes ?? DEFAULT_COMPRESSED_BYTES;
