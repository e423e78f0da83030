import { NO_PAGE, NO_TASK, PAGE_SIZE_BYTES } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import type { Slab, SlabCache, SlabPool } from '../machine/kernel/slab.ts';
import type { ChargeMode } from '../machine/limit-gate.ts';
import { NOBODY } from '../machine/policies/kernel-policy.ts';
import { violation } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND } from '../record/events.ts';

/** A copy of a cache: struct kmem_cache, one kmem_cache_node, and a kmem_cache_cpu for each processor. An assumption: the postings give no sizes. */
const CACHE_BYTES = 256 + 64;
const CACHE_CPU_BYTES = 32;

/** Every counter that a charge by slab pages is kept in. */
const KEPT_IN = [COUNTER.kernel, COUNTER.kmem, COUNTER.slab_reclaimable, COUNTER.slab_unreclaimable] as const;

const statOf = (cache: SlabCache): number => (cache.shrinkable ? COUNTER.slab_reclaimable : COUNTER.slab_unreclaimable);

/**
 * Charging by slab pages, as both sets of 2012 do: to the counter `kmem`, and, unless kernel memory is accounted independently, to the container's memory as well
 * (then also told in `kernel`). Kernel memory other than slab is on nobody's account.
 */
export class PageCharges {
  /** Counter updates besides those of the tree, and slab pages walked at removals. */
  counter_updates = 0;
  list_steps = 0;
  readonly joint: boolean;
  private readonly world: World;
  private readonly slab: Slab;

  constructor(world: World, slab: Slab) {
    this.world = world;
    this.slab = slab;
    this.joint = world.model.parameters.kmem === 'joint';
  }

  /** The container on the way to the root whose limit of kernel memory is reached; −1: none. */
  fullKmem(container: number): number {
    const { tree } = this.world;
    let at = container;
    while (at !== -1 && tree.local(at, COUNTER.kmem) + 1 <= tree.kmem_max[at]) at = tree.parents[at];
    return at;
  }

  /** Charges a page for a pool: first to its payer's memory, where kernel memory counts in that, then to `kmem`. False: one of the two could not be had. */
  charge(pool: SlabPool, task: number, mode: ChargeMode): boolean {
    const { accounts, tree } = this.world;
    if (this.joint && !this.world.chargePool(pool.payer, COUNTER.kernel, 1, task, mode)) return false;
    for (let at = pool.payer; at !== -1; at = tree.parents[at]) this.counter_updates++;
    const limiter = this.fullKmem(pool.payer);
    if (limiter !== -1) {
      accounts.change(limiter, COUNTER.kmem_failcnt, 1, task);
      if (this.joint) this.world.unchargePool(pool.payer, COUNTER.kernel, 1, task);
      return false;
    }
    accounts.change(pool.payer, COUNTER.kmem, 1, task);
    accounts.change(pool.payer, statOf(pool.cache), PAGE_SIZE_BYTES, task);
    return true;
  }

  uncharge(pool: SlabPool, task: number): void {
    const { accounts, tree } = this.world;
    if (pool.payer === NOBODY) return;
    for (let at = pool.payer; at !== -1; at = tree.parents[at]) this.counter_updates++;
    accounts.change(pool.payer, COUNTER.kmem, -1, task);
    accounts.change(pool.payer, statOf(pool.cache), -PAGE_SIZE_BYTES, task);
    if (this.joint) this.world.unchargePool(pool.payer, COUNTER.kernel, 1, task);
  }

  /** All pools that a container pays for are paid for by another from now on, an ancestor of it; or by nobody. */
  hand(container: number, to: number): void {
    const { accounts, tree, policy } = this.world;
    let page_count = 0;
    for (const pool of this.slab.pools) {
      if (pool.payer !== container) continue;
      page_count += pool.page_count;
      for (let page = 0; to === NOBODY && page < pool.page_count; page++) this.uncharge(pool, NO_TASK);
      pool.payer = to;
    }
    this.list_steps += page_count;
    if (to === NOBODY || page_count === 0) return;
    // Taken from every level below the new payer, as far as the old one, in one go for each counter.
    for (let at = container; at !== to; at = tree.parents[at]) this.counter_updates += this.joint ? 2 : 1;
    for (const counter of KEPT_IN) {
      const amount = counter === COUNTER.kmem ? page_count : tree.local(container, counter);
      accounts.inherit(container, to, counter, amount);
    }
    if (this.joint && policy.gate !== null) accounts.inherit(container, to, COUNTER.current, page_count);
  }

