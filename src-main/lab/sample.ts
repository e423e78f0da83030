import { PAGE_SIZE_BYTES, UNLIMITED_PAGES } from '../../src-engine/base/ids.ts';
import { COUNTERS } from '../../src-engine/record/counters.ts';
import type { EngineSample, StateView } from '../../src-engine/record/run.ts';
import { shownFactors, shownValue } from '../../src-engine/record/shown.ts';

/** One container at one moment, as the JSON of `run` shows it: the kernel's names; amounts of memory in bytes, events in counts. */
export interface ContainerCounters {
  /** `current`, `peak`, `swap` and every key of memory.stat. */
  readonly [counter: string]: number | Readonly<Record<string, number | 'max'>>;
  readonly events: Readonly<Record<string, number>>;
  readonly limits: Readonly<Record<string, number | 'max'>>;
}

export interface TaskCounters {
  readonly alive: boolean;
  readonly container: string;
  readonly rss: number;
  readonly swap: number;
  /** As a real kernel has them; a model keeps no such figures of a task. */
  readonly pss?: number;
  readonly locked?: number;
  readonly pinned?: number;
}

/** Every container and task at one moment. */
export interface Snapshot {
  readonly containers: Readonly<Record<string, ContainerCounters>>;
  readonly tasks: Readonly<Record<string, TaskCounters>>;
}

/** Shown values, indexed as COUNTERS, under the kernel's names. What is not known (NaN) is left out. */
export function namedCounters(shown: ArrayLike<number>): ContainerCounters {
  const plain: Record<string, number> = {};
  const events: Record<string, number> = {};
  const limits: Record<string, number | 'max'> = {};
  for (const { index, name, file } of COUNTERS) {
    const value = shown[index] ?? 0;
    if (Number.isNaN(value)) continue;
    if (file === 'memory.events') events[name] = value;
    else if (file === 'limit') limits[name.slice('limit_'.length)] = value < 0 ? 'max' : value;
    else plain[name] = value;
  }
  return { ...plain, events, limits };
}

/** What a sample of the engine holds, in shown units. Containers that are gone are left out. */
export function snapshotOfSample(sample: EngineSample, charge_shift: number): Snapshot {
  const factors = shownFactors(charge_shift);
  // The engine keeps a limit of max as a number of pages; the recording as −1.
  const raw = (value: number): number => (value >= UNLIMITED_PAGES ? -1 : value);
  const containers: Record<string, ContainerCounters> = {};
  for (const { path, exists, counters } of sample.containers) {
    if (exists)
      containers[path] = namedCounters(
        COUNTERS.map(({ index, scope }) => shownValue(index, scope === 'setting' ? raw(counters[index]) : counters[index], factors)),
      );
  }
  const tasks: Record<string, TaskCounters> = {};
  for (const { name, alive, container, rss_pages, swap_pages } of sample.tasks) {
    tasks[name] = { alive, container: sample.containers[container]?.path ?? '', rss: rss_pages * PAGE_SIZE_BYTES, swap: swap_pages * PAGE_SIZE_BYTES };
  }
  for (const { name, container, rss_bytes, swap_bytes, pss_bytes, locked_bytes, pinned_bytes } of sample.readings ?? [])
    tasks[name] = { alive: true, container, rss: rss_bytes, swap: swap_bytes, pss: pss_bytes, locked: locked_bytes, pinned: pinned_bytes };
  return { containers, tasks };
}

/** The containers of a player's state. */
export function containersOfState(state: StateView): Snapshot['containers'] {
  return Object.fromEntries(state.containers.filter(({ exists }) => exists).map(({ path, counters }) => [path, namedCounters(counters)]));
}
