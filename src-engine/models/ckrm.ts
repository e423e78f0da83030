import { NO_PAGE, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { LIST_COUNT, LRU_COUNT } from '../machine/pages/lru.ts';
import type { MemoryObject } from '../machine/pages/objects.ts';
import { DENIED, type PolicyCost, violation } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND, MEMORY_EVENT, RECLAIM_REASON } from '../record/events.ts';
import { CkrmShares, FAIL_OVER_PERCENT, percentOf, SHRINK_AT_PERCENT, SHRINK_COUNT, SHRINK_INTERVAL_NS, SHRINK_TO_PERCENT } from './ckrm-shares.ts';
import { countByClass, moveToOwner } from './class-counters.ts';
import { StaticPolicy } from './static.ts';

/** Lists of a class for each zone, and its counters pg_total, pg_guar, pg_limit, pg_unused, pg_borrowed, pg_lent. */
const CLASS_BYTES = LRU_COUNT * 16 + 6 * 8;

/**
 * `owner: guarantee`: the CKRM memory controller (2004–05, for Linux 2.6.12; ckrm_memcore.c, ckrm_mem_inline.h). A page has one owner, at first the class of the task
 * that brought it in. Ownership is a policy and no history, though: when a task moves or a class goes, each page concerned goes to that one of the classes whose tasks map it
 * that has most of its guarantee left for itself; between equals nothing changes. `min` is the guarantee and `max` the limit, in pages: what CKRM's shares resolve to.
 *
 * A class without guarantee, or beyond it, borrows from its parent. Allocations go on until 110 % of the limit and fail from there; at 90 % the class is shrunk to 80 %,
 * at most ten times in ten seconds. `high` and `low` do nothing. Page reclaim for want of memory on the machine, which weighed classes by their guarantees, is the
 * machine's own here.
 */
export class CkrmPolicy extends StaticPolicy {
  private readonly shares: CkrmShares;
  /** When each container was shrunk of late, simulated time. */
  private readonly shrunk_at_ns = new Map<number, readonly number[]>();
  private evaluated_page_count = 0;

  constructor(world: World) {
    super(world);
    this.shares = new CkrmShares(world.tree);
  }

  /** `ckrm_class_limit_ok()`: every class on the way up that has a limit must be below 110 % of it. */
  override charge(container: number, object: MemoryObject, _page: number, task: number): number {
    const { tree, log } = this.world;
    for (let at = container; at !== -1; at = tree.parents[at]) {
      const limit = tree.max[at];
      if (limit === Number.POSITIVE_INFINITY) continue;
      if (tree.usage[at] + 1 >= percentOf(limit, SHRINK_AT_PERCENT)) this.shrink(at, task);
      if (tree.usage[at] + 1 <= percentOf(limit, FAIL_OVER_PERCENT)) continue;
      tree.count_event(at, COUNTER.max);
      log.emit(KIND.memory_event, MEMORY_EVENT.max, task, at, NO_PAGE, 0, 0);
      return DENIED;
    }
    tree.charge(container, 1);
    countByClass(tree, container, object.kind, 1);
    this.shares.charge(container);
    return container;
  }

  override uncharge(object: MemoryObject, page: number, frame: number): number {
    this.shares.uncharge(this.world.machine.lru.lruvecOf(frame));
    return super.uncharge(object, page, frame);
  }

  /** Only a task that comes from another class changes who owns what it maps. */
  override map(_container: number, object: MemoryObject, page: number, task: number): void {
    if (this.world.spaces.moving_task === task) this.evaluate(object, page);
  }

  override settle(): void {}

  /** A new limit is kept by the next allocation. */
  override resize(): boolean {
    return true;
  }

  /** Every page of the class goes to another class that maps it, else to the root (`ckrm_mem_evaluate_all_pages`). */
  override remove(container: number): void {
    const { machine } = this.world;
    for (let list = 0; list < LIST_COUNT; list++) {
      for (let frame = machine.lru.tail(container, list); frame !== -1; frame = machine.lru.tail(container, list)) {
        const page = machine.lru.pageOf(frame);
        const object = machine.objectOfFrame(frame);
        this.give(page, container, this.bestUser(object, page, -1) ?? ROOT_CONTAINER);
      }
    }
  }

  /** What a class has in use is what it owns and what it lent. */
  override check(): LabError | null {
    const { machine, tree } = this.world;
    for (let container = 0; container < tree.count; container++) {
      const expected = machine.lru.allPages(container) + this.shares.lent(container);
      if (this.shares.total(container) !== expected)
        return violation(`ckrm: pages in use of ${tree.paths[container]} against pages owned and lent`, this.shares.total(container), expected);
    }
    return super.check();
  }

  override cost(): PolicyCost {
    return {
      ...super.cost(),
      rmap_steps: this.world.spaces.rmap_steps,
      list_steps: this.evaluated_page_count,
      pages_migrated: this.world.pages_reparented,
      container_storage_bytes: CLASS_BYTES * this.world.containers_in_memory,
    };
  }

  /** `ckrm_mem_evaluate_page()`: the page goes to the user with the most of its guarantee available. */
  private evaluate(object: MemoryObject, page: number): void {
    const { machine } = this.world;
    const owner = machine.lru.lruvecOf(machine.frameOf(page));
    const best = this.bestUser(object, page, owner);
    this.evaluated_page_count++;
    if (best !== null && best !== owner) this.give(page, owner, best);
  }

  /**
   * Among the classes whose tasks map the page the one with the largest guarantee available; null if none does. The owner, if it is among them, and else the one with the
   * smallest id stays where others are only equal: the kernel took them in the order of its reverse map.
   */
  private bestUser(object: MemoryObject, page: number, owner: number): number | null {
    const { spaces } = this.world;
    const users = [...new Set(spaces.mappers(object, page).map((task) => spaces.container[task]))].sort((one, other) =>
      one === owner ? -1 : other === owner ? 1 : one - other,
    );
    return users.length === 0 ? null : users.reduce((best, user) => (this.shares.compare(user, best) > 0 ? user : best));
  }

  private give(page: number, from: number, to: number): void {
    this.shares.uncharge(from);
    this.shares.charge(to);
    this.world.pages_reparented++;
    moveToOwner(this.world, page, to);
  }

  /** `ckrm_shrink_class()`: down to 80 % of the limit. */
  private shrink(container: number, task: number): void {
    const { tree, log, reclaim } = this.world;
    const recent = (this.shrunk_at_ns.get(container) ?? []).filter((at_ns) => log.now_ns - at_ns < SHRINK_INTERVAL_NS);
    if (recent.length >= SHRINK_COUNT) return;
    this.shrunk_at_ns.set(container, [...recent, log.now_ns]);
    reclaim.tryToFree(container, tree.usage[container] - percentOf(tree.max[container], SHRINK_TO_PERCENT), RECLAIM_REASON.max, task);
  }
}
