import { NO_CONTAINER, NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../../base/ids.ts';
import type { LabError } from '../../base/result.ts';
import { ERRNO, KIND, SKIP } from '../../record/events.ts';
import type { AxisModule, AxisOp } from '../axis-module.ts';
import { type KernelPolicy, NOBODY, REFUSED, type SlabChoice, slabAccountOf } from '../policies/kernel-policy.ts';
import type { PolicyFactories } from '../policies/policies.ts';
import { DENIED, type PolicyCost, violation } from '../policies/policy.ts';
import { DEFAULT_SEEKS, shrinkPlan } from '../reclaim/shrinker.ts';
import type { World } from '../world.ts';
import { CacheMemory } from './cache-memory.ts';
import { NONE, Slab, type SlabCache } from './slab.ts';
import { TaskMemory } from './task-memory.ts';

/**
 * Kernel memory: slab caches and their shrinkers, and, where the machine counts it, stacks, page tables and per-processor structures. It holds the frames; the model's policy
 * for kernel memory says who pays.
 */
export class KernelMemory implements AxisModule<'kernel'> {
  readonly policy: KernelPolicy;
  readonly slab: Slab;
  /** Null: stacks, page tables and per-processor structures are not counted. */
  readonly tasks: TaskMemory | null;
  /** Null: the kernel's own memory for page cache is not counted. */
  readonly cache: CacheMemory | null;
  private readonly world: World;
  /** Objects freed and not told of yet: by account and container, for one event each. */
  private readonly freed = new Map<number, number>();

  constructor(world: World, createPolicy: PolicyFactories['kernel']) {
    this.world = world;
    this.slab = new Slab(world.program.objects);
    this.policy = createPolicy(world, this.slab);
    this.tasks = world.program.machine.kernel_memory ? new TaskMemory(world, this.policy) : null;
    this.cache = world.program.machine.cache_memory === true ? new CacheMemory(world, this.policy) : null;
    world.machine.cache_memory = this.cache;
  }

  perform(op: AxisOp<'kernel'>): void {
    const { spaces, log } = this.world;
    if (spaces.alive[op.task] === 0) {
      log.emit(KIND.step_skip, SKIP.task_dead, op.task, NO_CONTAINER, NO_PAGE, 0, 0);
      return;
    }
    if (op.allocate > 0) this.allocate(op);
    if (op.free > 0) this.free(op);
  }

  private allocate(op: AxisOp<'kernel'>): void {
    const { world, policy, slab } = this;
    const { spaces, machine, log } = world;
    const container = spaces.container[op.task];
    const cache = slab.cacheOf(op.object);
    const choice = policy.choose(cache, container, op.task, op);
    let count = 0;
    while (count < op.allocate && spaces.alive[op.task] === 1 && this.allocateOne(choice, container, op)) {
      count++;
      if (machine.settle_due) world.policy.settle(container, op.task);
    }
    policy.settle(false, op.task);
    if (count > 0) log.emit(KIND.slab_alloc, choice.account, op.task, container, NO_PAGE, count, op.object);
    if (count < op.allocate && spaces.alive[op.task] === 1) log.emit(KIND.op_fail, ERRNO.ENOMEM, op.task, container, NO_PAGE, 0, 0);
  }

  /** `kmem_cache_alloc()`: the object first, then its charge, as the post-allocation hook of 6.12 has it. False: no memory, or no charge. */
  private allocateOne(choice: SlabChoice, container: number, op: AxisOp<'kernel'>): boolean {
    const { policy, slab } = this;
    const { pool } = choice;
    let page = slab.pageWithRoom(pool);
    if (page === NONE) {
      if (!policy.chargePage(pool, op.task, op.atomic)) return false;
      const frame = this.world.policy.allocateUnlisted(container, op.task);
      if (frame === DENIED) {
        policy.unchargePage(pool, op.task);
        return false;
      }
      page = slab.addPage(pool, frame);
    }
    const object = slab.take(page, op.task);
    const account = policy.chargeObject(choice, container, op.task, op.atomic);
    if (account === REFUSED) {
      this.freePage(pool, slab.free(object), op.task);
      return false;
    }
    slab.setAccount(object, account);
    if (pool.cache.shrinkable && !op.held) slab.enlist(object, this.listOwner(policy.payerOf(pool, account)));
    return true;
  }

  /** Frees the oldest objects that the task has allocated, then the oldest of the cache. */
  private free(op: AxisOp<'kernel'>): void {
    const cache = this.slab.cacheOf(op.object);
    for (let left = op.free; left > 0; left--) {
      const object = this.slab.oldest(cache, op.task);
      if (object === NONE) break;
      this.release(object, op.task);
    }
    this.policy.settle(false, op.task);
    this.tellFreed(cache, op.task);
  }

  /** Frees one object; its page, too, if that was the last on it. Returns frames freed. */
  private release(object: number, task: number): number {
    const { policy, slab } = this;
    const pool = slab.poolOf(object);
    const account = slab.accountOf(object);
    const payer = policy.payerOf(pool, account);
    const key = (payer === NOBODY ? NO_CONTAINER : payer) * 8 + slabAccountOf(account);
    this.freed.set(key, (this.freed.get(key) ?? 0) + 1);
    policy.unchargeObject(pool, account, task);
    return this.freePage(pool, slab.free(object), task);
  }

  private freePage(pool: SlabChoice['pool'], frame: number, task: number): number {
    if (frame === NONE) return 0;
    this.policy.unchargePage(pool, task);
    this.world.policy.releaseUnlisted(frame);
    return 1;
  }

  private tellFreed(cache: SlabCache, task: number): void {
    for (const [key, count] of this.freed) this.world.log.emit(KIND.slab_free, key % 8, task, Math.floor(key / 8), NO_PAGE, count, cache.object);
    this.freed.clear();
  }

  // Shrinkers

  /**
   * `shrink_slab()` of mm/shrinker.c (6.12) for one container at one priority, called after its lists have been scanned. `whole`: for the machine as a whole, which asks
   * also those shrinkers that know no containers (with the root), and those that reclaim for a container leaves alone. Returns frames freed.
   */
  shrink(container: number, priority: number, task: number, whole: boolean): number {
    const { policy, slab } = this;
    if (!whole && !policy.reclaims_slab) return 0;
    if (!policy.lists_per_container && container !== ROOT_CONTAINER) return 0;
    let frames = 0;
    for (const cache of slab.caches) {
      const freeable = slab.freeable(cache, container);
      if (freeable === 0) continue;
      const plan = shrinkPlan({
        freeable,
        priority,
        seeks: DEFAULT_SEEKS,
        deferred: cache.deferred.get(container) ?? 0,
        batch: policy.shrinker_batch ?? cache.shrinker_batch,
      });
      cache.deferred.set(container, plan.deferred);
      frames += this.scan(cache, container, plan.total, plan.scanned, priority, task).frames;
    }
    return frames;
  }

  /** Asks the shrinkers of every container in a subtree for one batch each. Returns objects freed. */
  shrinkBatch(target: number, task: number): number {
    const { policy, slab } = this;
    let objects = 0;
    for (let at = target; at !== -1; at = this.world.tree.next(at, target)) {
      for (const cache of slab.caches) {
        const count = Math.min(slab.freeable(cache, at), policy.shrinker_batch ?? cache.shrinker_batch);
        if (count > 0) objects += this.scan(cache, at, count, count, 0, task).objects;
      }
    }
    return objects;
  }

  /** `drop_caches`: every object that nobody uses goes (`drop_slab()` shrinks at priority 0 until hardly anything comes of it). */
  dropCaches(): void {
    for (const cache of this.slab.caches) {
      for (const container of [...cache.lists.keys()].sort((a, b) => a - b)) {
        const count = this.slab.freeable(cache, container);
        if (count > 0) this.scan(cache, container, count, count, 0, NO_TASK);
      }
    }
  }

  /** A shrinker looks at `scanned` objects of a container's list, from the one longest unused on, and frees them. */
  private scan(cache: SlabCache, container: number, total: number, scanned: number, priority: number, task: number): { objects: number; frames: number } {
    const { slab, policy } = this;
    const { log, program } = this.world;
    log.emit(KIND.shrink_slab_start, priority << 2, task, container, NO_PAGE, total, slab.freeable(cache, container));
    let frames = 0;
    let objects = 0;
    for (; objects < scanned; objects++) {
      const object = slab.oldestUnused(cache, container);
      if (object === NONE) break;
      frames += this.release(object, task);
    }
    log.now_ns += scanned * program.machine.costs.list_step_ns;
    policy.settle(false, task);
    this.tellFreed(cache, NO_TASK);
    log.emit(KIND.shrink_slab_end, 0, task, container, NO_PAGE, scanned, objects);
    return { objects, frames };
  }

  /** On whose list an unused object stands: that of who pays for it, where shrinkers tell containers apart. */
  private listOwner(payer: number): number {
    return this.policy.lists_per_container && payer !== NOBODY ? payer : ROOT_CONTAINER;
  }

  // Tasks and containers. What a task has charged stays where it is when the task moves.

  create(container: number): void {
    if (this.world.tree.has_memory[container] === 0) return;
    this.policy.create(container);
    this.tasks?.create(container);
  }

  exiting(task: number): void {
    this.tasks?.exiting(task);
  }

  remove(container: number): void {
    const heir = this.policy.remove(container);
    if (this.policy.lists_per_container) this.slab.handLists(container, heir);
    this.tasks?.remove(container);
  }

  /** The end of a step, when work queues run. */
  stepDone(): void {
    this.policy.settle(true, NO_TASK);
    this.tasks?.stepDone();
    this.cache?.stepDone();
  }

  // What others ask

  chargedPages(container: number): number {
    return this.policy.chargedPages(container);
  }

  get frame_count(): number {
    return this.slab.page_count + (this.tasks?.frame_count ?? 0) + (this.cache?.frame_count ?? 0);
  }

  check(): LabError | null {
    let objects = 0;
    let pages = 0;
    for (const cache of this.slab.caches) objects += cache.all.count;
    for (const pool of this.slab.pools) pages += pool.page_count;
    if (objects !== this.slab.object_count) return violation('objects of slab caches against objects in use', objects, this.slab.object_count);
    if (pages !== this.slab.page_count) return violation('slab pages of all pools against slab pages in use', pages, this.slab.page_count);
    return this.cache?.check() ?? this.policy.check();
  }

  cost(): PolicyCost {
    return this.policy.cost();
  }
}
