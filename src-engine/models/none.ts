import { ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { LimitGate } from '../machine/limit-gate.ts';
import type { MemoryObject } from '../machine/pages/objects.ts';
import { NO_COST, type PagePolicy, type PolicyCost, violation } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import type { LimitsSpec } from '../scenario/program.ts';

/**
 * The control: nobody is charged, no limit acts; only the machine's own lists and its end of memory. A kernel without a memory controller. Kernel memory and sockets may still
 * have a policy that charges them; limits then hold those.
 */
export class NonePolicy implements PagePolicy {
  readonly id = 'none';
  readonly charge_shift = 0;
  readonly lists_per_container = false;
  readonly charged_units = 0;
  readonly gate: LimitGate;
  private readonly world: World;
  /** Whether kernel memory or sockets are charged to containers. */
  private readonly charges_others: boolean;

  constructor(world: World) {
    this.world = world;
    this.charges_others = world.model.axes.kernel !== 'none' || world.model.axes.sockets !== 'none';
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

  charge(): number {
    return ROOT_CONTAINER;
  }

  uncharge(): number {
    return 0;
  }

  admit(): boolean {
    return true;
  }

  map(): void {}

  unmap(): void {}

  settle(container: number, task: number): void {
    if (this.charges_others) this.gate.handleOverHigh(container, task);
  }

  swapPayer(): number {
    return ROOT_CONTAINER;
  }

  resize(container: number, task: number, changed: LimitsSpec): boolean {
    if (this.charges_others) this.gate.enforce(container, task, changed);
    return true;
  }

  /** User pages are reclaimed from the machine as a whole only; a container's reclaim finds slab at most. */
  reclaim(container: number, page_count: number, reason: number, task: number, swappiness: number | undefined): number {
    if (container !== ROOT_CONTAINER && !this.charges_others) return 0;
    return this.world.reclaim.tryToFree(container, page_count, reason, task, swappiness);
  }

  remove(): void {}

  check(): LabError | null {
    const { tree } = this.world;
    for (let container = 0; container < tree.count; container++) {
      const unlisted = this.world.chargedUnlistedPages(container);
      if (tree.usage[container] !== unlisted)
        return violation(`none: charge of ${tree.paths[container]} against its kernel memory and sockets`, tree.usage[container], unlisted);
    }
    return null;
  }

  cost(): PolicyCost {
    return this.charges_others ? { ...NO_COST, counter_updates: this.world.tree.counter_updates } : NO_COST;
  }
}
