import type { AxisUnit } from '../base/axis.ts';
import type { RunMeta } from './run.ts';

/**
 * The one table of per-container counters. The kernel's own names; from this table come the state view, the JSON of `run`, the docs and the SQL views.
 *
 * `scope` says how a container's shown value comes from the events:
 *   local      kept per container, shown as the sum over its subtree (as memory.stat of cgroup v2 is)
 *   hierarchy  kept in the container and every ancestor at the moment of the event (page_counter, memory.events)
 *   own        kept and shown for the container alone (failcnt, pressure levels)
 *   setting    a limit: its own value
 */
export interface CounterSpec {
  readonly index: number;
  readonly name: string;
  /** File of cgroupfs where the kernel shows it. */
  readonly file:
    | 'memory.current'
    | 'memory.usage_in_bytes'
    | 'memory.max_usage_in_bytes'
    | 'memory.peak'
    | 'memory.stat'
    | 'memory.events'
    | 'memory.swap.current'
    | 'memory.swap.events'
    | 'memory.failcnt'
    | 'memory.kmem'
    | 'memory.kmem.tcp'
    | 'memory.pressure_level'
    | 'cgroup.stat'
    | 'cgroup.events'
    | '/proc/meminfo'
    | 'balance_dirty_pages'
    | 'pins.current'
    | 'pins.events'
    | 'smemcg'
    | 'tcp'
    | 'hugetlb.2MB'
    | 'memory.pressure'
    | 'cpuset.memory_pressure'
    | 'limit';
  /** Kept in: charge units (shown in bytes), pages (shown in bytes), bytes, a plain count, or hundredths of a percent. */
  readonly unit: 'charge' | 'pages' | 'bytes' | 'count' | 'percent';
  readonly scope: 'local' | 'hierarchy' | 'own' | 'setting';
  readonly meaning: string;
}

export const COUNTER = {
  current: 0,
  peak: 1,
  anon: 2,
  file: 3,
  shmem: 4,
  file_mapped: 5,
  inactive_anon: 6,
  active_anon: 7,
  inactive_file: 8,
  active_file: 9,
  pgfault: 10,
  pgmajfault: 11,
  pgscan: 12,
  pgsteal: 13,
  pgactivate: 14,
  pgdeactivate: 15,
  pgrefill: 16,
  workingset_refault_anon: 17,
  workingset_refault_file: 18,
  workingset_activate_anon: 19,
  workingset_activate_file: 20,
  workingset_restore_anon: 21,
  workingset_restore_file: 22,
  swap: 23,
  pswpin: 24,
  pswpout: 25,
  low: 26,
  high: 27,
  max: 28,
  oom: 29,
  oom_kill: 30,
  oom_group_kill: 31,
  limit_min: 32,
  limit_low: 33,
  limit_high: 34,
  limit_max: 35,
  limit_swap_max: 36,
  kernel: 37,
  slab_reclaimable: 38,
  slab_unreclaimable: 39,
  kernel_stack: 40,
  pagetables: 41,
  percpu: 42,
  sock: 43,
  unevictable: 44,
  nr_dying_descendants: 45,
  kmem: 46,
  kmem_failcnt: 47,
  tcp: 48,
  tcp_failcnt: 49,
  tcp_sent: 50,
  tcp_dropped: 51,
  tcp_window: 52,
  vmpressure_low: 53,
  vmpressure_medium: 54,
  vmpressure_critical: 55,
  pins: 56,
  pins_max: 57,
  locked: 58,
  borrow: 59,
  limit_kmem: 60,
  limit_tcp: 61,
  limit_pins: 62,
  hugetlb: 63,
  hugetlb_rsvd: 64,
  hugetlb_max: 65,
  limit_hugetlb: 66,
  limit_hugetlb_rsvd: 67,
  psi_some_avg10: 68,
  psi_some_avg60: 69,
  psi_some_avg300: 70,
  psi_some_total: 71,
  psi_full_avg10: 72,
  psi_full_avg60: 73,
  psi_full_avg300: 74,
  psi_full_total: 75,
  psi_triggers: 76,
  cpuset_memory_pressure: 77,
  limit_swap_high: 78,
  swap_high: 79,
  swap_max: 80,
  swap_fail: 81,
  limit_zswap_max: 82,
  zswap: 83,
  zswapped: 84,
  zswpin: 85,
  zswpout: 86,
  zswpwb: 87,
  failcnt: 88,
  memsw_failcnt: 89,
  tcp_peak: 90,
  limit_memsw: 91,
  limit_soft: 92,
  swapcached: 93,
  populated: 94,
  commit_limit: 95,
  committed_as: 96,
  file_dirty: 97,
  dirty_thresh: 98,
  dirty_background_thresh: 99,
  dirty_paused_usec: 100,
} as const;
export type CounterName = keyof typeof COUNTER;

