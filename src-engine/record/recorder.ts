import { UNLIMITED_PAGES } from '../base/ids.ts';
import type { LabError, Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import { ByteWriter } from './bytes.ts';
import { createBlockEncoder, type LogHasher } from './codec.ts';
import { COUNTER_COUNT, COUNTERS } from './counters.ts';
import type { EventColumns } from './events.ts';
import { encodeKeyframe } from './keyframe.ts';
import { LEVEL_BUCKET_EVENTS, PyramidBuilder } from './pyramid.ts';
import type { BlockIndexEntry, Compressor, EngineSample, RunMeta, RunNames } from './run.ts';
import { RunState } from './state.ts';
import { LIFE, SCALAR } from './state-tables.ts';

/** Blocks from one keyframe to the next. */
export const KEYFRAME_BLOCK_INTERVAL = 1;
/** Length of `BlockIndexEntry.kind_counts`; kind codes stay below it. */
export const KIND_COUNTS_LENGTH = 64;

export interface RecorderOptions {
  readonly keyframe_block_interval?: number;
  /** Fed with the content of every block (docs/recording.md, "The log's hash"). */
  readonly hasher?: LogHasher;
}

/** A block with all that is kept beside it. */
export interface RecordedBlock {
  readonly entry: BlockIndexEntry;
  readonly block: Uint8Array;
  /** The state before the block's first event, where a keyframe is due. */
  readonly keyframe: Uint8Array | null;
  /** One piece per level of the pyramid. */
  readonly series: readonly Uint8Array[];
  /** Simulated time after the block. */
  readonly end_ns: number;
}

/** Turns the engine's columns into what is kept of a run. One run, blocks in order. */
export interface Recorder {
  /** The state after the blocks so far. */
  readonly state: RunState;
  /**
   * Records rows `0..count`. `samples`: those taken since the block before; each is held against the state that the events give.
   * Error: `record.sample-differs`, with the two numbers; the run is then worth nothing further.
   */
  block(columns: EventColumns, count: number, names: RunNames, samples?: readonly EngineSample[]): Result<RecordedBlock>;
}

/** Starts the recording of one run. */
export function createRecorder(meta: RunMeta, compressor: Compressor, options: RecorderOptions = {}): Recorder {
  const { keyframe_block_interval = KEYFRAME_BLOCK_INTERVAL, hasher } = options;
  const state = new RunState();
  const pyramid = new PyramidBuilder();
  state.watcher = pyramid;
  const encode = createBlockEncoder(compressor, hasher);
  const keyframeWriter = new ByteWriter();
  let block_index = 0;

  return {
    state,
    block(columns, count, names, samples = []) {
      const keyframe = block_index % keyframe_block_interval === 0 ? encodeKeyframe(state, compressor, keyframeWriter) : null;
      const first_event = state.scalars[SCALAR.event_index];
      const entry: BlockIndexEntry = {
        block_index,
        first_event,
        event_count: count,
        first_step: state.scalars[SCALAR.step_index],
        first_time_ns: state.scalars[SCALAR.time_ns],
        kind_counts: countKinds(columns.kind, count),
      };
      const due = samples.toSorted((x, y) => x.event_index - y.event_index);
      let row = 0;
      const checkUpTo = (end: number): LabError | null => {
        while (due.length > 0 && (due[0].event_index - first_event <= end || end === count)) {
          // A sample's event changes nothing, so it does not matter whether `event_index` counts it.
          const at = Math.min(Math.max(due[0].event_index - first_event, row), count);
          state.apply(columns, row, at);
          row = at;
          const error = checkSample(state, due[0], names, meta);
          if (error !== null) return error;
          due.shift();
        }
        state.apply(columns, row, end);
        row = end;
        return null;
      };
      for (let start = 0; start < count; start += LEVEL_BUCKET_EVENTS[0]) {
        const error = checkUpTo(Math.min(start + LEVEL_BUCKET_EVENTS[0], count));
        if (error !== null) return fail(error);
        pyramid.closeBucket(state.values);
      }
      const block = encode(columns, count);
      const series = pyramid.sealBlock(compressor);
      block_index++;
      return ok({ entry, block, keyframe, series, end_ns: state.scalars[SCALAR.time_ns] });
    },
  };
}

function countKinds(kind: Uint8Array, count: number): Uint32Array {
  const kind_counts = new Uint32Array(KIND_COUNTS_LENGTH);
  for (let row = 0; row < count; row++) kind_counts[kind[row]]++;
  return kind_counts;
}

/**
 * Holds the engine's own numbers against those that the events give. Null if they agree; else the first that does not.
 * Limits of `UNLIMITED_PAGES` and more are `max`, −1.
 */
export function checkSample(state: RunState, sample: EngineSample, names: RunNames, meta: RunMeta): LabError | null {
  const differs = (what: string, engine: number, events: number): LabError => ({
    code: 'record.sample-differs',
    message: `At sample “${sample.name}” (model ${meta.model}, seed ${meta.seed}, step ${sample.step_index}, event ${sample.event_index}) the engine has ${what} = ${engine}, its events give ${events}.`,
    remedy: 'this is a fault of the lab: please report it with the scenario',
  });
  if (sample.containers.length !== state.scalars[SCALAR.container_count])
    return differs('containers', sample.containers.length, state.scalars[SCALAR.container_count]);
  for (const [id, { path, exists, counters }] of sample.containers.entries()) {
    const alive = state.container_life[id] === LIFE.alive;
    if (exists !== alive) return differs(`${path} exists`, Number(exists), Number(alive));
    for (const { index, name, scope } of COUNTERS) {
      const engine = scope === 'setting' && counters[index] >= UNLIMITED_PAGES ? -1 : counters[index];
      const events = state.values[id * COUNTER_COUNT + index];
      if (engine !== events && !Number.isNaN(engine)) return differs(`${name} of ${path}`, engine, events);
    }
  }
  for (const [id, task] of sample.tasks.entries()) {
    const known = id < state.scalars[SCALAR.task_count];
    const alive = known && state.task_life[id] === LIFE.alive;
    const name = names.tasks[id] ?? task.name;
    if (task.alive !== alive) return differs(`task ${name} alive`, Number(task.alive), Number(alive));
    const rss_pages = known ? state.task_rss[id] : 0;
    if (task.rss_pages !== rss_pages) return differs(`rss of task ${name} (pages)`, task.rss_pages, rss_pages);
    if (alive && task.container !== state.task_container[id]) return differs(`container of task ${name}`, task.container, state.task_container[id]);
  }
  return null;
}
