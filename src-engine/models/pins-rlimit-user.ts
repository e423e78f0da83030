import type { MmAccount, PinRequest, PinSet, Refusal } from '../machine/policies/pin-policy.ts';
import { ERRNO } from '../record/events.ts';
import { errnoOf, isHeldToMemlock, overProcessLimit, PinsByCall } from './pins-by-call.ts';

/**
 * RLIMIT_MEMLOCK per user, as io_uring, zero-copy sends and AF_XDP have it (`user->locked_vm`, Linux 6.12): all that the processes of a user pin adds up, in whatever
 * container they are, and is held against the limit of the task that pins; what tasks with CAP_IPC_LOCK pin does not count. mlock() is held against
 * `mm->locked_vm` as ever, a counter of its own. `pins` of a container shows what was pinned and locked from it; no limit acts on that.
 *
 * Drivers return ENOMEM when they are refused (io_uring), a zero-copy send ENOBUFS. (So does AF_XDP; `pin` stands for io_uring.)
 */
export class UserRlimitPinPolicy extends PinsByCall {
  readonly id = 'rlimit-user';
  /** `user->locked_vm`. */
  private readonly pages_of_user = new Map<number, number>();

  override accountsSend(mm: MmAccount): boolean {
    return isHeldToMemlock(mm);
  }

  refuses(request: PinRequest): Refusal | null {
    if (request.kind === 'lock') return overProcessLimit(request);
    const { kind, mm, container, page_count } = request;
    if (mm.privileged || this.pagesOf(mm.user) + page_count <= mm.memlock_pages) return null;
    return { limit: 'memlock', container, limit_pages: mm.memlock_pages, errno: errnoOf(kind, ERRNO.ENOMEM) };
  }

  override pin(set: PinSet): void {
    super.pin(set);
    this.count(set, 1);
  }

  override unpin(set: PinSet): void {
    super.unpin(set);
    this.count(set, -1);
  }

  private count({ account: { mm }, page_count }: PinSet, sign: 1 | -1): void {
    if (!mm.privileged) this.pages_of_user.set(mm.user, this.pagesOf(mm.user) + sign * page_count);
  }

  private pagesOf(user: number): number {
    return this.pages_of_user.get(user) ?? 0;
  }
}