const of = (name: CounterName, file: CounterSpec['file'], unit: CounterSpec['unit'], scope: CounterSpec['scope'], meaning: string): CounterSpec => ({
  index: COUNTER[name],
  name,
  file,
  unit,
  scope,
  meaning,
});

export const COUNTERS: readonly CounterSpec[] = [
  of('current', 'memory.current', 'charge', 'hierarchy', 'Memory charged to the container and its descendants.'),
  of('peak', 'memory.peak', 'charge', 'hierarchy', 'Highest `current` since the container was created.'),
  of('anon', 'memory.stat', 'charge', 'local', 'Charged anonymous memory.'),
  of('file', 'memory.stat', 'charge', 'local', 'Charged page cache, tmpfs and shared memory included.'),
  of('shmem', 'memory.stat', 'charge', 'local', 'Charged tmpfs and shared anonymous memory.'),
  of('file_mapped', 'memory.stat', 'pages', 'local', 'Page cache on the container’s lists that some task maps.'),
  of('inactive_anon', 'memory.stat', 'pages', 'local', 'Pages on the inactive list of anonymous and shared memory.'),
  of('active_anon', 'memory.stat', 'pages', 'local', 'Pages on the active list of anonymous and shared memory.'),
  of('inactive_file', 'memory.stat', 'pages', 'local', 'Pages on the inactive list of the page cache.'),
  of('active_file', 'memory.stat', 'pages', 'local', 'Pages on the active list of the page cache.'),
  of('pgfault', 'memory.stat', 'count', 'local', 'Page faults of the container’s tasks.'),
  of('pgmajfault', 'memory.stat', 'count', 'local', 'Page faults that needed a read from disk or swap.'),
  of('pgscan', 'memory.stat', 'count', 'local', 'Pages of inactive lists that reclaim looked at.'),
  of('pgsteal', 'memory.stat', 'count', 'local', 'Pages that reclaim took.'),
  of('pgactivate', 'memory.stat', 'count', 'local', 'Pages moved to an active list.'),
  of('pgdeactivate', 'memory.stat', 'count', 'local', 'Pages moved to an inactive list.'),
  of('pgrefill', 'memory.stat', 'count', 'local', 'Pages of active lists that reclaim looked at.'),
  of('workingset_refault_anon', 'memory.stat', 'count', 'local', 'Evicted anonymous pages brought back.'),
  of('workingset_refault_file', 'memory.stat', 'count', 'local', 'Evicted page-cache pages brought back.'),
  of('workingset_activate_anon', 'memory.stat', 'count', 'local', 'Refaulted anonymous pages put on the active list at once.'),
  of('workingset_activate_file', 'memory.stat', 'count', 'local', 'Refaulted page-cache pages put on the active list at once.'),
  of('workingset_restore_anon', 'memory.stat', 'count', 'local', 'Refaulted anonymous pages that had been in the workingset.'),
  of('workingset_restore_file', 'memory.stat', 'count', 'local', 'Refaulted page-cache pages that had been in the workingset.'),
  of('swap', 'memory.swap.current', 'pages', 'hierarchy', 'Swap slots charged to the container and its descendants.'),
  of('pswpin', 'memory.stat', 'count', 'local', 'Pages read from swap.'),
  of('pswpout', 'memory.stat', 'count', 'local', 'Pages written to swap.'),
  of('low', 'memory.events', 'count', 'hierarchy', 'Times the container was reclaimed from though below its low protection.'),
  of('high', 'memory.events', 'count', 'hierarchy', 'Times a task was sent to reclaim because of the high limit.'),
  of('max', 'memory.events', 'count', 'hierarchy', 'Times usage was about to go over the max limit.'),
  of('oom', 'memory.events', 'count', 'hierarchy', 'Times an allocation was about to fail at the limit.'),
  of('oom_kill', 'memory.events', 'count', 'hierarchy', 'Tasks of the container killed for want of memory.'),
  of('oom_group_kill', 'memory.events', 'count', 'hierarchy', 'Times a whole group was killed.'),
  of('limit_min', 'limit', 'pages', 'setting', 'memory.min'),
  of('limit_low', 'limit', 'pages', 'setting', 'memory.low'),
  of('limit_high', 'limit', 'pages', 'setting', 'memory.high'),
  of('limit_max', 'limit', 'pages', 'setting', 'memory.max'),
  of('limit_swap_max', 'limit', 'pages', 'setting', 'memory.swap.max'),
  of('kernel', 'memory.stat', 'pages', 'local', 'Charged kernel memory: slab pages, kernel stacks, page tables and per-processor memory.'),
  of('slab_reclaimable', 'memory.stat', 'bytes', 'local', 'Slab memory that a shrinker may free.'),
  of('slab_unreclaimable', 'memory.stat', 'bytes', 'local', 'Slab memory that no shrinker frees.'),
  of('kernel_stack', 'memory.stat', 'pages', 'local', 'Kernel stacks of tasks.'),
  of('pagetables', 'memory.stat', 'pages', 'local', 'Page tables of tasks.'),
  of('percpu', 'memory.stat', 'bytes', 'local', 'Per-processor structures of child containers.'),
  of('sock', 'memory.stat', 'pages', 'local', 'Socket buffers.'),
  of('unevictable', 'memory.stat', 'pages', 'local', 'Pages on the unevictable list: locked, or of a kind that is never reclaimed.'),
  of('nr_dying_descendants', 'cgroup.stat', 'count', 'hierarchy', 'Removed descendants that something still charged to them keeps in memory.'),
  of('kmem', 'memory.kmem', 'pages', 'hierarchy', 'Kernel memory in a counter of its own (memory.kmem.usage_in_bytes of cgroup v1).'),
  of('kmem_failcnt', 'memory.kmem', 'count', 'own', 'Times a charge met the limit of that counter.'),
  of('tcp', 'memory.kmem.tcp', 'pages', 'hierarchy', 'Socket buffers in a counter of their own (memory.kmem.tcp.usage_in_bytes of cgroup v1).'),
  of('tcp_failcnt', 'memory.kmem.tcp', 'count', 'own', 'Times a charge met the limit of that counter.'),
  of('tcp_sent', 'tcp', 'bytes', 'local', 'Bytes that the container’s sockets took from their senders.'),
  of('tcp_dropped', 'tcp', 'bytes', 'local', 'Bytes that arrived at the container’s sockets and were dropped for want of memory.'),
  of('tcp_window', 'tcp', 'bytes', 'local', 'Receive windows of the container’s sockets, added up.'),
  of('vmpressure_low', 'memory.pressure_level', 'count', 'own', 'Windows of reclaim in which reclaim was easy.'),
  of('vmpressure_medium', 'memory.pressure_level', 'count', 'own', 'Windows of reclaim in which at least 60 % of what was looked at was not taken.'),
  of(
    'vmpressure_critical',
    'memory.pressure_level',
    'count',
    'own',
    'Windows of reclaim in which at least 95 % was not taken, or in which priority fell to 3.',
  ),
  of('pins', 'pins.current', 'pages', 'hierarchy', 'Pinned and locked pages on the account of the policy for pins.'),
  of('pins_max', 'pins.events', 'count', 'own', 'Times pins.max refused pages; refusals at RLIMIT_MEMLOCK are not counted.'),
  of('locked', 'memory.stat', 'pages', 'local', 'Pages that the container’s tasks hold locked (VmLck).'),
  of('borrow', 'smemcg', 'pages', 'own', 'Pages of attached shared-memory containers that the container’s tasks use.'),
  of('limit_kmem', 'limit', 'pages', 'setting', 'memory.kmem.limit_in_bytes'),
  of('limit_tcp', 'limit', 'pages', 'setting', 'memory.kmem.tcp.limit_in_bytes'),
  of('limit_pins', 'limit', 'pages', 'setting', 'pins.max'),
  of('hugetlb', 'hugetlb.2MB', 'pages', 'hierarchy', 'Huge pages that were faulted in, in the hugetlb controller (hugetlb.2MB.current); no part of `current`.'),
  of('hugetlb_rsvd', 'hugetlb.2MB', 'pages', 'hierarchy', 'Huge pages that were reserved, faulted in or not (hugetlb.2MB.rsvd.current).'),
  of(
    'hugetlb_max',
    'hugetlb.2MB',
    'count',
    'own',
    'Times a fault or reservation of the container’s tasks, or of those below it, met a limit (hugetlb.2MB.events).',
  ),
  of('limit_hugetlb', 'limit', 'pages', 'setting', 'hugetlb.2MB.max'),
  of('limit_hugetlb_rsvd', 'limit', 'pages', 'setting', 'hugetlb.2MB.rsvd.max'),
  of('psi_some_avg10', 'memory.pressure', 'percent', 'own', 'Share of the last 10 s in which some task of the container was stalled for want of memory.'),
  of('psi_some_avg60', 'memory.pressure', 'percent', 'own', 'Share of the last 60 s in which some task of the container was stalled for want of memory.'),
  of('psi_some_avg300', 'memory.pressure', 'percent', 'own', 'Share of the last 300 s in which some task of the container was stalled for want of memory.'),
  of('psi_some_total', 'memory.pressure', 'count', 'own', 'Microseconds in which some task was stalled for want of memory.'),
  of('psi_full_avg10', 'memory.pressure', 'percent', 'own', 'Share of the last 10 s in which every task of the container that had something to do was.'),
  of('psi_full_avg60', 'memory.pressure', 'percent', 'own', 'Share of the last 60 s in which every task of the container that had something to do was.'),
  of('psi_full_avg300', 'memory.pressure', 'percent', 'own', 'Share of the last 300 s in which every task of the container that had something to do was.'),
  of('psi_full_total', 'memory.pressure', 'count', 'own', 'Microseconds in which every task that had something to do was.'),
  of('psi_triggers', 'memory.pressure', 'count', 'own', 'Times a trigger of memory.pressure fired.'),
  of(
    'cpuset_memory_pressure',
    'cpuset.memory_pressure',
    'count',
    'own',
    'Direct reclaim by the tasks of a zone container, in times per 1000 s, half forgotten after 10 s. Other containers are no cpusets.',
  ),
  of('limit_swap_high', 'limit', 'pages', 'setting', 'memory.swap.high'),
  of('swap_high', 'memory.swap.events', 'count', 'hierarchy', 'Times a task was found over the high limit of swap when it was to be throttled.'),
  of('swap_max', 'memory.swap.events', 'count', 'hierarchy', 'Times a page was not swapped out because of a max limit of swap.'),
  of('swap_fail', 'memory.swap.events', 'count', 'hierarchy', 'Times a page was not swapped out, at a limit or because swap was full.'),
  of('limit_zswap_max', 'limit', 'pages', 'setting', 'memory.zswap.max'),
  of('zswap', 'memory.stat', 'bytes', 'local', 'What pages of the container take in zswap, compressed (memory.zswap.current); charged as kernel memory.'),
  of('zswapped', 'memory.stat', 'pages', 'local', 'Pages of the container that lie in zswap, as large as they were.'),
  of('zswpin', 'memory.stat', 'count', 'local', 'Pages brought back from zswap.'),
  of('zswpout', 'memory.stat', 'count', 'local', 'Pages stored in zswap.'),
  of('zswpwb', 'memory.stat', 'count', 'local', 'Pages written from zswap to swap.'),
  of('failcnt', 'memory.failcnt', 'count', 'own', 'Times a charge met the limit (memory.failcnt of cgroup v1).'),
  of('memsw_failcnt', 'memory.failcnt', 'count', 'own', 'Times a charge met the limit of memory and swap together (memory.memsw.failcnt of cgroup v1).'),
  of('tcp_peak', 'memory.kmem.tcp', 'pages', 'own', 'Highest `tcp` since the container was created (memory.kmem.tcp.max_usage_in_bytes of cgroup v1).'),
  of('limit_memsw', 'limit', 'pages', 'setting', 'memory.memsw.limit_in_bytes'),
  of('limit_soft', 'limit', 'pages', 'setting', 'memory.soft_limit_in_bytes'),
  of('swapcached', 'memory.stat', 'pages', 'local', 'Pages in memory whose swap slot still holds them.'),
  of('populated', 'cgroup.events', 'count', 'own', '1 while a task lives in the container or below it, else 0.'),
  of('commit_limit', '/proc/meminfo', 'pages', 'own', 'CommitLimit, of the root: what vm.overcommit_memory 2 lets tasks map that may come to need memory.'),
  of('committed_as', '/proc/meminfo', 'pages', 'own', 'Committed_AS, of the root: what tasks have mapped that may come to need memory.'),
  of('file_dirty', 'memory.stat', 'pages', 'local', 'Pages of files that have been written and are not on disk yet; counted with `machine.writeback`.'),
  of(
    'dirty_thresh',
    'balance_dirty_pages',
    'pages',
    'own',
    'How much of its page cache may be dirty, as it was last looked at: writers wait at half the way from the background limit.',
  ),
  of('dirty_background_thresh', 'balance_dirty_pages', 'pages', 'own', 'How much may be dirty before the flusher begins to write, as it was last looked at.'),
  of('dirty_paused_usec', 'balance_dirty_pages', 'count', 'local', 'Microseconds that the container’s tasks have waited because too much was dirty.'),
];

