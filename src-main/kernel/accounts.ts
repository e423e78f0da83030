import { COUNTER } from '../../src-engine/record/counters.ts';
import type { CounterSource } from './counter-files.ts';
import type { KernelLog } from './kernel-log.ts';
import type { Account } from './plan.ts';

/** What a task's own files said last, in kB as the kernel shows it. */
export interface TaskReading {
  readonly task: number;
  /** Number of its container. */
  readonly container: number;
  readonly rss_kb: number;
  readonly swap_kb: number;
  readonly locked_kb: number;
  readonly pinned_kb: number;
  /** Of samples, and where the account is by PSS; else 0. */
  readonly pss_kb: number;
  readonly pss_anon_kb: number;
  readonly pss_file_kb: number;
  readonly pss_shmem_kb: number;
}

/** What the guest said in one step of a container's files, and of all tasks. */
export interface Readings {
  readonly sources: readonly CounterSource[];
  /** By index of the container's path: index of the source and value, one after the other. */
  readonly files: ReadonlyMap<number, readonly number[]>;
  /** By index of the container's path: distinct mapped pages, and those of files among them. */
  readonly mapped: ReadonlyMap<number, readonly [pages: number, file_pages: number]>;
  /** By index of the container's path, in kB: anonymous pages, page cache, shared memory among that, used, all. */
  readonly nodes: ReadonlyMap<number, NodeReading>;
  readonly tasks: readonly TaskReading[];
}

export type NodeReading = readonly [anon_kb: number, file_kb: number, shmem_kb: number, used_kb: number, total_kb: number];

/** One page of charge is `1 << shift` units: PSS comes in kB. */
export const ACCOUNT_SHIFT: Readonly<Record<Account, number>> = { memcg: 0, pss: 2, rss: 0, zones: 0 };

/** Counters that an account other than the kernel's charges says itself. */
const OWN_COUNTERS: ReadonlySet<number> = new Set([COUNTER.current, COUNTER.peak, COUNTER.anon, COUNTER.file, COUNTER.shmem]);

const PAGE_KB = 4;

function sumOver(log: KernelLog, container: number, tasks: readonly TaskReading[], kb: (task: TaskReading) => number): number {
  return tasks.reduce((sum, task) => sum + (log.isBelow(task.container, container) ? kb(task) : 0), 0);
}

function readPins(log: KernelLog, container: number, tasks: readonly TaskReading[]): void {
  log.read(container, COUNTER.locked, sumOver(log, container, tasks, ({ locked_kb }) => locked_kb) / PAGE_KB);
  log.read(container, COUNTER.pins, sumOver(log, container, tasks, ({ locked_kb, pinned_kb }) => locked_kb + pinned_kb) / PAGE_KB);
}

function readShares(log: KernelLog, container: number, tasks: readonly TaskReading[]): void {
  const total = (kb: (task: TaskReading) => number): number => sumOver(log, container, tasks, kb);
  log.read(
    container,
    COUNTER.current,
    total(({ pss_kb }) => pss_kb),
  );
  log.read(
    container,
    COUNTER.anon,
    total(({ pss_anon_kb }) => pss_anon_kb),
  );
  log.read(
    container,
    COUNTER.file,
    total(({ pss_file_kb, pss_shmem_kb }) => pss_file_kb + pss_shmem_kb),
  );
  log.read(
    container,
    COUNTER.shmem,
    total(({ pss_shmem_kb }) => pss_shmem_kb),
  );
}

/** What lies on the nodes of a container and of those below it. */
function readNodes(log: KernelLog, container: number, nodes: Readings['nodes']): void {
  const below = [...nodes].filter(([path]) => log.isBelow(log.containerAt(path), container)).map(([, node]) => node);
  const pages = (kb: (node: NodeReading) => number): number => below.reduce((sum, node) => sum + kb(node), 0) / PAGE_KB;
  log.read(
    container,
    COUNTER.current,
    pages(([anon_kb, file_kb]) => anon_kb + file_kb),
  );
  log.read(
    container,
    COUNTER.anon,
    pages(([anon_kb]) => anon_kb),
  );
  log.read(
    container,
    COUNTER.file,
    pages(([, file_kb]) => file_kb),
  );
  log.read(
    container,
    COUNTER.shmem,
    pages(([, , shmem_kb]) => shmem_kb),
  );
}

/** Puts what was read after a step into the log, as the account has it. `peak` of all but the kernel's own account is the highest seen after a step: no file of the kernel keeps it. */
export function logReadings(log: KernelLog, account: Account, { sources, files, mapped, nodes, tasks }: Readings): void {
  for (const { path, container } of log.live()) {
    const values = files.get(path) ?? [];
    for (let at = 0; at + 1 < values.length; at += 2) {
      const source = sources[values[at] ?? -1];
      if (source === undefined || source.counter === null || (account !== 'memcg' && OWN_COUNTERS.has(source.counter))) continue;
      log.read(container, source.counter, Math.floor((values[at + 1] ?? 0) / source.divisor));
    }
    if (account === 'pss') readShares(log, container, tasks);
    const distinct = mapped.get(path);
    if (account === 'rss' && distinct !== undefined) {
      const [pages, file_pages] = distinct;
      log.read(container, COUNTER.current, pages);
      log.read(container, COUNTER.anon, pages - file_pages);
      log.read(container, COUNTER.file, file_pages);
    }
    if (account === 'zones') readNodes(log, container, nodes);
    if (account !== 'memcg') log.read(container, COUNTER.peak, Math.max(log.valueOf(container, COUNTER.peak), log.valueOf(container, COUNTER.current)));
    readPins(log, container, tasks);
  }
}
