import type { Machine } from '../machine.ts';
import type { AddressSpaces } from '../spaces/address-spaces.ts';
import { NO_PAGE_YET } from './objects.ts';

/** Private pages of a task that lie in swap. */
export function swappedPages(machine: Machine, spaces: AddressSpaces, task: number): number {
  // Areas may be far larger than what is in them.
  if (machine.spec.swap_pages === 0) return 0;
  let count = 0;
  for (const area of spaces.areas[task].values()) {
    for (let index = 0; area.pages !== null && index < area.page_count; index++) {
      const page = area.pages[index];
      if (page !== NO_PAGE_YET && machine.isSwapped(page)) count++;
    }
  }
  return count;
}
