/** A domain of dirty pages, in pages: the machine (`gdtc` of mm/page-writeback.c), or what a container may be thought to have of it. */
export interface DirtyDomain {
  /** Memory that could be dirty: file pages and what is free. */
  readonly avail: number;
  readonly dirty: number;
}

/** What a container has of file pages and may still charge (`mem_cgroup_wb_stats()`), in pages. */
export interface ContainerDirt {
  readonly filepages: number;
  readonly dirty: number;
  readonly headroom: number;
}

/**
 * `mdtc_calc_avail()` (mm/page-writeback.c, 6.12): a container could dirty its file pages, and as many more as it may charge, but no more than is clean outside of it.
 */
export function containerAvail({ filepages, dirty, headroom }: ContainerDirt, machine: DirtyDomain): number {
  const clean = filepages - Math.min(filepages, dirty);
  const machine_clean = machine.avail - Math.min(machine.avail, machine.dirty);
  const other_clean = machine_clean - Math.min(machine_clean, clean);
  return filepages + Math.min(headroom, other_clean);
}

const PAGE_SIZE = 4096;

/** `domain_dirty_limits()` (6.12) for ratios in percent: above `background` the flusher writes, at `thresh` nobody dirties more. In pages. */
export function dirtyLimits(avail: number, ratio: number, background_ratio: number): { readonly thresh: number; readonly background: number } {
  const share = (percent: number): number => Math.floor((Math.floor((percent * PAGE_SIZE) / 100) * avail) / PAGE_SIZE);
  const thresh = share(ratio);
  const background = share(background_ratio);
  return { thresh, background: background >= thresh ? Math.floor(thresh / 2) : background };
}

/** `dirty_freerun_ceiling()`: below it nobody waits. */
export const freerunCeiling = ({ thresh, background }: { readonly thresh: number; readonly background: number }): number =>
  Math.floor((thresh + background) / 2);
