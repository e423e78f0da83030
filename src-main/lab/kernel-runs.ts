import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { CONSOLE_HEADING } from '../kernel/console.ts';
import { spreadOfRuns } from '../kernel/spread.ts';
import type { Database } from '../store/database.ts';
import { createRunStore, type RunStore } from '../store/runs.ts';
import type { Answers } from './contract.ts';
import { type RunReport, reportRun } from './run-report.ts';

/** Boots whose spread is shown, newest first. */
const SPREAD_RUNS_MAX = 20;

/** The console of the guest, as it is kept behind the trace of a run on a kernel. Error: the run has none. */
export async function consoleOf(runs: RunStore, run_id: number): Promise<Result<{ readonly text: string }>> {
  const bytes = await runs.attachment(run_id);
  const text = bytes === undefined ? '' : new TextDecoder().decode(bytes);
  const at = text.lastIndexOf(`${CONSOLE_HEADING}\n`);
  if (at < 0) return fail({ code: 'no-console', message: `Run ${run_id} keeps no console: it was not recorded on a kernel, or is still being recorded.` });
  return ok({ text: text.slice(at + CONSOLE_HEADING.length + 1).trimEnd() });
}

/** The spread of a run on a kernel and of the complete runs like it: of the same text, kernel and account. Errors: there is no such run, a recording is damaged. */
export async function spreadAround(database: Database, run_id: number): Promise<Result<Answers['kernelSpread']>> {
  const runs = createRunStore(database);
  const row = await runs.row(run_id);
  if (row === undefined) return fail({ code: 'no-such-run', message: `There is no run ${run_id}.` });
  const alike = (await runs.list())
    .filter(({ source, model, revision_id, status }) => source === 'kernel' && model === row.model && revision_id === row.revision_id && status === 'complete')
    .sort((x, y) => y.id - x.id)
    .slice(0, SPREAD_RUNS_MAX)
    .map(({ id }) => id)
    .reverse();
  const reports: RunReport[] = [];
  for (const id of alike) {
    const report = await reportRun(database, id);
    if (!report.ok) return report;
    reports.push(report.value);
  }
  return ok({ run_ids: alike, spread: spreadOfRuns(reports)[0] ?? null });
}
