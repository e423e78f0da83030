import type { LockedSpace, MmAccount, PinPolicy, PinRequest, PinSet, Refusal } from '../machine/policies/pin-policy.ts';
import { NO_COST, type PolicyCost } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { overPinsMax, overProcessLimit } from './pins-by-call.ts';

/** A page's entry in a container's set: page number and count. An assumption: nobody has posted such a controller. */
const SET_ENTRY_BYTES = 16;

/**
 * A pins controller that counts the set of pinned pages (the second of the two definitions in Li's and Popple's thread of May 2023: “total set of pinned pages this memcg
 * process own a reference count on”): however often and by however many tasks a page is pinned or locked from a container, it counts there once. What a child counts its
 * parent counts too, so a page pinned from two children counts twice in the parent. Limits, errors and the life of a charge are those of `cgroup-sum`.
 *
 * A locked page counts while a locked range maps it. A copy-on-write or a fault within a locked range changes the set without a look at limits: the call that locked
 * the range was let through, and a fault cannot be refused for it. A zero-copy send is accounted before its pages are known, for the most that it can hold: it counts as
 * that many pages of nobody else.
 */
export class CgroupSetPinPolicy implements PinPolicy {
  readonly id = 'cgroup-set';
  readonly holds_containers = true;
  private readonly world: World;
  /** By container: its pages, each with the number of pins and locked mappings from there. */
  private readonly sets = new Map<number, Map<number, number>>();
  private entry_count = 0;
  private counter_updates = 0;
  private hash_lookups = 0;

  constructor(world: World) {
    this.world = world;
  }

  accountsSend(): boolean {
    return true;
  }

  newPages({ container, page_count, known_pages }: PinRequest): number {
    this.hash_lookups += known_pages.length;
    const set = this.sets.get(container);
    return page_count - (set === undefined ? 0 : known_pages.filter((page) => set.has(page)).length);
  }

  refuses(request: PinRequest): Refusal | null {
    return overProcessLimit(request) ?? overPinsMax(this.world, request, this.newPages(request));
  }

  admit(): boolean {
    return true;
  }

  pin({ account, pages, page_count }: PinSet): void {
    this.add(account.container, pages, account.mm.task);
    this.charge(account.container, page_count - pages.length, account.mm.task);
  }

  unpin({ account, pages, page_count }: PinSet): void {
    this.remove(account.container, pages, account.mm.task);
    this.charge(account.container, pages.length - page_count, account.mm.task);
  }

  lock(): void {}

  lockedPage(mm: MmAccount, container: number, page: number, delta: 1 | -1): void {
    if (delta === 1) this.add(container, [page], mm.task);
    else this.remove(container, [page], mm.task);
  }

  move({ mm, mapped_pages }: LockedSpace, from: number, to: number): void {
    this.remove(from, mapped_pages, mm.task);
    this.add(to, mapped_pages, mm.task);
  }

  expected(sets: Iterable<PinSet>, spaces: Iterable<LockedSpace>): ReadonlyMap<number, number> {
    const pages_of = new Map<number, Set<number>>();
    const add = (container: number, pages: readonly number[]): void => {
      const set = pages_of.get(container) ?? new Set();
      for (const page of pages) set.add(page);
      pages_of.set(container, set);
    };
    const unseen_of = new Map<number, number>();
    for (const { account, pages, page_count } of sets) {
      add(account.container, pages);
      unseen_of.set(account.container, (unseen_of.get(account.container) ?? 0) + page_count - pages.length);
    }
    for (const { container, mapped_pages } of spaces) add(container, mapped_pages);
    return new Map([...pages_of].map(([container, pages]) => [container, pages.size + (unseen_of.get(container) ?? 0)]));
  }

  /** One look-up a page and call; an entry a page and container. */
  cost(): PolicyCost {
    return {
      ...NO_COST,
      counter_updates: this.counter_updates,
      hash_lookups: this.hash_lookups,
      container_storage_bytes: SET_ENTRY_BYTES * this.entry_count,
    };
  }

  private add(container: number, pages: readonly number[], task: number): void {
    const set = this.sets.get(container) ?? new Map<number, number>();
    this.sets.set(container, set);
    const before = set.size;
    for (const page of pages) set.set(page, (set.get(page) ?? 0) + 1);
    this.changed(container, pages.length, set.size - before, task);
  }

  private remove(container: number, pages: readonly number[], task: number): void {
    const set = this.sets.get(container) ?? new Map<number, number>();
    const before = set.size;
    for (const page of pages) {
      const count = (set.get(page) ?? 0) - 1;
      if (count > 0) set.set(page, count);
      else set.delete(page);
    }
    this.changed(container, pages.length, set.size - before, task);
  }

  private changed(container: number, looked_up: number, delta: number, task: number): void {
    this.hash_lookups += looked_up;
    this.entry_count += delta;
    this.charge(container, delta, task);
  }

  private charge(container: number, delta: number, task: number): void {
    if (delta === 0) return;
    this.counter_updates += this.world.tree.levelsOf(container);
    this.world.accounts.change(container, COUNTER.pins, delta, task);
  }
}
