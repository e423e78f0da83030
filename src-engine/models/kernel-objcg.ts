import { NO_TASK, PAGE_SIZE_BYTES, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import type { Slab, SlabCache, SlabPool } from '../machine/kernel/slab.ts';
import type { ChargeMode } from '../machine/limit-gate.ts';
import { type KernelPolicy, NOBODY, REFUSED, type SlabChoice, type SlabFlags, uncharged } from '../machine/policies/kernel-policy.ts';
import { NO_COST, type PolicyCost, violation } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { SLAB_ACCOUNT } from '../record/events.ts';
import { type ObjectCgroup, ObjectStock, type PageCharger } from './objcg-stock.ts';

/** Pointer to its objcg that each object of a slab page has (`slabobj_ext`), charged with the object. */
export const OBJCG_POINTER_BYTES = 8;
/** `struct obj_cgroup` (6.12): percpu_ref, memcg pointer, bytes, list head. */
const OBJCG_BYTES = 64;

/** Counters besides `current` that a container's kernel memory is told in. */
const KEPT_IN = [
  COUNTER.kernel,
  COUNTER.slab_reclaimable,
  COUNTER.slab_unreclaimable,
  COUNTER.kernel_stack,
  COUNTER.pagetables,
  COUNTER.percpu,
  COUNTER.zswap,
  COUNTER.zswapped,
] as const;

const statOf = (cache: SlabCache): number => (cache.shrinkable ? COUNTER.slab_reclaimable : COUNTER.slab_unreclaimable);

/**
 * Kernel memory by object: obj_cgroup of mm/memcontrol.c (6.12).
 *
 * Containers share slab pages; each object of an accounted cache is charged in bytes, with the 8 bytes of its pointer, through a stock of each processor, and only whole pages
 * reach the counters. Stacks and page tables are charged page by page. The root's own kernel memory is not charged. At removal a container's objcg, and those that it
 * has taken over, are handed to the parent; no counter changes, for the parent is charged for them already.
 *
 * `noaccount` is an allocation made for the root (`set_active_memcg()`). One that cannot sleep is __GFP_HIGH: it goes over limits.
 */
export class KernelObjcgPolicy implements KernelPolicy, PageCharger {
  readonly id = 'objcg';
  readonly lists_per_container = true;
  readonly reclaims_slab = true;
  private readonly world: World;
  private readonly slab: Slab;
  private readonly pools = new Map<SlabCache, SlabPool>();
  private readonly stocks: readonly ObjectStock[];
  /** All objcgs that live, by id; and the one to which a container's allocations go. */
  private readonly objcgs = new Map<number, ObjectCgroup>();
  private readonly current = new Map<number, ObjectCgroup>();
  private next_id = 0;
  /** Changes of slab counters not told yet, by container, in bytes: [reclaimable, unreclaimable]. */
  private readonly untold = new Map<number, [number, number]>();
  private list_steps = 0;
  /** How and for whom the stock charges now. */
  private charging: { readonly task: number; readonly mode: ChargeMode } = { task: NO_TASK, mode: 'forced' };

  constructor(world: World, slab: Slab) {
    this.world = world;
    this.slab = slab;
    this.stocks = Array.from({ length: world.program.machine.cpu_count }, () => new ObjectStock());
    for (const cache of slab.caches) this.pools.set(cache, slab.newPool(cache, NOBODY));
  }

  create(container: number): void {
    if (container === ROOT_CONTAINER) return;
    const objcg = { id: this.next_id++, payer: container, parked_bytes: 0, reference_count: 0, object_bytes: 0, page_count: 0, killed: false };
    this.objcgs.set(objcg.id, objcg);
    this.current.set(container, objcg);
  }

  choose(cache: SlabCache, container: number, _task: number, flags: SlabFlags): SlabChoice {
    const pool = this.pools.get(cache) ?? this.slab.newPool(cache, NOBODY);
    if (!cache.accounted) return { pool, account: SLAB_ACCOUNT.unregistered };
    if (flags.noaccount) return { pool, account: SLAB_ACCOUNT.noaccount };
    return { pool, account: container === ROOT_CONTAINER ? SLAB_ACCOUNT.root : SLAB_ACCOUNT.container };
  }

  chargePage(): boolean {
    return true;
  }

  unchargePage(): void {}

  /** `obj_cgroup_charge()` in the slab's post-allocation hook. */
  chargeObject(choice: SlabChoice, container: number, task: number, atomic: boolean): number {
    const objcg = this.current.get(container);
    if (choice.account !== SLAB_ACCOUNT.container || objcg === undefined) return uncharged(choice.account);
    const { cache } = choice.pool;
    if (!this.chargeObjectBytes(objcg, cache.object_bytes + OBJCG_POINTER_BYTES, task, atomic ? 'forced' : 'blocking')) return REFUSED;
    this.tellLater(objcg.payer, cache, cache.object_bytes + OBJCG_POINTER_BYTES);
    return objcg.id;
  }

  unchargeObject(pool: SlabPool, account: number, task: number): void {
    const objcg = this.objcgs.get(account);
    if (objcg === undefined) return;
    const size = pool.cache.object_bytes + OBJCG_POINTER_BYTES;
    this.unchargeObjectBytes(objcg, size, task);
    this.tellLater(objcg.payer, pool.cache, -size);
    this.put(objcg);
  }

  payerOf(_pool: SlabPool, account: number): number {
    return this.objcgs.get(account)?.payer ?? NOBODY;
  }

  /** `__memcg_kmem_charge_page()`. */
  chargePages(container: number, counter: number, page_count: number, task: number, mode: ChargeMode): number {
    const objcg = this.current.get(container);
    if (objcg === undefined) return uncharged(SLAB_ACCOUNT.root);
    this.charging = { task, mode };
    if (!this.charge(objcg, page_count)) return REFUSED;
    this.world.accounts.change(objcg.payer, counter, page_count, task);
    objcg.page_count += page_count;
    objcg.reference_count++;
    return objcg.id;
  }

  unchargePages(account: number, counter: number, page_count: number, task: number): void {
    const objcg = this.objcgs.get(account);
    if (objcg === undefined) return;
    this.charging = { task, mode: 'forced' };
    objcg.page_count -= page_count;
    this.world.accounts.change(objcg.payer, counter, -page_count, task);
    this.uncharge(objcg, page_count);
    this.put(objcg);
  }

  chargeBytes(container: number, counter: number, byte_count: number, task: number): number {
    const objcg = this.current.get(container);
    if (objcg === undefined) return uncharged(SLAB_ACCOUNT.root);
    this.chargeObjectBytes(objcg, byte_count, task, 'forced');
    this.world.accounts.change(objcg.payer, counter, byte_count, task);
    return objcg.id;
  }

  unchargeBytes(account: number, counter: number, byte_count: number, task: number): void {
    const objcg = this.objcgs.get(account);
    if (objcg === undefined) return;
    this.world.accounts.change(objcg.payer, counter, -byte_count, task);
    this.unchargeObjectBytes(objcg, byte_count, task);
    this.put(objcg);
  }

  mayLimit(): boolean {
    return true;
  }

  /** `memcg_reparent_objcgs()`: O(objcgs). The stocks keep what they hold. */
  remove(container: number): number {
    const { accounts, tree, policy } = this.world;
    const parent = tree.parents[container];
    this.tell(NO_TASK);
    for (const objcg of this.objcgs.values()) {
      if (objcg.payer !== container) continue;
      objcg.payer = parent;
      this.list_steps++;
    }
    if (policy.gate !== null) accounts.inherit(container, parent, COUNTER.current, tree.local(container, COUNTER.kernel));
    for (const counter of KEPT_IN) accounts.inherit(container, parent, counter, tree.local(container, counter));
    const objcg = this.current.get(container);
    this.current.delete(container);
    if (objcg !== undefined) {
      objcg.killed = true;
      this.release(objcg);
    }
    return parent;
  }

  settle(_end_of_step: boolean, task: number): void {
    this.tell(task);
  }

  /** `drain_all_stock()`: of every processor whose stock belongs to the subtree. */
  drain(container: number): void {
    for (const stock of this.stocks) if (stock.cached !== null && this.world.tree.isWithin(stock.cached.payer, container)) stock.drain(this);
  }

  chargedPages(container: number): number {
    return this.world.policy.gate === null ? 0 : this.world.tree.local(container, COUNTER.kernel);
  }

  /** Each container's whole pages hold exactly the bytes of its objects, what stocks hold for it, and what is parked. */
  check(): LabError | null {
    const { tree } = this.world;
    const bytes = new Float64Array(tree.count);
    for (const objcg of this.objcgs.values()) bytes[objcg.payer] += objcg.object_bytes + objcg.parked_bytes + objcg.page_count * PAGE_SIZE_BYTES;
    for (const stock of this.stocks) if (stock.cached !== null) bytes[stock.cached.payer] += stock.bytes;
    for (let container = 0; container < tree.count; container++) {
      const charged = tree.local(container, COUNTER.kernel) * PAGE_SIZE_BYTES;
      if (charged !== bytes[container])
        return violation(`objcg: bytes of kernel memory charged to ${tree.paths[container]} against those in use and in stock`, charged, bytes[container]);
    }
    return null;
  }

  cost(): PolicyCost {
    let page_storage_bytes = 0;
    for (const [cache, pool] of this.pools) if (cache.accounted) page_storage_bytes += pool.page_count * cache.objects_per_page * OBJCG_POINTER_BYTES;
    return { ...NO_COST, list_steps: this.list_steps, page_storage_bytes, container_storage_bytes: OBJCG_BYTES * this.objcgs.size };
  }

  // What the stocks ask for

  /** `obj_cgroup_charge_pages()`. */
  charge(objcg: ObjectCgroup, page_count: number): boolean {
    const { task, mode } = this.charging;
    return this.world.chargePool(objcg.payer, COUNTER.kernel, page_count, task, mode);
  }

  uncharge(objcg: ObjectCgroup, page_count: number): void {
    this.world.unchargePool(objcg.payer, COUNTER.kernel, page_count, this.charging.task);
  }

  put(objcg: ObjectCgroup): void {
    objcg.reference_count--;
    this.release(objcg);
  }

  /** `obj_cgroup_release()`: with the last reference what is parked, whole pages by then, is given back. */
  private release(objcg: ObjectCgroup): void {
    if (!objcg.killed || objcg.reference_count > 0) return;
    this.objcgs.delete(objcg.id);
    const page_count = objcg.parked_bytes / PAGE_SIZE_BYTES;
    if (page_count > 0) this.uncharge(objcg, page_count);
  }

  private chargeObjectBytes(objcg: ObjectCgroup, size: number, task: number, mode: ChargeMode): boolean {
    this.charging = { task, mode };
    if (!this.stockOf(task).charge(objcg, size, this)) return false;
    objcg.object_bytes += size;
    objcg.reference_count++;
    return true;
  }

  private unchargeObjectBytes(objcg: ObjectCgroup, size: number, task: number): void {
    this.charging = { task, mode: 'forced' };
    objcg.object_bytes -= size;
    this.stockOf(task).uncharge(objcg, size, this);
  }

  /** What nobody's task does is done on the first processor. */
  private stockOf(task: number): ObjectStock {
    return this.stocks[task === NO_TASK ? 0 : this.world.spaces.cpu[task]];
  }

  private tellLater(container: number, cache: SlabCache, bytes: number): void {
    const pending = this.untold.get(container) ?? [0, 0];
    pending[statOf(cache) === COUNTER.slab_reclaimable ? 0 : 1] += bytes;
    this.untold.set(container, pending);
  }

  private tell(task: number): void {
    for (const [container, [reclaimable, unreclaimable]] of this.untold) {
      this.world.accounts.change(container, COUNTER.slab_reclaimable, reclaimable, task);
      this.world.accounts.change(container, COUNTER.slab_unreclaimable, unreclaimable, task);
    }
    this.untold.clear();
  }
}
