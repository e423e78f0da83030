import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { perfettoTrace } from '../../src-engine/formats/perfetto.ts';
import { createPlayer } from '../../src-engine/record/player.ts';
import { DamagedRecording } from '../../src-engine/record/run-blocks.ts';
import { createRunWords } from '../../src-engine/record/run-words.ts';
import type { Database } from '../store/database.ts';
import { createRunReader } from '../store/run-reader.ts';
import { createRunStore } from '../store/runs.ts';
import { zstd } from './compressor.ts';

/**
 * Hands recorded runs to `write`, piece by piece, as one Perfetto trace. Returns its size in bytes.
 * Errors: no-such-run, run-empty, a damaged recording.
 */
export async function writePerfettoTrace(database: Database, run_ids: readonly number[], write: (piece: Uint8Array) => void): Promise<Result<number>> {
  const runs = createRunStore(database);
  try {
    const drawn = [];
    for (const run_id of run_ids) {
      const row = await runs.row(run_id);
      if (row === undefined) return fail({ code: 'no-such-run', message: `There is no run ${run_id}.`, remedy: 'list them with `memledger list`' });
      const reader = createRunReader(database, run_id);
      if (reader === undefined || reader.blocks.length === 0)
        return fail({ code: 'run-empty', message: `Nothing of run ${run_id} is recorded.`, remedy: 'finish the run first' });
      const player = createPlayer(reader, zstd);
      if (!player.ok) return player;
      const last = player.value.seek({ event: player.value.event_count });
      const lines = (await runs.scenarioText(run_id))?.split('\n') ?? [];
      drawn.push({
        title: `${row.model}: ${row.scenario_name} (run ${run_id})`,
        reader,
        words: createRunWords(reader.meta, reader.names, last, []),
        stepText: (line: number) => lines[line - 1]?.trim().replace(/^- /, '') ?? `line ${line}`,
      });
    }
    let size_bytes = 0;
    for (const piece of perfettoTrace(drawn, zstd)) {
      size_bytes += piece.length;
      write(piece);
    }
    return ok(size_bytes);
  } catch (exception) {
    if (exception instanceof DamagedRecording) return fail(exception.error);
    throw exception;
  }
}
