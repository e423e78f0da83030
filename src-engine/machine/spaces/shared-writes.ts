import { OBJECT_CLASS } from '../../record/events.ts';
import type { Machine } from '../machine.ts';
import { FRAME } from '../pages/frame-flags.ts';
import { type MemoryObject, PTE } from '../pages/objects.ts';

/**
 * What a read fault puts into the entry of a shared mapping. A file system must be told of the first write to a page (`page_mkwrite`), and of the first one after each writeback: the entry
 * says no to writes until then (`vma_wants_writenotify()`, mm/mmap.c; `do_wp_page()`, mm/memory.c; 6.1.192 and 6.12.117). tmpfs does not ask.
 */
export const readEntryBits = ({ kind }: MemoryObject): number => PTE.young | (kind === OBJECT_CLASS.file ? PTE.write_protected : 0);

/** Writes a resident page of a file back, and waits for it: every mapping of it says no to writes again (`folio_mkclean()`, mm/rmap.c). */
export function writeBack(machine: Machine, object: MemoryObject, page: number): void {
  const frame = machine.frameOf(page);
  machine.frame_flags[frame] &= ~FRAME.dirty;
  machine.writeback?.cleaned(page, machine.lru.lruvecOf(frame));
  machine.log.now_ns += machine.spec.costs.disk_write_ns;
  const index = page - object.base_page;
  for (const area of object.areas) if ((area.bits[index] & PTE.present) !== 0) area.bits[index] |= PTE.write_protected;
}
