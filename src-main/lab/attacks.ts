import { dirname } from 'node:path';
import { apartName, namesakes } from '../../src-engine/base/apart-names.ts';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { judgeAttack, type Victim, type VictimRecord, victimRecord } from '../../src-engine/compare/attacks.ts';
import { resolveModel } from '../../src-engine/models/model.ts';
import { heldBackText } from '../../src-engine/scenario/attack.ts';
import { PRESETS } from '../../src-engine/scenario/presets.ts';
import type { Database } from '../store/database.ts';
import { createRunReader } from '../store/run-reader.ts';
import { createRunStore, type RunStore } from '../store/runs.ts';
import { createScenarioStore, isAttackText, type ScenarioStore } from '../store/scenarios.ts';
import { zstd } from './compressor.ts';
import type { AttackCell, AttackMatrix, AttackRow, RunRow } from './contract.ts';
import { isCurrentRun } from './current-run.ts';
import { compileText } from './scenario-text.ts';
import { makeRuns, type NeededRun } from './table-runs.ts';

/** An attack of the library. */
interface Attack {
  readonly scenario_id: number;
  readonly name: string;
  readonly about: string;
  readonly attackers: readonly string[];
  readonly victim: Victim;
  readonly revision_id: number;
  readonly text: string;
  readonly held_back_text: string;
  readonly base_dir: string | null;
}

/** A run that an attack needs. */
export interface PlannedRun {
  readonly run_id: number;
  readonly model: string;
  readonly name: string;
  readonly held_back: boolean;
}

/** Added to the name of a run in which the attacker is held back. */
const HELD_BACK = ' (attacker held back)';

/** A scenario as an attack; undefined where it is none, or has errors. */
async function readAttack(scenarios: ScenarioStore, scenario_id: number): Promise<Attack | undefined> {
  const found = await scenarios.read(scenario_id);
  if (found === undefined || !isAttackText(found.text)) return undefined;
  const base_dir = found.source_path === null ? null : dirname(found.source_path);
  const program = compileText(found.text, base_dir);
  const held_back_text = heldBackText(found.text);
  if (!program.ok || held_back_text === null) return undefined;
  const { attack, containerPaths, machine } = program.value;
  if (attack === undefined || attack.held_back) return undefined;
  return {
    scenario_id,
    name: found.name,
    about: found.about,
    attackers: attack.attackers.map((path) => containerPaths[path] ?? ''),
    victim: { path: containerPaths[attack.victim] ?? '', commanded_tasks: attack.commanded_tasks, costs: machine.costs },
    revision_id: found.revision_id,
    text: found.text,
    held_back_text,
    base_dir,
  };
}

/** Attacks of the library in the order of their ids. */
async function readAttacks(scenarios: ScenarioStore): Promise<readonly Attack[]> {
  const ids = (await scenarios.list()).map(({ id }) => id).sort((a, b) => a - b);
  const attacks: Attack[] = [];
  for (const id of ids) {
    const attack = await readAttack(scenarios, id);
    if (attack !== undefined) attacks.push(attack);
  }
  return attacks;
}

/** The latest complete run of a text under a model by the rules of today; `runs` with the newest first. */
const latestRun = (runs: readonly RunRow[], revision_id: number | undefined, model: string): RunRow | undefined =>
  runs.find((run) => run.revision_id === revision_id && run.model === model && run.source === 'engine' && isCurrentRun(run));

/** A run that the attacks need. */
interface AttackRun extends NeededRun {
  readonly held_back: boolean;
}

/**
 * Every run that the attacks need, with the attacker and without, under each model.
 * Errors: an unknown model; no such scenario, or one that is no attack.
 */
