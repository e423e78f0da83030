import { LIST_COUNT, LRU_COUNT } from '../machine/pages/lru.ts';
import type { World } from '../machine/world.ts';
import { countByClass } from './class-counters.ts';

/**
 * Removal policy `reparent`: what is on a removed container's lists is charged to the parent instead and goes to the parent's lists, in the same order.
 * Hierarchical counters of the parent and above do not change: they counted the child's pages already. Swap slots stay with the removed container.
 *
 * `reparenting: pages`: one by one to the heads, oldest first, as `mem_cgroup_reparent_charges()` did it at rmdir until Linux 4.0.
 * `lists`: each LRU list as a whole behind the parent's own, so that it is reclaimed first, and the child's reclaim costs are added to the parent's
 * (`lru_reparent_memcg()` of “Eliminate Dying Memory Cgroup”, Muchun Song and Qi Zheng, 2025–2026). Folios point to an object cgroup there, which changes
 * its memcg once for all of them: no page is touched, and each list is one step. The recording tells of each page in both.
 */
export function reparent(world: World, container: number): void {
  const { machine, tree } = world;
  const { lru, workingset } = machine;
  const parent = tree.parents[container];
  const whole_lists = world.model.parameters.reparenting === 'lists';
  for (let list = 0; list < LIST_COUNT; list++) {
    const next = (): number => (whole_lists ? lru.head(container, list) : lru.tail(container, list));
    for (let frame = next(); frame !== -1; frame = next()) {
      const { kind } = machine.objectOfFrame(frame);
      tree.usage[container]--;
      countByClass(tree, container, kind, -1);
      countByClass(tree, parent, kind, 1);
      machine.recharge(lru.pageOf(frame), parent, 1, whole_lists);
      if (whole_lists) continue;
      tree.counter_updates++;
      world.pages_reparented++;
      world.removal_list_steps++;
    }
  }
  if (!whole_lists) return;
  world.removal_list_steps += LRU_COUNT;
  workingset.anon_cost[parent] += workingset.anon_cost[container];
  workingset.file_cost[parent] += workingset.file_cost[container];
}
