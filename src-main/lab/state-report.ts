import { PAGE_SIZE_BYTES } from '../../src-engine/base/ids.ts';
import { type LruJson, lruJson } from '../../src-engine/formats/reclaim-totals.ts';
import { isDying } from '../../src-engine/record/counters.ts';
import { COST } from '../../src-engine/record/events.ts';
import type { StateView, TaskView } from '../../src-engine/record/run.ts';
import type { RunWords } from '../../src-engine/record/run-words.ts';
import { type ContainerCounters, containersOfState, namedCounters, type Snapshot } from './sample.ts';

export interface ObjectReport {
  readonly name: string;
  readonly kind: 'file' | 'tmpfs' | 'anon' | 'hugetlb' | 'dma-buf';
  /** Task whose anonymous area it is. */
  readonly owner_task: string | null;
  /** These in bytes. */
  readonly size: number;
  readonly resident: number;
  readonly mapped: number;
  readonly swapped: number;
  /** Bytes charged, by path of the container; what dying containers of a path pay counts there, too. */
  readonly owners: Readonly<Record<string, number>>;
  /** Bytes mapped, by task. */
  readonly mapped_by: Readonly<Record<string, number>>;
}

export interface TaskReport {
  readonly alive: boolean;
  readonly container: string;
  /** In bytes. */
  readonly rss: number;
  /** Pages of inactive lists that the task scanned so far, and pages that it reclaimed. */
  readonly nr_scanned: number;
  readonly nr_reclaimed: number;
  /** The same by LRU list and priority, as `import` has it. */
  readonly lru: LruJson;
}

/** A removed container that something is still charged to; its counters say what. */
export interface DyingReport {
  /** Number of the container in the run: a path may have been used again. */
  readonly container: number;
  readonly path: string;
  readonly counters: ContainerCounters;
}

/** Everything at one moment of a run; containers as in a sample. Amounts of memory in bytes. */
export interface StateReport {
  /** Events before this moment. */
  readonly event: number;
  readonly step: number;
  readonly line: number;
  readonly time_ns: number;
  readonly containers: Snapshot['containers'];
  /** In the order in which they were created. */
  readonly dying: readonly DyingReport[];
  readonly objects: readonly ObjectReport[];
  readonly tasks: Readonly<Record<string, TaskReport>>;
  /** What the model itself cost so far, by the names of COST. */
  readonly costs: Readonly<Record<string, number>>;
}

const PRIORITY_COUNT = 13;

function lruOfTask({ scanned, reclaimed }: TaskView): LruJson {
  const cells = Array.from(scanned, (nr_scanned, cell) => ({
    list: Math.floor(cell / PRIORITY_COUNT),
    priority: cell % PRIORITY_COUNT,
    nr_scanned,
    nr_reclaimed: reclaimed[cell] ?? 0,
  }));
  return lruJson(cells.filter(({ nr_scanned, nr_reclaimed }) => nr_scanned > 0 || nr_reclaimed > 0));
}

const sum = (cells: Float64Array): number => cells.reduce((total, cell) => total + cell, 0);

/** Containers that had the same path one after the other count as one. */
function sumByName(amounts: readonly (readonly [name: string, bytes: number])[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, amount] of amounts) sums[name] = (sums[name] ?? 0) + amount;
  return sums;
}

/** The removed containers of a player's state that something is still charged to. */
export const dyingOf = (state: Pick<StateView, 'containers'>): readonly DyingReport[] =>
  state.containers.filter(isDying).map(({ id, path, counters }) => ({ container: id, path, counters: namedCounters(counters) }));

/** A player's state under the names of its run. */
export function stateReport(state: StateView, words: RunWords): StateReport {
  const bytes = (page_count: number): number => page_count * PAGE_SIZE_BYTES;
  return {
    event: state.event_index,
    step: state.step_index,
    line: state.step_line,
    time_ns: state.time_ns,
    containers: containersOfState(state),
    dying: dyingOf(state),
    objects: state.objects.map((object) => ({
      name: object.name,
      kind: object.kind,
      owner_task: object.owner_task,
      size: bytes(object.page_count),
      resident: bytes(object.resident_page_count),
      mapped: bytes(object.mapped_page_count),
      swapped: bytes(object.swapped_page_count),
      owners: sumByName(object.owners.map((owner) => [words.container(owner.container), owner.bytes])),
      mapped_by: Object.fromEntries(object.mapped_by.map((mapper) => [words.task(mapper.task), bytes(mapper.page_count)])),
    })),
    tasks: Object.fromEntries(
      state.tasks.map((task) => [
        task.name,
        {
          alive: task.alive,
          container: words.container(task.container),
          rss: task.rss_bytes,
          nr_scanned: sum(task.scanned),
          nr_reclaimed: sum(task.reclaimed),
          lru: lruOfTask(task),
        },
      ]),
    ),
    costs: Object.fromEntries(Object.entries(COST).map(([name, index]) => [name, state.costs[index] ?? 0])),
  };
}
