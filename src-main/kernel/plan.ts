import type { LabError } from '../../src-engine/base/result.ts';
import type { Op } from '../../src-engine/scenario/program.ts';
import type { CgroupVersion } from './counter-files.ts';

/** What a container's memory is counted by; each is a run of its own. */
export const ACCOUNTS = ['memcg', 'pss', 'rss', 'zones'] as const;
/**
 * memcg: what the kernel charges. pss: PSS of the container's tasks, which is the kernel's own partial ownership (counterpart of `partial`).
 * rss: distinct pages that the container's tasks map (counterpart of `rss`). zones: pages on a NUMA node of the container's own, which a cpuset keeps its tasks to and whose size is
 * the container's `max` (counterpart of `software-zones`); the machine is another one then, so that this account stands alone.
 */
export type Account = (typeof ACCOUNTS)[number];

/** How a scenario is to run on a kernel. */
export interface KernelOptions {
  readonly cgroup: CgroupVersion;
  readonly accounts: readonly Account[];
  /** Limits that the kernel lacks are not set, as a model without them has it; else the scenario is refused for them. */
  readonly leave_out_limits: boolean;
  /** Record the kernel's tracepoints. */
  readonly trace: boolean;
}

/** A step as executed: one operation or several together. */
export interface PlannedStep {
  readonly line: number;
  readonly ops: readonly Op[];
}

/** A scenario as the guest runs it. */
export interface GuestPlan {
  /** Text of /program without its modules, one command a line. */
  readonly lines: readonly string[];
  readonly steps: readonly PlannedStep[];
  /** Page numbers of all workloads, one after another. */
  readonly patterns: Uint32Array;
  /** Bytes that the files on disk need. */
  readonly disk_bytes: number;
  readonly swap_bytes: number;
  readonly memory_bytes: number;
  readonly cpu_count: number;
  /** Sizes of the NUMA nodes beside the first, which is the guest's own; empty where the machine has one node. */
  readonly node_bytes: readonly number[];
}

/** Why a scenario cannot run on a kernel: the step's line, what is missing, and what to do. */
export const refusal = (line: number | undefined, message: string, remedy: string): LabError => ({
  code: 'not-on-a-kernel',
  message,
  ...(line === undefined ? {} : { place: { line } }),
  remedy,
});
