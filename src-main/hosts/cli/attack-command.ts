import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nearest } from '../../../src-engine/base/nearest.ts';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import { language } from '../../lab/language.ts';
import { ATTACKS_DIR } from '../../lab/paths.ts';
import { readScenarioFile } from '../../lab/scenario-file.ts';
import type { Workbench } from '../../lab/workbench.ts';
import { interruptSignal } from './interrupt.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';
import { recordPlanned } from './record-planned.ts';

export interface AttackCommandOptions extends DatabaseOptions {
  readonly model: readonly string[];
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly text?: boolean;
}

/** Files of the attacks that are named: shipped ones by their names, others by their paths; all shipped ones if none is named. Errors: a name that none has. */
function filesOf(names: readonly string[]): Result<readonly string[]> {
  const shipped = new Map(
    readdirSync(ATTACKS_DIR)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => [basename(name, '.yaml').replace(/^\d+-/, ''), join(ATTACKS_DIR, name)]),
  );
  if (names.length === 0) return ok([...shipped.values()]);
  const files: string[] = [];
  for (const name of names) {
    const file = name.endsWith('.yaml') || name.endsWith('.yml') ? name : shipped.get(name);
    if (file === undefined) {
      const meant = nearest(name, shipped.keys());
      return fail({
        code: 'unknown-attack',
        message: `there is no attack \`${name}\`${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`,
        remedy: `attacks: ${[...shipped.keys()].join(', ')}; or give the file of a scenario with the key \`attack\``,
      });
    }
    files.push(file);
  }
  return ok(files);
}

/** Puts the attacks into the library; answers their numbers, in that order. */
async function addAttacks(bench: Workbench, files: readonly string[], models: readonly string[]): Promise<Result<readonly number[]>> {
  const ids: number[] = [];
  for (const file of files) {
    const scenario = readScenarioFile(file);
    if (!scenario.ok) return scenario;
    const added = await bench.addScenario(scenario.value, models);
    if (!added.ok) return added;
    ids.push(added.value.scenario_id);
  }
  return ok(ids);
}

/**
 * `memledger attack [NAME…]`: runs attacks with the attacker and with the attacker held back, and tells what each costs its victim under each model. Runs that the library
 * has already are used again: the same scenario, model and engine give the same run. A run that fails leaves its cell unknown.
 */
export async function attackCommand(names: readonly string[], { model, json = false, markdown = false, ...database }: AttackCommandOptions): Promise<number> {
  const models = model.length === 0 ? language.models().map(({ id }) => id) : [...new Set(model)];
  const files = filesOf(names);
  if (!files.ok) return tellErrors(files.errors, json);
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  const interrupt = interruptSignal();
  try {
    const ids = await addAttacks(bench.value, files.value, models);
    if (!ids.ok) return await tellErrors(ids.errors, json);
    const planned = await bench.value.planAttacks(ids.value, models);
    if (!planned.ok) return await tellErrors(planned.errors, json);
    await recordPlanned(bench.value, planned.value, interrupt.signal);
    const wanted = { scenario_ids: [...ids.value], models };
    if (json) {
      const matrix = await bench.value.play('attacks', wanted);
      if (!matrix.ok) return await tellErrors(matrix.errors, json);
      await printJson(matrix.value);
    } else {
      const exported = await bench.value.play('attacksText', { ...wanted, format: markdown ? 'markdown' : 'text' });
      if (!exported.ok) return await tellErrors(exported.errors, json);
      await print(exported.value.text);
    }
    return interrupt.signal.aborted ? EXIT.interrupted : EXIT.ok;
  } finally {
    interrupt.release();
    bench.value.close();
  }
}
