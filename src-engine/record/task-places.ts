import { setCounter } from './accounts.ts';
import { COUNTER, COUNTER_COUNT } from './counters.ts';
import { KIND } from './events.ts';
import { LIFE, SCALAR, type StateTables } from './state-tables.ts';

/** A task starts, moves to `container` or ends: where it is from now on, and which containers are `populated` by it or no more. The table of tasks must have room for it. */
export function placeTask(state: StateTables, kind: number, task: number, container: number): void {
  const from = state.task_container[task];
  const was_alive = state.task_life[task] === LIFE.alive;
  if (kind === KIND.task_exit) state.store('task_life', task, LIFE.gone);
  else {
    if (kind === KIND.task_start) state.store('task_life', task, LIFE.alive);
    state.store('task_container', task, container);
    tellPopulated(state, container);
  }
  if (was_alive) tellPopulated(state, from);
}

/** Makes `populated` of a container and those above it what its tasks say; the root has none. */
function tellPopulated(state: StateTables, container: number): void {
  for (let at = container; aboveOf(state, at) >= 0; at = aboveOf(state, at)) {
    const populated = Number(state.task_life.some((life, task) => life === LIFE.alive && isWithin(state, state.task_container[task], at)));
    if (state.values[at * COUNTER_COUNT + COUNTER.populated] !== populated) setCounter(state, at, COUNTER.populated, populated);
  }
}

/** Parent of a container that is known; −1: none. A recording may tell of containers that it never made. */
function aboveOf(state: StateTables, container: number): number {
  const is_known = container < state.scalars[SCALAR.container_count] && state.container_life[container] !== LIFE.never;
  return is_known ? state.container_parent[container] : -1;
}

function isWithin(state: StateTables, container: number, ancestor: number): boolean {
  let at = container;
  while (at >= 0 && at !== ancestor) at = aboveOf(state, at);
  return at === ancestor;
}
