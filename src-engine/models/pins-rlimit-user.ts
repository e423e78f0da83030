import { ERRNO } from '../record/events.ts';
import { overProcessLimit, PinsByCall } from './pins-by-call.ts';
import type { PinRequest, PinSet, Refusal } from './pins-policy.ts';

/**
 * RLIMIT_MEMLOCK per user, as io_uring, zero-copy sends and AF_XDP have it (`user->locked_vm`, Linux 6.12): all that the processes of a user pin adds up, in whatever
 * container they are, and is held against the limit of the task that pins; what tasks with CAP_IPC_LOCK pin does not count. mlock() is held against
 * `mm->locked_vm` as ever, a counter of its own. `pins` of a container shows what was pinned and locked from it; no limit acts on that.
 */
export class UserRlimitPinPolicy extends PinsByCall {
  readonly id = 'rlimit-user';
  /** `user->locked_vm`. */
  private readonly pages_of_user = new Map<number, number>();

  refuses(request: PinRequest): Refusal | null {
    if (request.kind === 'lock') return overProcessLimit(request);
    const { mm, container, page_count } = request;
    if (mm.privileged || this.pagesOf(mm.user) + page_count <= mm.memlock_pages) return null;
    return { container, limit_pages: mm.memlock_pages, errno: ERRNO.ENOMEM };
  }

  override pin(set: PinSet): void {
    super.pin(set);
    this.count(set, 1);
  }

  override unpin(set: PinSet): void {
    super.unpin(set);
    this.count(set, -1);
  }

  private count({ account: { mm }, pages }: PinSet, sign: 1 | -1): void {
    if (!mm.privileged) this.pages_of_user.set(mm.user, this.pagesOf(mm.user) + sign * pages.length);
  }

  private pagesOf(user: number): number {
    return this.pages_of_user.get(user) ?? 0;
  }
}
