import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fail, type LabError, ok, type Result } from '../../../src-engine/base/result.ts';
import type { FidelityRow } from '../../../src-engine/compare/fidelity-matrix.ts';
import { DEFAULT_TIMEOUT_MS } from '../../kernel/kernel-defaults.ts';
import type { KernelRequest } from '../../kernel/kernel-lab.ts';
import type { RunRow } from '../../lab/contract.ts';
import { besideRecording, fidelityRowsText, type KernelRecording, modelOfKernel, readRecording } from '../../lab/recordings.ts';
import { readScenarioFile, type ScenarioFile } from '../../lab/scenario-file.ts';
import type { AddedScenario, Workbench } from '../../lab/workbench.ts';
import { interruptSignal } from './interrupt.ts';
import { EXIT, plainError, print, printJson, tellErrors } from './output.ts';
import { createProgressLine } from './progress-line.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';

export interface FidelityCommandOptions extends DatabaseOptions {
  readonly kernel: readonly string[];
  readonly model: readonly string[];
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly text?: boolean;
}

interface Inputs {
  readonly scenarios: readonly ScenarioFile[];
  readonly recordings: readonly KernelRecording[];
}

const nameOf = ({ path }: ScenarioFile): string => basename(path).replace(/\.ya?ml$/, '');

/** Files of the directories and files given: scenarios, and recordings of kernels (JSON). Errors: those of each file; there is no scenario among them. */
function readInputs(given: readonly string[]): Result<Inputs> {
  const errors: LabError[] = [];
  const scenarios: ScenarioFile[] = [];
  const recordings: KernelRecording[] = [];
  const keep = <T>(result: Result<T>, into: T[]): void => {
    if (result.ok) into.push(result.value);
    else errors.push(...result.errors);
  };
  for (const path of given.flatMap(filesOf)) {
    if (path.endsWith('.json')) keep(readRecording(path), recordings);
    else keep(readScenarioFile(path), scenarios);
  }
  if (errors.length > 0) return fail(...errors);
  if (scenarios.length === 0)
    return fail({ code: 'no-scenario', message: 'There is no scenario (YAML) among what was given.', remedy: 'name its file or its directory' });
  return ok({ scenarios, recordings });
}

const isDirectory = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

function filesOf(path: string): readonly string[] {
  if (!isDirectory(path)) return [path];
  return readdirSync(path)
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .sort()
    .map((file) => join(path, file));
}

/** Recordings of the experiment of a scenario, each beside the models asked for, or that of its kernel. */
function rowsOfRecordings(scenario: ScenarioFile, recordings: readonly KernelRecording[], models: readonly string[]): Result<readonly FidelityRow[]> {
  const rows: FidelityRow[] = [];
  for (const recording of recordings.filter(({ name }) => name === nameOf(scenario))) {
    for (const model of models.length === 0 ? [modelOfKernel(recording.release, recording.cgroup)] : models) {
      const row = besideRecording(recording, scenario.text, dirname(scenario.path), model);
      if (!row.ok) return row;
      rows.push(row.value);
    }
  }
  return ok(rows);
}

/** What a kernel's run of the library is called begins with the kernel; what follows are the accounts other than the kernel's own charges. */
const chargesOnly = ({ model }: RunRow): boolean => !/\b(pss|rss|zones)\b/.test(model);

/** Runs of kernels, each beside the models asked for, or that of its kernel; step by step, so that the event is found at which they part. */
async function rowsOfRuns(
  bench: Workbench,
  scenario: ScenarioFile,
  added: AddedScenario,
  kernels: readonly RunRow[],
  models: readonly string[],
): Promise<Result<readonly FidelityRow[]>> {
  const rows: FidelityRow[] = [];
  const recorded = new Map<string, number>();
  for (const kernel of kernels) {
    for (const model of models.length === 0 ? [modelOfKernel(kernel.model, /\bv1\b/.test(kernel.model) ? 1 : 2)] : models) {
      let run_id = recorded.get(model);
      if (run_id === undefined) {
        const created = await bench.createRun(added, model);
        if (!created.ok) return created;
        const done = await bench.record(created.value, { in_place: true });
        if (!done.ok) return done;
        run_id = created.value;
        recorded.set(model, run_id);
      }
      const fidelity = await bench.play('fidelity', { kernel_run_id: kernel.id, model_run_id: run_id });
      if (!fidelity.ok) return fidelity;
      rows.push({ scenario: nameOf(scenario), fidelity: fidelity.value });
    }
  }
  return ok(rows);
}

