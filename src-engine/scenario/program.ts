import type { NameId, TaskId } from '../base/ids.ts';
import type { PressureTrigger } from '../base/pressure-trigger.ts';

/**
 * A compiled scenario: every name resolved to a number, every size in pages, every time in nanoseconds of simulated time.
 * Plain readonly data, the same for all models; `simulate` interprets it.
 */
export interface Program {
  readonly name: string;
  readonly seed: number;
  readonly machine: MachineSpec;
  /** Container paths as they first appear; index 0 is the root `.`; a parent always stands before its children. */
  readonly containerPaths: readonly string[];
  /** Containers that exist before the first step, parents before children, as indexes into `containerPaths` (the root is not listed). */
  readonly initialContainers: readonly ContainerSpec[];
  readonly objects: readonly ObjectSpec[];
  /** Task names; a task's id is its index. */
  readonly taskNames: readonly string[];
  /** Tasks that run before the first step, in order. */
  readonly initialTasks: readonly StartOp[];
  /** Names of memory areas (`alloc`, `map … as`), of sample points, and of pin handles. */
  readonly areaNames: readonly string[];
  readonly sampleNames: readonly string[];
  readonly pinNames: readonly string[];
  readonly steps: readonly Step[];
  /** Steps as executed, repeats unrolled (`together` and each of its parts count as one). Known before the run; for progress. */
  readonly step_count: number;
  /** Page accesses that the steps ask for in all, repeats unrolled; for progress. */
  readonly access_count: number;
  /** Who harms whom, where the scenario is an attack. */
  readonly attack?: AttackSpec;
}

/** Indexes into `containerPaths`; what is said of a container holds for all below it. */
export interface AttackSpec {
  readonly attackers: readonly NameId[];
  /** Tasks outside its containers that act for the attacker. */
  readonly commanded_tasks: readonly TaskId[];
  readonly victim: NameId;
  /** Index into `sampleNames`: the attack begins after that sample; undefined: with the first step. */
  readonly from?: NameId;
  /** The attacker’s steps are not done (attack.ts). */
  readonly held_back: boolean;
  /** For each object whether tasks of more than one container use it when the attacker acts: where a page lies must not depend on whether the attacker is held back. */
  readonly used_across_containers: readonly boolean[];
}

export interface MachineSpec {
  readonly memory_pages: number;
  readonly swap_pages: number;
  /** Whether pages come back through the swap cache, as from a disk. */
  readonly swap_cache?: boolean;
  readonly cpu_count: number;
  readonly swappiness: number;
  /** `memory_recursiveprot` mount option. */
  readonly recursive_protection: boolean;
  /** Pages of one software zone. */
  readonly zone_pages: number;
  /** Whether kernel stacks, page tables and per-processor structures are counted. */
  readonly kernel_memory: boolean;
  /** Whether index nodes and buffer heads of page cache are counted. */
  readonly cache_memory?: boolean;
  /** Whether charges go through per-processor stocks of 64 pages. */
  readonly charge_stock: boolean;
  /** Pages of the stretch that a read fault maps (`fault_around_pages`), a power of two; missing where a fault maps one page. */
  readonly fault_around_pages?: number;
  /** `memory_hugetlb_accounting` mount option. */
  readonly hugetlb_accounting?: boolean;
  /** Missing where swap is not compressed in memory first. */
  readonly zswap?: ZswapSpec;
  /** Missing where nobody counts what is committed. */
  readonly overcommit?: OvercommitSpec;
  /** Missing where dirty pages are not counted and nobody writes them but reclaim and `sync`. */
  readonly writeback?: WritebackSpec;
  readonly costs: CostTable;
}

/** Bytes that a page takes in zswap unless the scenario says otherwise: a third of it. */
export const DEFAULT_COMPRESSED_BYTES = 1365;

/** vm.dirty_ratio and vm.dirty_background_ratio. */
export interface WritebackSpec {
  readonly ratio_percent: number;
  readonly background_ratio_percent: number;
}

/** vm.overcommit_memory and vm.overcommit_ratio. */
export interface OvercommitSpec {
  readonly mode: 0 | 1 | 2;
  readonly ratio_percent: number;
}

/** Limits of zswap's pool, in percent: of memory, and of the pool for it to take pages again once it was full. */
export interface ZswapSpec {
  readonly max_pool_percent: number;
  readonly accept_threshold_percent: number;
}

