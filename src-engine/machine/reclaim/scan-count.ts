/** Constants of mm/vmscan.c and include/linux/swap.h (6.12). */
export const DEF_PRIORITY = 12;
export const SWAP_CLUSTER_MAX = 32;
const MAX_SWAPPINESS = 200;

/** Which lists reclaim scans, and how it divides the effort (`enum scan_balance`). */
export type ScanBalance = 'equal' | 'fract' | 'anon' | 'file';

export interface ScanBalanceInputs {
  readonly can_swap: boolean;
  readonly cgroup_reclaim: boolean;
  readonly swappiness: number;
  readonly priority: number;
  readonly file_is_tiny: boolean;
  readonly cache_trim_mode: boolean;
}

/** First half of `get_scan_count()` (6.12). */
export function scanBalance(inputs: ScanBalanceInputs): ScanBalance {
  if (!inputs.can_swap) return 'file';
  if (inputs.cgroup_reclaim && inputs.swappiness === 0) return 'file';
  if (inputs.priority === 0 && inputs.swappiness > 0) return 'equal';
  if (inputs.file_is_tiny) return 'anon';
  if (inputs.cache_trim_mode) return 'file';
  return 'fract';
}

/** The weights of anonymous and file lists under `fract`. */
export function scanFractions(swappiness: number, anon_cost: number, file_cost: number): { readonly ap: number; readonly fp: number } {
  const both = anon_cost + file_cost;
  const anon = both + anon_cost;
  const file = both + file_cost;
  const total = anon + file;
  return { ap: Math.floor((swappiness * (total + 1)) / (anon + 1)), fp: Math.floor(((MAX_SWAPPINESS - swappiness) * (total + 1)) / (file + 1)) };
}

export interface ScanTargetInputs {
  readonly list_pages: number;
  readonly usage_pages: number;
  /** 0 where neither emin nor elow acts; else the one that does. */
  readonly protection_pages: number;
  readonly protected: boolean;
  readonly priority: number;
  readonly online: boolean;
}

/** Pages of one list to scan before the balance is applied (`get_scan_count()`, 6.12). */
export function scanTarget(inputs: ScanTargetInputs): number {
  const { list_pages, protection_pages } = inputs;
  let scan = list_pages;
  if (inputs.protected) {
    const usage_pages = Math.max(inputs.usage_pages, protection_pages);
    scan = Math.max(list_pages - Math.floor((list_pages * protection_pages) / (usage_pages + 1)), SWAP_CLUSTER_MAX);
  }
  scan = Math.floor(scan / 2 ** inputs.priority);
  if (scan === 0 && !inputs.online) scan = Math.min(list_pages, SWAP_CLUSTER_MAX);
  return scan;
}

/** `inactive_ratio` of `inactive_is_low()`: ⌊√(10·GiB)⌋, at least 1. */
export function inactiveRatio(list_pages: number): number {
  const gib = Math.floor(list_pages / 2 ** 18);
  return gib === 0 ? 1 : Math.floor(Math.sqrt(10 * gib));
}

/** `inactive_is_low()` (6.12): whether active pages should be deactivated. */
export function inactiveIsLow(inactive_pages: number, active_pages: number): boolean {
  return inactive_pages * inactiveRatio(inactive_pages + active_pages) < active_pages;
}
