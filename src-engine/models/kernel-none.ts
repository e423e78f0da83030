import { ROOT_CONTAINER } from '../base/ids.ts';
import type { Slab, SlabCache, SlabPool } from '../machine/kernel/slab.ts';
import { type KernelPolicy, NOBODY, type SlabChoice, uncharged } from '../machine/policies/kernel-policy.ts';
import { NO_COST, type PolicyCost } from '../machine/policies/policy.ts';
import { SLAB_ACCOUNT } from '../record/events.ts';

/**
 * The control: kernel memory is taken and nobody is charged, as before 2012. Only reclaim of the whole machine calls shrinkers, and they know no containers. Where pages are
 * charged by place (software zones), slab pages are too: they lie in the zones of the container that first needed them.
 */
export class KernelNonePolicy implements KernelPolicy {
  readonly id = 'none';
  readonly lists_per_container = false;
  readonly reclaims_slab = false;
  private readonly slab: Slab;
  private readonly pools = new Map<SlabCache, SlabPool>();

  constructor(slab: Slab) {
    this.slab = slab;
    for (const cache of slab.caches) this.pools.set(cache, slab.newPool(cache, NOBODY));
  }

  create(): void {}

  choose(cache: SlabCache): SlabChoice {
    return { pool: this.pools.get(cache) ?? this.slab.newPool(cache, NOBODY), account: SLAB_ACCOUNT.unregistered };
  }

  chargePage(): boolean {
    return true;
  }

  unchargePage(): void {}

  chargeObject(choice: SlabChoice): number {
    return uncharged(choice.account);
  }

  unchargeObject(): void {}

  payerOf(): number {
    return NOBODY;
  }

  chargePages(): number {
    return uncharged(SLAB_ACCOUNT.unregistered);
  }

  unchargePages(): void {}

  chargeBytes(): number {
    return uncharged(SLAB_ACCOUNT.unregistered);
  }

  unchargeBytes(): void {}

  mayLimit(): boolean {
    return true;
  }

  remove(): number {
    return ROOT_CONTAINER;
  }

  settle(): void {}

  drain(): void {}

  chargedPages(): number {
    return 0;
  }

  check(): null {
    return null;
  }

  cost(): PolicyCost {
    return NO_COST;
  }
}
