import { createHash } from 'node:crypto';
import type { LabError } from '../../src-engine/base/result.ts';
import type { EventColumns } from '../../src-engine/record/events.ts';
import { createRecorder, type Recorder } from '../../src-engine/record/recorder.ts';
import type { EngineSample, RunMeta, RunNames } from '../../src-engine/record/run.ts';
import type { Database } from '../store/database.ts';
import { createRunWriter } from '../store/run-writer.ts';
import type { StoredSample } from '../store/runs.ts';
import { storeError } from '../store/store-error.ts';
import { zstd } from './compressor.ts';
import { snapshotOfSample } from './sample.ts';
import type { BlockMark } from './simulation-channel.ts';

/** Takes what the engine or an import hands over and keeps it: state, keyframes, series, hash, database. One run, in the order of its events. */
export interface Recording {
  begin(meta: RunMeta, names: RunNames): LabError | null;
  /** Keeps a sealed block; the columns may be used again afterwards. `names` where a table has grown. */
  block(columns: EventColumns, count: number, names: RunNames | null, mark: BlockMark): LabError | null;
  /** A sample, before the block that holds its event. It is held against the state that the events give. */
  sample(sample: EngineSample): void;
  heartbeat(): void;
  /** SHA-256 of the log so far. */
  logHash(): string;
  readonly event_count: number;
}

/**
 * Opens the recording of a run that this process has claimed. Blocks that an earlier recording sealed are made again and compared, not written again:
 * the engine is deterministic, so a difference is an error.
 */
export function openRecording(database: Database, run_id: number, recorded_meta: RunMeta | null): Recording {
  const writer = createRunWriter(database, run_id);
  const hash = createHash('sha256');
  let recorder: Recorder | undefined;
  let names: RunNames | undefined;
  let meta: RunMeta | undefined;
  let block_index = 0;
  let event_count = 0;
  let samples: EngineSample[] = [];
  let names_behind = false;

  const logHash = (): string => hash.copy().digest('hex');

  const attempt = (write: () => void): LabError | null => {
    try {
      write();
      return null;
    } catch (exception) {
      return storeError(exception, database.path);
    }
  };

  return {
    logHash,
    get event_count() {
      return event_count;
    },

    begin(begun, begun_names) {
      if (recorded_meta !== null && recorded_meta.engine_version !== begun.engine_version) {
        return {
          code: 'engine-version-differs',
          message: `Run ${run_id} was recorded by version ${recorded_meta.engine_version} of the engine’s rules; this is ${begun.engine_version}.`,
          remedy: 'start a new run',
        };
      }
      meta = begun;
      names = begun_names;
      recorder = createRecorder(meta, zstd, { hasher: hash });
      // What was sealed before may know more names than there are yet.
      return writer.stored.length > 0 ? null : attempt(() => writer.begin(begun, begun_names));
    },

    block(columns, count, grown, mark) {
      if (recorder === undefined || names === undefined || meta === undefined) throw new Error('a block before the run has begun');
      const { charge_shift } = meta;
      if (grown !== null) {
        names = grown;
        names_behind = true;
      }
      const sealed = recorder.block(columns, count, names, samples);
      if (!sealed.ok) return sealed.errors[0] ?? null;
      const stored_samples: StoredSample[] = samples.map((sample) => ({
        name: sample.name,
        event_index: sample.event_index,
        step_index: sample.step_index,
        data: JSON.stringify(snapshotOfSample(sample, charge_shift)),
      }));
      samples = [];
      const log_sha256 = logHash();
      const stored = writer.stored[block_index];
      const index = block_index++;
      event_count += count;
      if (stored !== undefined) {
        if (stored.event_count === count && stored.log_sha256 === log_sha256) return null;
        return {
          code: 'log-differs',
          message: `Run ${run_id} cannot be finished: block ${index} was recorded with log ${stored.log_sha256} (${stored.event_count} events) and now gives ${log_sha256} (${count} events).`,
          remedy: 'start a new run; this one is kept as it is',
        };
      }
      const { entry, block, keyframe, series } = sealed.value;
      const progress = { ...mark, end_ns: sealed.value.end_ns };
      const error = attempt(() =>
        writer.block({ entry, data: block, keyframe, series, log_sha256, samples: stored_samples }, progress, names_behind ? (names ?? null) : null),
      );
      names_behind = false;
      return error;
    },

    sample: (sample) => {
      samples.push(sample);
    },
    heartbeat: () => {
      attempt(() => writer.heartbeat());
    },
  };
}
