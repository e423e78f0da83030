import type { PinRequest, PinSet, Refusal } from '../machine/policies/pin-policy.ts';
import { ERRNO } from '../record/events.ts';
import { overPinsMax, overProcessLimit, PinsByCall } from './pins-by-call.ts';

/**
 * Pins under shared-memory cgroups (Chris Li and Alistair Popple, linux-mm, May 2023; a sketch in a thread, never posted): “model the driver holding the pin ref count as one
 * of the share/mmap operation”. A pin counts for the pair of the page's shared-memory container and the container of the task that pins: with `pages: smemcg` the
 * container borrows the page for as long as it is pinned, as if it mapped it, and the pair's limit holds the call. Where pages have no shared-memory
 * container (private memory, objects that the container has not attached, other policies of pages) only `pins` counts.
 *
 * Each call counts in `pins`, as Popple asked for (“pinning the same struct page multiple times to result in multiple charges”), and two containers that pin one page both
 * count it; `pins-max` and RLIMIT_MEMLOCK act as under `cgroup-sum`. The pair is fixed when the pages are pinned: neither a move of the task nor a later attachment changes
 * it, and a removed container's debts are dropped.
 */
export class SmemcgPinPolicy extends PinsByCall {
  readonly id = 'smemcg';
  override readonly holds_containers = true;
  /** Who borrows each page of a set. */
  private readonly borrowers = new Map<PinSet, readonly number[]>();

  refuses(request: PinRequest): Refusal | null {
    const refusal = overProcessLimit(request) ?? overPinsMax(this.world, request, this.newPages(request));
    // A lock maps its pages, and mappings are held to the pair's limit one by one.
    if (refusal !== null || request.kind !== 'pin') return refusal;
    const over = this.world.policy.overBorrowed?.(request.container, request.known_pages) ?? null;
    return over === null ? null : { ...over, limit: 'borrow', errno: ERRNO.EAGAIN };
  }

  override admit({ container, mm }: PinRequest, pages: readonly number[]): boolean {
    return this.world.policy.admitHeld?.(container, pages, mm.task) ?? true;
  }

  override pin(set: PinSet): void {
    super.pin(set);
    this.borrowers.set(set, this.world.policy.hold?.(set.account.container, set.pages) ?? []);
  }

  override unpin(set: PinSet): void {
    super.unpin(set);
    this.world.policy.letGo?.(this.borrowers.get(set) ?? [], set.pages);
    this.borrowers.delete(set);
  }
}
