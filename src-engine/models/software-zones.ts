import { NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { FRAME } from '../machine/pages/frame-flags.ts';
import { LIST_COUNT } from '../machine/pages/lru.ts';
import type { MemoryObject } from '../machine/pages/objects.ts';
import { DENIED, NO_COST, type PagePolicy, type PolicyCost, violation } from '../machine/policies/policy.ts';
import { SWAP_CLUSTER_MAX } from '../machine/reclaim/scan-count.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND, LRU, MEMORY_EVENT, RECLAIM_REASON } from '../record/events.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import { countByClass } from './class-counters.ts';
import { JUGGLERS, type Juggler, type ZoneControls } from './juggler.ts';
import { FREE_ZONE, isEmpty, type Zone, ZoneMap, zoneLookup } from './zone-map.ts';

/** A zone's descriptor with its free lists. An assumption: the source gives no size, and today's `struct zone` is of this order. */
const ZONE_BYTES = 1664;

/**
 * Software zones (SoftwareZones page): memory is cut into contiguous zones of equal size, and a container owns whole zones. A page belongs to the owner of the
 * zone in which it lies; nothing is counted at charge or map. A limit is the sum of a container's zones: `max` rounded up to whole zones.
 *
 * Objects that several containers use lie in shared zones, charged to nobody; placement has to be known at allocation, and here the scenario tells it.
 * A container without `max` uses its nearest ancestor's zones, or the shared ones. A child's zones come out of its ancestor's, where that owns any.
 * A zone changes hands only when it is empty. Growing needs whole empty zones, and creation fails where there are none, however much memory is free in parts; neither
 * makes room by migration, which the source does not speak of. Shrinking migrates or reclaims what lies in the zones given up.
 *
 * With a juggler (juggler.ts) `max` is a promise: a container begins with the zones that can be had, one at least, and user space moves zones to it when it runs out of memory.
 */
export class SoftwareZonesPolicy implements PagePolicy {
  readonly id = 'software-zones';
  readonly charge_shift = 0;
  readonly lists_per_container = true;
  charged_units = 0;
  readonly gate = null;
  private readonly world: World;
  private readonly memory: ZoneMap;
  private readonly juggler: Juggler | null;
  /** Container in whose zones the frame handed out last lies. */
  private home = ROOT_CONTAINER as number;
  private pages_migrated = 0;
  private readonly unlisted_frames = new Set<number>();

  constructor(world: World) {
    this.world = world;
    const { memory_pages, zone_pages } = world.program.machine;
    this.memory = new ZoneMap(memory_pages, zone_pages, world.log);
    this.juggler = JUGGLERS[world.model.parameters.juggler];
  }

  create(container: number): boolean {
    if (container === ROOT_CONTAINER) {
      this.world.machine.releaseFrame = (frame) => this.release(frame);
      return true;
    }
    return this.grow(container, this.zonesWanted(container));
  }

  allocate(container: number, object: MemoryObject, task: number): number {
    return this.allocateIn(object.used_across_containers ? ROOT_CONTAINER : this.homeOf(container), task);
  }

  /** Kernel memory is steered to the zones of the container that asks for it, and charged by lying there. It can neither be reclaimed nor migrated. */
  allocateUnlisted(container: number, task: number): number {
    const frame = this.allocateIn(this.homeOf(container), task);
    if (frame === DENIED) return DENIED;
    this.unlisted_frames.add(frame);
    this.memory.at(frame).unmovable_count++;
    if (this.home !== ROOT_CONTAINER) this.world.accounts.charge(this.home, COUNTER.current, 1, task);
    return frame;
  }

  releaseUnlisted(frame: number): void {
    const zone = this.memory.at(frame);
    this.unlisted_frames.delete(frame);
    zone.unmovable_count--;
    if (zone.owner > ROOT_CONTAINER) this.world.accounts.uncharge(zone.owner, COUNTER.current, 1);
    this.release(frame);
  }

  /** A free frame in the zones of `home`: from its own reclaim, then from what a juggler moves to it, then from the killer. */
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
      world.cpuset_pressure.reclaims(this.home, task);
      if (world.reclaim.tryToFree(this.home, SWAP_CLUSTER_MAX, RECLAIM_REASON.max, task, undefined, true) > 0) continue;
      if (this.juggle(this.home, task) > 0) continue;
      const killed = world.oom.kill(
        this.home,
        this.memory.of(this.home).length * this.memory.zone_pages,
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

  /**
   * Empty zones go back at once. `free`: what can be reclaimed is, and zones that are empty then go back, too; a page that cannot go keeps its zone occupied, which becomes
   * a shared one. `reparent`: the parent gets the zones that are not empty, with what lies in them; under the root they become shared ones. `zombie`: they stay
   * with the removed container until their last page goes.
   */
  remove(container: number): void {
    const { reclaim, tree, model } = this.world;
    const { removal } = model.axes;
    const parent = tree.parents[container];
    if (removal === 'free') while (reclaim.tryToFree(container, SWAP_CLUSTER_MAX, RECLAIM_REASON.remove, NO_TASK, undefined, true) > 0);
    const heir = this.heirOf(container);
    for (const zone of this.memory.of(container)) if (isEmpty(zone)) this.memory.assign(zone, heir);
    if (removal !== 'zombie') this.handOver(container, removal === 'reparent' ? parent : ROOT_CONTAINER);
  }

  /** No page lies outside its container's zones, and the counters say what the zones hold. */
  check(): LabError | null {
    const { machine, tree } = this.world;
    const held = new Float64Array(tree.count);
    for (let frame = 0; frame < this.memory.zones.length * this.memory.zone_pages; frame++) {
      const { owner } = this.memory.at(frame);
      if (this.unlisted_frames.has(frame) && owner > ROOT_CONTAINER) held[owner]++;
      if (!this.isInUse(frame)) continue;
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

  /** The zone of a page is found through page->flags while the bits suffice (zoneLookup); usage is zone size less what is free, so nothing is counted. */
  cost(): PolicyCost {
    const zone_count = this.memory.zones.length;
    return {
      ...NO_COST,
      pages_migrated: this.pages_migrated,
      page_storage_bytes: zoneLookup(zone_count).table_bytes,
      container_storage_bytes: ZONE_BYTES * zone_count,
    };
  }

  /** Zones of a container and its descendants, removed ones included: a child's were cut out of its parent's. */
  private zonesWithin(container: number): readonly Zone[] {
    return this.memory.zones.filter((zone) => zone.owner > ROOT_CONTAINER && this.world.tree.isWithin(zone.owner, container));
  }

  private zonesWanted(container: number): number {
    const max_pages = this.world.tree.max[container];
    return max_pages === Number.POSITIVE_INFINITY ? 0 : Math.ceil(max_pages / this.memory.zone_pages);
  }

  /** The nearest container, upwards, that owns zones; the root (shared zones) if none does. */
  private homeOf(container: number): number {
    const { tree } = this.world;
    let at = container;
    while (at !== ROOT_CONTAINER && this.memory.of(at).length === 0) at = tree.parents[at];
    return at;
  }

  /** To whom empty zones of a container fall: the nearest living ancestor that owns zones; nobody where none does. */
  private heirOf(container: number): number {
    const { tree } = this.world;
    let heir = this.homeOf(tree.parents[container]);
    while (heir !== ROOT_CONTAINER && tree.exists[heir] === 0) heir = this.homeOf(tree.parents[heir]);
    return heir === ROOT_CONTAINER ? FREE_ZONE : heir;
  }

  /** A free frame in the zones of `home`; the shared area grows by a free zone when it is full. */
  private takeFrame(home: number): number {
    const frame = this.memory.take(home);
    if (frame !== -1 || home !== ROOT_CONTAINER) return frame;
    const [free] = this.memory.of(FREE_ZONE);
    if (free === undefined) return -1;
    this.memory.assign(free, ROOT_CONTAINER);
    return free.pool.take();
  }

  /** A frame is free again. The last one of a removed container's zone frees the zone. */
  private release(frame: number): void {
    const zone = this.memory.at(frame);
    zone.pool.give(frame);
    if (zone.owner > ROOT_CONTAINER && this.world.tree.exists[zone.owner] === 0 && isEmpty(zone)) this.memory.assign(zone, this.heirOf(zone.owner));
  }

  /** Gives the container empty zones until it has `wanted`, all or nothing; with a juggler what can be had, one zone at least. */
  private grow(container: number, wanted: number): boolean {
    const needed = wanted - this.zonesWithin(container).length;
    if (needed <= 0) return true;
    const supplier = this.homeOf(this.world.tree.parents[container]);
    const empty = this.memory.zones.filter(
      (zone) => (supplier === ROOT_CONTAINER ? zone.owner === FREE_ZONE || zone.owner === ROOT_CONTAINER : zone.owner === supplier) && isEmpty(zone),
    );
    const supply = empty.slice(0, Math.max(0, Math.min(needed, this.ancestorsAllow(container, supplier))));
    if (supply.length < needed && this.juggler === null) return false;
    for (const zone of supply) this.memory.assign(zone, container);
    return this.memory.of(container).length > 0 || this.juggle(container, NO_TASK) > 0;
  }

  /** How many zones of `from` the container may get before it, or an ancestor that they do not come out of, passes its limit. */
  private ancestorsAllow(container: number, from: number): number {
    const { tree } = this.world;
    let allowed = Number.POSITIVE_INFINITY;
    for (let at = container; at > ROOT_CONTAINER && (from <= ROOT_CONTAINER || !tree.isWithin(from, at)); at = tree.parents[at]) {
      if (tree.max[at] !== Number.POSITIVE_INFINITY) allowed = Math.min(allowed, this.zonesWanted(at) - this.zonesWithin(at).length);
    }
    return allowed;
  }

  /** Empties and gives back zones, those with least in them first. False if one could not be emptied. */
  private shrink(container: number, wanted: number, task: number): boolean {
    const heir = this.heirOf(container);
    for (let owned = this.zonesWithin(container).length; owned > wanted; owned--) {
      const zone = this.emptiestOf(container);
      if (
        zone === undefined ||
        !this.empty(zone, (owner) => this.world.reclaim.tryToFree(owner, SWAP_CLUSTER_MAX, RECLAIM_REASON.resize, task, undefined, true))
      )
        return false;
      this.memory.assign(zone, heir);
    }
    return true;
  }

  /** Whether a zone holds something that cannot be moved: kernel memory, or a page that a driver has pinned. */
  private holdsUnmovable(zone: Zone): boolean {
    const { frame_flags } = this.world.machine;
    const { first_frame, frame_count } = zone.pool;
    if (zone.unmovable_count > 0) return true;
    for (let frame = first_frame; frame < first_frame + frame_count; frame++) if (this.isInUse(frame) && (frame_flags[frame] & FRAME.pinned) !== 0) return true;
    return false;
  }

  private isInUse(frame: number): boolean {
    return this.world.machine.lru.pageOf(frame) !== -1;
  }

  /** The owner's zone with least in it, of those that hold nothing unmovable. */
  private emptiestOf(owner: number): Zone | undefined {
    return this.memory
      .of(owner)
      .filter((zone) => !this.holdsUnmovable(zone))
      .reduce<Zone | undefined>((emptiest, zone) => (emptiest !== undefined && emptiest.pool.free_count >= zone.pool.free_count ? emptiest : zone), undefined);
  }

  /** Moves the pages of a zone to its owner's other zones; `makeRoom` reclaims there when they are full and answers how much it freed. */
  private empty(zone: Zone, makeRoom: (owner: number) => number): boolean {
    const { machine } = this.world;
    const { owner } = zone;
    for (let frame = zone.pool.first_frame; frame < zone.pool.first_frame + zone.pool.frame_count; frame++) {
      while (this.isInUse(frame)) {
        const refuge = this.memory.of(owner).find((other) => other !== zone && other.pool.free_count > 0);
        if (refuge !== undefined) {
          machine.migrate(machine.lru.pageOf(frame), refuge.pool.take());
          zone.pool.give(frame);
          this.pages_migrated++;
        } else if (makeRoom(owner) === 0) return false;
      }
    }
    return true;
  }

  /** Hands a removed container's zones and what lies in them to another; to the root they become shared ones, and nobody pays any more. */
  private handOver(container: number, to: number): void {
    const { machine, tree, accounts, log } = this.world;
    const is_charged = to !== ROOT_CONTAINER;
    for (let list = 0; list < LIST_COUNT; list++) {
      for (let frame = machine.lru.tail(container, list); frame !== -1; frame = machine.lru.tail(container, list)) {
        const page = machine.lru.pageOf(frame);
        const { kind } = machine.objectOfFrame(frame);
        tree.uncharge(container, 1);
        countByClass(tree, container, kind, -1);
        if (is_charged) {
          tree.charge(to, 1);
          countByClass(tree, to, kind, 1);
        } else log.emit(KIND.uncharge, 0, NO_TASK, container, page, 1, 0);
        machine.recharge(page, to, is_charged ? 1 : 0);
      }
    }
    for (const zone of this.memory.of(container)) {
      if (zone.unmovable_count > 0) {
        accounts.uncharge(container, COUNTER.current, zone.unmovable_count);
        if (is_charged) accounts.charge(to, COUNTER.current, zone.unmovable_count);
      }
      this.memory.assign(zone, to);
    }
  }

  /** Tells user space that a container is out of memory, where somebody listens. Returns zones that were moved to it. */
  private juggle(container: number, task: number): number {
    if (this.juggler === null) return 0;
    const moved = this.juggler.outOfMemory(container, this.controls(task));
    this.world.log.emit(KIND.oom_notice, 0, task, container, NO_PAGE, moved, 0);
    return moved;
  }

  private controls(task: number): ZoneControls {
    const { memory, world } = this;
    return {
      zone_pages: memory.zone_pages,
      free_zone_count: memory.of(FREE_ZONE).length,
      owners: () =>
        memory.owners().map((container) => ({
          container,
          removed: world.tree.exists[container] === 0,
          zone_count: memory.of(container).length,
          empty_zone_count: memory.of(container).filter(isEmpty).length,
          free_pages: memory.freePages(container),
          inactive_file_pages: world.machine.lru.pages(container, LRU.inactive_file),
        })),
      reclaim: (container, page_count) => world.reclaim.tryToFree(container, page_count, RECLAIM_REASON.proactive, task, undefined, true),
      moveZone: (from, to) => this.moveZone(from, to),
    };
  }

  private moveZone(from: number, to: number): boolean {
    const { memory, world } = this;
    const is_last = from > ROOT_CONTAINER && world.tree.exists[from] === 1 && memory.of(from).length === 1;
    if (is_last || this.ancestorsAllow(to, from) < 1) return false;
    const zone = from === FREE_ZONE ? memory.of(FREE_ZONE)[0] : this.emptiestOf(from);
    if (zone === undefined) return false;
    const room = memory.freePages(from) - zone.pool.free_count;
    if (room < zone.pool.frame_count - zone.pool.free_count || !this.empty(zone, () => 0)) return false;
    // A removed container's zone is given away with its last page; it may be nobody's now.
    memory.assign(zone, to);
    return true;
  }

  private countMax(container: number, task: number): void {
    this.world.tree.count_event(container, COUNTER.max);
    this.world.log.emit(KIND.memory_event, MEMORY_EVENT.max, task, container, NO_PAGE, 0, 0);
  }
}