/** Simulated time of each elementary action. Defaults and meaning: `DEFAULT_COSTS` in schema.ts. */
export interface CostTable {
  readonly page_touch_ns: number;
  readonly minor_fault_ns: number;
  readonly disk_read_ns: number;
  readonly disk_write_ns: number;
  readonly swap_in_ns: number;
  readonly swap_out_ns: number;
  readonly zswap_store_ns: number;
  readonly zswap_load_ns: number;
  readonly page_scan_ns: number;
  readonly page_copy_ns: number;
  readonly charge_ns: number;
  readonly list_step_ns: number;
  readonly segment_ns: number;
  readonly round_trip_ns: number;
}

export interface LimitsSpec {
  readonly min_pages?: number;
  readonly low_pages?: number;
  readonly high_pages?: number;
  readonly max_pages?: number;
  readonly swap_max_pages?: number;
  readonly swap_high_pages?: number;
  /** memory.zswap.max: pages of compressed memory. */
  readonly zswap_max_pages?: number;
  readonly zswap_writeback?: boolean;
  /** Files of version 1 only: memory and swap together, the soft limit, memory.move_charge_at_immigrate (MOVE_CHARGE), and memory.oom_control. */
  readonly memsw_max_pages?: number;
  readonly soft_limit_pages?: number;
  readonly move_charge?: number;
  readonly oom_kill_disable?: boolean;
  readonly oom_group?: boolean;
  readonly kmem_max_pages?: number;
  readonly tcp_max_pages?: number;
  readonly pins_max_pages?: number;
  /** Limits of the hugetlb controller, in whole huge pages. */
  readonly hugetlb_max_pages?: number;
  readonly hugetlb_rsvd_max_pages?: number;
  /** Triggers on memory.pressure, in place of those that there were. */
  readonly pressure_triggers?: readonly PressureTrigger[];
  /** Objects whose shared-memory container is attached, each with the limit of what may be borrowed. */
  readonly smemcg?: readonly { readonly object: number; readonly borrow_max_pages: number }[];
}

export interface ContainerSpec extends LimitsSpec {
  /** Index into `containerPaths`. */
  readonly path: NameId;
  /** Whether containers below it have the memory controller (cgroup.subtree_control); they have if missing. */
  readonly subtree_memory?: boolean;
}

export type ObjectSpec =
  | {
      readonly kind: 'file' | 'tmpfs' | 'hugetlb' | 'dma-buf';
      readonly name: string;
      readonly page_count: number;
      readonly charge_to?: NameId;
      /** Limit of the object's shared-memory container. */
      readonly max_pages?: number;
      /** Bytes that one of its pages takes in zswap; as DEFAULT_COMPRESSED_BYTES has it where missing. */
      readonly compressed_bytes?: number;
    }
  | {
      readonly kind: 'slab';
      readonly name: string;
      readonly object_bytes: number;
      readonly objects_per_page: number;
      readonly shrinkable: boolean;
      /** Objects that a call of its shrinker is asked to look at. */
      readonly shrinker_batch: number;
      readonly accounted: boolean;
    }
  | {
      readonly kind: 'socket';
      readonly name: string;
      readonly protocol: 'tcp' | 'udp';
      readonly receiver?: NameId;
      /** Buffers that the task has fixed (SO_SNDBUF, SO_RCVBUF). */
      readonly sndbuf_bytes?: number;
      readonly rcvbuf_bytes?: number;
    };

/** What an access goes over: an object by read()/write(), or an area of the task's address space by load/store. */
export type Target = { readonly kind: 'object'; readonly object: number } | { readonly kind: 'area'; readonly area: NameId };

/** `line` is the line of the scenario's text (from 1) on which the step begins. */
export interface StepBase {
  readonly line: number;
}

export interface StartOp {
  readonly verb: 'start';
  readonly task: TaskId;
  readonly path: NameId;
  readonly user: number;
  readonly memlock_bytes: number;
  readonly cpu: number;
  /** CAP_IPC_LOCK. */
  readonly privileged: boolean;
  /** oom_score_adj, −1000 (never to be killed) to 1000; 0 where it is left out. */
  readonly oom_score_adj?: number;
}

