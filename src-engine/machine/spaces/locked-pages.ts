import type { Machine } from '../machine.ts';
import { type Area, PTE } from '../pages/objects.ts';

/** Told of what becomes of locked ranges. */
export interface LockHooks {
  /** A page-table entry in a locked range of the task maps a page now. */
  pageLocked(task: number, page: number): void;
  /** Such an entry no longer does. */
  pageUnlocked(task: number, page: number): void;
  /** Locked pages of the task's address space went with their mapping. */
  lockedUnmapped(task: number, page_count: number): void;
}

/**
 * Locked ranges of address spaces (VM_LOCKED), and the pages mapped in them, each with the number of entries that map it there: `mlock_count` of mm/mlock.c (6.12).
 * The first such entry takes the page to the unevictable list, the last brings it back; at once here, where the kernel does it in batches.
 */
export class LockedPages {
  private readonly machine: Machine;
  private readonly hooks: LockHooks;
  private readonly pageOf: (area: Area, index: number) => number;
  private readonly counts = new Map<number, number>();

  constructor(machine: Machine, hooks: LockHooks, pageOf: (area: Area, index: number) => number) {
    this.machine = machine;
    this.hooks = hooks;
    this.pageOf = pageOf;
  }

  /** Pages mapped in locked ranges, each with its number of entries there. */
  get mapped(): ReadonlyMap<number, number> {
    return this.counts;
  }

  /** How many pages of a range are locked. */
  lockedCount(area: Area, first_page: number, page_count: number): number {
    let count = 0;
    for (let index = first_page; area.locked !== null && index < first_page + page_count; index++) count += area.locked[index];
    return count;
  }

  /** Locks a range: what it maps now and later cannot be reclaimed. Nothing is faulted in here. Returns how many pages were not locked before. */
  lock(area: Area, first_page: number, page_count: number): number {
    area.locked ??= new Uint8Array(area.page_count);
    let count = 0;
    for (let index = first_page; index < first_page + page_count; index++) {
      if (area.locked[index] === 1) continue;
      area.locked[index] = 1;
      count++;
      if ((area.bits[index] & PTE.present) !== 0) this.enter(area.task, this.pageOf(area, index));
    }
    return count;
  }

  /** Unlocks a range. Returns how many pages of it were locked. */
  unlock(area: Area, first_page: number, page_count: number): number {
    let count = 0;
    for (let index = first_page; area.locked !== null && index < first_page + page_count; index++) {
      if (area.locked[index] === 0) continue;
      area.locked[index] = 0;
      count++;
      if ((area.bits[index] & PTE.present) !== 0) this.leave(area.task, this.pageOf(area, index));
    }
    return count;
  }

  /** A range has been unmapped, page by page: its locks are gone as well. */
  unmapped(area: Area, first_page: number, page_count: number): void {
    const count = this.lockedCount(area, first_page, page_count);
    if (count === 0) return;
    area.locked?.fill(0, first_page, first_page + page_count);
    this.hooks.lockedUnmapped(area.task, count);
  }

  /** An entry of a locked range of the task maps the page. */
  enter(task: number, page: number): void {
    const count = this.counts.get(page) ?? 0;
    this.counts.set(page, count + 1);
    if (count === 0) this.machine.setUnevictable(page);
    this.hooks.pageLocked(task, page);
  }

  /** It no longer does; the page is still resident. */
  leave(task: number, page: number): void {
    const count = (this.counts.get(page) ?? 0) - 1;
    if (count > 0) this.counts.set(page, count);
    else {
      this.counts.delete(page);
      this.machine.setEvictable(page);
    }
    this.hooks.pageUnlocked(task, page);
  }
}
