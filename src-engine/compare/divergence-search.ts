import { COUNTER_COUNT } from '../record/counters.ts';
import { KIND } from '../record/events.ts';
import type { Pause } from '../record/page-events.ts';
import { LEVEL_COUNT } from '../record/pyramid.ts';
import { Replay } from '../record/replay.ts';
import type { Compressor, Player, RunReader } from '../record/run.ts';
import { RunBlocks } from '../record/run-blocks.ts';
import { shownFactors, shownValue } from '../record/shown.ts';
import type { CounterWatcher } from '../record/state-tables.ts';
import { LIFE, SCALAR } from '../record/state-tables.ts';
import { COMPARED, type Divergence, type DivergenceSought, divergenceAt, orderOf } from './divergence.ts';

/** A run that is searched: its player, and what the search reads it with. */
export interface SearchedRun {
  readonly player: Player;
  readonly reader: RunReader;
  readonly compressor: Compressor;
}

/** Steps whose first events are fetched at once. */
const STEPS_AT_ONCE = 4096;
/** Events that are applied, over all runs, before other calls get their turn. */
const EVENTS_AT_ONCE = 32_768;
const IS_COMPARED: Uint8Array = (() => {
  const is = new Uint8Array(COUNTER_COUNT);
  for (const { index } of COMPARED) is[index] = 1;
  return is;
})();

/** One run of the search: a state of its own that goes from step to step and notes which counters change on the way. */
class Walker implements CounterWatcher {
  readonly player: Player;
  readonly #reader: RunReader;
  readonly #blocks: RunBlocks;
  readonly #replay: Replay;
  readonly #factors: Float64Array;
  /** First events of the steps from `#steps_from` on. */
  #steps: Float64Array = new Float64Array(0);
  #steps_from = -STEPS_AT_ONCE;
  readonly #quiet: (boolean | undefined)[] = [];
  /** Slots of compared counters that changed since they were last taken. */
  changed_slots = new Set<number>();

  constructor({ player, reader, compressor }: SearchedRun) {
    this.player = player;
    this.#reader = reader;
    this.#blocks = new RunBlocks(reader, compressor);
    this.#replay = new Replay(this.#blocks);
    this.#factors = shownFactors(reader.meta.charge_shift);
  }

  changed(slot: number): void {
    if (IS_COMPARED[slot % COUNTER_COUNT] === 1) this.changed_slots.add(slot);
  }

  /** Event at which the step ends: where the next one begins. */
  endOf(step: number): number {
    const next = step + 1;
    if (this.#steps_from < 0 || next < this.#steps_from || next >= this.#steps_from + STEPS_AT_ONCE) {
      this.#steps_from = Math.floor(next / STEPS_AT_ONCE) * STEPS_AT_ONCE;
      this.#steps = this.player.stepEvents(this.#steps_from, this.#steps_from + STEPS_AT_ONCE);
    }
    return this.#steps[next - this.#steps_from] ?? this.player.event_count;
  }

