import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { COUNTER_COUNT } from './counters.ts';
import { OBJECT_CLASS } from './events.ts';
import type { PairSum } from './pair-sums.ts';
import type { ContainerView, ObjectView, ReclaimPass, RunMeta, RunNames, StateView, TaskView } from './run.ts';
import { bytesOfUnits, shownFactors, shownValue } from './shown.ts';
import type { RunState } from './state.ts';
import { LIFE, MATRIX_CELLS, MATRIX_STRIDE, SCALAR } from './state-tables.ts';

const KIND_OF_CLASS: readonly ObjectView['kind'][] = (() => {
  const kinds: ObjectView['kind'][] = [];
  kinds[OBJECT_CLASS.file] = 'file';
  kinds[OBJECT_CLASS.tmpfs] = 'tmpfs';
  kinds[OBJECT_CLASS.anon] = 'anon';
  kinds[OBJECT_CLASS.hugetlb] = 'hugetlb';
  kinds[OBJECT_CLASS.dmabuf] = 'dma-buf';
  return kinds;
})();

/** Everything that a view shows of the state. `pass`: the reclaim pass under way, if any. */
export function viewState(state: RunState, meta: RunMeta, names: RunNames, pass: ReclaimPass | null): StateView {
  const { scalars } = state;
  return {
    event_index: scalars[SCALAR.event_index],
    step_index: scalars[SCALAR.step_index],
    step_line: scalars[SCALAR.step_line],
    time_ns: scalars[SCALAR.time_ns],
    containers: viewContainers(state, meta, names),
    objects: viewObjects(state, meta, names),
    tasks: viewTasks(state, names),
    costs: state.costs.slice(),
    pass,
  };
}

function viewContainers(state: RunState, meta: RunMeta, names: RunNames): ContainerView[] {
  const factors = shownFactors(meta.charge_shift);
  const views: ContainerView[] = [];
  for (let id = 0; id < state.scalars[SCALAR.container_count]; id++) {
    if (state.container_life[id] === LIFE.never) continue;
    const counters = state.values.slice(id * COUNTER_COUNT, (id + 1) * COUNTER_COUNT);
    for (let counter = 0; counter < COUNTER_COUNT; counter++) counters[counter] = shownValue(counter, counters[counter], factors);
    views.push({
      id,
      parent: state.container_parent[id],
      path: names.containers[state.container_name[id]] ?? `#${id}`,
      exists: state.container_life[id] === LIFE.alive,
      counters,
    });
  }
  return views;
}

function viewObjects(state: RunState, meta: RunMeta, names: RunNames): ObjectView[] {
  const owners = byRow(state.owner_units.nonzero());
  const mappers = byRow(state.mapped_by.nonzero());
  const views: ObjectView[] = [];
  for (let id = 0; id < state.scalars[SCALAR.object_count]; id++) {
    views.push({
      id,
      name: names.objects[state.object_name[id]] ?? `#${id}`,
      kind: KIND_OF_CLASS[state.object_class[id]] ?? 'file',
      owner_task: names.tasks[state.object_owner[id]] ?? null,
      page_count: state.object_pages[id],
      resident_page_count: state.object_resident[id],
      mapped_page_count: state.object_mapped[id],
      swapped_page_count: state.object_swapped[id],
      owners: (owners.get(id) ?? []).map(({ column, sum }) => ({ container: column, bytes: bytesOfUnits(sum, meta.charge_shift) })),
      mapped_by: (mappers.get(id) ?? []).map(({ column, sum }) => ({ task: column, page_count: sum })),
    });
  }
  return views;
}

const byRow = (pairs: readonly PairSum[]): ReadonlyMap<number, readonly PairSum[]> => Map.groupBy(pairs, ({ row }) => row);

function viewTasks(state: RunState, names: RunNames): TaskView[] {
  const never = new Float64Array(MATRIX_CELLS);
  const views: TaskView[] = [];
  for (let id = 0; id < state.scalars[SCALAR.task_count]; id++) {
    if (state.task_life[id] === LIFE.never) continue;
    const row = (state.task_matrix[id] - 1) * MATRIX_STRIDE;
    views.push({
      id,
      name: names.tasks[id] ?? `#${id}`,
      alive: state.task_life[id] === LIFE.alive,
      container: state.task_container[id],
      rss_bytes: state.task_rss[id] * PAGE_SIZE_BYTES,
      scanned: row < 0 ? never : state.matrices.slice(row, row + MATRIX_CELLS),
      reclaimed: row < 0 ? never : state.matrices.slice(row + MATRIX_CELLS, row + MATRIX_STRIDE),
    });
  }
  return views;
}