  chargedPages(container: number): number {
    return this.world.policy.gate === null ? 0 : this.world.tree.local(container, COUNTER.kernel);
  }

  /** The counters of each container say what the pools hold that it pays for. */
  check(): LabError | null {
    const { tree } = this.world;
    const pages = new Float64Array(tree.count);
    const reclaimable = new Float64Array(tree.count);
    for (const pool of this.slab.pools) {
      if (pool.payer === NOBODY) continue;
      pages[pool.payer] += pool.page_count;
      if (pool.cache.shrinkable) reclaimable[pool.payer] += pool.page_count * PAGE_SIZE_BYTES;
    }
    const subtree = pages.slice();
    for (let id = tree.count - 1; id > 0; id--) subtree[tree.parents[id]] += subtree[id];
    for (let id = 0; id < tree.count; id++) {
      const held = [
        [COUNTER.kmem, subtree[id]],
        [COUNTER.kernel, this.joint ? pages[id] : 0],
        [COUNTER.slab_reclaimable, reclaimable[id]],
        [COUNTER.slab_unreclaimable, pages[id] * PAGE_SIZE_BYTES - reclaimable[id]],
      ] as const;
      for (const [counter, expected] of held)
        if (tree.local(id, counter) !== expected)
          return violation(`counter ${counter} of ${tree.paths[id]} against slab pages`, tree.local(id, counter), expected);
    }
    return null;
  }
}

/** Copies of caches that containers have, each with slab pages of its own. */
export class CacheCopies {
  private readonly world: World;
  private readonly slab: Slab;
  private readonly originals = new Map<SlabCache, SlabPool>();
  /** By container. */
  private readonly copies = new Map<number, Map<SlabCache, SlabPool>>();
  private live_count = 0;
  /** Copies of removed containers (“dead”): each is destroyed with its last page. */
  private readonly dead = new Set<SlabPool>();

  /** `payer`: who pays for the pages of the caches themselves. */
  constructor(world: World, slab: Slab, payer: number) {
    this.world = world;
    this.slab = slab;
    for (const cache of slab.caches) this.originals.set(cache, slab.newPool(cache, payer));
  }

  /** The pool of the cache itself, which is no container's. */
  original(cache: SlabCache): SlabPool {
    return this.originals.get(cache) ?? this.slab.newPool(cache, NOBODY);
  }

  /** A container's copy of a cache, if it has one. */
  of(container: number, cache: SlabCache): SlabPool | undefined {
    return this.copies.get(container)?.get(cache);
  }

  /** Makes a copy. `by_work_queue`: after an allocation that could not sleep. */
  make(container: number, cache: SlabCache, task: number, by_work_queue: boolean): SlabPool {
    const pool = this.slab.newPool(cache, container);
    const own = this.copies.get(container) ?? new Map<SlabCache, SlabPool>();
    this.copies.set(container, own.set(cache, pool));
    this.live_count++;
    this.world.log.emit(KIND.slab_cache_create, by_work_queue ? 1 : 0, task, container, NO_PAGE, cache.object, 0);
    return pool;
  }

  /** The container is about to go: nothing is allocated from its copies any more. */
  bury(container: number): void {
    for (const pool of this.copies.get(container)?.values() ?? []) {
      this.live_count--;
      this.dead.add(pool);
    }
    this.copies.delete(container);
  }

  storageBytes(): number {
    for (const pool of this.dead) if (pool.page_count === 0) this.forget(pool);
    return (this.live_count + this.dead.size) * (CACHE_BYTES + CACHE_CPU_BYTES * this.world.program.machine.cpu_count);
  }

  private forget(pool: SlabPool): void {
    this.dead.delete(pool);
    this.slab.dropPool(pool);
  }
}
