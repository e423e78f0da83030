import { NO_PAGE, NO_TASK } from '../base/ids.ts';
import { COUNTER } from '../record/counters.ts';
import { ERRNO, KIND, RECLAIM_REASON } from '../record/events.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import { applyLimits } from './limits.ts';
import type { World } from './world.ts';

/** Sets the limits of a container that has just been made. */
export function setFirstLimits(world: World, container: number, limits: LimitsSpec): void {
  if (world.model.parameters.limits === 'v1') writeLimitsV1(world, container, limits);
  else applyLimits(world, container, limits);
}

/** Writes limits of a container. What is refused is told as a failed operation and stays as it was. Returns what was written; nothing of it is enforced yet. */
export function writeLimits(world: World, container: number, given: LimitsSpec): LimitsSpec {
  const { kmem_max_pages, ...others } = given;
  const may_limit = kmem_max_pages === undefined || world.kernel.policy.mayLimit(container, kmem_max_pages, NO_TASK);
  if (!may_limit) world.log.emit(KIND.op_fail, ERRNO.EBUSY, NO_TASK, container, NO_PAGE, 0, 0);
  const limits = may_limit ? given : others;
  if (world.model.parameters.limits === 'v1') return writeLimitsV1(world, container, limits);
  applyLimits(world, container, limits);
  return limits;
}

/**
 * Limits of version 1 are not below usage, ever: `mem_cgroup_resize_max()` and `memcg_update_tcp_max()` (mm/memcontrol-v1.c, 6.12). Of a limit of memory and one of memory and
 * swap together, that is written first which makes room for the other.
 */
function writeLimitsV1(world: World, container: number, limits: LimitsSpec): LimitsSpec {
  const { tree, log } = world;
  const { max_pages, memsw_max_pages, tcp_max_pages, ...others } = limits;
  applyLimits(world, container, others);
  const written: { max_pages?: number; memsw_max_pages?: number; tcp_max_pages?: number } = {};
  const write = (key: keyof typeof written, pages: number | undefined, errnoOf: (pages: number) => number): void => {
    if (pages === undefined) return;
    const errno = errnoOf(pages);
    if (errno !== 0) {
      log.emit(KIND.op_fail, errno, NO_TASK, container, NO_PAGE, 0, 0);
      return;
    }
    written[key] = pages;
    applyLimits(world, container, { [key]: pages });
  };
  const raises_memsw = memsw_max_pages !== undefined && memsw_max_pages > tree.memsw_max[container];
  if (raises_memsw) write('memsw_max_pages', memsw_max_pages, (pages) => resize(world, container, pages, true));
  write('max_pages', max_pages, (pages) => resize(world, container, pages, false));
  if (!raises_memsw) write('memsw_max_pages', memsw_max_pages, (pages) => resize(world, container, pages, true));
  write('tcp_max_pages', tcp_max_pages, (pages) => (tree.local(container, COUNTER.tcp) > pages ? ERRNO.EBUSY : 0));
  return { ...others, ...written };
}

/** `mem_cgroup_resize_max()`: reclaims until usage is not above the limit that is to be. 0, or the error: EINVAL, or EBUSY where a pass has freed nothing. */
function resize({ tree, policy }: World, container: number, pages: number, memsw: boolean): number {
  if (memsw ? pages < tree.max[container] : pages > tree.memsw_max[container]) return ERRNO.EINVAL;
  const usage = (): number => (memsw ? tree.memswUsage(container) : tree.usage[container]);
  for (let drained = false; usage() > pages; ) {
    if (!drained) {
      policy.gate?.drainStock(container);
      drained = true;
      continue;
    }
    // What swaps does not help where swap counts.
    if (policy.reclaim(container, 1, RECLAIM_REASON.resize, NO_TASK, memsw ? 0 : undefined) === 0) return ERRNO.EBUSY;
  }
  return 0;
}
