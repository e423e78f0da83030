import { counterLabel } from '../record/counter-names.ts';
import { COUNTERS } from '../record/counters.ts';
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
}

/** Steps that are compared before other calls get their turn. */
const STEPS_AT_ONCE = 64;
/**
 * What is compared: what containers are charged, and what happened to them. Lists and statistics of reclaim differ between models from the first page on,
 * because models keep their lists in different places.
 */
export const COMPARED = COUNTERS.filter(({ unit, file }) => unit === 'charge' || file === 'memory.swap.current' || file === 'memory.events');

/**
 * The first counter that differs between states, in the first container that has it of its own: containers by path, in the order of the first run, and where one below differs
 * in the same counter, that one, for what differs there differs in all above it too. Null if none does.
 */
export function firstDifference(states: readonly StateView[]): Pick<Divergence, 'path' | 'counter' | 'values'> | null {
  const tables = states.map(
    (state) => new Map<string, ContainerView>(state.containers.filter(({ exists }) => exists).map((container) => [container.path, container])),
  );
  const paths = [...new Set(tables.flatMap((table) => [...table.keys()]))];
  /** Values of a counter, one a run; undefined where they do not differ. */
  const differing = (path: string, counter: number): readonly number[] | undefined => {
    // A container that a model could not create has nothing.
    const values = tables.map((table) => table.get(path)?.counters[counter] ?? 0);
    // What a run on a kernel does not know (NaN) differs from nothing.
    return !values.some(Number.isNaN) && values.some((value) => value !== values[0]) ? values : undefined;
  };
  for (const top of paths) {
    for (const spec of COMPARED) {
      const { index } = spec;
      let values = differing(top, index);
      if (values === undefined) continue;
      let path = top;
      // What is below a container stands after it.
      for (const child of paths) {
        const below = isBelow(child, path) ? differing(child, index) : undefined;
        if (below === undefined) continue;
        path = child;
        values = below;
      }
      return { path, counter: counterLabel(spec), values };
    }
  }
  return null;
}

const isBelow = (path: string, above: string): boolean => path !== above && (above === '.' || path.startsWith(`${above}/`));

/**
 * The first step, from `from_step` on in `direction`, after which the shown counters of the runs differ; null if there is none. Compares whole states step by step: the plain
 * reference that `searchDivergence` is held against in tests.
 */
export async function findDivergence(players: readonly Player[], from_step: number, direction: 1 | -1, pause: () => Promise<void>): Promise<Divergence | null> {
  const step_count = Math.min(...players.map((player) => player.step_count));
  let compared = 0;
  for (let step_index = Math.min(from_step, step_count - 1); step_index >= 0 && step_index < step_count; step_index += direction) {
    const states = players.map((player) => stateAfterStep(player, step_index));
    const difference = firstDifference(states);
    if (difference !== null) return { step_index, line: states[0]?.step_line ?? 0, ...difference };
    compared += 1;
    if (compared % STEPS_AT_ONCE === 0) await pause();
  }
  return null;
}

/** State at the end of a step: right before the next one begins. */
export function stateAfterStep(player: Player, step_index: number): StateView {
  const [next_event] = player.stepEvents(step_index + 1, step_index + 2);
  return player.seek({ event: next_event ?? player.event_count });
}
