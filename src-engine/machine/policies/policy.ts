import type { LabError } from '../../base/result.ts';
import type { LimitsSpec } from '../../scenario/program.ts';
import type { LimitGate } from '../limit-gate.ts';
import type { MemoryObject } from '../pages/objects.ts';

/** What a model has cost so far, by the names of COST in record/events.ts. */
export interface PolicyCost {
  readonly counter_updates: number;
  readonly rmap_steps: number;
  readonly list_steps: number;
  readonly pages_migrated: number;
  readonly page_storage_bytes: number;
  readonly container_storage_bytes: number;
  readonly share_updates: number;
  readonly hash_lookups: number;
}

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

/** An invariant that does not hold, with the two numbers. The run adds scenario, seed, model, step and event. */
export function violation(what: string, found: number, expected: number): LabError {
  return { code: 'invariant-violated', message: `${what}: found ${found}, expected ${expected}` };
}

/** Denial of an allocation or a mapping. */
export const DENIED = -1;

/**
 * The questions that every policy of user pages answers. One file a policy, the methods in this order.
 *
 * A policy decides who is charged and where a page's frame and list are; the machine decides what is resident and mapped. A policy emits the events
 * of charges that it makes beyond the one that a page_add, page_free or page_evict carries.
 */
export interface PagePolicy {
  readonly id: string;
  /** One page of charge is `1 << charge_shift` units. */
  readonly charge_shift: number;
  /** Whether each container has LRU lists of its own. */
  readonly lists_per_container: boolean;

  /** A container has been created (its limits are set). False: it cannot be had; the caller takes it back. */
  create(container: number): boolean;
  /** Before the first container but the root: `container` is the shared-memory container of an object (by its place in the program), which some container will attach. */
  lend?(program_object: number, object: MemoryObject, container: number): void;
  /** The shared-memory containers of these objects are attached to a container, or the limits of what it may borrow change. Nothing is enforced. */
  attach?(container: number, objects: NonNullable<LimitsSpec['smemcg']>): void;

  /**
   * A driver is about to hold these resident pages for a task of `container`, which borrows them as if it mapped them: is there room for what it does not borrow yet? May
   * reclaim and kill. This and the next three: only where pages are borrowed.
   */
  admitHeld?(container: number, pages: readonly number[], task: number): boolean;
  /** It holds them. Returns for each the container that borrows it on that account, −1 where nobody does. */
  hold?(container: number, pages: readonly number[]): readonly number[];
  /** It lets go of pages, each with what `hold` returned for it. */
  letGo?(borrowers: readonly number[], pages: readonly number[]): void;
  /** What a request to hold these pages would exceed: a limit on what may be borrowed of one object; null if none. */
  overBorrowed?(container: number, pages: readonly number[]): { readonly container: number; readonly limit_pages: number } | null;
  /** A free frame for a page of `object` that `task` of `container` brings in; may reclaim and kill. DENIED: none can be had. */
  allocate(container: number, object: MemoryObject, task: number): number;
  /**
   * Charges for a page about to become resident. Returns the lruvec for it, or DENIED; `charged_units` then holds what was charged to that lruvec's container.
   */
  charge(container: number, object: MemoryObject, page: number, task: number): number;
  readonly charged_units: number;
  /**
   * A free frame for memory on no LRU list (slab, stacks, page tables, socket buffers) on behalf of a task of `container`; may reclaim and kill. Charges nothing, but where
   * memory is charged by the place in which it lies. DENIED: none can be had.
   */
  allocateUnlisted(container: number, task: number): number;
  /** Such a frame is free again. */
  releaseUnlisted(frame: number): void;
  /** The gate through which such memory is charged to the pool of a container; null where a container's pool is a place, and what lies there is charged already. */
  readonly gate: LimitGate | null;
  /** A resident page goes. Returns the units uncharged from the container of its lruvec; other payers get events of their own. The frame is free after it. */
  uncharge(object: MemoryObject, page: number, frame: number): number;
  /** Before a task of `container` maps `page` (resident or not yet): may it? May reclaim and kill. */
  admit(container: number, object: MemoryObject, page: number, task: number): boolean;
  /** A task of `container` has mapped the resident page. */
  map(container: number, object: MemoryObject, page: number, task: number): void;
  /** A task of `container` no longer maps the page (still resident). */
  unmap(container: number, object: MemoryObject, page: number): void;
  /**
   * A task moves to another container, and what its old one is charged for may come along. False: there is no room for that, and the task stays. Without it the task alone moves.
   */
  moveTask?(task: number, to: number): boolean;
  /** A task of `container` goes back to user space: the moment at which the kernel lets it pay for being over `high`. */
  settle(container: number, task: number): void;
  /** Container whose swap a page of `object` on that lruvec goes to. */
  swapPayer(object: MemoryObject, lruvec: number): number;
  /** The limits named in `changed` have been set to new values; false: the model could not follow. */
  resize(container: number, task: number, changed: LimitsSpec): boolean;
  /** Frees up to `page_count` pages on behalf of the subtree of `container`. Returns pages freed. */
  reclaim(container: number, page_count: number, reason: number, task: number, swappiness: number | undefined): number;
  /** The container is about to go; no task and no child is left in it. Deals with what it is charged for. */
  remove(container: number): void;
  /** Whether something besides what is charged keeps the removed container in memory (see Dying). */
  holds?(container: number): boolean;
  /** Checks the model's law over all resident pages. Null if it holds; else the error with the two numbers. */
  check(): LabError | null;
  cost(): PolicyCost;
}
