import { ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import type { MemoryObject } from '../machine/objects.ts';
import type { World } from '../machine/world.ts';
import { LimitGate } from './limit-gate.ts';
import type { PagePolicy, PolicyCost } from './policy.ts';

/** What a model costs that keeps no account. */
export const NO_COST: PolicyCost = {
  counter_updates: 0,
  rmap_steps: 0,
  list_steps: 0,
  pages_migrated: 0,
  page_storage_bytes: 0,
  container_storage_bytes: 0,
  share_updates: 0,
  hash_lookups: 0,
};

/** The control: nobody is charged, no limit acts; only the machine's own lists and its end of memory. A kernel without a memory controller. */
export class NonePolicy implements PagePolicy {
  readonly id = 'none';
  readonly charge_shift = 0;
  readonly lists_per_container = false;
  readonly charged_units = 0;
  /** Kernel memory and sockets may still have a policy, and then limits hold them. */
  readonly gate: LimitGate;
  private readonly world: World;

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

  settle(): void {}

  swapPayer(): number {
    return ROOT_CONTAINER;
  }

  resize(): boolean {
    return true;
  }

  /** Only the machine as a whole can be reclaimed from. */
  reclaim(container: number, page_count: number, reason: number, task: number, swappiness: number | undefined): number {
    return container === ROOT_CONTAINER ? this.world.reclaim.tryToFree(ROOT_CONTAINER, page_count, reason, task, swappiness) : 0;
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
    return NO_COST;
  }
}

/** An invariant that does not hold, with the two numbers. The run adds scenario, seed, model, step and event. */
export function violation(what: string, found: number, expected: number): LabError {
  return { code: 'invariant-violated', message: `${what}: found ${found}, expected ${expected}` };
}
