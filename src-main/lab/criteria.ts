import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { BATTERY, type BatteryScenario, type Measured } from '../../src-engine/compare/criteria/battery.ts';
import { type MeasuredRun, measuredRun } from '../../src-engine/compare/criteria/measured-run.ts';
import { criteriaTable, type ModelMeasured } from '../../src-engine/compare/criteria.ts';
import { resolveModel } from '../../src-engine/models/model.ts';
import type { Database } from '../store/database.ts';
import { createRunReader } from '../store/run-reader.ts';
import { createRunStore, type RunStore } from '../store/runs.ts';
import { createScenarioStore, type ScenarioStore } from '../store/scenarios.ts';
import { zstd } from './compressor.ts';
import type { CriteriaTable, RunRow } from './contract.ts';
import { isCurrentRun } from './current-run.ts';
import { EXAMPLES_DIR } from './paths.ts';
import { compileText, summarise } from './scenario-text.ts';
import { makeRuns, type NeededRun } from './table-runs.ts';

/** A run that the table needs. */
export interface PlannedMeasurement {
  readonly run_id: number;
  readonly model: string;
  readonly name: string;
}

interface BatteryFile {
  readonly path: string;
  readonly text: string;
}

const BATTERY_DIR = join(EXAMPLES_DIR, 'criteria');

/** The battery's scenarios as they are shipped. */
function readBattery(): Readonly<Record<BatteryScenario, BatteryFile>> {
  const read = (scenario: BatteryScenario): BatteryFile => {
    const path = join(BATTERY_DIR, `${scenario}.yaml`);
    return { path, text: readFileSync(path, 'utf8') };
  };
  return Object.fromEntries(BATTERY.map((scenario) => [scenario, read(scenario)])) as Record<BatteryScenario, BatteryFile>;
}

/** The newest run of a text under a model that is of use: complete and of this version of the rules. Else the newest, to say what is wrong with it. */
function bestRun(present: readonly RunRow[], revision_id: number | undefined, model: string): RunRow | undefined {
  const candidates = present.filter((run) => run.revision_id === revision_id && run.model === model && run.source === 'engine');
  return candidates.find(isCurrentRun) ?? candidates[0];
}

/** Every run of the battery under each model. Errors: an unknown model. */
export function neededCriteriaRuns(scenarios: ScenarioStore, models: readonly string[]): Result<readonly NeededRun[]> {
  const errors = models.map(resolveModel).flatMap((model): readonly LabError[] => (model.ok ? [] : model.errors));
  if (errors.length > 0) return fail(...errors);
  return ok(
    Object.values(readBattery()).flatMap(({ path, text }) => {
      const summary = summarise(text, path);
      const scenario = async (): Promise<number> =>
        (await scenarios.bySourcePath(path)) ?? (await scenarios.create({ text, summary, origin: 'example', source_path: path }));
      return models.map((model) => ({ scenario_name: summary.name, text, base_dir: dirname(path), model, scenario }));
    }),
  );
}

/** Makes those of them that are missing (`makeRuns`), and puts their scenarios into the library where they are not there yet; nothing is recorded. Errors: an unknown model. */
export async function planCriteriaRuns(
  stores: { readonly scenarios: ScenarioStore; readonly runs: RunStore },
  models: readonly string[],
  recorder: string,
): Promise<Result<readonly PlannedMeasurement[]>> {
  const needed = neededCriteriaRuns(stores.scenarios, models);
  if (!needed.ok) return needed;
  const made = await makeRuns(stores, needed.value, recorder);
  return ok(made.map(({ run_id, needed: { model, scenario_name } }) => ({ run_id, model, name: scenario_name })));
}

export interface CriteriaReports {
  /** The table as the runs of the library have it. `pause` is awaited now and then, so that other work may pass. Throws DamagedRecording. */
  table(models: readonly string[], pause: () => Promise<void>): Promise<CriteriaTable>;
}

/** Reads the criteria table out of recorded runs. What a complete run says is kept: it does not change. */
export function createCriteriaReports(database: Database): CriteriaReports {
  const scenarios = createScenarioStore(database);
  const runs = createRunStore(database);
  const measured = new Map<number, MeasuredRun>();

  function measuredOf(scenario: BatteryScenario, { id }: RunRow): MeasuredRun | undefined {
    const known = measured.get(id);
    if (known !== undefined) return known;
    const reader = createRunReader(database, id);
    if (reader === undefined) return undefined;
    const run = measuredRun(scenario, id, reader, zstd);
    measured.set(id, run);
    return run;
  }

  return {
    async table(models, pause) {
      const battery = readBattery();
      const present = await runs.list();
      const revisions = new Map<BatteryScenario, number | undefined>();
      for (const scenario of BATTERY) revisions.set(scenario, await scenarios.idOfText(battery[scenario].text));
      const of_models: ModelMeasured[] = [];
      for (const model of models) {
        const found: Partial<Record<BatteryScenario, MeasuredRun>> = {};
        const missing: Partial<Record<BatteryScenario, string>> = {};
        for (const scenario of BATTERY) {
          const run = bestRun(present, revisions.get(scenario), model);
          const result = run !== undefined && isCurrentRun(run) ? measuredOf(scenario, run) : undefined;
          if (result === undefined) missing[scenario] = whyMissing(scenario, run);
          else found[scenario] = result;
          await pause();
        }
        of_models.push({ model, runs: found, missing });
      }
      return criteriaTable(of_models, programsOf(battery));
    },
  };
}

function whyMissing(scenario: BatteryScenario, run: RunRow | undefined): string {
  if (run === undefined) return `“${scenario}” has not been recorded under this model`;
  if (run.status === 'recording') return `“${scenario}” is being recorded`;
  if (run.status === 'complete') return `“${scenario}” was recorded by another version of the engine`;
  return `run ${run.id} of “${scenario}” ${run.status === 'failed' ? 'failed' : `was ${run.status}`}${run.error === null ? '' : `: ${run.error.message}`}`;
}

function programsOf(battery: Readonly<Record<BatteryScenario, BatteryFile>>): Measured['programs'] {
  const compiled = (scenario: BatteryScenario): Measured['programs'][BatteryScenario] => {
    const program = compileText(battery[scenario].text, BATTERY_DIR);
    // The battery is shipped and tested.
    if (!program.ok) throw new Error(`${scenario}: ${program.errors[0]?.message}`);
    return program.value;
  };
  return Object.fromEntries(BATTERY.map((scenario) => [scenario, compiled(scenario)])) as Measured['programs'];
}
