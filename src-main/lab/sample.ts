import { PAGE_SIZE_BYTES, UNLIMITED_PAGES } from '../../src-engine/base/ids.ts';
import { COUNTERS, type CounterSpec } from '../../src-engine/record/counters.ts';
import type { EngineSample, StateView } from '../../src-engine/record/run.ts';

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
}

/** Every container and task at one moment. */
export interface Snapshot {
  readonly containers: Readonly<Record<string, ContainerCounters>>;
  readonly tasks: Readonly<Record<string, TaskCounters>>;
}

/** A counter's raw value (charge units, pages, counts) as it is shown: bytes, counts; −1 for a limit of `max`. */
export function shownValue(spec: CounterSpec, raw: number, charge_shift: number): number {
  if (spec.scope === 'setting') return raw < 0 || raw >= UNLIMITED_PAGES ? -1 : raw * PAGE_SIZE_BYTES;
  if (spec.unit === 'charge') return Math.floor((raw * PAGE_SIZE_BYTES) / 2 ** charge_shift);
  return spec.unit === 'pages' ? raw * PAGE_SIZE_BYTES : raw;
}

/** Shown values, indexed as COUNTERS, under the kernel's names. */
export function namedCounters(shown: ArrayLike<number>): ContainerCounters {
  const plain: Record<string, number> = {};
  const events: Record<string, number> = {};
  const limits: Record<string, number | 'max'> = {};
  for (const { index, name, file } of COUNTERS) {
    const value = shown[index] ?? 0;
    if (file === 'memory.events') events[name] = value;
    else if (file === 'limit') limits[name.slice('limit_'.length)] = value < 0 ? 'max' : value;
    else plain[name] = value;
  }
  return { ...plain, events, limits };
}

/** What a sample of the engine holds, in shown units. Containers that are gone are left out. */
export function snapshotOfSample(sample: EngineSample, charge_shift: number): Snapshot {
  const containers: Record<string, ContainerCounters> = {};
  for (const { path, exists, counters } of sample.containers) {
    if (exists) containers[path] = namedCounters(COUNTERS.map((spec) => shownValue(spec, counters[spec.index] ?? 0, charge_shift)));
  }
  const tasks: Record<string, TaskCounters> = {};
  for (const { name, alive, container, rss_pages, swap_pages } of sample.tasks) {
    tasks[name] = { alive, container: sample.containers[container]?.path ?? '', rss: rss_pages * PAGE_SIZE_BYTES, swap: swap_pages * PAGE_SIZE_BYTES };
  }
  return { containers, tasks };
}

/** The same of a player's state. Swap per task is not part of a state and left out of `tasks`. */
export function snapshotOfState(state: StateView): {
  readonly containers: Snapshot['containers'];
  readonly tasks: Readonly<Record<string, Omit<TaskCounters, 'swap'>>>;
} {
  const path_of = new Map(state.containers.map(({ id, path }) => [id, path]));
  const containers = Object.fromEntries(state.containers.filter(({ exists }) => exists).map(({ path, counters }) => [path, namedCounters(counters)]));
  const tasks = Object.fromEntries(
    state.tasks.map(({ name, alive, container, rss_bytes }) => [name, { alive, container: path_of.get(container) ?? '', rss: rss_bytes }]),
  );
  return { containers, tasks };
}
