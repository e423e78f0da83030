import type { Parameters } from '../scenario/axes.ts';

/** Rules of mm/ that are not the same in the kernels that the lab has recordings of (sources: Linux 6.1.192 and 6.12.117, as Debian has them). */
export interface KernelRules {
  /** Reclaim visits every container below its target in each pass (`shrink_node_memcgs()`, mm/vmscan.c); else it stops with its goal, and the next one goes on there. */
  readonly full_walks: boolean;
  /** Frames that shrinkers free count in reclaim for a container as well (`shrink_node()`); else in reclaim of the whole machine only (`flush_reclaim_state()`). */
  readonly slab_counts: boolean;
  /** Pages that reclaim looked at in vain cost something, and a page of disk as much as 32 of them; else only pages written or read again do (`lru_note_cost()`, mm/swap.c). */
  readonly rotations_cost: boolean;
  /** memory.reclaim asks for a quarter of the rest at a time; else for all of it (`memory_reclaim()`, mm/memcontrol.c). */
  readonly batched_requests: boolean;
  /** A fault that waits for the disk is counted anew when it is taken up again (`handle_mm_fault()`, mm/memory.c; `filemap_fault()`, mm/filemap.c). */
  readonly retried_faults: boolean;
  /** A page comes back although its evictor is gone: a refault all the same (`workingset_refault()`, mm/workingset.c). */
  readonly orphan_refaults: boolean;
  /** Whose swap limits say whether anonymous pages compete with a refault: those of who evicted it, else of who brings it back. */
  readonly evictor_swaps: boolean;
  /** What a container was protected to in an earlier pass for one above it keeps it from being scanned for its own limit (`mem_cgroup_below_min()` without the target). */
  readonly stale_protection: boolean;
}

/** The rules of each kernel that a model can follow. */
export const KERNEL_RULES: Readonly<Record<Parameters['linux'], KernelRules>> = {
  'v6.12': {
    full_walks: false,
    slab_counts: false,
    rotations_cost: true,
    batched_requests: true,
    retried_faults: false,
    orphan_refaults: true,
    evictor_swaps: true,
    stale_protection: false,
  },
  'v6.1': {
    full_walks: true,
    slab_counts: true,
    rotations_cost: false,
    batched_requests: false,
    retried_faults: true,
    orphan_refaults: false,
    evictor_swaps: false,
    stale_protection: true,
  },
};
