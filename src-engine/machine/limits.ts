import { NO_PAGE, NO_TASK, UNLIMITED_PAGES } from '../base/ids.ts';
import { ERRNO, KIND, LIMIT } from '../record/events.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import { LIMIT_SHOWN_PAGES_MAX } from './figures.ts';
import type { World } from './world.ts';

const orOpen = (pages: number): number => (pages >= UNLIMITED_PAGES ? Number.POSITIVE_INFINITY : pages);

/** What is only in version 1 of memory cgroups, and what is only in version 2. */
const ONLY_V1 = ['memsw_max_pages', 'soft_limit_pages', 'move_charge', 'oom_kill_disable'] as const satisfies readonly (keyof LimitsSpec)[];
const ONLY_V2 = [
  'min_pages',
  'low_pages',
  'high_pages',
  'swap_max_pages',
  'swap_high_pages',
  'zswap_max_pages',
  'zswap_writeback',
  'oom_group',
] as const satisfies readonly (keyof LimitsSpec)[];

/** What is no file of the memory controller: these are there without it. */
const OF_OTHERS: readonly string[] = ['path', 'subtree_memory', 'pressure_triggers', 'pins_max_pages', 'hugetlb_max_pages', 'hugetlb_rsvd_max_pages'];

/** Of some limits those that the model has files for; the others say nothing under it. Without the memory controller a container has none of its files: ENOENT. */
function withFiles({ model, tree, log }: World, container: number, given: LimitsSpec): LimitsSpec {
  if (tree.has_memory[container] === 0) {
    const others = Object.entries(given).filter(([key]) => OF_OTHERS.includes(key));
    if (others.length < Object.keys(given).length) log.emit(KIND.op_fail, ERRNO.ENOENT, NO_TASK, container, NO_PAGE, 0, 0);
    return Object.fromEntries(others);
  }
  const absent: readonly string[] = model.parameters.limits === 'v1' ? ONLY_V2 : ONLY_V1;
  return absent.some((key) => key in given) ? Object.fromEntries(Object.entries(given).filter(([key]) => !absent.includes(key))) : given;
}

/** Puts the limits and protections that are given, and for which the model has files, into a container's counters, and tells each. Nothing is enforced. */
export function applyLimits(world: World, container: number, given: LimitsSpec): void {
  const { tree, log, policy } = world;
  const limits = withFiles(world, container, given);
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
  apply(limits.memsw_max_pages, LIMIT.memsw, (pages) => {
    tree.memsw_max[container] = orOpen(pages);
    tree.has_memsw = true;
  });
  apply(limits.soft_limit_pages, LIMIT.soft, (pages) => {
    tree.soft_limit[container] = orOpen(pages);
    tree.has_soft_limit = true;
  });
  if (limits.move_charge !== undefined) tree.move_charge[container] = limits.move_charge;
  if (limits.oom_kill_disable !== undefined) tree.oom_kill_disable[container] = limits.oom_kill_disable ? 1 : 0;
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
