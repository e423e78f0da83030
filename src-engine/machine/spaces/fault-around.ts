import { TABLE_SPAN_PAGES } from '../kernel/task-memory.ts';
import type { Machine } from '../machine.ts';
import { type Area, type MemoryObject, PTE } from '../pages/objects.ts';

/**
 * `do_fault_around()` and `filemap_map_pages()` (mm/memory.c and mm/filemap.c, 6.1.192 and 6.12.117): a read fault of a mapped object maps, besides its own page, what is resident in the
 * aligned stretch of `page_count` pages (0: none) around it. `map` is told of each such place, in address order. No fault is counted for them, and nothing is waited for: a page for
 * whose mapping the container would have to make room stays unmapped. On x86 the entries say that they were used (`arch_wants_old_prefaulted_pte()`).
 * The kernel passes over locked pages, pages that are being read and the mark of read-ahead as well (`next_uptodate_folio()`): there are none here.
 *
 * A page that has to be read in is mapped after those around it, as in the kernel; one that is resident before them, so that they do not take the room that its mapping pays for.
 */
export function mapAround(
  machine: Machine,
  area: Area,
  index: number,
  task_container: number,
  page_count: number,
  map: (area: Area, at: number, page: number) => void,
): void {
  if (page_count === 0) return;
  const object: MemoryObject = machine.objects[area.object];
  const { policy } = machine;
  const { gate } = policy;
  const first = index - (index % page_count);
  // Areas begin where a page table does.
  const table_end = index - (index % TABLE_SPAN_PAGES) + TABLE_SPAN_PAGES;
  const end = Math.min(first + page_count, table_end, area.page_count);
  for (let at = first; at < end; at++) {
    const page = object.base_page + at;
    if (at === index || (area.bits[at] & PTE.present) !== 0 || machine.frameOf(page) < 0) continue;
    if (gate !== null) gate.is_immediate = true;
    const admitted = policy.admit(task_container, object, page, area.task);
    if (gate !== null) gate.is_immediate = false;
    if (admitted) map(area, at, page);
  }
}
