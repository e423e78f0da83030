import { COUNTER, type CounterName } from '../../record/counters.ts';
import { COST, KIND } from '../../record/events.ts';
import { createPlayer } from '../../record/player.ts';
import type { Compressor, ContainerView, RunReader, StateView } from '../../record/run.ts';
import { RunBlocks } from '../../record/run-blocks.ts';
import type { Evidence } from './types.ts';

/** A recorded run of a scenario of the battery, as the measures read it. */
export interface MeasuredRun {
  readonly scenario: string;
  readonly run_id: number | null;
  readonly memory_pages: number;
  /** What the machine and the containers looked like at each sample, by its name. */
  readonly at: ReadonlyMap<string, StateView>;
  /** Events in which the model refused or killed, in order. */
  readonly harms: readonly Harm[];
}

/** A model's refusal: a container that it could not create, an operation that failed, a task that it killed. */
export interface Harm {
  readonly kind: 'container_create_failed' | 'op_fail' | 'oom_kill';
  readonly event_index: number;
}

const HARM_OF: Readonly<Record<number, Harm['kind']>> = {
  [KIND.container_create_failed]: 'container_create_failed',
  [KIND.op_fail]: 'op_fail',
  [KIND.oom_kill]: 'oom_kill',
};

/**
 * Reads of a complete recording what the measures need: its state at every sample, and what went wrong. One pass over its events.
 * Throws DamagedRecording where the recording is damaged.
 */
export function measuredRun(scenario: string, run_id: number | null, reader: RunReader, compressor: Compressor): MeasuredRun {
  const { names, meta } = reader;
  const player = createPlayer(reader, compressor);
  if (!player.ok) throw new Error(`run ${run_id} of ${scenario} has no keyframe`);
  const blocks = new RunBlocks(reader, compressor);
  const harms: Harm[] = [];
  const sampled: { readonly name: string; readonly event_index: number }[] = [];
  blocks.entries.forEach(({ first_event }, at) => {
    const { columns, count } = blocks.decoded(at);
    for (let row = 0; row < count; row++) {
      const kind = columns.kind[row];
      if (kind === KIND.sample) sampled.push({ name: names.samples[columns.a[row]] ?? '', event_index: first_event + row + 1 });
      const harm = HARM_OF[kind];
      if (harm !== undefined) harms.push({ kind: harm, event_index: first_event + row });
    }
  });
  const at = new Map(sampled.map(({ name, event_index }) => [name, player.value.seek({ event: event_index })]));
  return { scenario, run_id, memory_pages: meta.memory_pages, at, harms };
}

/** The state at a sample. A battery's scenario that lacks it is a bug. */
export function sampleOf(run: MeasuredRun, name: string): StateView {
  const state = run.at.get(name);
  if (state === undefined) throw new Error(`${run.scenario} has no sample ${name}`);
  return state;
}

/** A container at a moment; undefined where the model has not created it. */
export const containerAt = (state: StateView, path: string): ContainerView | undefined =>
  state.containers.find((container) => container.path === path && container.exists);

/** A counter of a container in shown units; 0 where there is no such container. */
export const counterAt = (state: StateView, path: string, counter: CounterName): number => containerAt(state, path)?.counters[COUNTER[counter]] ?? 0;

/** Pages of an object that are in memory. */
export const residentPages = (state: StateView, object: string): number => state.objects.find(({ name }) => name === object)?.resident_page_count ?? 0;

/** What one cost of the model has come to. */
export const costAt = (state: StateView, cost: keyof typeof COST): number => state.costs[COST[cost]] ?? 0;

const OPERATIONS = ['counter_updates', 'rmap_steps', 'list_steps', 'share_updates', 'hash_lookups'] as const;

/** Elementary operations of the model between two moments: counters updated, steps along lists and reverse maps, shares changed, hash look-ups. */
export const operationsBetween = (before: StateView, after: StateView): number =>
  OPERATIONS.reduce((sum, cost) => sum + costAt(after, cost) - costAt(before, cost), 0);

/** A sample as the place where a figure can be seen. */
export function evidenceAt(run: MeasuredRun, sample: string): Evidence {
  const { step_index, event_index } = sampleOf(run, sample);
  return { scenario: run.scenario, run_id: run.run_id, step_index, event_index };
}
