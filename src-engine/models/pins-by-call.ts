import type { LockedSpace, MmAccount, PinPolicy, PinRequest, PinSet, Refusal } from '../machine/policies/pin-policy.ts';
import { NO_COST, type PolicyCost } from '../machine/policies/policy.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { ERRNO } from '../record/events.ts';

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

  accountsSend(_mm: MmAccount): boolean {
    return true;
  }

  newPages(request: PinRequest): number {
    return request.page_count;
  }

  abstract refuses(request: PinRequest): Refusal | null;

  admit(_request: PinRequest, _pages: readonly number[]): boolean {
    return true;
  }

  pin({ account, page_count }: PinSet): void {
    this.change(account.container, page_count, account.mm.task);
  }

  unpin({ account, page_count }: PinSet): void {
    this.change(account.container, -page_count, account.mm.task);
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
    for (const set of sets) add(set.account.container, set.page_count);
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

/** What a zero-copy send over its limit returns; mlock(); and a pin, where `pin` says so. */
export const errnoOf = (kind: PinRequest['kind'], pin: number): number => (kind === 'send' ? ERRNO.ENOBUFS : kind === 'lock' ? ERRNO.ENOMEM : pin);

/**
 * `mm_account_pinned_pages()` of net/core/skbuff.c (6.12) leaves alone who has CAP_IPC_LOCK and who has no RLIMIT_MEMLOCK: what they send is in no counter.
 */
export const isHeldToMemlock = ({ privileged, memlock_pages }: MmAccount): boolean => !privileged && memlock_pages !== Number.POSITIVE_INFINITY;

/**
 * RLIMIT_MEMLOCK of an address space: VmLck against it for locks, VmPin for pins, each by itself (mm/mlock.c and drivers/infiniband/core/umem.c, 6.12), so that a process
 * can hold twice its limit.
 */
export function overProcessLimit({ kind, mm, container, page_count }: PinRequest): Refusal | null {
  const held_pages = kind === 'lock' ? mm.locked_pages : mm.pinned_pages;
  if (mm.privileged || page_count === 0 || held_pages + page_count <= mm.memlock_pages) return null;
  return { limit: 'memlock', container, limit_pages: mm.memlock_pages, errno: errnoOf(kind, ERRNO.ENOMEM) };
}

/**
 * `pins_try_charge()` of the posting of 2023: `page_count` more in the container and each above it, against their `pins-max`. Nothing more always fits. The error is
 * EAGAIN; mlock() makes it ENOMEM, a zero-copy send ENOBUFS. (The second posting's drivers returned ENOMEM as well.)
 */
export function overPinsMax({ tree }: World, { kind, container }: PinRequest, page_count: number): Refusal | null {
  if (page_count === 0) return null;
  for (let at = container; at !== -1; at = tree.parents[at]) {
    if (tree.local(at, COUNTER.pins) + page_count > tree.pins_max[at])
      return { limit: 'pins-max', container: at, limit_pages: tree.pins_max[at], errno: errnoOf(kind, ERRNO.EAGAIN) };
  }
  return null;
}
