import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import { honestPlayer } from '../../../src-engine/record/honest-player.ts';
import { createPlayer } from '../../../src-engine/record/player.ts';
import type { Player, RunReader, StateView } from '../../../src-engine/record/run.ts';
import { createRunWords, type RunWords } from '../../../src-engine/record/run-words.ts';
import type { Database } from '../../store/database.ts';
import { createRunReader } from '../../store/run-reader.ts';
import { createRunStore } from '../../store/runs.ts';
import { zstd } from '../compressor.ts';
import type { BookmarkRow, RunRow } from '../contract.ts';
import { type RunReport, reportRun } from '../run-report.ts';

/** A recorded run that is open to be exported. */
export interface ExportRun {
  readonly row: RunRow;
  /** What it is called among the others: its model, and its number where two have the same. */
  readonly label: string;
  readonly report: RunReport;
  readonly reader: RunReader;
  readonly player: Player;
  readonly words: RunWords;
  /** State at its end: every container, task and object that it has had. */
  readonly last: StateView;
  /** The scenario's text as it was when it ran; null for an imported trace. */
  readonly text: string | null;
  readonly bookmarks: readonly BookmarkRow[];
}

/** Opens runs, each in the database that holds it. Errors: no-such-run, run-empty, a damaged recording. */
export async function openExportRuns(databaseOf: (run_id: number) => Database | undefined, run_ids: readonly number[]): Promise<Result<readonly ExportRun[]>> {
  const opened: Omit<ExportRun, 'label'>[] = [];
  for (const run_id of run_ids) {
    const missing = { code: 'no-such-run', message: `There is no run ${run_id}.`, remedy: 'list them with `memledger list`' };
    const database = databaseOf(run_id);
    if (database === undefined) return fail(missing);
    const store = createRunStore(database);
    const row = await store.row(run_id);
    if (row === undefined) return fail(missing);
    const reader = createRunReader(database, run_id);
    if (reader === undefined || reader.blocks.length === 0)
      return fail({ code: 'run-empty', message: `Nothing of run ${run_id} is recorded.`, remedy: 'finish the run first' });
    const player = createPlayer(reader, zstd);
    if (!player.ok) return player;
    const honest = honestPlayer(player.value, reader.meta);
    const report = await reportRun(database, run_id);
    if (!report.ok) return report;
    const last = honest.seek({ event: honest.event_count });
    const words = createRunWords(reader.meta, reader.names, last, report.value.expectations);
    const text = await store.scenarioText(run_id);
    opened.push({ row, report: report.value, reader, player: honest, words, last, text, bookmarks: await store.bookmarks(run_id) });
  }
  const isAlone = (model: string): boolean => opened.filter(({ row }) => row.model === model).length === 1;
  return ok(opened.map((run) => ({ ...run, label: isAlone(run.row.model) ? run.row.model : `${run.row.model} (run ${run.row.id})` })));
}