export type Op =
  | StartOp
  /** Page-wise read() of an object, or loads from an area (peek). */
  | { readonly verb: 'read' | 'peek'; readonly task: TaskId; readonly target: Target; readonly first_page: number; readonly page_count: number }
  /** Page-wise write() to an object (`sync`: clean afterwards), or stores to an area (touch). page_count −1: to the end. */
  | {
      readonly verb: 'write' | 'touch';
      readonly task: TaskId;
      readonly target: Target;
      readonly first_page: number;
      readonly page_count: number;
      readonly sync: boolean;
    }
  | {
      readonly verb: 'alloc';
      readonly task: TaskId;
      readonly area: NameId;
      readonly page_count: number;
      readonly shared: boolean;
      /** Bytes that one of its pages takes in zswap; as DEFAULT_COMPRESSED_BYTES has it where missing. */
      readonly compressed_bytes?: number;
      /** MAP_HUGETLB, and whether with MAP_NORESERVE. */
      readonly hugetlb?: 'reserved' | 'noreserve';
    }
  | { readonly verb: 'map'; readonly task: TaskId; readonly object: number; readonly area: NameId; readonly noreserve?: boolean }
  /** Cuts an object to nothing, as truncate() or the removal of its last name does. */
  | { readonly verb: 'truncate'; readonly object: number }
  | { readonly verb: 'unmap'; readonly task: TaskId; readonly area: NameId; readonly first_page: number; readonly page_count: number }
  | { readonly verb: 'fork'; readonly parent: TaskId; readonly child: TaskId; readonly path?: NameId }
  | { readonly verb: 'move'; readonly task: TaskId; readonly path: NameId }
  | { readonly verb: 'exit'; readonly task: TaskId }
  | { readonly verb: 'set'; readonly path: NameId; readonly limits: LimitsSpec }
  | { readonly verb: 'create'; readonly container: ContainerSpec }
  | { readonly verb: 'remove'; readonly path: NameId }
  | { readonly verb: 'reclaim'; readonly path: NameId; readonly page_count: number; readonly swappiness?: number }
  | { readonly verb: 'drop-caches'; readonly what: 'pagecache' | 'slab' | 'all' }
  /** Open files of memory.peak and memory.swap.peak, by handles counted from 0. */
  | { readonly verb: 'open-peak'; readonly handle: number; readonly path: NameId; readonly of_swap: boolean; readonly contract: 'kernel' | 'documented' }
  | { readonly verb: 'reset-peak'; readonly handle: number }
  | {
      readonly verb: 'read-peak';
      readonly handle: number;
      readonly expectation?: { readonly value: number; readonly tolerance: number; readonly line: number };
    }
  | { readonly verb: 'sleep'; readonly duration_ns: number }
  /** A step of an attacker that is held back. */
  | { readonly verb: 'held-back' }
  | { readonly verb: 'sample'; readonly name: NameId }
  | { readonly verb: 'expect'; readonly under?: readonly string[]; readonly expectations: readonly Expectation[] }
  | {
      readonly verb: 'workload';
      readonly task: TaskId;
      readonly target: Target;
      readonly first_page: number;
      readonly page_count: number;
      readonly accesses: number;
      readonly write: boolean;
      readonly pattern: WorkloadPattern;
    }
  | {
      readonly verb: 'slab';
      readonly axis: 'kernel';
      readonly task: TaskId;
      readonly object: number;
      readonly allocate: number;
      readonly free: number;
      readonly atomic: boolean;
      readonly noaccount: boolean;
      /** The objects stay in use: no shrinker can free them. */
      readonly held: boolean;
    }
  | {
      readonly verb: 'send' | 'receive';
      readonly axis: 'sockets';
      readonly task: TaskId;
      readonly object: number;
      readonly size_bytes: number;
      /** MSG_ZEROCOPY of a `send`. */
      readonly zerocopy?: boolean;
    }
  | {
      readonly verb: 'pin';
      readonly axis: 'pins';
      readonly task: TaskId;
      readonly target: Target;
      readonly first_page: number;
      readonly page_count: number;
      readonly via: NameId;
    }
  | { readonly verb: 'unpin' | 'close'; readonly axis: 'pins'; readonly via: NameId }
  | {
      readonly verb: 'mlock' | 'munlock';
      readonly axis: 'pins';
      readonly task: TaskId;
      readonly area: NameId;
      readonly first_page: number;
      readonly page_count: number;
    };

export type WorkloadPattern =
  | { readonly kind: 'uniform' }
  | { readonly kind: 'zipf'; readonly skew: number }
  /** Pages in order, once through and around again. `loop` the same, over the first `loop_pages` only. */
  | { readonly kind: 'scan' }
  | { readonly kind: 'loop'; readonly loop_pages: number }
  /** Page indexes read from a trace file, already reduced to the object's pages. */
  | { readonly kind: 'trace'; readonly file: string; readonly pages: Uint32Array };

export interface Expectation {
  readonly path: NameId;
  /** A counter's name from the counter table (`current`, `file`, `events.oom_kill` …). */
  readonly counter: string;
  /** In the counter's unit at the boundary: bytes for amounts of memory, counts for events. */
  readonly value: number;
  readonly tolerance: number;
  readonly line: number;
}

export type Step = StepBase &
  (
    | { readonly kind: 'op'; readonly op: Op }
    | { readonly kind: 'repeat'; readonly count: number; readonly steps: readonly Step[] }
    | { readonly kind: 'together'; readonly quantum: number; readonly parts: readonly Op[] }
  );
