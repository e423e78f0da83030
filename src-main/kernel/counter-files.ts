import { PAGE_SIZE_BYTES } from '../../src-engine/base/ids.ts';
import { COUNTER, COUNTERS, type CounterName } from '../../src-engine/record/counters.ts';
import { LIMIT } from '../../src-engine/record/events.ts';

/** Which version of cgroups a scenario runs on. */
export type CgroupVersion = 1 | 2;

/** A value in a kernel's file, and the counter of the lab that it is. */
export interface CounterSource {
  /** File of the container's directory. */
  readonly file: string;
  /** Key in the file; `-` where the file is the value. */
  readonly key: string;
  /** Index in COUNTERS; null for what is only read to tell whose limit was hit. */
  readonly counter: number | null;
  /** The file's unit in the counter's raw unit: pages are shown by the kernel in bytes. */
  readonly divisor: number;
}

const source = (file: string, key: string, name: CounterName): CounterSource => {
  const counter = COUNTER[name];
  const { unit } = COUNTERS[counter] ?? { unit: 'count' };
  return { file, key, counter, divisor: unit === 'charge' || unit === 'pages' ? PAGE_SIZE_BYTES : 1 };
};

/** Counters of memory.stat that the kernel does not keep there; the lab counts tasks' VmLck for `locked`. */
const NOT_IN_STAT: ReadonlySet<string> = new Set(['locked']);

const EVENT_KEYS = ['low', 'high', 'max', 'oom', 'oom_kill', 'oom_group_kill'] as const;

/** Events of the container itself, without its descendants: they tell whose limit a step has met. */
export const LOCAL_EVENTS_FILE = 'memory.events.local';

const V2: readonly CounterSource[] = [
  source('memory.current', '-', 'current'),
  source('memory.peak', '-', 'peak'),
  source('memory.swap.current', '-', 'swap'),
  source('cgroup.stat', 'nr_dying_descendants', 'nr_dying_descendants'),
  ...EVENT_KEYS.map((key) => source('memory.events', key, key)),
  ...(['high', 'max', 'oom'] as const).map((key): CounterSource => ({ file: LOCAL_EVENTS_FILE, key, counter: null, divisor: 1 })),
  // The names of the table are the kernel's own (COUNTER has every name of COUNTERS as a key).
  ...COUNTERS.filter(({ name, file }) => file === 'memory.stat' && !NOT_IN_STAT.has(name)).map(({ name }) => source('memory.stat', name, name as CounterName)),
];

/** memory.swap.events, which the guest does not report. */
export const SWAP_EVENTS: readonly CounterSource[] = (['high', 'max', 'fail'] as const).map((key) => source('memory.swap.events', key, `swap_${key}`));

/** memory.stat of cgroup v1 (mm/memcontrol.c, memcg1_stats): `total_` is the sum over the subtree. */
const V1_STAT: Readonly<Partial<Record<CounterName, string>>> = {
  anon: 'total_rss',
  file: 'total_cache',
  shmem: 'total_shmem',
  file_mapped: 'total_mapped_file',
  inactive_anon: 'total_inactive_anon',
  active_anon: 'total_active_anon',
  inactive_file: 'total_inactive_file',
  active_file: 'total_active_file',
  unevictable: 'total_unevictable',
  pgfault: 'total_pgfault',
  pgmajfault: 'total_pgmajfault',
  workingset_refault_anon: 'total_workingset_refault_anon',
  workingset_refault_file: 'total_workingset_refault_file',
  swap: 'total_swap',
};

const V1: readonly CounterSource[] = [
  source('memory.usage_in_bytes', '-', 'current'),
  source('memory.max_usage_in_bytes', '-', 'peak'),
  source('memory.failcnt', '-', 'failcnt'),
  source('memory.memsw.failcnt', '-', 'memsw_failcnt'),
  source('memory.oom_control', 'oom_kill', 'oom_kill'),
  source('memory.kmem.usage_in_bytes', '-', 'kmem'),
  source('memory.kmem.failcnt', '-', 'kmem_failcnt'),
  source('memory.kmem.tcp.usage_in_bytes', '-', 'tcp'),
  source('memory.kmem.tcp.failcnt', '-', 'tcp_failcnt'),
  source('memory.kmem.tcp.max_usage_in_bytes', '-', 'tcp_peak'),
  ...Object.entries(V1_STAT).map(([name, key]) => source('memory.stat', key, name as CounterName)),
];

/** Where each counter is read from; the index in this list is what the guest reports it under. Files together, as the guest reads them once. */
export const counterSources = (version: CgroupVersion): readonly CounterSource[] => (version === 2 ? V2 : V1);

/** Which limit (LIMIT) a container's file holds, of both versions. */
export const LIMIT_FILES: ReadonlyMap<string, number> = new Map([
  ['memory.min', LIMIT.min],
  ['memory.low', LIMIT.low],
  ['memory.high', LIMIT.high],
  ['memory.max', LIMIT.max],
  ['memory.swap.max', LIMIT.swap_max],
  ['memory.swap.high', LIMIT.swap_high],
  ['memory.limit_in_bytes', LIMIT.max],
  ['memory.memsw.limit_in_bytes', LIMIT.memsw],
  ['memory.soft_limit_in_bytes', LIMIT.soft],
  ['memory.kmem.limit_in_bytes', LIMIT.kmem],
  ['memory.kmem.tcp.limit_in_bytes', LIMIT.tcp],
]);
