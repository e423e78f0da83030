import type { MmAccount, PinRequest, Refusal } from '../machine/policies/pin-policy.ts';
import { isHeldToMemlock, overProcessLimit, PinsByCall } from './pins-by-call.ts';

/**
 * RLIMIT_MEMLOCK per process, as mlock() and RDMA have it (Linux 6.12): `mm->pinned_vm` and `mm->locked_vm` are each held against the limit of the task, whoever owns
 * the pages; a zero-copy send counts as a pin. A fork begins at nothing, so that processes multiply the limit. `pins` of a container shows what was pinned and locked from it; no limit
 * acts on that.
 */
export class ProcessRlimitPinPolicy extends PinsByCall {
  readonly id = 'rlimit-process';

  override accountsSend(mm: MmAccount): boolean {
    return isHeldToMemlock(mm);
  }

  refuses(request: PinRequest): Refusal | null {
    return overProcessLimit(request);
  }
}
