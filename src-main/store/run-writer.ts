import { COUNTER_COUNT } from '../../src-engine/record/counters.ts';
import type { BlockIndexEntry, RunMeta, RunNames } from '../../src-engine/record/run.ts';
import type { Database } from './database.ts';
import type { StoredSample } from './runs.ts';

/** A sealed block with all that belongs to it, as the recorder made it. */
export interface SealedBlock {
  readonly entry: BlockIndexEntry;
  readonly data: Uint8Array;
  readonly keyframe: Uint8Array | null;
  /** One blob per level of the pyramid. */
  readonly series: readonly Uint8Array[];
  /** SHA-256 of the log from the run's start to this block's end. */
  readonly log_sha256: string;
  readonly samples: readonly StoredSample[];
}

/** How far the run is at a block's end. */
export interface BlockProgress {
  readonly step_count: number;
  readonly access_count: number;
  readonly end_ns: number;
}

/** What is known of a block that an earlier recording sealed. */
export interface StoredBlock {
  readonly event_count: number;
  readonly log_sha256: string;
}

export interface RunWriter {
  /** Blocks that stand already: what a run that is finished must make again, bit for bit. */
  readonly stored: readonly StoredBlock[];
  begin(meta: RunMeta, names: RunNames): void;
  /** One transaction: the block is there with everything that belongs to it, or not at all. `names` where a table grew since the last call. */
  block(block: SealedBlock, progress: BlockProgress, names: RunNames | null): void;
  /** Tells other processes that the recorder lives. */
  heartbeat(): void;
}

/** Writes the blocks of one run with prepared statements: the hot path of a recording. Synchronous; throws what SQLite throws. */
export function createRunWriter({ sqlite }: Database, run_id: number): RunWriter {
  const begin = sqlite.prepare<[string, string, number]>('update runs set meta = ?, names = ? where id = ?');
  const set_names = sqlite.prepare<[string, number]>('update runs set names = ? where id = ?');
  const insert_block = sqlite.prepare<[number, number, number, number, number, number, Uint8Array, string, Uint8Array]>(
    'insert into blocks (run_id, block_index, first_event, event_count, first_step, first_time_ns, kind_counts, log_sha256, data) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const insert_keyframe = sqlite.prepare<[number, number, Uint8Array]>('insert into keyframes (run_id, block_index, data) values (?, ?, ?)');
  const insert_series = sqlite.prepare<[number, number, number, Uint8Array]>('insert into series (run_id, block_index, level, data) values (?, ?, ?, ?)');
  const insert_sample = sqlite.prepare<[number, number, string, number, number, string]>(
    'insert into samples (run_id, sample_index, name, event_index, step_index, data) values (?, ?, ?, ?, ?, ?)',
  );
  const advance = sqlite.prepare<[number, number, number, number, number, number, number]>(
    'update runs set event_count = ?, step_count = ?, access_count = ?, end_ns = ?, stored_bytes = stored_bytes + ?, heartbeat_ms = ? where id = ?',
  );
  const beat = sqlite.prepare<[number, number]>('update runs set heartbeat_ms = ? where id = ?');
  const stored = sqlite.prepare<[number], StoredBlock>('select event_count, log_sha256 from blocks where run_id = ? order by block_index').all(run_id);
  let sample_index = sqlite.prepare<[number], number>('select count(*) from samples where run_id = ?').pluck().get(run_id) ?? 0;

  const block = sqlite.transaction(({ entry, data, keyframe, series, log_sha256, samples }: SealedBlock, progress: BlockProgress, names: RunNames | null) => {
    const { block_index, kind_counts } = entry;
    const counts = new Uint8Array(kind_counts.buffer, kind_counts.byteOffset, kind_counts.byteLength);
    insert_block.run(run_id, block_index, entry.first_event, entry.event_count, entry.first_step, entry.first_time_ns, counts, log_sha256, data);
    if (keyframe !== null) insert_keyframe.run(run_id, block_index, keyframe);
    for (const [level, blob] of series.entries()) insert_series.run(run_id, block_index, level, blob);
    for (const [index, sample] of samples.entries())
      insert_sample.run(run_id, sample_index + index, sample.name, sample.event_index, sample.step_index, sample.data);
    if (names !== null) set_names.run(JSON.stringify(names), run_id);
    const stored_bytes = series.reduce((sum, blob) => sum + blob.length, data.length + counts.length + (keyframe?.length ?? 0));
    advance.run(entry.first_event + entry.event_count, progress.step_count, progress.access_count, progress.end_ns, stored_bytes, Date.now(), run_id);
  });

  return {
    stored,
    begin: (meta, names) => {
      begin.run(JSON.stringify({ ...meta, counter_count: COUNTER_COUNT } satisfies RunMeta), JSON.stringify(names), run_id);
    },
    block: (sealed, progress, names) => {
      block.immediate(sealed, progress, names);
      sample_index += sealed.samples.length;
    },
    heartbeat: () => {
      beat.run(Date.now(), run_id);
    },
  };
}
