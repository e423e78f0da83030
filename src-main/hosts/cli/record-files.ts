import { ok, type Result } from '../../../src-engine/base/result.ts';
import type { Divergence } from '../../lab/contract.ts';
import { databasePath } from '../../lab/paths.ts';
import type { RunReport } from '../../lab/run-report.ts';
import { readScenarioFile, type ScenarioFile } from '../../lab/scenario-file.ts';
import { isShareFile } from '../../lab/share/read-share.ts';
import { openScratchWorkbench, openSharedWorkbench, openWorkbench, type Workbench } from '../../lab/workbench.ts';
import { interruptSignal } from './interrupt.ts';
import { tellProblem } from './output.ts';
import { createProgressLine } from './progress-line.ts';

export interface DatabaseOptions {
  /** `--db` */
  readonly db?: string;
  /** `--no-store` gives false: record into a database that is thrown away. */
  readonly store?: boolean;
}

export interface RecordedScenario {
  readonly scenario: ScenarioFile;
  readonly reports: readonly RunReport[];
  /** The first step after which complete runs show different counters; null if there is none, or nothing to compare. */
  readonly divergence: Divergence | null;
  /** Ctrl-C was pressed; `reports` ends with the run that it cut short. */
  readonly interrupted: boolean;
}

/** Opens the database that the options name; of a .memledger file, one that holds what it holds and goes with the command. */
export async function openBench(options: DatabaseOptions): Promise<Result<Workbench>> {
  if (options.store === false) return openScratchWorkbench();
  const { path, create_directory } = databasePath(options.db);
  if (isShareFile(path)) {
    const opened = await openSharedWorkbench(path);
    if (!opened.ok) return opened;
    for (const problem of opened.value.problems) tellProblem(problem);
    return ok(opened.value.bench);
  }
  return openWorkbench({ db_path: path, create_directory });
}

/** Records a run with progress on standard error. Answers how it stands afterwards. */
export async function recordWithProgress(bench: Workbench, run_id: number, label: string, signal: AbortSignal): Promise<Result<RunReport>> {
  const progress = createProgressLine();
  const recorded = await bench.record(run_id, { signal, onProgress: (now) => progress.show(label, now) });
  progress.clear();
  return recorded.ok ? bench.report(run_id) : recorded;
}

/** Records a scenario's file under each model, or under those it asks for itself; with `compare` also looks where they part. Errors: of the file, the models and the database. */
export async function recordFile(
  file: string,
  models: readonly string[],
  options: DatabaseOptions & { readonly compare?: boolean },
): Promise<Result<RecordedScenario>> {
  const scenario = readScenarioFile(file);
  if (!scenario.ok) return scenario;
  const bench = await openBench(options);
  if (!bench.ok) return bench;
  const interrupt = interruptSignal();
  try {
    const wanted = models.length === 0 ? scenario.value.models : models;
    const added = await bench.value.addScenario(scenario.value, wanted);
    if (!added.ok) return added;
    const reports: RunReport[] = [];
    for (const model of wanted) {
      if (interrupt.signal.aborted) break;
      const created = await bench.value.createRun(added.value, model);
      if (!created.ok) return created;
      const report = await recordWithProgress(bench.value, created.value, model, interrupt.signal);
      if (!report.ok) return report;
      reports.push(report.value);
    }
    const comparable = options.compare === true && reports.length > 1 && reports.every(({ status }) => status === 'complete');
    const divergence = comparable
      ? await bench.value.play('divergence', { run_ids: reports.map(({ run_id }) => run_id), from_step: 0, direction: 1 })
      : ok(null);
    if (!divergence.ok) return divergence;
    return ok({ scenario: scenario.value, reports, divergence: divergence.value, interrupted: interrupt.signal.aborted });
  } finally {
    interrupt.release();
    bench.value.close();
  }
}
