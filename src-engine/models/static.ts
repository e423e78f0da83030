import { ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { LimitGate, type ReclaimFor } from '../machine/limit-gate.ts';
import { LRU_COUNT } from '../machine/pages/lru.ts';
import { chunkPageCount, isChunkStart, type MemoryObject } from '../machine/pages/objects.ts';
import { DENIED, type PagePolicy, type PolicyCost, violation } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import { ERRNO, OBJECT_CLASS } from '../record/events.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import { ChargeTo } from './charge-to.ts';
import { countByClass } from './class-counters.ts';
import { moveTask } from './move-charge.ts';
import { disposeOfPages } from './removal.ts';

/** Bytes: one owner pointer a page (`page->mem_cgroup`, 8 B); the owner's id for each swap slot (mm/swap_cgroup.c, 2 B); heads of four LRU lists and six counters a container. */
const OWNER_POINTER_BYTES = 8;
const SLOT_OWNER_BYTES = 2;
const CONTAINER_BYTES = LRU_COUNT * 16 + 6 * 8;

/**
 * Static page ownership (SoftwareZones page): the container whose task makes a page resident owns it until it is freed.
 * Later users are not charged. Each container has LRU lists of its own; a full container reclaims from its subtree, then kills.
 *
 * A tmpfs file with `charge-to` is paid for by the container it names, whoever touches it, while that exists (see ChargeTo). Over its limit nobody there is killed:
 * write() fails with ENOSPC, and a page fault with SIGBUS. (Patch 2 of that series, v4, lets the killer look for a victim in the named container first; its review, and
 * the thread of 2023, ask for none.)
 *
 * hugetlb is charged as the mount option memory_hugetlb_accounting has it: 512 pages at a fault, to the faulting container, in `current` and in no line of memory.stat; a
 * fault that finds no room is a SIGBUS, without a kill (cgroup-v2.rst, 6.12). A dma-buf is charged whole to its first user: so are buffers backed by shmem (most GEM objects);
 * the pages of 6.12's system heap are charged to nobody.
 *
 * Charging and limits as mm/memcontrol.c 6.12 has them, through per-processor stocks where the machine has them. The root is charged like any other container,
 * which gives for it what `mem_cgroup_usage()` computes for the kernel's root.
 */
export class StaticPolicy implements PagePolicy {
  readonly id: string = 'static';
  readonly charge_shift = 0;
  readonly lists_per_container = true;
  readonly charged_units = 1;
  protected readonly world: World;
  readonly gate: LimitGate;
  protected readonly charge_to: ChargeTo;

  /** `reclaimFor`: how memory is freed on behalf of a container; from the lists of its subtree if not given. */
  constructor(
    world: World,
    reclaimFor: ReclaimFor = (container, page_count, reason, task, swappiness) => world.reclaim.tryToFree(container, page_count, reason, task, swappiness),
  ) {
    this.world = world;
    this.gate = new LimitGate(world, this.charge_shift, reclaimFor);
    this.charge_to = new ChargeTo(world);
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

  charge(container: number, object: MemoryObject, page: number, task: number): number {
    const named = this.charge_to.payerOf(object);
    const is_unaccounted = object.kind === OBJECT_CLASS.hugetlb && this.world.program.machine.hugetlb_accounting === false;
    const payer = is_unaccounted ? ROOT_CONTAINER : named === -1 ? container : named;
    const may_kill = named === -1 && object.kind !== OBJECT_CLASS.hugetlb;
    return this.chargeTo(payer, object, page, task, may_kill) ? payer : this.deny(may_kill ? ERRNO.ENOMEM : ERRNO.ENOSPC);
  }

  /** Charges a page. Before the first of a chunk there must be room for all of it, for chunks come whole or not at all. */
  protected chargeTo(payer: number, object: MemoryObject, page: number, task: number, may_kill: boolean): boolean {
    const chunk_pages = isChunkStart(object, page) ? chunkPageCount(object) : 1;
    if (chunk_pages > 1 && !this.gate.makeRoom(payer, chunk_pages, task, may_kill)) return false;
    if (!this.gate.charge(payer, 1, task, may_kill ? 'blocking' : 'patient')) return false;
    countByClass(this.world.tree, payer, object.kind, 1);
    return true;
  }

  /** `errno`: ENOSPC is a SIGBUS to a task that faults. */
  protected deny(errno: number): typeof DENIED {
    this.world.machine.denial_errno = errno;
    return DENIED;
  }

  uncharge(object: MemoryObject, _page: number, frame: number): number {
    const owner = this.world.machine.lru.lruvecOf(frame);
    this.world.tree.uncharge(owner, 1);
    countByClass(this.world.tree, owner, object.kind, -1);
    return 1;
  }

  admit(_container: number, _object: MemoryObject, _page: number, _task: number): boolean {
    return true;
  }

  map(_container: number, _object: MemoryObject, _page: number, _task: number): void {}

  unmap(_container: number, _object: MemoryObject, _page: number): void {}

  moveTask(task: number, to: number): boolean {
    return moveTask(this.world, task, to);
  }

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

  /** A mounted tmpfs holds the container that it names. */
  holds(container: number): boolean {
    return this.charge_to.holds(container);
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
      page_storage_bytes: OWNER_POINTER_BYTES * machine.spec.memory_pages + SLOT_OWNER_BYTES * machine.spec.swap_pages,
      container_storage_bytes: CONTAINER_BYTES * this.world.containers_in_memory,
      share_updates: 0,
      hash_lookups: 0,
    };
  }
}