/** What version 1 of cgroups calls by other names (mm/memcontrol-v1.c, mm/hugetlb_cgroup.c, 6.12): the file of a counter, and of a limit its meaning. */
const V1_NAMES: Readonly<Partial<Record<string, Partial<Pick<CounterSpec, 'file' | 'meaning'>>>>> = {
  current: { file: 'memory.usage_in_bytes' },
  peak: { file: 'memory.max_usage_in_bytes' },
  limit_max: { meaning: 'memory.limit_in_bytes' },
  limit_hugetlb: { meaning: 'hugetlb.2MB.limit_in_bytes' },
  limit_hugetlb_rsvd: { meaning: 'hugetlb.2MB.rsvd.limit_in_bytes' },
};

/** COUNTERS by the names of version 1; what only version 2 has keeps its name. */
export const COUNTERS_V1: readonly CounterSpec[] = COUNTERS.map((spec) => ({ ...spec, ...V1_NAMES[spec.name] }));

/**
 * Whether a run has its files from version 1 of cgroups, by the name of its model: the presets of v1 begin so (a parameter may say otherwise), kernels and watched trees
 * have it as a word.
 */
export function isOfVersion1({ source, model }: { readonly source: string; readonly model: string }): boolean {
  if (source !== 'engine') return model.split(' ').includes('v1');
  const [, limits] = /,limits=(v[12])(?:,|$)/.exec(`,${model}`) ?? [];
  return limits === undefined ? /^memcg-v1(?:[-,]|$)/.test(model) : limits === 'v1';
}

