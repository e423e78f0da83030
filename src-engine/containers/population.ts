import { ROOT_CONTAINER } from '../base/ids.ts';
import { COUNTER } from '../record/counters.ts';
import type { ContainerTree } from './tree.ts';

/**
 * `populated` of cgroup.events: whether tasks live in a container or below it (`cgroup_update_populated()` of kernel/cgroup/cgroup.c, 6.12). The root has no such file. The event of the task that changes it tells it,
 * as the kernel does by a notification of the file.
 */
export class Population {
  private readonly tree: ContainerTree;
  /** Tasks of the subtree, by container. */
  private readonly task_counts: number[] = [];

  constructor(tree: ContainerTree) {
    this.tree = tree;
  }

  entered(container: number): void {
    this.change(container, 1);
  }

  left(container: number): void {
    this.change(container, -1);
  }

  private change(container: number, sign: 1 | -1): void {
    for (let at = container; at !== ROOT_CONTAINER; at = this.tree.parents[at]) {
      const before = this.task_counts[at] ?? 0;
      this.task_counts[at] = before + sign;
      if (before === 0 || before + sign === 0) this.tree.count_up(at, COUNTER.populated, sign);
    }
  }
}
