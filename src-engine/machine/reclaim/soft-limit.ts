import type { ContainerTree } from '../../containers/tree.ts';

/** `MEM_CGROUP_MAX_SOFT_LIMIT_RECLAIM_LOOPS` and `MEM_CGROUP_MAX_RECLAIM_LOOPS` of mm/memcontrol-v1.c (6.12). */
const FRUITLESS_ROOTS_MAX = 2;
const WALKS_MAX = 100;
const NOBODY = -1;

/** How reclaim visits the containers of a subtree, by the shared iterator of its root, and takes from one. */
export interface SoftLimitWalk {
  /** The container at which a walk of the subtree begins: after the last that any walk visited. */
  first(root: number): number;
  /** The next one; −1 where the walk is at its end. */
  next(root: number, after: number): number;
  /** Takes some 32 pages from the container's own lists if it can. Returns pages freed. */
  shrink(container: number): number;
}

/** `soft_limit_excess()`: pages that a container is above its soft limit. */
export const softLimitExcess = ({ usage, soft_limit }: ContainerTree, container: number): number => Math.max(0, usage[container] - soft_limit[container]);

/**
 * `memcg1_soft_limit_reclaim()` (mm/memcontrol-v1.c, 6.12; gone in 6.13): before the machine reclaims from everybody, a quarter of its excess is taken from the container that is
 * furthest above its soft limit, with all below it; where that frees nothing, from the next. Returns pages freed.
 *
 * The kernel keeps containers in a tree by the excess that they had at their last 1,024 charges; here it is the excess as it is. Of equals the younger comes first, as the later
 * insertion does there.
 */
export function softLimitReclaim(tree: ContainerTree, walk: SoftLimitWalk): number {
  let root = furthestAbove(tree, NOBODY);
  for (let loop = 1; root !== NOBODY; loop++) {
    const freed = reclaimFrom(tree, root, walk);
    if (freed > 0) return freed;
    // The one that has just failed goes back only after the next has been chosen: two that free nothing take turns.
    const next = furthestAbove(tree, root);
    if (loop > FRUITLESS_ROOTS_MAX) return 0;
    root = next;
  }
  return 0;
}

/** `mem_cgroup_soft_reclaim()`: walks over the subtree until it is not above the limit any more, or a quarter of the excess has been taken after two walks, or nothing. */
function reclaimFrom(tree: ContainerTree, root: number, walk: SoftLimitWalk): number {
  const wanted = Math.floor(softLimitExcess(tree, root) / 4);
  let freed = 0;
  for (let walks = 1; ; walks++) {
    for (let container = walk.first(root); container !== NOBODY; container = walk.next(root, container)) {
      freed += walk.shrink(container);
      if (softLimitExcess(tree, root) === 0) return freed;
    }
    if (walks >= 2 && (freed === 0 || freed >= wanted || walks > WALKS_MAX)) return freed;
  }
}

/** `__mem_cgroup_largest_soft_limit_node()`: the container with the largest excess, but `except`; −1: nobody is above a soft limit. */
function furthestAbove(tree: ContainerTree, except: number): number {
  let found = NOBODY;
  let most = 1;
  for (let container = 0; container < tree.count; container++) {
    const excess = softLimitExcess(tree, container);
    if (container === except || excess < most) continue;
    found = container;
    most = excess;
  }
  return found;
}