/** COUNTERS by the names that the kernel gives them in a run's hierarchy. */
export const countersOf = (meta: Parameters<typeof isOfVersion1>[0]): readonly CounterSpec[] => (isOfVersion1(meta) ? COUNTERS_V1 : COUNTERS);

/** Counters below this index change by events that say so by their kind; those from it on by `account`. */
export const ACCOUNT_COUNTERS_FROM = COUNTER.kernel;

/**
 * Counters that keep a removed container in memory as long as one of them is not zero: each unit holds a reference on it (css_get of a charged page, the memcg id of a
 * swap slot), and so does a dying descendant.
 */
export const HOLDING_COUNTERS: readonly CounterName[] = ['current', 'swap', 'kernel', 'sock', 'kmem', 'tcp', 'pins', 'hugetlb_rsvd', 'nr_dying_descendants'];

/** What a dying container holds, in the order in which it is told: all that is charged to it, of that the classes of pages, then what holds it besides. */
export const HELD_COUNTERS: readonly CounterName[] = ['current', 'anon', 'file', 'shmem', ...HOLDING_COUNTERS.filter((name) => name !== 'current')];

/** Whether a container was removed and something is known to be still charged to it: dying, as cgroup.stat calls it. Of a real kernel's removed containers nobody reads that. */
export const isDying = ({ exists, counters }: { readonly exists: boolean; readonly counters: Float64Array }): boolean =>
  !exists && HOLDING_COUNTERS.some((name) => counters[COUNTER[name]] > 0);

/** Counters that the events of an imported kernel trace feed. Of all others it knows nothing, and limits are none of its events either. */
export const TRACED_COUNTERS: readonly CounterName[] = ['pgscan', 'pgsteal', 'pgrefill'];

export const COUNTER_COUNT = COUNTERS.length;

/** Counters of recordings whose meta does not say how many they have, by the version of their rules. */
const COUNTER_COUNTS_OF_OLD: Readonly<Record<string, number>> = { '1': 37, '2': 63, 'ftrace-1': 63, 'kernel-1': 63 };

/** How many counters a container has in a run's keyframes and series. The table only ever grows at its end, so those that are there have the indices that they have now. */
export const recordedCounterCount = ({ counter_count, engine_version }: Pick<RunMeta, 'counter_count' | 'engine_version'>): number =>
  counter_count ?? COUNTER_COUNTS_OF_OLD[engine_version] ?? COUNTER_COUNT;

/** The unit in which a counter is shown: amounts of memory in bytes. */
export const shownUnit = ({ unit }: Pick<CounterSpec, 'unit'>): AxisUnit => (unit === 'count' || unit === 'percent' ? unit : 'bytes');
