import { setImmediate } from 'node:timers/promises';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { type Fidelity, fidelityOf, type ReadCounters, type ReadRun, type ReadSample } from '../../src-engine/compare/fidelity.ts';
import { findParting } from '../../src-engine/compare/parting.ts';
import type { Player } from '../../src-engine/record/run.ts';
import type { RunStore } from '../store/runs.ts';
import type { RunRow } from './contract.ts';
import type { RunReport } from './run-report.ts';
import type { ContainerCounters, Snapshot, TaskCounters } from './sample.ts';
import { compileText } from './scenario-text.ts';

/** Counters of a sample under the names of cells; what is no number was never read. */
export function flatCounters({ events, limits: _limits, ...plain }: ContainerCounters): ReadCounters {
  const numbers = Object.entries(plain).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return { ...Object.fromEntries(numbers), ...Object.fromEntries(Object.entries(events).map(([name, count]) => [`events.${name}`, count])) };
}

const placesOf = (tasks: Readonly<Record<string, TaskCounters>>): ReadSample['tasks'] =>
  Object.fromEntries(Object.entries(tasks).map(([name, { container }]) => [name, container]));

/** A sample of a run as the comparison takes it. */
export function readSample(sample: string, step: number, { containers, tasks }: Snapshot): ReadSample {
  return {
    sample,
    step,
    containers: Object.fromEntries(Object.entries(containers).map(([path, counters]) => [path, flatCounters(counters)])),
    tasks: placesOf(tasks),
  };
}

/** A run of the library as the comparison takes it. */
export const readRunOfReport = ({ model, samples }: RunReport): ReadRun => ({
  name: model,
  samples: samples.map(({ sample, step, ...snapshot }) => readSample(sample, step, snapshot)),
});

/** What is needed of a lab to compare two of its runs. */
export interface FidelitySources {
  readonly runs: RunStore;
  readonly player: (run_id: number) => Result<Player>;
}

/** Checks that a pair of runs can be compared. */
function mismatch(kernel: RunRow, model: RunRow): LabError | null {
  if (kernel.source !== 'kernel')
    return {
      code: 'not-a-kernel-run',
      message: `Run ${kernel.id} (${kernel.model}) was not recorded on a kernel.`,
      remedy: 'record one with `memledger kernel run`',
    };
  if (model.source !== 'engine')
    return { code: 'not-a-model-run', message: `Run ${model.id} (${model.model}) is not one of the simulator.`, remedy: 'choose a run of a model' };
  if (kernel.revision_id === null || kernel.revision_id !== model.revision_id)
    return {
      code: 'other-scenario',
      message: `Runs ${kernel.id} and ${model.id} are not of the same text of one scenario.`,
      remedy: 'record both from the scenario as it is now',
    };
  return null;
}

/**
 * A run of the simulator beside one of a kernel. Errors: there is no such run; not-a-kernel-run, not-a-model-run, other-scenario; nothing of one is recorded. Damage is thrown as
 * by the player.
 */
export async function compareWithKernel({ runs, player }: FidelitySources, kernel_run_id: number, model_run_id: number): Promise<Result<Fidelity>> {
  const rows: RunRow[] = [];
  for (const run_id of [kernel_run_id, model_run_id]) {
    const row = await runs.row(run_id);
    if (row === undefined) return fail({ code: 'no-such-run', message: `There is no run ${run_id}.` });
    rows.push(row);
  }
  const [kernel, model] = rows as [RunRow, RunRow];
  const wrong = mismatch(kernel, model);
  if (wrong !== null) return fail(wrong);
  const players = [player(kernel.id), player(model.id)];
  const errors = players.flatMap((one) => (one.ok ? [] : one.errors));
  const [of_kernel, of_model] = players.flatMap((one) => (one.ok ? [one.value] : []));
  if (of_kernel === undefined || of_model === undefined) return fail(...errors);
  const cpu_count = await cpuCount(runs, model.id);
  const fidelity = fidelityOf(await readRun(runs, kernel), await readRun(runs, model), { cpu_count });
  return ok({ ...fidelity, parting: (await findParting(of_kernel, of_model, cpu_count, setImmediate)) ?? fidelity.parting });
}

async function readRun(runs: RunStore, { id, model }: RunRow): Promise<ReadRun> {
  const samples = await runs.samples(id);
  return { name: model, samples: samples.map(({ name, step_index, data }) => readSample(name, step_index, JSON.parse(data) as Snapshot)) };
}

/** Processors of the scenario's machine; one where its text is gone or names what cannot be read any more. */
async function cpuCount(runs: RunStore, run_id: number): Promise<number> {
  const text = await runs.scenarioText(run_id);
  const program = text === null ? null : compileText(text, null);
  return program?.ok === true ? program.value.machine.cpu_count : 1;
}
