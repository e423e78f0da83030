import { LIST_COUNT } from '../machine/lru.ts';
import type { World } from '../machine/world.ts';
import { countByClass } from './class-counters.ts';

/**
 * Removal policy `reparent`: each page on a removed container's lists is charged to the parent instead and goes to the parent's list, oldest first.
 * Hierarchical counters of the parent and above do not change: they counted the child's pages already.
 *
 * Page by page as `mem_cgroup_reparent_charges()` did it at rmdir until Linux 4.0. The LRU-reparenting series of 2025 (Muchun Song, Qi Zheng, “Eliminate Dying Memory
 * Cgroup”) ends in the same charges by splicing four lists. Swap slots stay with the removed container in both.
 */
export function reparent(world: World, container: number): void {
  const { machine, tree } = world;
  const parent = tree.parents[container];
  for (let list = 0; list < LIST_COUNT; list++) {
    for (let frame = machine.lru.tail(container, list); frame !== -1; frame = machine.lru.tail(container, list)) {
      const { kind } = machine.objectOfFrame(frame);
      tree.usage[container]--;
      tree.counter_updates++;
      countByClass(tree, container, kind, -1);
      countByClass(tree, parent, kind, 1);
      world.pages_reparented++;
      world.removal_list_steps++;
      machine.recharge(machine.lru.pageOf(frame), parent, 1);
    }
  }
}
