import { ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import type { Slab, SlabCache, SlabPool } from '../machine/kernel/slab.ts';
import { BY_PAGE, type KernelPolicy, NOBODY, type SlabChoice, type SlabFlags, uncharged } from '../machine/policies/kernel-policy.ts';
import { NO_COST, type PolicyCost } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { SLAB_ACCOUNT } from '../record/events.ts';
import { CacheCopies, PageCharges } from './kernel-by-page.ts';

/** Atomic operations that the set adds to each free of an accounted object (its cover letter). */
const FREE_UPDATES = 2;

/**
 * Kernel memory of all caches (Suleiman Souhlal, “memcg: Kernel Memory Accounting”, SLAB, v1, 27 February 2012).
 *
 * Every cache is split at the first allocation from it under a container, unless the allocation says not to account it (`noaccount`). An allocation that
 * cannot sleep leaves the split to a work queue, which runs at the end of the step, and comes from the cache as it was: not on the container's account.
 * Slab pages are charged to the container's memory, with reclaim and the killer (`may_oom` of `memcg_charge_kmem()`), and then to `kmem`, whose limit fails
 * the allocation at once. Containers have no shrinkers, unless the parameter `shrinkers` gives them those of 3.19. The root pays for the original caches.
 *
 * `orphans`: what is still charged to a removed container goes to the root (cover letter) or to the parent (the article on the set). The code of the posting takes it
 * off the container only, and keeps no account of it afterwards.
 */
export class KernelOptOutPolicy implements KernelPolicy {
  readonly id = 'opt-out';
  readonly lists_per_container: boolean;
  readonly reclaims_slab: boolean;
  private readonly world: World;
  private readonly charges: PageCharges;
  private readonly copies: CacheCopies;
  private readonly root_payer: number;
  /** Splits that the work queue has to make. */
  private readonly queued: { readonly container: number; readonly cache: SlabCache }[] = [];
  private free_updates = 0;

  constructor(world: World, slab: Slab) {
    this.world = world;
    const { root, shrinkers } = world.model.parameters;
    this.lists_per_container = shrinkers === 'memcg';
    this.reclaims_slab = shrinkers === 'memcg';
    this.root_payer = root === 'tracked' ? ROOT_CONTAINER : NOBODY;
    this.charges = new PageCharges(world, slab);
    this.copies = new CacheCopies(world, slab, this.root_payer);
  }

  create(): void {}

  choose(cache: SlabCache, container: number, task: number, flags: SlabFlags): SlabChoice {
    const original = this.copies.original(cache);
    if (flags.noaccount) return { pool: original, account: SLAB_ACCOUNT.noaccount };
    if (container === ROOT_CONTAINER) return { pool: original, account: this.root_payer === NOBODY ? SLAB_ACCOUNT.root : SLAB_ACCOUNT.container };
    const copy = this.copies.of(container, cache);
    if (copy !== undefined) return { pool: copy, account: SLAB_ACCOUNT.container };
    if (!flags.atomic) return { pool: this.copies.make(container, cache, task, false), account: SLAB_ACCOUNT.container };
    if (!this.queued.some((split) => split.container === container && split.cache === cache)) this.queued.push({ container, cache });
    return { pool: original, account: SLAB_ACCOUNT.deferred };
  }

  chargePage(pool: SlabPool, task: number, atomic: boolean): boolean {
    return pool.payer === NOBODY || this.charges.charge(pool, task, atomic ? 'atomic' : 'blocking');
  }

  unchargePage(pool: SlabPool, task: number): void {
    this.charges.uncharge(pool, task);
  }

  chargeObject(choice: SlabChoice): number {
    return choice.account === SLAB_ACCOUNT.container ? BY_PAGE : uncharged(choice.account);
  }

  unchargeObject(pool: SlabPool, account: number): void {
    if (account === BY_PAGE && pool.payer !== NOBODY) this.free_updates += FREE_UPDATES;
  }

  payerOf(pool: SlabPool, account: number): number {
    return account === BY_PAGE ? pool.payer : NOBODY;
  }

  chargePages(): number {
    return uncharged(SLAB_ACCOUNT.unregistered);
  }

  unchargePages(): void {}

  chargeBytes(): number {
    return uncharged(SLAB_ACCOUNT.unregistered);
  }

  unchargeBytes(): void {}

  /** `res_counter_set_limit()`: refused while more is charged; there is nothing to shrink with. */
  mayLimit(container: number, page_count: number): boolean {
    return this.world.tree.local(container, COUNTER.kmem) <= page_count;
  }

  remove(container: number): number {
    const heir = this.world.model.parameters.orphans === 'root' ? ROOT_CONTAINER : this.world.tree.parents[container];
    this.charges.hand(container, heir === ROOT_CONTAINER ? this.root_payer : heir);
    this.copies.bury(container);
    return heir;
  }

  settle(end_of_step: boolean, task: number): void {
    if (!end_of_step) return;
    for (const { container, cache } of this.queued.splice(0)) {
      if (this.world.tree.exists[container] === 1 && this.copies.of(container, cache) === undefined) this.copies.make(container, cache, task, true);
    }
  }

  drain(): void {}

  chargedPages(container: number): number {
    return this.charges.chargedPages(container);
  }

  check(): LabError | null {
    return this.charges.check();
  }

  cost(): PolicyCost {
    const { counter_updates, list_steps } = this.charges;
    return { ...NO_COST, counter_updates: counter_updates + this.free_updates, list_steps, container_storage_bytes: this.copies.storageBytes() };
  }
}
