import type { RunMeta } from '../../../src-engine/record/run.ts';

/** A run made of a kernel's trace: it tells of reclaim, and of no container what it is charged. */
export const isTrace = ({ source, model }: RunMeta): boolean => source === 'trace' && model === 'ftrace';

/** A run of a cgroup tree that was watched: the kernel's counters over time, as a run on a kernel has them. */
export const isWatched = ({ source, model }: RunMeta): boolean => source === 'trace' && model !== 'ftrace';