async function kernelRuns(
  bench: Workbench,
  scenario: ScenarioFile,
  added: AddedScenario,
  kernels: readonly string[],
  signal: AbortSignal,
): Promise<Result<readonly RunRow[]>> {
  if (kernels.length === 0) {
    const library = await bench.library();
    if (!library.ok) return library;
    return ok(
      library.value.runs.filter((run) => run.source === 'kernel' && run.status === 'complete' && run.revision_id === added.revision_id && chargesOnly(run)),
    );
  }
  const progress = createProgressLine();
  const request: KernelRequest = {
    kernels,
    repeat: 1,
    cgroup: 2,
    accounts: ['memcg'],
    leave_out_limits: false,
    trace: false,
    timeout_ms: DEFAULT_TIMEOUT_MS,
    accel: 'tcg',
  };
  const runs = await bench.runOnKernels(added, scenario.text, request, {
    signal,
    onStage: (stage) => progress.tell(stage),
    onProgress: (kernel, now) => progress.show(kernel, now),
  });
  progress.clear();
  return runs;
}

/** Boots that came to no end, each with its kernel and the reason; one that was interrupted has none. */
export function failedBoots(scenario: string, runs: readonly Pick<RunRow, 'model' | 'status' | 'error'>[]): readonly LabError[] {
  return runs
    .filter(({ status }) => status !== 'complete')
    .map(({ model, status, error }) => ({
      code: 'kernel-run-failed',
      message: `${scenario} on ${model}: ${error?.message ?? `the run is ${status}`}`,
      ...(error?.remedy === undefined ? {} : { remedy: error.remedy }),
    }));
}

/**
 * `memledger fidelity DIR-OR-FILE…`: the simulator beside kernels. What kernels did comes from recordings (JSON, named as the scenario), from the library, or with `--kernel` from boots made
 * now; a boot that fails is told of, and the others are shown all the same. Of one scenario on one kernel every cell is shown, of more the matrix.
 */
export async function fidelityCommand(given: readonly string[], options: FidelityCommandOptions): Promise<number> {
  const { kernel, model, json = false, markdown = false } = options;
  const inputs = readInputs(given);
  if (!inputs.ok) return tellErrors(inputs.errors, json);
  const bench = await openBench(options);
  if (!bench.ok) return tellErrors(bench.errors, json);
  const interrupt = interruptSignal();
  const rows: FidelityRow[] = [];
  const failed: LabError[] = [];
  try {
    for (const scenario of inputs.value.scenarios) {
      if (interrupt.signal.aborted) break;
      const recorded = rowsOfRecordings(scenario, inputs.value.recordings, model);
      if (!recorded.ok) return await tellErrors(recorded.errors, json);
      rows.push(...recorded.value);
      const added = await bench.value.addScenario(scenario, model);
      if (!added.ok) return await tellErrors(added.errors, json);
      const kernels = await kernelRuns(bench.value, scenario, added.value, kernel, interrupt.signal);
      if (!kernels.ok) return await tellErrors(kernels.errors, json);
      failed.push(...failedBoots(nameOf(scenario), kernels.value));
      const complete = kernels.value.filter(({ status }) => status === 'complete');
      const played = await rowsOfRuns(bench.value, scenario, added.value, complete, model);
      if (!played.ok) return await tellErrors(played.errors, json);
      rows.push(...played.value);
    }
  } finally {
    interrupt.release();
    bench.value.close();
  }
  if (rows.length === 0 && failed.length > 0) return tellErrors(failed, json);
  if (rows.length === 0)
    return tellErrors(
      [{ code: 'no-kernel-run', message: 'No kernel has run any of these scenarios.', remedy: 'give recordings, or name a kernel with --kernel' }],
      json,
    );
  if (json) await printJson({ rows, errors: failed.map(plainError) });
  else await print(fidelityRowsText(rows, markdown ? 'markdown' : 'text'));
  if (failed.length > 0) return tellErrors(failed, false);
  return interrupt.signal.aborted ? EXIT.interrupted : EXIT.ok;
}
