import { overPinsMax, overProcessLimit, PinsByCall } from './pins-by-call.ts';
import type { PinRequest, Refusal } from './pins-policy.ts';

/**
 * Pins under shared-memory cgroups (Chris Li and Alistair Popple, linux-mm, May 2023; a sketch in a thread, never posted): a driver that holds a page is one more user of the
 * page's object, so a pin counts for the pair of the object's shared-memory container and the container of the task that pins. Each call counts, as Popple asked for
 * (“pinning the same struct page multiple times to result in multiple charges”); two containers that pin one page both pay.
 */
export class SmemcgPinPolicy extends PinsByCall {
  readonly id = 'smemcg';
  override readonly holds_containers = true;

  refuses(request: PinRequest): Refusal | null {
    return overProcessLimit(request) ?? overPinsMax(this.world, request, this.newPages(request));
  }
}