export async function neededAttackRuns(
  scenarios: ScenarioStore,
  scenario_ids: readonly number[] | undefined,
  models: readonly string[],
): Promise<Result<readonly AttackRun[]>> {
  const errors = models.map(resolveModel).flatMap((model): readonly LabError[] => (model.ok ? [] : model.errors));
  const all = await readAttacks(scenarios);
  const wanted = scenario_ids === undefined ? all : all.filter(({ scenario_id }) => scenario_ids.includes(scenario_id));
  for (const id of scenario_ids ?? []) {
    if (wanted.some(({ scenario_id }) => scenario_id === id)) continue;
    errors.push({ code: 'no-attack', message: `Scenario ${id} is no attack.`, remedy: 'an attack is a scenario without errors that has the key `attack`' });
  }
  if (errors.length > 0) return fail(...errors);
  return ok(
    wanted.flatMap(({ scenario_id, name, base_dir, text, held_back_text }) =>
      models.flatMap((model) => {
        const run = { base_dir, model, scenario: async () => scenario_id };
        return [
          { ...run, text, scenario_name: name, held_back: false },
          { ...run, text: held_back_text, scenario_name: `${name}${HELD_BACK}`, held_back: true },
        ];
      }),
    ),
  );
}

/** Makes those of them that are missing (`makeRuns`); nothing is recorded yet. Errors: see neededAttackRuns. */
export async function planAttackRuns(
  stores: { readonly scenarios: ScenarioStore; readonly runs: RunStore },
  scenario_ids: readonly number[] | undefined,
  models: readonly string[],
  recorder: string,
  double = false,
): Promise<Result<readonly PlannedRun[]>> {
  const needed = await neededAttackRuns(stores.scenarios, scenario_ids, models);
  if (!needed.ok) return needed;
  const made = await makeRuns(stores, needed.value, recorder, double);
  return ok(made.map(({ run_id, needed: { model, scenario_name, held_back } }) => ({ run_id, model, name: scenario_name, held_back })));
}

export interface AttackReports {
  /** Attacks of the library, all if not given, against models, all presets if not given. `pause` is awaited now and then, so that other work may pass. Throws DamagedRecording. */
  matrix(wanted: { readonly scenario_ids?: readonly number[]; readonly models?: readonly string[] }, pause: () => Promise<void>): Promise<AttackMatrix>;
}

/** Reads out of recorded runs what attacks cost their victims. What a complete run says is kept: it does not change. */
export function createAttackReports(database: Database): AttackReports {
  const scenarios = createScenarioStore(database);
  const runs = createRunStore(database);
  const records = new Map<number, VictimRecord>();

  function recordOf({ id }: RunRow, { victim }: Attack): VictimRecord {
    const reader = records.has(id) ? undefined : createRunReader(database, id);
    if (reader !== undefined) records.set(id, victimRecord(reader, zstd, victim));
    return records.get(id) ?? [];
  }

  async function rowOf(attack: Attack, models: readonly string[], present: readonly RunRow[], pause: () => Promise<void>): Promise<AttackRow> {
    const held_back_id = await scenarios.idOfText(attack.held_back_text);
    const cells: AttackCell[] = [];
    for (const model of models) {
      const run = latestRun(present, attack.revision_id, model);
      const held_back = held_back_id === undefined ? undefined : latestRun(present, held_back_id, model);
      const ids = { model, run_id: run?.id ?? null, held_back_run_id: held_back?.id ?? null };
      if (run === undefined || held_back === undefined) cells.push({ ...ids, verdict: 'unknown', because: null, loss: null, step_index: null });
      else cells.push({ ...ids, ...judgeAttack(recordOf(run, attack), recordOf(held_back, attack)) });
      await pause();
    }
    const { scenario_id, name, about, attackers, victim } = attack;
    return { scenario_id, name, about, attackers, victim: victim.path, cells };
  }

  return {
    async matrix({ scenario_ids, models = PRESETS.map(({ id }) => id) }, pause) {
      const present = await runs.list();
      const rows: AttackRow[] = [];
      const all = await readAttacks(scenarios);
      const same_names = namesakes(all.map(({ scenario_id, name }) => ({ id: scenario_id, name })));
      for (const attack of all) {
        const name = apartName({ id: attack.scenario_id, name: attack.name }, same_names);
        if (scenario_ids === undefined || scenario_ids.includes(attack.scenario_id)) rows.push(await rowOf({ ...attack, name }, models, present, pause));
      }
      return { models, rows };
    },
  };
}
