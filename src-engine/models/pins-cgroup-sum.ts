import type { PinRequest, Refusal } from '../machine/policies/pin-policy.ts';
import { overPinsMax, overProcessLimit, PinsByCall } from './pins-by-call.ts';

/**
 * The pins controller that was posted (Alistair Popple, “mm: Introduce a cgroup to limit the amount of locked and pinned memory”, v1, February 2023; not merged): each call
 * charges its pages to the container of the task that pins, and to those above it, against their `pins-max`; the same page as often as it is pinned. RLIMIT_MEMLOCK
 * of the process acts as well, so that the stricter of both wins; CAP_IPC_LOCK lifts only that one.
 *
 * A task that moves takes its locks along without a look at limits (`pins_can_attach()`). What a driver has pinned stays with the container that it was charged to: the
 * driver's `struct vm_account` holds that container until the release, also when it has been removed.
 */
export class CgroupSumPinPolicy extends PinsByCall {
  readonly id = 'cgroup-sum';
  override readonly holds_containers = true;

  refuses(request: PinRequest): Refusal | null {
    return overProcessLimit(request) ?? overPinsMax(this.world, request, this.newPages(request));
  }
}
