import { TABLE_SPAN_PAGES } from '../kernel/task-memory.ts';
import type { Machine } from '../machine.ts';
import { type Area, isSwapBacked, type MemoryObject, PTE } from '../pages/objects.ts';
import type { AddressSpaces } from '../spaces/address-spaces.ts';
import type { Generations } from './mglru.ts';
import { ANON } from './mglru-lists.ts';
import { MIN_LRU_BATCH } from './mglru-tiers.ts';

/** The page of an area's entry that says it was used, if a lruvec's aging may take it: the page is on the lruvec, and anonymous memory can be swapped. −1: none. */
function usedFrame(machine: Machine, generations: Generations, area: Area, index: number, page: number, lruvec: number, can_swap: boolean): number {
  if ((area.bits[index] & (PTE.present | PTE.young)) !== (PTE.present | PTE.young)) return -1;
  const frame = machine.frameOf(page);
  const { lists } = generations;
  if (lists.lruvecOf(frame) !== lruvec || !lists.isGenerational(frame)) return -1;
  return lists.typeOf(frame) === ANON && !can_swap ? -1 : frame;
}

/** Whether the aging looks at an area at all (`should_skip_vma()`): not at locked memory, and at what swap backs only where it can go there. */
function isSkipped(machine: Machine, area: Area, can_swap: boolean): boolean {
  if (area.locked !== null) return true;
  const swap_backed = area.pages !== null || isSwapBacked(machine.objects[area.object].kind);
  return swap_backed && !can_swap;
}

/**
 * `walk_mm()` for every task of the container: pages that page tables say were used since last asked go to the youngest generation, and the marks are cleared. All page tables are
 * looked at; the kernel leaves those out in which a Bloom filter has seen little use. Returns pages promoted.
 */
export function walkPageTables(machine: Machine, spaces: AddressSpaces, generations: Generations, lruvec: number, can_swap: boolean): number {
  let promoted = 0;
  if (!machine.mappings_count) return 0;
  for (let task = 0; task < spaces.container.length; task++) {
    if (spaces.alive[task] === 0 || spaces.container[task] !== lruvec) continue;
    for (const area of spaces.areas[task].values()) {
      if (isSkipped(machine, area, can_swap)) continue;
      for (let index = 0; index < area.page_count; index++) {
        const frame = (area.bits[index] & PTE.present) === 0 ? -1 : usedFrame(machine, generations, area, index, spaces.pageOf(area, index), lruvec, can_swap);
        if (frame === -1) continue;
        area.bits[index] &= ~PTE.young;
        if (generations.promote(frame)) promoted++;
      }
    }
  }
  return promoted;
}

/**
 * `lru_gen_look_around()`: reclaim has found by the reverse map that a page was used; up to 64 neighbours in the same page table that were used as well go to the youngest generation.
 * Counts as `folio_referenced()` does: page-table entries that say so, of tasks in the subtree of `within`; their marks are cleared.
 */
export function referencedWithNeighbours(
  machine: Machine,
  spaces: AddressSpaces,
  generations: Generations,
  object: MemoryObject,
  page: number,
  within: number,
): number {
  const lruvec = generations.lists.lruvecOf(machine.frameOf(page));
  const can_swap = isSwapBacked(object.kind);
  return spaces.referencedCount(object, page, within, (area, index) => {
    if (area.page_count === 1) return;
    const [first, end] = neighbours(area, index);
    for (let at = first; at < end; at++) {
      const neighbour =
        at === index || (area.bits[at] & PTE.present) === 0 ? -1 : usedFrame(machine, generations, area, at, spaces.pageOf(area, at), lruvec, can_swap);
      if (neighbour === -1) continue;
      area.bits[at] &= ~PTE.young;
      generations.promoteNeighbour(neighbour);
    }
  });
}

/** The stretch of an area's page table that is looked at around an entry: the table, or 64 entries of it. Areas begin where a table does. */
function neighbours(area: Area, index: number): readonly [first: number, end: number] {
  const first = index - (index % TABLE_SPAN_PAGES);
  const end = Math.min(first + TABLE_SPAN_PAGES, area.page_count);
  if (end - first <= MIN_LRU_BATCH) return [first, end];
  const half = MIN_LRU_BATCH / 2;
  if (index - first < half) return [first, first + MIN_LRU_BATCH];
  return end - index < half ? [end - MIN_LRU_BATCH, end] : [index - half, index + half];
}
