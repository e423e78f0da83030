import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { judgeAttack, type VictimRecord, victimRecord } from '../../src-engine/compare/attacks.ts';
import { recordInMemory } from '../../src-engine/record/memory-run.ts';
import type { RunReader } from '../../src-engine/record/run.ts';
import { plainCompressor } from '../../src-engine/record/test-compressor.ts';
import { heldBackText } from '../../src-engine/scenario/attack.ts';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import { simulate } from '../../src-engine/simulate.ts';

const ATTACKS = join(import.meta.dirname, '../../examples/attacks');

/** The shipped attacks: text by name. */
export const ATTACK_TEXTS: ReadonlyMap<string, string> = new Map(
  readdirSync(ATTACKS)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => [basename(file, '.yaml').replace(/^\d+-/, ''), readFileSync(join(ATTACKS, file), 'utf8')]),
);

/** Runs an attack under a model, with the attacker and with the attacker held back, and judges it. Faults of the scenario or the engine are thrown. */
export function attacked(text: string, model: string): ReturnType<typeof judgeAttack> {
  return judgeAttack(victimIn(text, model), victimIn(heldBackText(text) ?? '', model));
}

/** What became of the victim of an attack's text under a model. */
export function victimIn(text: string, model: string): VictimRecord {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  const { attack, containerPaths, machine } = program.value;
  if (attack === undefined) throw new Error('no attack');
  let run: ReturnType<typeof recordInMemory> | undefined;
  const begun = (): ReturnType<typeof recordInMemory> => {
    if (run === undefined) throw new Error('nothing was recorded');
    return run;
  };
  const outcome = simulate(program.value, model, {
    begin(meta, names) {
      run = recordInMemory(meta, names, plainCompressor);
    },
    seal: (columns, count) => begun().sink.seal(columns, count),
    sample: (sample) => begun().sink.sample(sample),
  });
  if (!outcome.ok) throw new Error(outcome.errors.map(({ message }) => message).join('; '));
  const { errors, reader }: { readonly errors: readonly { readonly message: string }[]; readonly reader: RunReader } = begun();
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '));
  const victim = { path: containerPaths[attack.victim] ?? '', commanded_tasks: attack.commanded_tasks, costs: machine.costs };
  return victimRecord(reader, plainCompressor, victim);
}
