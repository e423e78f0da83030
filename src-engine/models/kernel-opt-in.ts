import { NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import type { Slab, SlabCache, SlabPool } from '../machine/kernel/slab.ts';
import { BY_PAGE, type KernelPolicy, NOBODY, type SlabChoice, uncharged } from '../machine/policies/kernel-policy.ts';
import { NO_COST, type PolicyCost } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { MEMORY_EVENT, SLAB_ACCOUNT } from '../record/events.ts';
import { CacheCopies, PageCharges } from './kernel-by-page.ts';

/** `shrinker.batch` that `register_memcg_cache()` sets. */
export const OPT_IN_BATCH = 1024;
/** `MEM_CGROUP_RECLAIM_RETRIES` of that time. */
const RECLAIM_RETRIES = 5;

/**
 * Kernel memory by registered caches (Glauber Costa, “memcg kernel memory tracking”, SLUB, v1, 21 February 2012, patches 3/7 and 5/7).
 *
 * A cache that registers (`accounted`) is copied for each container when that is created; slab pages of a copy are charged to its container. Objects of
 * other caches, and all of the root's, are not tracked. A charge that meets a limit never reclaims pages and never kills: as the article on the set has it, the
 * registered shrink callbacks are asked, a batch of 1024 objects at a time for as long as they free something, and then the allocation fails. (In the posting itself
 * the charge fails at once, and callbacks run in reclaim and when the limit is lowered.)
 */
export class KernelOptInPolicy implements KernelPolicy {
  readonly id = 'opt-in';
  readonly lists_per_container = true;
  /** `memcg_slab_reclaim()`: not where kernel memory is accounted independently. */
  readonly reclaims_slab: boolean;
  readonly shrinker_batch = OPT_IN_BATCH;
  private readonly world: World;
  private readonly slab: Slab;
  private readonly charges: PageCharges;
  private readonly copies: CacheCopies;

  constructor(world: World, slab: Slab) {
    this.world = world;
    this.slab = slab;
    this.charges = new PageCharges(world, slab);
    this.reclaims_slab = this.charges.joint;
    this.copies = new CacheCopies(world, slab, NOBODY);
  }

  create(container: number): void {
    if (container === ROOT_CONTAINER) return;
    for (const cache of this.slab.caches) if (cache.accounted) this.copies.make(container, cache, NO_TASK, false);
  }

  choose(cache: SlabCache, container: number): SlabChoice {
    const copy = this.copies.of(container, cache);
    if (copy !== undefined) return { pool: copy, account: SLAB_ACCOUNT.container };
    return { pool: this.copies.original(cache), account: cache.accounted ? SLAB_ACCOUNT.root : SLAB_ACCOUNT.unregistered };
  }

  chargePage(pool: SlabPool, task: number, atomic: boolean): boolean {
    if (pool.payer === NOBODY) return true;
    while (!this.charges.charge(pool, task, 'atomic')) {
      const limiter = this.limiterOf(pool.payer, task);
      if (atomic || limiter === -1 || this.world.kernel.shrinkBatch(limiter, task) === 0) return false;
    }
    return true;
  }

  unchargePage(pool: SlabPool, task: number): void {
    this.charges.uncharge(pool, task);
  }

  chargeObject(choice: SlabChoice): number {
    return choice.account === SLAB_ACCOUNT.container ? BY_PAGE : uncharged(choice.account);
  }

  unchargeObject(): void {}

  payerOf(pool: SlabPool): number {
    return pool.payer;
  }

  chargePages(): number {
    return uncharged(SLAB_ACCOUNT.unregistered);
  }

  unchargePages(): void {}

  chargeBytes(): number {
    return uncharged(SLAB_ACCOUNT.unregistered);
  }

  unchargeBytes(): void {}

  /** `mem_cgroup_resize_kmem_limit()`: shrinks until the new limit holds, or until so many rounds have freed nothing as there are containers below, five times over. */
  mayLimit(container: number, page_count: number, task: number): boolean {
    const { tree, kernel } = this.world;
    let retries = 0;
    for (let at = container; at !== -1; at = tree.next(at, container)) if (tree.exists[at] === 1) retries += RECLAIM_RETRIES;
    while (tree.local(container, COUNTER.kmem) > page_count) {
      const before = tree.local(container, COUNTER.kmem);
      kernel.shrinkBatch(container, task);
      if (tree.local(container, COUNTER.kmem) >= before && --retries === 0) return false;
    }
    return true;
  }

  /** Slab pages become the parent's charge; those of a child of the root are tracked no longer. */
  remove(container: number): number {
    const parent = this.world.tree.parents[container];
    this.charges.hand(container, parent === ROOT_CONTAINER ? NOBODY : parent);
    this.copies.bury(container);
    return parent;
  }

  settle(): void {}

  drain(): void {}

  chargedPages(container: number): number {
    return this.charges.chargedPages(container);
  }

  check(): LabError | null {
    return this.charges.check();
  }

  cost(): PolicyCost {
    const { counter_updates, list_steps } = this.charges;
    return { ...NO_COST, counter_updates, list_steps, container_storage_bytes: this.copies.storageBytes() };
  }

  /** The container whose limit a page more would exceed: that of kernel memory, or of all memory where kernel memory counts in it. −1: none any more. */
  private limiterOf(container: number, task: number): number {
    const { tree, policy, reclaim } = this.world;
    const full = this.charges.fullKmem(container);
    if (full !== -1 || !this.charges.joint || policy.gate === null) return full;
    const limiter = tree.overLimit(container, 2 ** policy.charge_shift);
    if (limiter !== -1) reclaim.memoryEvent(limiter, MEMORY_EVENT.max, task);
    return limiter;
  }
}
