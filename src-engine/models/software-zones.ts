import { NO_CONTAINER, NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { FramePool } from '../machine/frame-pool.ts';
import { LRU_COUNT } from '../machine/lru.ts';
import type { MemoryObject } from '../machine/objects.ts';
import { SWAP_CLUSTER_MAX } from '../machine/scan-count.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND, MEMORY_EVENT, RECLAIM_REASON } from '../record/events.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import { countByClass } from './class-counters.ts';
import { NO_COST, violation } from './none.ts';
import { DENIED, type PagePolicy, type PolicyCost } from './policy.ts';

/** A zone's descriptor with its free lists. An assumption: the seed gives no size, and today's `struct zone` is of this order. */
const ZONE_BYTES = 1664;
const FREE_ZONE = -1;

interface Zone {
  readonly index: number;
  readonly pool: FramePool;
  /** Container that owns it; ROOT_CONTAINER: a shared zone; FREE_ZONE: nobody's. */
  owner: number;
}

/**
 * Software zones (SoftwareZones page): memory is cut into contiguous zones of equal size, and a container owns whole zones. A page belongs to the owner of the
 * zone in which it lies; nothing is counted at charge or map. A limit is the sum of a container's zones: `max` rounded up to whole zones.
 *
 * Objects that several containers use lie in shared zones, charged to nobody; placement has to be known at allocation, and here the scenario tells it.
 * A container without `max` uses its nearest ancestor's zones, or the shared ones. A child's zones come out of its ancestor's, where that owns any.
 * Growing needs whole empty zones; shrinking migrates or reclaims what lies in the zones given up; creation fails where no empty zone is left.
 */
export class SoftwareZonesPolicy implements PagePolicy {
  readonly id = 'software-zones';
  readonly charge_shift = 0;
  readonly lists_per_container = true;
  charged_units = 0;
  readonly gate = null;
  private readonly world: World;
  private readonly zone_pages: number;
  private readonly zones: Zone[];
  /** Container in whose zones the frame handed out last lies. */
  private home = ROOT_CONTAINER as number;
  private pages_migrated = 0;
  private readonly unlisted_frames = new Set<number>();

  constructor(world: World) {
    this.world = world;
    const { memory_pages, zone_pages } = world.program.machine;
    this.zone_pages = zone_pages;
    this.zones = Array.from({ length: Math.floor(memory_pages / zone_pages) }, (_, index) => ({
      index,
      pool: new FramePool(index * zone_pages, zone_pages),
      owner: FREE_ZONE,
    }));
  }

  create(container: number): boolean {
    if (container === ROOT_CONTAINER) {
      this.world.machine.releaseFrame = (frame) => this.zoneOf(frame).pool.give(frame);
      return true;
    }
    return this.grow(container, this.zonesWanted(container));
  }

  allocate(container: number, object: MemoryObject, task: number): number {
    return this.allocateIn(object.used_across_containers ? ROOT_CONTAINER : this.homeOf(container), task);
  }

  /** Kernel memory is steered to the zones of the container that asks for it, and charged by lying there. */
  allocateUnlisted(container: number, task: number): number {
    const frame = this.allocateIn(this.homeOf(container), task);
    if (frame === DENIED) return DENIED;
    this.unlisted_frames.add(frame);
    if (this.home !== ROOT_CONTAINER) this.world.accounts.charge(this.home, COUNTER.current, 1, task);
    return frame;
  }

  releaseUnlisted(frame: number): void {
    const zone = this.zoneOf(frame);
    this.unlisted_frames.delete(frame);
    if (zone.owner > ROOT_CONTAINER) this.world.accounts.uncharge(zone.owner, COUNTER.current, 1);
    zone.pool.give(frame);
  }

  private allocateIn(home: number, task: number): number {
    const { world } = this;
    this.home = home;
    for (;;) {
      const frame = this.takeFrame(this.home);
      if (frame !== -1) return frame;
      if (this.home !== ROOT_CONTAINER && world.tree.max[this.home] === Number.POSITIVE_INFINITY) {
        // Its limit was lifted: it keeps its zones, and what does not fit goes where its parent's pages go.
        this.home = this.homeOf(world.tree.parents[this.home]);
        continue;
      }
      if (this.home !== ROOT_CONTAINER) this.countMax(this.home, task);
      if (world.reclaim.tryToFree(this.home, SWAP_CLUSTER_MAX, RECLAIM_REASON.max, task, undefined, true) > 0) continue;
      const killed = world.oom.kill(
        this.home,
        this.zonesOf(this.home).length * this.zone_pages,
        task,
        (victim) => this.homeOf(world.spaces.container[victim]) === this.home,
      );
      if (!killed || world.spaces.alive[task] === 0) return DENIED;
    }
  }

  charge(_container: number, object: MemoryObject): number {
    this.charged_units = this.home === ROOT_CONTAINER ? 0 : 1;
    if (this.charged_units > 0) {
      this.world.tree.charge(this.home, 1);
      countByClass(this.world.tree, this.home, object.kind, 1);
    }
    return this.home;
  }

  uncharge(object: MemoryObject, _page: number, frame: number): number {
    const owner = this.world.machine.lru.lruvecOf(frame);
    if (owner === ROOT_CONTAINER) return 0;
    this.world.tree.uncharge(owner, 1);
    countByClass(this.world.tree, owner, object.kind, -1);
    return 1;
  }

  admit(): boolean {
    return true;
  }

  map(): void {}

  unmap(): void {}

  settle(): void {}

  swapPayer(_object: MemoryObject, lruvec: number): number {
    return lruvec;
  }

  /**
   * Whole zones are taken or given back until those of the container and its descendants cover `max`. A container whose limit is lifted keeps what it has.
   * False: no empty zone for growth, or a zone that could not be emptied (children's zones are theirs).
   */
  resize(container: number, task: number, changed: LimitsSpec): boolean {
    if (changed.max_pages === undefined || this.world.tree.max[container] === Number.POSITIVE_INFINITY) return true;
    const wanted = this.zonesWanted(container);
    return wanted >= this.zonesWithin(container).length ? this.grow(container, wanted) : this.shrink(container, wanted, task);
  }

  /** Directed reclaim: from the container's own zones only. */
  reclaim(container: number, page_count: number, reason: number, task: number, swappiness: number | undefined): number {
    return this.world.reclaim.tryToFree(container, page_count, reason, task, swappiness, true);
  }

  /** What can be reclaimed is; zones that are empty then go back. A page that cannot go keeps its zone occupied: the zone becomes a shared one. */
  remove(container: number): void {
    const { world } = this;
    const { machine, tree } = world;
    while (world.reclaim.tryToFree(container, SWAP_CLUSTER_MAX, RECLAIM_REASON.remove, NO_TASK, undefined, true) > 0);
    for (let list = 0; list < LRU_COUNT; list++) {
      for (let frame = machine.lru.tail(container, list); frame !== -1; frame = machine.lru.tail(container, list)) {
        const page = machine.lru.pageOf(frame);
        tree.uncharge(container, 1);
        countByClass(tree, container, machine.objectOfFrame(frame).kind, -1);
        world.log.emit(KIND.uncharge, 0, NO_TASK, container, page, 1, 0);
        machine.recharge(page, ROOT_CONTAINER, 0);
      }
    }
    const heir = this.homeOf(tree.parents[container]);
    for (const zone of this.zonesOf(container)) {
      if (!isEmpty(zone)) this.assign(zone, ROOT_CONTAINER);
      else this.assign(zone, heir === ROOT_CONTAINER ? FREE_ZONE : heir);
    }
  }

  /** No page lies outside its container's zones, and the counters say what the zones hold. */
  check(): LabError | null {
    const { machine, tree } = this.world;
    const held = new Float64Array(tree.count);
    for (let frame = 0; frame < machine.lru.frame_count; frame++) {
      const { owner } = this.zoneOf(frame);
      if (this.unlisted_frames.has(frame) && owner > ROOT_CONTAINER) held[owner]++;
      if (machine.lru.pageOf(frame) === -1) continue;
      const lruvec = machine.lru.lruvecOf(frame);
      if (owner !== lruvec)
        return violation(`software-zones: owner of the zone of page ${machine.lru.pageOf(frame)} against the container it is accounted to`, owner, lruvec);
      if (owner !== ROOT_CONTAINER) held[owner]++;
    }
    for (let container = tree.count - 1; container > 0; container--) held[tree.parents[container]] += held[container];
    for (let container = 0; container < tree.count; container++) {
      if (held[container] !== tree.usage[container])
        return violation(`software-zones: charge of ${tree.paths[container]} against pages in its zones`, tree.usage[container], held[container]);
    }
    return null;
  }

  /** The zone of a page is found through page->flags, so nothing is stored a page; usage is zone size less what is free, so nothing is counted. */
  cost(): PolicyCost {
    return { ...NO_COST, pages_migrated: this.pages_migrated, container_storage_bytes: ZONE_BYTES * this.zones.length };
  }

  private zoneOf(frame: number): Zone {
    return this.zones[Math.floor(frame / this.zone_pages)];
  }

  private zonesOf(owner: number): Zone[] {
    return this.zones.filter((zone) => zone.owner === owner);
  }

  /** Zones of a container and its descendants: a child's were cut out of its parent's. */
  private zonesWithin(container: number): Zone[] {
    return this.zones.filter((zone) => zone.owner > ROOT_CONTAINER && this.world.tree.isWithin(zone.owner, container));
  }

  private zonesWanted(container: number): number {
    const max_pages = this.world.tree.max[container];
    return max_pages === Number.POSITIVE_INFINITY ? 0 : Math.ceil(max_pages / this.zone_pages);
  }

  /** The nearest container, upwards, that owns zones; the root (shared zones) if none does. */
  private homeOf(container: number): number {
    const { tree } = this.world;
    let at = container;
    while (at !== ROOT_CONTAINER && !this.zones.some((zone) => zone.owner === at)) at = tree.parents[at];
    return at;
  }

  /** A free frame in the zones of `home`; the shared area grows by a free zone when it is full. */
  private takeFrame(home: number): number {
    for (const zone of this.zones) if (zone.owner === home && zone.pool.free_count > 0) return zone.pool.take();
    if (home !== ROOT_CONTAINER) return -1;
    const free = this.zones.find((zone) => zone.owner === FREE_ZONE);
    if (free === undefined) return -1;
    this.assign(free, ROOT_CONTAINER);
    return free.pool.take();
  }

  /** Gives the container empty zones until it has `wanted`; all or nothing. */
  private grow(container: number, wanted: number): boolean {
    const needed = wanted - this.zonesWithin(container).length;
    if (needed <= 0) return true;
    const supplier = this.homeOf(this.world.tree.parents[container]);
    if (!this.ancestorsAllow(container, supplier, needed)) return false;
    const supply = this.zones.filter(
      (zone) => (supplier === ROOT_CONTAINER ? zone.owner === FREE_ZONE || zone.owner === ROOT_CONTAINER : zone.owner === supplier) && isEmpty(zone),
    );
    if (supply.length < needed) return false;
    for (const zone of supply.slice(0, needed)) this.assign(zone, container);
    return true;
  }

  /** Whether `needed` zones more, from outside an ancestor, stay within that ancestor's limit. */
  private ancestorsAllow(container: number, supplier: number, needed: number): boolean {
    const { tree } = this.world;
    for (let at = tree.parents[container]; at > ROOT_CONTAINER && at !== supplier; at = tree.parents[at]) {
      if (tree.max[at] !== Number.POSITIVE_INFINITY && this.zonesWithin(at).length + needed > this.zonesWanted(at)) return false;
    }
    return true;
  }

  /** Empties and gives back zones, those with least in them first. False if one could not be emptied. */
  private shrink(container: number, wanted: number, task: number): boolean {
    const heir = this.homeOf(this.world.tree.parents[container]);
    for (let owned = this.zonesWithin(container).length; owned > wanted; owned--) {
      const own = this.zonesOf(container);
      if (own.length === 0) return false;
      const zone = own.reduce((emptiest, other) => (other.pool.free_count > emptiest.pool.free_count ? other : emptiest));
      if (!this.empty(zone, task)) return false;
      this.assign(zone, heir === ROOT_CONTAINER ? FREE_ZONE : heir);
    }
    return true;
  }

  /** Moves the pages of a zone to its owner's other zones, reclaiming there when they are full. */
  private empty(zone: Zone, task: number): boolean {
    const { machine, reclaim } = this.world;
    const { owner } = zone;
    for (let frame = zone.pool.first_frame; frame < zone.pool.first_frame + zone.pool.frame_count; frame++) {
      while (machine.lru.pageOf(frame) !== -1) {
        const refuge = this.zones.find((other) => other.owner === owner && other !== zone && other.pool.free_count > 0);
        if (refuge !== undefined) {
          machine.migrate(machine.lru.pageOf(frame), refuge.pool.take());
          zone.pool.give(frame);
          this.pages_migrated++;
        } else if (reclaim.tryToFree(owner, SWAP_CLUSTER_MAX, RECLAIM_REASON.resize, task, undefined, true) === 0) return false;
      }
    }
    return true;
  }

  private assign(zone: Zone, owner: number): void {
    const old_owner = zone.owner;
    zone.owner = owner;
    this.world.log.emit(KIND.zone_assign, 0, NO_TASK, owner === FREE_ZONE ? NO_CONTAINER : owner, NO_PAGE, zone.index, old_owner);
  }

  private countMax(container: number, task: number): void {
    this.world.tree.count_event(container, COUNTER.max);
    this.world.log.emit(KIND.memory_event, MEMORY_EVENT.max, task, container, NO_PAGE, 0, 0);
  }
}

const isEmpty = (zone: Zone): boolean => zone.pool.free_count === zone.pool.frame_count;
