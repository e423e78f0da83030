import type { LabError } from '../base/result.ts';
import { LRU_COUNT } from '../machine/lru.ts';
import type { MemoryObject } from '../machine/objects.ts';
import type { World } from '../machine/world.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import { countByClass } from './class-counters.ts';
import { LimitGate } from './limit-gate.ts';
import { violation } from './none.ts';
import { DENIED, type PagePolicy, type PolicyCost } from './policy.ts';
import { disposeOfPages } from './removal.ts';

/** Bytes: one owner pointer a page (`page->mem_cgroup`, 8 B); heads of four LRU lists and six counters a container. */
const OWNER_POINTER_BYTES = 8;
const CONTAINER_BYTES = LRU_COUNT * 16 + 6 * 8;

/**
 * Static page ownership (SoftwareZones page): the container whose task makes a page resident owns it until it is freed.
 * Later users are not charged. Each container has LRU lists of its own; a full container reclaims from its subtree, then kills.
 *
 * A tmpfs file with `charge-to` is paid for by the container it names, whoever touches it, while that exists; over its limit the toucher's operation fails and
 * nobody is killed (the `memcg=` mount option, Almasry v4, 2021).
 *
 * Charging and limits as mm/memcontrol.c 6.12 has them, through per-processor stocks where the machine has them. The root is charged like any other container,
 * which gives for it what `mem_cgroup_usage()` computes for the kernel's root.
 */
export class StaticPolicy implements PagePolicy {
  readonly id = 'static';
  readonly charge_shift = 0;
  readonly lists_per_container = true;
  readonly charged_units = 1;
  protected readonly world: World;
  readonly gate: LimitGate;

  constructor(world: World) {
    this.world = world;
    this.gate = new LimitGate(world, this.charge_shift, (container, page_count, reason, task) => world.reclaim.tryToFree(container, page_count, reason, task));
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

  charge(container: number, object: MemoryObject, _page: number, task: number): number {
    const named = object.charge_to === undefined ? -1 : this.world.container_by_path[object.charge_to];
    const payer = named === -1 ? container : named;
    if (!this.gate.charge(payer, 1, task, named === -1 ? 'blocking' : 'patient')) return DENIED;
    countByClass(this.world.tree, payer, object.kind, 1);
    return payer;
  }

  uncharge(object: MemoryObject, _page: number, frame: number): number {
    const owner = this.world.machine.lru.lruvecOf(frame);
    this.world.tree.uncharge(owner, 1);
    countByClass(this.world.tree, owner, object.kind, -1);
    return 1;
  }

  admit(): boolean {
    return true;
  }

  map(_container: number, _object: MemoryObject, _page: number, _task: number): void {}

  unmap(): void {}

  settle(container: number, task: number): void {
    this.gate.handleOverHigh(container, task);
  }

  swapPayer(_object: MemoryObject, lruvec: number): number {
    return lruvec;
  }

  resize(container: number, task: number, changed: LimitsSpec): boolean {
    this.gate.enforce(container, task, changed);
    return true;
  }

  reclaim(container: number, page_count: number, reason: number, task: number, swappiness: number | undefined): number {
    return this.world.reclaim.tryToFree(container, page_count, reason, task, swappiness);
  }

  remove(container: number): void {
    disposeOfPages(this.world, container);
  }

  /** Every resident page has exactly one owner: the counters say what the lists hold. */
  check(): LabError | null {
    const { machine, tree } = this.world;
    // A page is on the list of its owner, and the lists have just been walked: their lengths are the pages owned.
    const owned = Float64Array.from({ length: tree.count }, (_, container) => machine.lru.allPages(container));
    for (let container = tree.count - 1; container > 0; container--) owned[tree.parents[container]] += owned[container];
    for (let container = 0; container < tree.count; container++) {
      const expected = owned[container] + this.world.chargedUnlistedPages(container);
      if (expected !== tree.usage[container])
        return violation(
          `static: charge of ${tree.paths[container]} against resident pages owned in its subtree and its other memory`,
          tree.usage[container],
          expected,
        );
    }
    return null;
  }

  cost(): PolicyCost {
    const { tree, machine, spaces } = this.world;
    return {
      counter_updates: tree.counter_updates,
      rmap_steps: spaces.rmap_steps,
      list_steps: this.world.removal_list_steps,
      pages_migrated: this.world.pages_reparented,
      page_storage_bytes: OWNER_POINTER_BYTES * machine.spec.memory_pages,
      container_storage_bytes: CONTAINER_BYTES * tree.count,
      share_updates: 0,
      hash_lookups: 0,
    };
  }
}
