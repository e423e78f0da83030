import { NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { LimitGate } from '../machine/limit-gate.ts';
import type { MemoryObject } from '../machine/pages/objects.ts';
import { DENIED, type PagePolicy, type PolicyCost, violation } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import { ERRNO, KIND, OBJECT_CLASS } from '../record/events.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import { ChargeTo } from './charge-to.ts';
import { countByClass, creatorOf } from './class-counters.ts';
import { type Account, reclaimMapped } from './mapped-reclaim.ts';
import { forceEmpty } from './removal-free.ts';
import { beancounterShares, equalShares, PAGE_WEIGHT, PAGE_WEIGHT_SHIFT, type ShareList, type ShareRule } from './shares.ts';

/** `struct page` pointer; `struct page_beancounter` in a cache line; the hash has one pointer for four pages, rounded up to a power of two. */
const PAGE_POINTER_BYTES = 8;
const SHARE_BYTES = 64;
const HASH_SLOT_BYTES = 8;
const CONTAINER_BYTES = 48;

/**
 * Partial page ownership: OpenVZ user beancounters with RSS fractions (kernels before 2.6.32-042stab). Every container that maps a page pays a part of it, in parts of
 * 2⁻²⁴ page that add up to one page exactly; several tasks of one container count once. Parameter `shares`: the parts by beancounters' rule, or equal. Only mapped anonymous and file pages have fractions. tmpfs
 * pages are charged whole to the container that created the object, mapped or not (`tmpfs_respages`). Page cache that nobody maps is charged to nobody.
 *
 * `max` limits the sum of the parts here. Beancounters of that time only showed it (physpages); enforcing it is what the SoftwareZones page assumes when
 * it calls the scheme open to the stop-sharing attack.
 */
export class PartialPolicy implements PagePolicy {
  readonly id = 'partial';
  readonly charge_shift = PAGE_WEIGHT_SHIFT;
  readonly lists_per_container = false;
  readonly charged_units = 0;
  private readonly world: World;
  readonly gate: LimitGate;
  private readonly charge_to: ChargeTo;
  private readonly rule: ShareRule;
  private readonly shares = new Map<number, ShareList>();
  /** tmpfs pages: the container charged for each. */
  private readonly tmpfs_payer = new Map<number, number>();
  private share_count = 0;
  private share_updates = 0;
  private hash_lookups = 0;

  /** Parts go with mappings; tmpfs is its payer's alone, mapped or not. */
  private readonly account: Account = {
    units_per_page: PAGE_WEIGHT,
    isChargedTo: (object, page, target) => {
      const payer = this.tmpfs_payer.get(page);
      return payer === undefined ? this.world.spaces.isMappedWithin(object, page, target) : this.world.tree.isWithin(payer, target);
    },
    isWhole: (object) => object.kind === OBJECT_CLASS.tmpfs,
  };

  constructor(world: World) {
    this.world = world;
    this.rule = world.model.parameters.shares === 'equal' ? equalShares : beancounterShares;
    this.charge_to = new ChargeTo(world);
    this.gate = new LimitGate(world, this.charge_shift, (container, page_count, reason, task) =>
      reclaimMapped(world, container, page_count, reason, task, this.account),
    );
  }

  create(): boolean {
    return true;
  }

  allocate(_container: number, _object: MemoryObject, task: number): number {
    return this.world.allocateFrame(task);
  }

  allocateUnlisted(_container: number, task: number): number {
    return this.world.allocateFrame(task);
  }

  releaseUnlisted(frame: number): void {
    this.world.machine.releaseFrame(frame);
  }

  charge(_container: number, object: MemoryObject, page: number, task: number): number {
    if (object.kind !== OBJECT_CLASS.tmpfs) return ROOT_CONTAINER;
    const named = this.charge_to.payerOf(object);
    const payer = named === -1 ? object.creator : named;
    if (!this.gate.makeRoom(payer, PAGE_WEIGHT, task, named === -1)) {
      if (named !== -1) this.world.machine.denial_errno = ERRNO.ENOSPC;
      return DENIED;
    }
    this.tmpfs_payer.set(page, payer);
    this.change(payer, object, page, PAGE_WEIGHT);
    this.gate.charged(payer, task);
    return ROOT_CONTAINER;
  }

  uncharge(object: MemoryObject, page: number): number {
    const payer = this.tmpfs_payer.get(page);
    if (payer !== undefined) {
      this.tmpfs_payer.delete(page);
      this.change(payer, object, page, -PAGE_WEIGHT);
    }
    return 0;
  }

  admit(container: number, object: MemoryObject, page: number, task: number): boolean {
    if (object.kind === OBJECT_CLASS.tmpfs) return true;
    this.hash_lookups++;
    const sharers = (): ShareList => this.shares.get(page) ?? [];
    // What sharers give up makes room in every container that holds them.
    const relief = (at: number): number =>
      this.rule.given(sharers()).reduce((sum, giver) => sum + (this.world.tree.isWithin(giver.container, at) ? giver.units : 0), 0);
    for (;;) {
      const units = this.rule.newcomerUnits(sharers(), container);
      if (units > 0 && !this.gate.makeRoom(container, units, task, true, sharers().length === 0 ? undefined : relief)) return false;
      // Reclaim may have taken sharers off the page: then the newcomer's share is larger than what there is room for.
      if (this.rule.newcomerUnits(sharers(), container) <= units) return true;
    }
  }

  map(container: number, object: MemoryObject, page: number, task: number): void {
    if (object.kind === OBJECT_CLASS.tmpfs) return;
    this.hash_lookups++;
    let list = this.shares.get(page);
    if (list === undefined) {
      list = [];
      this.shares.set(page, list);
    }
    const sharer_count = list.length;
    this.rule.add(list, container, (payer, delta) => this.change(payer, object, page, delta));
    if (list.length === sharer_count) return;
    this.share_count++;
    this.gate.charged(container, task);
  }

  unmap(container: number, object: MemoryObject, page: number): void {
    const list = this.shares.get(page);
    if (list === undefined) return;
    this.hash_lookups++;
    const sharer_count = list.length;
    this.rule.remove(list, container, (payer, delta) => this.change(payer, object, page, delta));
    this.share_count += list.length - sharer_count;
    if (list.length === 0) this.shares.delete(page);
  }

  settle(container: number, task: number): void {
    this.gate.handleOverHigh(container, task);
  }

  swapPayer(object: MemoryObject): number {
    return creatorOf(object);
  }

  resize(container: number, task: number, changed: LimitsSpec): boolean {
    this.gate.enforce(container, task, changed);
    return true;
  }

  reclaim(container: number, page_count: number, reason: number, task: number, swappiness: number | undefined): number {
    if (container === ROOT_CONTAINER) return this.world.reclaim.tryToFree(ROOT_CONTAINER, page_count, reason, task, swappiness);
    return reclaimMapped(this.world, container, page_count, reason, task, this.account);
  }

  /**
   * Fractions went with the tasks. tmpfs that the container created goes to its parent, and so will new pages of these objects; after reclaim where removal frees.
   * A zombie, as a beancounter that a shmem inode refers to (`shmi_ub`), goes on paying for them.
   */
  remove(container: number): void {
    const { machine, tree, model } = this.world;
    if (model.axes.removal === 'zombie') return;
    if (model.axes.removal === 'free') forceEmpty(this.world, container);
    const parent = tree.parents[container];
    for (const object of machine.objects) if (object.creator === container) object.creator = parent;
    for (const [page, payer] of this.tmpfs_payer) {
      if (payer !== container) continue;
      const object = machine.objectOfFrame(machine.frameOf(page));
      this.change(container, object, page, -PAGE_WEIGHT);
      this.change(parent, object, page, PAGE_WEIGHT);
      this.tmpfs_payer.set(page, parent);
      this.world.pages_reparented++;
    }
  }

  /** A removed container goes on paying for tmpfs that it created as long as that is there. */
  holds(container: number): boolean {
    const created = this.world.machine.objects.some(
      (object) => object.creator === container && object.kind === OBJECT_CLASS.tmpfs && (object.owner_task === -1 || object.areas.length > 0),
    );
    return created || this.charge_to.holds(container);
  }

  /** The parts of each page add up to one page, and the containers' charges to the parts of all pages. */
  check(): LabError | null {
    const { tree } = this.world;
    const held = new Float64Array(tree.count);
    for (const [page, list] of this.shares) {
      let sum = 0;
      for (const share of list) {
        sum += share.units;
        held[share.container] += share.units;
      }
      if (sum !== PAGE_WEIGHT) return violation(`partial: parts of page ${page} against one page`, sum, PAGE_WEIGHT);
    }
    for (const payer of this.tmpfs_payer.values()) held[payer] += PAGE_WEIGHT;
    for (let container = tree.count - 1; container > 0; container--) held[tree.parents[container]] += held[container];
    for (let container = 0; container < tree.count; container++) {
      const expected = held[container] + this.world.chargedUnlistedPages(container) * PAGE_WEIGHT;
      if (expected !== tree.usage[container])
        return violation(
          `partial: charge of ${tree.paths[container]} against its parts of pages and its other memory (2⁻²⁴ page)`,
          tree.usage[container],
          expected,
        );
    }
    return null;
  }

  cost(): PolicyCost {
    const { tree, machine } = this.world;
    const { memory_pages } = machine.spec;
    const hash_slots = 2 ** Math.ceil(Math.log2(Math.max(1, memory_pages / 4)));
    return {
      counter_updates: tree.counter_updates,
      rmap_steps: 0,
      list_steps: 0,
      pages_migrated: this.world.pages_reparented,
      page_storage_bytes: PAGE_POINTER_BYTES * memory_pages + HASH_SLOT_BYTES * hash_slots + SHARE_BYTES * this.share_count,
      container_storage_bytes: CONTAINER_BYTES * this.world.containers_in_memory,
      share_updates: this.share_updates,
      hash_lookups: this.hash_lookups,
    };
  }

  private change(container: number, object: MemoryObject, page: number, delta: number): void {
    const { tree, log } = this.world;
    this.share_updates++;
    if (delta > 0) tree.charge(container, delta);
    else tree.uncharge(container, -delta);
    countByClass(tree, container, object.kind, delta);
    log.emit(delta > 0 ? KIND.charge : KIND.uncharge, 0, NO_TASK, container, page, Math.abs(delta), 0);
    if (delta < 0) this.world.machine.fell(container);
  }
}
