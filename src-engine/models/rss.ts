import { NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { LimitGate } from '../machine/limit-gate.ts';
import { type MemoryObject, PTE } from '../machine/pages/objects.ts';
import { type PagePolicy, type PolicyCost, violation } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import { KIND } from '../record/events.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import { countByClass, creatorOf } from './class-counters.ts';
import { type Account, reclaimMapped } from './mapped-reclaim.ts';

/** One counter and its limit a container; nothing a page. */
const CONTAINER_BYTES = 16;

/**
 * Only count RSS (SoftwareZones page): a container is charged one page for each distinct page that at least one of its tasks maps. Whether a mapping is the
 * container's first or last is found by walking the reverse map, and that walk is the cost. Sharing earns no credit; what is not mapped is not seen:
 * page cache cannot be limited. Over its limit a container loses mappings (see reclaimMapped).
 *
 * A page mapped from two child containers counts twice in their parent, as hierarchical counters add up.
 */
export class RssPolicy implements PagePolicy {
  readonly id = 'rss';
  readonly charge_shift = 0;
  readonly lists_per_container = false;
  readonly charged_units = 0;
  protected readonly world: World;
  readonly gate: LimitGate;

  /** A mapped page is charged to each container that maps it; unmapping it there takes the charge off. */
  protected readonly account: Account = {
    units_per_page: 1,
    isChargedTo: (object, page, target) => this.world.spaces.isMappedWithin(object, page, target),
    isWhole: () => false,
  };

  constructor(world: World) {
    this.world = world;
    this.gate = this.createGate();
  }

  protected createGate(): LimitGate {
    return new LimitGate(this.world, this.charge_shift, (container, page_count, reason, task) =>
      reclaimMapped(this.world, container, page_count, reason, task, this.account),
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

  charge(): number {
    return ROOT_CONTAINER;
  }

  uncharge(): number {
    return 0;
  }

  /** How a page mapped by a task of the container counts: not at all if another task of it does so already. */
  admit(container: number, object: MemoryObject, page: number, task: number): boolean {
    if (this.world.spaces.mappingCount(object, page, container) > 0) return true;
    return this.gate.makeRoom(container, 1, task);
  }

  map(container: number, object: MemoryObject, page: number, task: number): void {
    if (this.world.spaces.mappingCount(object, page, container) !== 1) return;
    this.change(container, object, page, 1);
    this.gate.charged(container, task);
  }

  unmap(container: number, object: MemoryObject, page: number): void {
    if (this.world.spaces.mappingCount(object, page, container) === 0) this.change(container, object, page, -1);
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

  /** No task is left, so nothing is mapped and nothing charged. */
  remove(_container: number): void {}

  /** A container's charge is the number of distinct pages that its own tasks map, plus its children's charges. */
  check(): LabError | null {
    return this.checkAgainst('distinct mapped pages', this.distinctMappedPages());
  }

  /** Distinct pages that the tasks of each container map. */
  private distinctMappedPages(): number[] {
    const { tree, spaces } = this.world;
    const mapped = Array.from({ length: tree.count }, () => new Set<number>());
    for (let task = 0; task < spaces.areas.length; task++) {
      for (const area of spaces.areas[task].values()) {
        for (let index = 0; index < area.page_count; index++)
          if ((area.bits[index] & PTE.present) !== 0) mapped[spaces.container[task]].add(spaces.pageOf(area, index));
      }
    }
    return mapped.map((pages) => pages.size);
  }

  /** Holds the counters against what each container is charged for by itself. */
  protected checkAgainst(what: string, expected: number[]): LabError | null {
    const { tree } = this.world;
    for (let container = tree.count - 1; container > 0; container--) expected[tree.parents[container]] += expected[container];
    for (let container = 0; container < tree.count; container++) expected[container] += this.world.chargedUnlistedPages(container);
    const wrong = expected.findIndex((pages, container) => pages !== tree.usage[container]);
    return wrong === -1 ? null : violation(`rss: charge of ${tree.paths[wrong]} against ${what} and its other memory`, tree.usage[wrong], expected[wrong]);
  }

  /** Charges a page to a container (1) or takes the charge off (−1), with its event. */
  protected change(container: number, object: MemoryObject, page: number, sign: 1 | -1): void {
    const { tree, log } = this.world;
    if (sign === 1) tree.charge(container, 1);
    else tree.uncharge(container, 1);
    countByClass(tree, container, object.kind, sign);
    log.emit(sign === 1 ? KIND.charge : KIND.uncharge, 0, NO_TASK, container, page, 1, 0);
  }

  cost(): PolicyCost {
    const { tree, spaces } = this.world;
    return {
      counter_updates: tree.counter_updates,
      rmap_steps: spaces.rmap_steps,
      list_steps: 0,
      pages_migrated: 0,
      page_storage_bytes: 0,
      container_storage_bytes: CONTAINER_BYTES * this.world.containers_in_memory,
      share_updates: 0,
      hash_lookups: 0,
    };
  }
}
