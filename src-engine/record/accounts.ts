import { COUNTER, COUNTER_COUNT, COUNTERS } from './counters.ts';
import { BORROW, LIMIT } from './events.ts';
import type { StateTables } from './state-tables.ts';

/** Counter of each limit, by the flags of limit_set. */
export const LIMIT_COUNTERS: readonly number[] = Object.keys(LIMIT).map((name) => COUNTER[`limit_${name as keyof typeof LIMIT}`]);

/** Limits that are `max` until they are set. */
export const OPEN_LIMITS: readonly number[] = LIMIT_COUNTERS.filter((counter) => counter !== COUNTER.limit_min && counter !== COUNTER.limit_low);

/** Sets a counter of one container to a value that is known as a whole: a limit, or what a kernel's file said. */
export function setCounter(state: StateTables, container: number, counter: number, value: number): void {
  const slot = container * COUNTER_COUNT + counter;
  const before = state.values[slot];
  state.journal?.save('values', slot, before);
  state.watcher?.changed(slot, before, Math.min(before, value), Math.max(before, value));
  state.values[slot] = value;
}

/** Adds to a counter as its scope has it: in the container alone (`own`), or in it and all its ancestors below `stop` (−1: all), as values are kept as shown. */
export function addToCounter(state: StateTables, container: number, counter: number, amount: number, stop = -1): void {
  // A counter of a newer version, or `current`, which has just changed with the event.
  if (counter === COUNTER.current || COUNTERS[counter] === undefined) return;
  const is_own = COUNTERS[counter].scope === 'own';
  for (let at = container; at >= 0 && at !== stop; at = is_own ? -1 : state.container_parent[at])
    setCounter(state, at, counter, state.values[at * COUNTER_COUNT + counter] + amount);
}

/** What `borrow` tells: the borrow counter of the container, its `current` and that of its ancestors below the root, or both. */
export function addBorrowed(state: StateTables, container: number, amount: number, flags: number): void {
  if ((flags & BORROW.counter) !== 0) addToCounter(state, container, COUNTER.borrow, amount);
  if ((flags & BORROW.current) === 0) return;
  for (let at = container; state.container_parent[at] >= 0; at = state.container_parent[at]) {
    const row = at * COUNTER_COUNT;
    const current = state.values[row + COUNTER.current] + amount;
    setCounter(state, at, COUNTER.current, current);
    if (current > state.values[row + COUNTER.peak]) setCounter(state, at, COUNTER.peak, current);
  }
}

/** An ancestor takes over what a container that goes is charged for: all containers below the ancestor lose it, and the ancestor, whose value has it already, keeps it. */
export function handUp(state: StateTables, container: number, ancestor: number, counter: number, amount: number): void {
  if (COUNTERS[counter] === undefined) return;
  for (let at = container; at >= 0 && at !== ancestor; at = state.container_parent[at])
    setCounter(state, at, counter, state.values[at * COUNTER_COUNT + counter] - amount);
}
