import type { LabError } from '../../../src-engine/base/result.ts';
import { compareRuns } from '../../lab/compare-runs.ts';
import { compareText, exactText } from '../../lab/compare-text.ts';
import type { RunReport } from '../../lab/run-report.ts';
import { placedIn } from '../../lab/scenario-file.ts';
import { TEXT_COLUMNS, wrapped } from '../../lab/text.ts';
import { interruptSignal } from './interrupt.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench, recordFile, recordWithProgress } from './record-files.ts';
import { runText } from './run-text.ts';

export interface RunCommandOptions extends DatabaseOptions {
  readonly model: readonly string[];
  readonly json?: boolean;
}

interface Recorded {
  readonly reports: readonly RunReport[];
  readonly interrupted: boolean;
  /** The runs are in the library. */
  readonly stored: boolean;
  /** The scenario's file, to place errors in. */
  readonly file?: string;
}

/** What went wrong with runs that were recorded; told on standard error. Returns the exit code. */
async function judge({ reports, interrupted, stored, file }: Recorded): Promise<number> {
  const errors = reports.flatMap(({ error }): readonly LabError[] => (error === null ? [] : [error]));
  if (errors.length > 0) return tellErrors(file === undefined ? errors : placedIn(file, errors), false);
  if (interrupted) {
    const cut = reports.filter(({ status }) => status !== 'complete').at(-1);
    const hint = cut === undefined || !stored ? '' : ` (finish it with \`memledger finish ${cut.run_id}\`)`;
    process.stderr.write(`memledger: interrupted; what was recorded is kept${hint}\n`);
    return EXIT.interrupted;
  }
  return reports.some(({ expectations }) => expectations.some(({ held }) => !held)) ? EXIT.expectation_failed : EXIT.ok;
}

/** `memledger run FILE`: records a scenario and shows its samples. */
export async function runCommand(file: string, { model, json = false, ...database }: RunCommandOptions): Promise<number> {
  const recorded = await recordFile(file, model, database);
  if (!recorded.ok) return tellErrors(recorded.errors, json);
  const { scenario, reports, interrupted } = recorded.value;
  if (json) await printJson({ scenario: scenario.name, file, runs: reports });
  else await print([wrapped(scenario.name, TEXT_COLUMNS), ...reports.map(runText)].join('\n\n'));
  return judge({ reports, interrupted, stored: database.store !== false, file });
}

/** `memledger compare FILE`: records a scenario under several models and lays them side by side. */
export async function compareCommand(file: string, { model, json = false, ...database }: RunCommandOptions): Promise<number> {
  if (model.length === 1) {
    process.stderr.write('memledger: a comparison needs two models or more (give --model more than once, or none for those of the scenario)\n');
    return EXIT.usage;
  }
  const recorded = await recordFile(file, model, { ...database, compare: true });
  if (!recorded.ok) return tellErrors(recorded.errors, json);
  const { scenario, reports, divergence, interrupted } = recorded.value;
  const comparison = compareRuns(reports);
  const models = reports.map((report) => report.model);
  const first_divergence =
    divergence === null ? null : { ...divergence, values: Object.fromEntries(models.map((name, index) => [name, divergence.values[index]])) };
  if (json) {
    await printJson({ scenario: scenario.name, file, ...comparison, first_divergence, runs: reports });
  } else {
    const where =
      divergence === null
        ? 'No charge and no count of memory.events differs after any step (lists and statistics of reclaim are not compared so).'
        : `First difference: after step ${divergence.step_index} (line ${divergence.line}), ${divergence.counter} of ${divergence.path}: ${models.map((name, index) => `${name} ${exactText(divergence.counter, divergence.values[index] ?? 0)}`).join(', ')}.`;
    await print([wrapped(scenario.name, TEXT_COLUMNS), compareText(comparison, models), wrapped(where, TEXT_COLUMNS)].join('\n\n'));
  }
  return judge({ reports, interrupted, stored: database.store !== false, file });
}

/** `memledger finish RUN`: records the rest of an interrupted run. */
export async function finishCommand(run_id: number, { json = false, ...database }: DatabaseOptions & { readonly json?: boolean }): Promise<number> {
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  const interrupt = interruptSignal();
  try {
    const report = await recordWithProgress(bench.value, run_id, `run ${run_id}`, interrupt.signal);
    if (!report.ok) return await tellErrors(report.errors, json);
    if (json) await printJson(report.value);
    else await print(runText(report.value));
    return await judge({ reports: [report.value], interrupted: interrupt.signal.aborted, stored: true });
  } finally {
    interrupt.release();
    bench.value.close();
  }
}
