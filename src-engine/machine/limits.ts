import { NO_PAGE, NO_TASK, UNLIMITED_PAGES } from '../base/ids.ts';
import { KIND, LIMIT } from '../record/events.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import { LIMIT_SHOWN_PAGES_MAX } from './figures.ts';
import type { World } from './world.ts';

const orOpen = (pages: number): number => (pages >= UNLIMITED_PAGES ? Number.POSITIVE_INFINITY : pages);

/** Puts the limits and protections that are given into a container's counters, and tells each. Nothing is enforced. */
export function applyLimits(world: World, container: number, limits: LimitsSpec): void {
  const { tree, log, policy } = world;
  const units_per_page = 2 ** policy.charge_shift;
  const apply = (pages: number | undefined, which: number, store: (pages: number) => void): void => {
    if (pages === undefined) return;
    store(pages);
    log.emit(KIND.limit_set, which, NO_TASK, container, NO_PAGE, pages >= UNLIMITED_PAGES ? -1 : Math.min(pages, LIMIT_SHOWN_PAGES_MAX), 0);
  };
  apply(limits.min_pages, LIMIT.min, (pages) => (tree.min[container] = orOpen(pages) * units_per_page));
  apply(limits.low_pages, LIMIT.low, (pages) => (tree.low[container] = orOpen(pages) * units_per_page));
  apply(limits.high_pages, LIMIT.high, (pages) => {
    tree.high[container] = orOpen(pages) * units_per_page;
    tree.has_high = true;
  });
  apply(limits.max_pages, LIMIT.max, (pages) => (tree.max[container] = orOpen(pages) * units_per_page));
  apply(limits.swap_max_pages, LIMIT.swap_max, (pages) => (tree.swap_max[container] = orOpen(pages)));
  apply(limits.swap_high_pages, LIMIT.swap_high, (pages) => {
    tree.swap_high[container] = orOpen(pages);
    tree.has_high = true;
  });
  apply(limits.zswap_max_pages, LIMIT.zswap_max, (pages) => (tree.zswap_max[container] = orOpen(pages)));
  apply(limits.kmem_max_pages, LIMIT.kmem, (pages) => (tree.kmem_max[container] = orOpen(pages)));
  apply(limits.tcp_max_pages, LIMIT.tcp, (pages) => (tree.tcp_max[container] = orOpen(pages)));
  apply(limits.pins_max_pages, LIMIT.pins, (pages) => (tree.pins_max[container] = orOpen(pages)));
  apply(limits.hugetlb_max_pages, LIMIT.hugetlb, (pages) => (tree.hugetlb_max[container] = orOpen(pages)));
  apply(limits.hugetlb_rsvd_max_pages, LIMIT.hugetlb_rsvd, (pages) => (tree.hugetlb_rsvd_max[container] = orOpen(pages)));
  if (limits.smemcg !== undefined) policy.attach?.(container, limits.smemcg);
  if (limits.pressure_triggers !== undefined) world.pressure.setTriggers(container, limits.pressure_triggers);
  if (limits.zswap_writeback !== undefined) tree.zswap_writeback[container] = limits.zswap_writeback ? 1 : 0;
  if (limits.oom_group !== undefined) tree.oom_group[container] = limits.oom_group ? 1 : 0;
}