  /** Goes to the end of a step; true if it had to leave out events on the way there, so that what changed is not known. */
  moveTo(step: number): boolean {
    const { state } = this.#replay;
    const event = this.endOf(step);
    const before = state.scalars[SCALAR.event_index];
    state.watcher = this;
    if (event < before || this.#blocks.at(event) > this.#blocks.at(before) + 1) {
      this.#replay.moveTo(event);
      return true;
    }
    // Over the border of a block step by step, so that the changes up to it are told.
    const { first_event } = this.#blocks.entries[this.#blocks.at(event)];
    const at = this.#blocks.at(before);
    if (first_event > before && at < this.#blocks.at(event)) {
      const entry = this.#blocks.entries[at];
      state.apply(this.#blocks.decoded(at).columns, before - entry.first_event, entry.event_count);
    }
    this.#replay.moveTo(event);
    return false;
  }

  get event_index(): number {
    return this.#replay.state.scalars[SCALAR.event_index];
  }

  /** Which containers there are: changes with each that comes or goes. */
  containers(): string {
    const { container_life, scalars } = this.#replay.state;
    return container_life.subarray(0, scalars[SCALAR.container_count]).join('');
  }

  /** Ids of the containers that exist, by path. */
  ids(): ReadonlyMap<string, number> {
    const { state } = this.#replay;
    const ids = new Map<string, number>();
    for (let id = 0; id < state.scalars[SCALAR.container_count]; id++) {
      if (state.container_life[id] === LIFE.alive) ids.set(this.#reader.names.containers[state.container_name[id]] ?? `#${id}`, id);
    }
    return ids;
  }

  /** A counter as it is shown; that of no container is 0. */
  value(id: number | undefined, counter: number): number {
    return id === undefined ? 0 : shownValue(counter, this.#replay.state.values[id * COUNTER_COUNT + counter], this.#factors);
  }

  /** Event up to which nothing that is compared changes after this one, as far as whole blocks tell. */
  quietUntil(event: number): number {
    let end = event;
    for (let at = this.#blocks.at(event); at < this.#blocks.entries.length && this.#isQuiet(at); at++) {
      end = this.#blocks.entries[at].first_event + this.#blocks.entries[at].event_count;
    }
    return end;
  }

  #isQuiet(at: number): boolean {
    this.#quiet[at] ??= this.#readQuiet(at);
    return this.#quiet[at];
  }

  #readQuiet(at: number): boolean {
    const { block_index, kind_counts } = this.#blocks.entries[at];
    if (kind_counts[KIND.container_create] + kind_counts[KIND.container_remove] > 0) return false;
    for (const slot of this.#blocks.level(block_index, LEVEL_COUNT - 1).keys()) if (IS_COMPARED[slot % COUNTER_COUNT] === 1) return false;
    return true;
  }
}

/** How the runs stand to each other in the compared counters, kept up to date by what changes. */
class Differences {
  readonly #walkers: readonly Walker[];
  #containers: readonly string[] = [];
  #ids: readonly ReadonlyMap<string, number>[] = [];
  #paths: readonly ReadonlyMap<number, string>[] = [];
  /** Orders of the counters that differ, by path and counter. */
  #orders = new Map<string, string>();
  /** Whether `update` changed an order. */
  changed = false;

  constructor(walkers: readonly Walker[]) {
    this.#walkers = walkers;
  }

  /** Whether the runs differ where the walkers stood at the last update. */
  get differ(): boolean {
    return this.#orders.size > 0;
  }

  /** Takes up where the walkers stand. `anew`: not told of all changes since the last call. */
  update(anew: boolean): void {
    this.changed = false;
    const containers = this.#walkers.map((walker) => walker.containers());
    if (anew || containers.some((now, run) => now !== this.#containers[run])) this.#compareAll(containers);
    else
      this.#walkers.forEach((walker, run) => {
        for (const slot of walker.changed_slots) {
          const path = this.#paths[run].get(Math.floor(slot / COUNTER_COUNT));
          if (path !== undefined && this.#compare(path, slot % COUNTER_COUNT)) this.changed = true;
        }
      });
    for (const walker of this.#walkers) walker.changed_slots.clear();
  }

  #compareAll(containers: readonly string[]): void {
    const before = this.#orders;
    this.#containers = containers;
    this.#ids = this.#walkers.map((walker) => walker.ids());
    this.#paths = this.#ids.map((ids) => new Map([...ids].map(([path, id]) => [id, path])));
    this.#orders = new Map();
    for (const path of new Set(this.#ids.flatMap((ids) => [...ids.keys()]))) for (const { index } of COMPARED) this.#compare(path, index);
    this.changed = before.size !== this.#orders.size || [...before].some(([key, order]) => this.#orders.get(key) !== order);
  }

  /** True if the order of the counter is another now. */
  #compare(path: string, counter: number): boolean {
    const order = orderOf(this.#walkers.map((walker, run) => walker.value(this.#ids[run].get(path), counter)));
    const key = `${path}\n${counter}`;
    const before = this.#orders.get(key) ?? '';
    if (order === '') this.#orders.delete(key);
    else this.#orders.set(key, order);
    return order !== before;
  }
}

/**
 * The first step, from `from_step` on in `direction`, after which the shown counters of the runs differ, or with which that changes; null if there is none. States go from step to
 * step by their events, and over stretches of whole blocks in which no run changes anything that is compared at once. Throws what `pause` throws.
 */
export async function searchDivergence(
  runs: readonly SearchedRun[],
  from_step: number,
  direction: 1 | -1,
  pause: Pause,
  sought: DivergenceSought = 'difference',
): Promise<Divergence | null> {
  const players = runs.map(({ player }) => player);
  const step_count = Math.min(...players.map((player) => player.step_count));
  const walkers = runs.map((run) => new Walker(run));
  if (step_count === 0) return null;
  for (let from = direction === 1 ? from_step : Math.min(from_step, step_count - 1); from >= 0; ) {
    const found = direction === 1 ? await forwards(walkers, from, step_count, pause, sought) : await backwards(walkers, from, pause, sought);
    if (found === null) return null;
    const divergence = divergenceAt(players, found, sought);
    if (divergence !== null) return divergence;
    // Only what a run does not know differs there, such as what a real kernel never read: its events leave it at 0.
    from = found + direction;
    await pause();
  }
  return null;
}

/** Moves all walkers to the end of a step and takes up how the runs differ there. `anew`: where they stand now was not compared. */
function goAfter(walkers: readonly Walker[], differences: Differences, step: number, anew: boolean): void {
  let left_out = anew;
  for (const walker of walkers) left_out = walker.moveTo(step) || left_out;
  differences.update(left_out);
}

/** Step at which a walk begins that is to know of `from_step`: what changes with it is told by the one before. */
const walkedFrom = (from_step: number, sought: DivergenceSought): number => (sought === 'change' ? Math.max(0, from_step - 1) : from_step);

/** The last step after `step` at whose end each run is as it is now; `step` itself where that is not known. */
function quietStep(walkers: readonly Walker[], step: number, last_step: number): number {
  const ends = walkers.map((walker) => walker.quietUntil(walker.event_index));
  const isQuiet = (candidate: number): boolean => walkers.every((walker, run) => walker.endOf(candidate) <= ends[run]);
  if (step >= last_step || !isQuiet(step + 1)) return step;
  let low = step + 1;
  let high = last_step;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isQuiet(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

async function forwards(walkers: readonly Walker[], from_step: number, step_count: number, pause: Pause, sought: DivergenceSought): Promise<number | null> {
  const differences = new Differences(walkers);
  const begin = walkedFrom(from_step, sought);
  let paused_at = 0;
  let applied = 0;
  for (let step = begin; step < step_count && from_step < step_count; step++) {
    const before = walkers.reduce((sum, walker) => sum + walker.event_index, 0);
    goAfter(walkers, differences, step, step === begin);
    if (step >= from_step && (sought === 'change' ? differences.changed : differences.differ)) return step;
    applied += Math.max(1, walkers.reduce((sum, walker) => sum + walker.event_index, 0) - before);
    if (applied - paused_at >= EVENTS_AT_ONCE) {
      paused_at = applied;
      await pause();
    }
    step = quietStep(walkers, step, step_count - 1);
  }
  return null;
}

/** Goes back in stretches, each of which is walked forwards. */
async function backwards(walkers: readonly Walker[], from_step: number, pause: Pause, sought: DivergenceSought): Promise<number | null> {
  let stretch = 64;
  for (let end = from_step; end >= 0; ) {
    const begin = Math.max(0, end - stretch + 1);
    const walked_from = walkedFrom(begin, sought);
    const differences = new Differences(walkers);
    let last: number | null = null;
    let applied = 0;
    for (let step = walked_from; step <= end; step++) {
      const before = walkers.reduce((sum, walker) => sum + walker.event_index, 0);
      goAfter(walkers, differences, step, step === walked_from);
      applied += Math.abs(walkers.reduce((sum, walker) => sum + walker.event_index, 0) - before);
      if (applied >= EVENTS_AT_ONCE) {
        applied = 0;
        await pause();
      }
      if (sought === 'change' && step >= begin && differences.changed) last = step;
      step = quietStep(walkers, step, end);
      if (sought === 'difference' && differences.differ) last = step;
    }
    if (last !== null) return last;
    await pause();
    end = begin - 1;
    // Stretches begin with a keyframe, so that short ones are dear.
    stretch = Math.min(stretch * 4, STEPS_AT_ONCE * 4);
  }
  return null;
}
