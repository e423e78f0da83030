import { ROOT_CONTAINER } from '../base/ids.ts';
import type { ContainerTree } from '../containers/tree.ts';
import { isPageCache, type MemoryObject } from '../machine/pages/objects.ts';
import type { World } from '../machine/world.ts';
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

/** A resident page's one charge goes from the container whose list it is on to another's, with the page. Whether there is room is the caller's question. */
export function moveToOwner(world: World, page: number, to: number): void {
  const { machine, tree } = world;
  const frame = machine.frameOf(page);
  const from = machine.lru.lruvecOf(frame);
  const { kind } = machine.objectOfFrame(frame);
  tree.uncharge(from, 1);
  tree.charge(to, 1);
  countByClass(tree, from, kind, -1);
  countByClass(tree, to, kind, 1);
  machine.recharge(page, to, 1);
}

/** The container that created an object; the root while nobody has used it. Where pages have several payers, or none once they are unmapped, it pays for their swap. */
export const creatorOf = (object: MemoryObject): number => Math.max(object.creator, ROOT_CONTAINER);
