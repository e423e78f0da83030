import { NO_TASK } from '../base/ids.ts';
import { MAX_RECLAIM_RETRIES } from '../machine/limit-gate.ts';
import type { World } from '../machine/world.ts';
import { RECLAIM_REASON } from '../record/events.ts';

/**
 * Removal policy `free`, its first half: the container is emptied before it goes, as writing memory.force_empty before rmdir does (`mem_cgroup_force_empty()`, 6.12):
 * reclaim passes over it until nothing is charged or 16 of them freed nothing. Clean page cache is dropped, dirty written, what is backed by swap goes there; pages that others
 * map are taken from them, for reclaim on behalf of a container sees no uses from outside it. What is left goes to the parent, as rmdir had it until Linux 4.0.
 */
export function forceEmpty(world: World, container: number): void {
  for (let retries = MAX_RECLAIM_RETRIES; retries > 0 && world.tree.usage[container] > 0; ) {
    if (world.policy.reclaim(container, 1, RECLAIM_REASON.remove, NO_TASK, undefined) === 0) retries--;
  }
}
