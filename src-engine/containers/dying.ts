import { NO_PAGE, NO_TASK } from '../base/ids.ts';
import { COUNTER, HOLDING_COUNTERS } from '../record/counters.ts';
import type { EventLog } from '../record/event-log.ts';
import { KIND } from '../record/events.ts';
import type { ContainerTree } from './tree.ts';

/** Those of the counters that the tree keeps as such; usage and swap it has beside them. */
const HOLDING = HOLDING_COUNTERS.filter((name) => name !== 'current' && name !== 'swap').map((name) => COUNTER[name]);

/**
 * Removed containers that live on because something is still charged to them (“dying” or zombie cgroups), and the end of each: `css_killed_work_fn()` and
 * `css_release_work_fn()` of kernel/cgroup/cgroup.c (6.12). Ancestors count them in `nr_dying_descendants` of cgroup.stat. Removal itself is immediate here:
 * a container that nothing holds is never dying.
 */
export class Dying {
  private readonly tree: ContainerTree;
  private readonly log: EventLog;
  private readonly holds: (container: number) => boolean;
  private readonly changed: (count: number) => void;
  private readonly dying = new Set<number>();

  /** `holds`: whether something besides its counters holds a removed container. `changed`: told how many are dying whenever that has changed. */
  constructor(tree: ContainerTree, log: EventLog, holds: (container: number) => boolean, changed: (count: number) => void) {
    this.tree = tree;
    this.log = log;
    this.holds = holds;
    this.changed = changed;
  }

  /** Containers that are dying now. */
  get count(): number {
    return this.dying.size;
  }

  /** Whether a removed container lives on. */
  has(container: number): boolean {
    return this.dying.has(container);
  }

  /** Whether anything keeps the container in memory. */
  isHeld(container: number): boolean {
    const { tree } = this;
    if (tree.usage[container] !== 0 || tree.swap_usage[container] !== 0) return true;
    return HOLDING.some((counter) => tree.local(container, counter) !== 0) || this.holds(container);
  }

  /** The container has just been removed. */
  removed(container: number): void {
    if (!this.isHeld(container)) return;
    this.dying.add(container);
    this.count_in_ancestors(container, 1);
    this.changed(this.dying.size);
  }

  /** Something that held a removed container is gone: with the last of it the container goes for good, and its removed parent may follow. */
  fell(container: number): void {
    if (!this.dying.has(container) || this.isHeld(container)) return;
    this.dying.delete(container);
    this.log.emit(KIND.container_release, 0, NO_TASK, container, NO_PAGE, 0, 0);
    this.count_in_ancestors(container, -1);
    this.changed(this.dying.size);
    this.fell(this.tree.parents[container]);
  }

  private count_in_ancestors(container: number, delta: number): void {
    const parent = this.tree.parents[container];
    this.tree.add(parent, COUNTER.nr_dying_descendants, delta);
    this.log.emit(KIND.account, COUNTER.nr_dying_descendants, NO_TASK, parent, NO_PAGE, delta, 0);
  }
}
