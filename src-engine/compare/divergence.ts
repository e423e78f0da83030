import { counterLabel } from '../record/counter-names.ts';
import { COUNTERS, type CounterSpec } from '../record/counters.ts';
import type { ContainerView, Player, StateView } from '../record/run.ts';

/** Where runs of one scenario part: after which step, and in which counter. */
export interface Divergence {
  readonly step_index: number;
  readonly line: number;
  readonly path: string;
  /** As lists name it: `current`, `events.max`. */
  readonly counter: string;
  /** One shown value per run, in the order asked for. */
  readonly values: readonly number[];
  /** Where changes of the differences are looked for: the counter begins to differ with this step, ends to, or the runs stand to each other in another order. */
  readonly change?: 'begins' | 'ends' | 'turns';
}

/** Steps that are compared before other calls get their turn. */
const STEPS_AT_ONCE = 64;
/**
 * What is compared: what containers are charged, and what happened to them. Lists and statistics of reclaim differ between models from the first page on,
 * because models keep their lists in different places.
 */
export const COMPARED = COUNTERS.filter(({ unit, file }) => unit === 'charge' || file === 'memory.swap.current' || file === 'memory.events');

/**
 * How runs stand to each other in a counter: the rank of each run's value among those of all. Empty where all are equal, or where one is not known (NaN), which differs from
 * nothing. While two runs differ by more or less the order stays, and it changes where a difference begins, ends, or turns its sign.
 */
export function orderOf(values: readonly number[]): string {
  if (values.every((value) => value === values[0]) || values.some(Number.isNaN)) return '';
  return values.map((value) => new Set(values.filter((other) => other < value)).size).join(' ');
}

/** Counters of states by path; a container that a model could not create, or that is gone, has nothing. */
interface StateTables {
  readonly paths: readonly string[];
  values(path: string, counter: number): readonly number[];
}
function tablesOf(states: readonly StateView[]): StateTables {
  const tables = states.map(
    (state) => new Map<string, ContainerView>(state.containers.filter(({ exists }) => exists).map((container) => [container.path, container])),
  );
  return {
    paths: [...new Set(tables.flatMap((table) => [...table.keys()]))],
    values: (path, counter) => tables.map((table) => table.get(path)?.counters[counter] ?? 0),
  };
}

/** The first path and counter of which `is` holds: containers in their order, and where it holds of the same counter in one below, that one. */
function firstOf(paths: readonly string[], is: (path: string, counter: number) => boolean): { readonly path: string; readonly spec: CounterSpec } | null {
  for (const top of paths) {
    for (const spec of COMPARED) {
      if (!is(top, spec.index)) continue;
      let path = top;
      // What is below a container stands after it.
      for (const child of paths) if (isBelow(child, path) && is(child, spec.index)) path = child;
      return { path, spec };
    }
  }
  return null;
}

/**
 * The first counter that differs between states, in the first container that has it of its own: containers by path, in the order of the first run, and where one below differs
 * in the same counter, that one, for what differs there differs in all above it too. Null if none does.
 */
export function firstDifference(states: readonly StateView[]): Pick<Divergence, 'path' | 'counter' | 'values'> | null {
  const { paths, values } = tablesOf(states);
  const found = firstOf(paths, (path, counter) => orderOf(values(path, counter)) !== '');
  return found === null ? null : { path: found.path, counter: counterLabel(found.spec), values: values(found.path, found.spec.index) };
}

/** The first counter, in the same order, in which the runs stand to each other otherwise than in the states before; null if there is none. No states before: nothing differed. */
export function firstChange(
  before: readonly StateView[],
  states: readonly StateView[],
): (Pick<Divergence, 'path' | 'counter' | 'values'> & Required<Pick<Divergence, 'change'>>) | null {
  const [then, now] = [tablesOf(before), tablesOf(states)];
  const orders = (path: string, counter: number): readonly [string, string] => [orderOf(then.values(path, counter)), orderOf(now.values(path, counter))];
  const found = firstOf([...new Set([...now.paths, ...then.paths])], (path, counter) => {
    const [was, is] = orders(path, counter);
    return was !== is;
  });
  if (found === null) return null;
  const [was, is] = orders(found.path, found.spec.index);
  return {
    path: found.path,
    counter: counterLabel(found.spec),
    values: now.values(found.path, found.spec.index),
    change: was === '' ? 'begins' : is === '' ? 'ends' : 'turns',
  };
}

const isBelow = (path: string, above: string): boolean => path !== above && (above === '.' || path.startsWith(`${above}/`));

/** What is looked for: a step after which the runs differ, or one with which they begin to, end to, or stand to each other otherwise (`firstChange`). */
export type DivergenceSought = 'difference' | 'change';

/**
 * The first step, from `from_step` on in `direction`, after which the shown counters of the runs differ, or with which that changes; null if there is none. Compares whole states
 * step by step: the plain reference that `searchDivergence` is held against in tests.
 */
export async function findDivergence(
  players: readonly Player[],
  from_step: number,
  direction: 1 | -1,
  pause: () => Promise<void>,
  sought: DivergenceSought = 'difference',
): Promise<Divergence | null> {
  const step_count = Math.min(...players.map((player) => player.step_count));
  let compared = 0;
  for (let step_index = Math.min(from_step, step_count - 1); step_index >= 0 && step_index < step_count; step_index += direction) {
    const found = divergenceAt(players, step_index, sought);
    if (found !== null) return found;
    compared += 1;
    if (compared % STEPS_AT_ONCE === 0) await pause();
  }
  return null;
}

/** What is sought, if it is at this step. */
export function divergenceAt(players: readonly Player[], step_index: number, sought: DivergenceSought): Divergence | null {
  const after = (step: number): readonly StateView[] => players.map((player) => stateAfterStep(player, step));
  const states = after(step_index);
  const found = sought === 'difference' ? firstDifference(states) : firstChange(step_index === 0 ? [] : after(step_index - 1), states);
  return found === null ? null : { step_index, line: states[0]?.step_line ?? 0, ...found };
}

/** State at the end of a step: right before the next one begins. */
export function stateAfterStep(player: Player, step_index: number): StateView {
  const [next_event] = player.stepEvents(step_index + 1, step_index + 2);
  return player.seek({ event: next_event ?? player.event_count });
}
