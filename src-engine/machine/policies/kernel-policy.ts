import type { LabError } from '../../base/result.ts';
import { SLAB_ACCOUNT } from '../../record/events.ts';
import type { SlabCache, SlabPool } from '../kernel/slab.ts';
import type { ChargeMode } from '../limit-gate.ts';
import type { PolicyCost } from './policy.ts';

/** Payer of memory that is on nobody's account. */
export const NOBODY = -1;

/** How an allocation is to be made: flags of a step `slab`. */
export interface SlabFlags {
  readonly atomic: boolean;
  readonly noaccount: boolean;
}

/** From which pool objects come, and on whose account they are (SLAB_ACCOUNT). */
export interface SlabChoice {
  readonly pool: SlabPool;
  readonly account: number;
}

/** What an account of the policy looks like where nothing is charged: which SLAB_ACCOUNT it was, below zero. */
export const uncharged = (slab_account: number): number => -1 - slab_account;
/** Account of an object whose page is charged, not the object. */
export const BY_PAGE = 0;
/** SLAB_ACCOUNT of an account. */
export const slabAccountOf = (account: number): number => (account < 0 ? -1 - account : SLAB_ACCOUNT.container);

/** The charge for an object or for pages failed. */
export const REFUSED = Number.MIN_SAFE_INTEGER;

/**
 * The questions that every policy of kernel memory answers. One file a policy, the methods in this order.
 *
 * A policy decides who is charged, by page or by object, and from which pool an object comes; the machine (kernel-memory.ts) holds frames and objects, and calls shrinkers.
 */
export interface KernelPolicy {
  readonly id: string;
  /** Whether unused objects stand on lists of the container that pays for them; else there is one list for each cache. */
  readonly lists_per_container: boolean;
  /** Whether reclaim on behalf of a container calls shrinkers; reclaim of the whole machine always does. */
  readonly reclaims_slab: boolean;
  /** Objects that every shrinker is asked to look at in one call; without it each cache says. */
  readonly shrinker_batch?: number;

  /** A container has been created. */
  create(container: number): void;
  /** The pool for an allocation by a task of `container`. */
  choose(cache: SlabCache, container: number, task: number, flags: SlabFlags): SlabChoice;
  /** Before the pool gets a page: whether its payer can be charged for it. */
  chargePage(pool: SlabPool, task: number, atomic: boolean): boolean;
  unchargePage(pool: SlabPool, task: number): void;
  /** Charges for an object that has been allocated. Returns its account, or REFUSED. */
  chargeObject(choice: SlabChoice, container: number, task: number, atomic: boolean): number;
  unchargeObject(pool: SlabPool, account: number, task: number): void;
  /** Container that pays for an object, NOBODY if none does. */
  payerOf(pool: SlabPool, account: number): number;
  /** Charges whole pages of other kernel memory (stacks, page tables) to `container` and to `counter`. Returns the account, or REFUSED. */
  chargePages(container: number, counter: number, page_count: number, task: number, mode: ChargeMode): number;
  unchargePages(account: number, counter: number, page_count: number, task: number): void;
  /** Charges bytes of other kernel memory (per-processor structures), over limits if need be. Returns the account. */
  chargeBytes(container: number, counter: number, byte_count: number, task: number): number;
  unchargeBytes(account: number, counter: number, byte_count: number, task: number): void;
  /** A limit of the container's own counter is to be lowered to so many pages: may it be? May shrink. */
  mayLimit(container: number, page_count: number, task: number): boolean;
  /** The container is about to go. Returns the container that takes its lists of unused objects over. */
  remove(container: number): number;
  /** An operation is done: what was put off is told, or done (`end_of_step`). */
  settle(end_of_step: boolean, task: number): void;
  /** Gives back what the subtree of a container holds in stock. */
  drain(container: number): void;
  /** Pages charged to `current` of exactly this container. */
  chargedPages(container: number): number;
  /** Checks the law of the policy over all objects. Null if it holds; else the error with the two numbers. */
  check(): LabError | null;
  cost(): PolicyCost;
}
