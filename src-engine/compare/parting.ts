import { reportedName } from '../record/counter-names.ts';
import { COUNTERS } from '../record/counters.ts';
import { eventNumber } from '../record/event-number.ts';
import type { ContainerView, Player, StateView } from '../record/run.ts';
import { stateAfterStep } from './divergence.ts';
import { containerCells, type FidelityCell, type Parting, type ReadCounters, tasksByContainer } from './fidelity.ts';

/** Steps that are compared before other calls get their turn. */
const STEPS_AT_ONCE = 32;
/** Parts that a stretch of events is looked at in; a stretch of so many is looked at event by event. */
const BUCKET_COUNT = 64;
const ROOT_ID = 0;

/** Counters of a container's view under the names of cells; null where nobody read them (NaN). */
export function readCounters(counters: ArrayLike<number>): ReadCounters {
  return Object.fromEntries(COUNTERS.map((spec) => [reportedName(spec), known(counters[spec.index])]));
}

const known = (value: number | undefined): number | null => (value === undefined || Number.isNaN(value) ? null : value);

const INDEX: ReadonlyMap<string, number> = new Map(COUNTERS.map((spec) => [reportedName(spec), spec.index]));

/** Where the first cell outside its tolerance is; containers that only one of the runs has are passed over. */
interface Parted {
  readonly cell: FidelityCell;
  readonly kernel: ContainerView;
  readonly model: ContainerView;
}

/**
 * The first step after which a counter of the simulator is outside its tolerance, and the first event of that step that takes it there. The runs are of one scenario, a kernel's
 * and a model's; null where they never part. `pause` is awaited now and then, so that other work may pass.
 */
export async function findParting(kernel: Player, model: Player, cpu_count: number, pause: () => Promise<void>): Promise<Parting | null> {
  const step_count = Math.min(kernel.step_count, model.step_count);
  let before = stateAfterStep(kernel, -1);
  for (let step = 0; step < step_count; step++) {
    const of_kernel = stateAfterStep(kernel, step);
    const of_model = stateAfterStep(model, step);
    const parted = firstOutside(of_kernel, of_model, cpu_count);
    if (parted !== null) {
      const { cell } = parted;
      return {
        step,
        line: of_model.step_line,
        cell,
        kernel_event: of_kernel.event_index,
        model_event: of_model.event_index,
        first_event: firstEventOutside(model, parted, step, of_model.event_index, valueIn(before, parted)),
      };
    }
    before = of_kernel;
    if (step % STEPS_AT_ONCE === STEPS_AT_ONCE - 1) await pause();
  }
  return null;
}

function firstOutside(of_kernel: StateView, of_model: StateView, cpu_count: number): Parted | null {
  const models = new Map(of_model.containers.filter(({ exists }) => exists).map((container) => [container.path, container]));
  const tasks = tasksByContainer(
    Object.fromEntries(of_model.tasks.map(({ name, container }) => [name, of_model.containers.find(({ id }) => id === container)?.path ?? ''])),
  );
  for (const kernel of of_kernel.containers) {
    const model = models.get(kernel.path);
    if (!kernel.exists || kernel.id === ROOT_ID || model === undefined) continue;
    const cells = containerCells(kernel.path, readCounters(kernel.counters), readCounters(model.counters), tasks(kernel.path), cpu_count);
    const cell = cells.find(({ verdict }) => verdict === 'outside');
    if (cell !== undefined) return { cell, kernel, model };
  }
  return null;
}

function valueIn(state: StateView, { cell, kernel }: Parted): number {
  return state.containers.find(({ id }) => id === kernel.id)?.counters[INDEX.get(cell.counter) ?? -1] ?? 0;
}

/**
 * Number of the first event of the step that takes the model's counter further than the tolerance from all that the kernel's had between the step's ends. Null where it was there before the step,
 * or where it only fails to follow the kernel.
 */
function firstEventOutside(model: Player, { cell, model: container }: Parted, step: number, end_event: number, kernel_before: number): number | null {
  const lowest = Math.min(kernel_before, cell.kernel) - cell.tolerance;
  const highest = Math.max(kernel_before, cell.kernel) + cell.tolerance;
  let from = model.stepEvents(step, step + 1)[0] ?? end_event;
  let to = end_event;
  const series = [{ container: container.id, counter: INDEX.get(cell.counter) ?? -1 }];
  while (to > from) {
    const [view] = model.series({ series, from_event: from, to_event: to, bucket_count_max: BUCKET_COUNT });
    const at = view === undefined ? -1 : view.x.findIndex((_, bucket) => (view.min[bucket] ?? 0) < lowest || (view.max[bucket] ?? 0) > highest);
    if (view === undefined || at === -1) return null;
    const start = Math.max(from, at === 0 ? from : (view.x[at - 1] ?? from));
    const end = Math.min(to, view.x[at] ?? to);
    if (end - start <= 1) return eventNumber(start);
    // The finest buckets of a long recording may be wider than the stretch: no event of it can be named then.
    if (start === from && end === to) return null;
    from = start;
    to = end;
  }
  return null;
}
