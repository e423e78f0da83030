import { ROOT_CONTAINER } from '../base/ids.ts';
import type { ContainerTree } from '../containers/tree.ts';
import { isPageCache, type MemoryObject } from '../machine/pages/objects.ts';
import { COUNTER } from '../record/counters.ts';
import { OBJECT_CLASS } from '../record/events.ts';

/** Splits a change of a container's charge by the class of the page: `anon`, or `file` with `shmem` inside it, as memory.stat has them; other classes have no line there. */
export function countByClass(tree: ContainerTree, container: number, kind: MemoryObject['kind'], units: number): void {
  if (kind === OBJECT_CLASS.anon) tree.count_up(container, COUNTER.anon, units);
  else if (isPageCache(kind)) {
    tree.count_up(container, COUNTER.file, units);
    if (kind === OBJECT_CLASS.tmpfs) tree.count_up(container, COUNTER.shmem, units);
  }
}

/** The container that created an object; the root while nobody has used it. Where pages have several payers, or none once they are unmapped, it pays for their swap. */
export const creatorOf = (object: MemoryObject): number => Math.max(object.creator, ROOT_CONTAINER);
