import type { ContainerTree } from '../containers/tree.ts';
import type { MemoryObject } from '../machine/objects.ts';
import { COUNTER } from '../record/counters.ts';
import { OBJECT_CLASS } from '../record/events.ts';

/** Splits a change of a container's charge by the class of the page: `anon`, or `file` with `shmem` inside it, as memory.stat has them. */
export function countByClass(tree: ContainerTree, container: number, kind: MemoryObject['kind'], units: number): void {
  if (kind === OBJECT_CLASS.anon) tree.count_up(container, COUNTER.anon, units);
  else {
    tree.count_up(container, COUNTER.file, units);
    if (kind === OBJECT_CLASS.tmpfs) tree.count_up(container, COUNTER.shmem, units);
  }
}
