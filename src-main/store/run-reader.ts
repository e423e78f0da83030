import type { BlockIndexEntry, RunMeta, RunNames, RunReader } from '../../src-engine/record/run.ts';
import { DamagedRecording } from '../../src-engine/record/run-blocks.ts';
import type { Database } from './database.ts';

interface BlockIndexRow {
  readonly block_index: number;
  readonly first_event: number;
  readonly event_count: number;
  readonly first_step: number;
  readonly first_time_ns: number;
  readonly kind_counts: Uint8Array;
}

/** A copy, so that the counts are aligned and do not keep SQLite's buffer. */
const toEntry = ({ kind_counts, ...row }: BlockIndexRow): BlockIndexEntry => ({ ...row, kind_counts: new Uint32Array(new Uint8Array(kind_counts).buffer) });

/**
 * Reads of one run, for the player. Sees the blocks that were sealed when it was made.
 * Undefined: there is no such run, or nothing of it was sealed yet. Its reads throw DamagedRecording where a piece is missing, or the run was removed since.
 */
export function createRunReader({ sqlite }: Database, run_id: number): RunReader | undefined {
  const run = sqlite
    .prepare<[number], { readonly meta: string | null; readonly names: string | null }>('select meta, names from runs where id = ?')
    .get(run_id);
  if (run === undefined || run.meta === null || run.names === null) return undefined;
  const blocks = sqlite
    .prepare<[number], BlockIndexRow>(
      'select block_index, first_event, event_count, first_step, first_time_ns, kind_counts from blocks where run_id = ? order by block_index',
    )
    .all(run_id)
    .map(toEntry);
  const keyframe_blocks = sqlite.prepare<[number], number>('select block_index from keyframes where run_id = ? order by block_index').pluck().all(run_id);
  const block_data = sqlite.prepare<[number, number], Uint8Array>('select data from blocks where run_id = ? and block_index = ?').pluck();
  const keyframe_data = sqlite.prepare<[number, number], Uint8Array>('select data from keyframes where run_id = ? and block_index = ?').pluck();
  const series_data = sqlite
    .prepare<[number, number, number], Uint8Array>('select data from series where run_id = ? and block_index = ? and level = ?')
    .pluck();
  const is_there = sqlite.prepare<[number], number>('select 1 from runs where id = ?').pluck();
  const must = (blob: Uint8Array | undefined, what: string): Uint8Array => {
    if (blob !== undefined) return blob;
    // Another window, or a command, may have removed the run while it is open here.
    if (is_there.get(run_id) === undefined) throw new DamagedRecording({ code: 'no-such-run', message: `Run ${run_id} was removed from the library.` }, what);
    throw new DamagedRecording({ code: 'record.damaged', message: `The recording of run ${run_id} has no ${what}.` }, what);
  };
  return {
    meta: JSON.parse(run.meta) as RunMeta,
    names: JSON.parse(run.names) as RunNames,
    blocks,
    keyframe_blocks,
    readBlock: (block_index) => must(block_data.get(run_id, block_index), `block ${block_index}`),
    readKeyframe: (block_index) => must(keyframe_data.get(run_id, block_index), `keyframe ${block_index}`),
    readSeries: (block_index, level) => must(series_data.get(run_id, block_index, level), `series ${block_index}, level ${level}`),
  };
}
