import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { ERRNO } from '../record/events.ts';
import { NO_COST } from './none.ts';
import type { LockedSpace, MmAccount, PinPolicy, PinRequest, PinSet, Refusal } from './pins-policy.ts';
import type { PolicyCost } from './policy.ts';

/**
 * What the policies have in common that count by call: each call that pins adds its pages to `pins` of the task's container, the same page as often as it is pinned; locks
 * add what the address space has locked (VmLck), and move with the task. They differ in what a request is held against.
 */
export abstract class PinsByCall implements PinPolicy {
  abstract readonly id: string;
  readonly holds_containers: boolean = false;
  protected readonly world: World;
  private counter_updates = 0;

  constructor(world: World) {
    this.world = world;
  }

  newPages(request: PinRequest): number {
    return request.page_count;
  }

  abstract refuses(request: PinRequest): Refusal | null;

  admit(_request: PinRequest, _pages: readonly number[]): boolean {
    return true;
  }

  pin({ account, pages }: PinSet): void {
    this.change(account.container, pages.length, account.mm.task);
  }

  unpin({ account, pages }: PinSet): void {
    this.change(account.container, -pages.length, account.mm.task);
  }

  lock(mm: MmAccount, container: number, page_count: number): void {
    this.change(container, page_count, mm.task);
  }

  lockedPage(): void {}

  move({ mm }: LockedSpace, from: number, to: number): void {
    this.change(from, -mm.locked_pages, mm.task);
    this.change(to, mm.locked_pages, mm.task);
  }

  expected(sets: Iterable<PinSet>, spaces: Iterable<LockedSpace>): ReadonlyMap<number, number> {
    const pages = new Map<number, number>();
    const add = (container: number, count: number) => pages.set(container, (pages.get(container) ?? 0) + count);
    for (const set of sets) add(set.account.container, set.pages.length);
    for (const { mm, container } of spaces) add(container, mm.locked_pages);
    return pages;
  }

  /** One update of the counter at each level of the tree, a call. */
  cost(): PolicyCost {
    return { ...NO_COST, counter_updates: this.counter_updates };
  }

  private change(container: number, page_count: number, task: number): void {
    if (page_count === 0) return;
    this.world.accounts.change(container, COUNTER.pins, page_count, task);
    this.counter_updates += this.world.tree.levelsOf(container);
  }
}

/**
 * RLIMIT_MEMLOCK of an address space: VmLck against it for locks, VmPin for pins, each by itself (mm/mlock.c and drivers/infiniband/core/umem.c, 6.12), so that a process
 * can hold twice its limit.
 */
export function overProcessLimit({ kind, mm, container, page_count }: PinRequest): Refusal | null {
  const held_pages = kind === 'lock' ? mm.locked_pages : mm.pinned_pages;
  if (mm.privileged || page_count === 0 || held_pages + page_count <= mm.memlock_pages) return null;
  return { container, limit_pages: mm.memlock_pages, errno: ERRNO.ENOMEM };
}

/**
 * `pins_try_charge()` of the posting of 2023: `page_count` more in the container and each above it, against their `pins-max`. Nothing more always fits. The error is
 * EAGAIN; mlock() makes it ENOMEM. (The second posting's drivers returned ENOMEM as well.)
 */
export function overPinsMax({ tree }: World, { kind, container }: PinRequest, page_count: number): Refusal | null {
  if (page_count === 0) return null;
  for (let at = container; at !== -1; at = tree.parents[at]) {
    if (tree.local(at, COUNTER.pins) + page_count > tree.pins_max[at])
      return { container: at, limit_pages: tree.pins_max[at], errno: kind === 'lock' ? ERRNO.ENOMEM : ERRNO.EAGAIN };
  }
  return null;
}
