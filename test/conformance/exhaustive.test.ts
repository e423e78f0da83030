import { expect, test } from 'vitest';
import type { Op } from '../../src-engine/scenario/program.ts';
import { disagreement, MODELS } from './agreement.ts';
import { type Alphabet, scenarios, TINY, tinyFor } from './enumerate.ts';
import { describeOp, ProgramBuilder } from './program-builder.ts';

/**
 * Every tiny scenario, engine against reference after every step, under every model. MEMLEDGER_DEEPER=1 goes one operation further (a quarter of an hour or more).
 */
const DEEPER = process.env.MEMLEDGER_DEEPER === '1' ? 1 : 0;

test.each<{ alphabet: Alphabet; length: number }>([
  { alphabet: 'all', length: 4 + DEEPER },
  { alphabet: 'sharing', length: 5 + DEEPER },
])('engine and reference agree on all scenarios of $length operations ($alphabet verbs)', { timeout: 3_600_000 }, ({ alphabet, length }) => {
  const builder = new ProgramBuilder(TINY);
  const builders = new Map(MODELS.map((model) => [model, new ProgramBuilder(tinyFor(model))]));
  const check = (scenario_length: number, models: readonly string[]): number => {
    let scenario_count = 0;
    let before: readonly Op[] = [];
    for (const ops of scenarios(scenario_length, alphabet)) {
      scenario_count++;
      // Scenarios come in the order of their steps: what this one has in common with the one before has been compared.
      const known_count = ops.findIndex((op, index) => op !== before[index]);
      before = ops;
      for (const model of models) {
        const difference = disagreement(builders.get(model)?.build(ops) ?? builder.build(ops), model, known_count);
        if (difference !== null) expect.fail(`${model}: ${difference}\n${ops.map((op) => describeOp(op, TINY)).join('\n')}`);
      }
    }
    return scenario_count;
  };
  // Variants of a policy by a parameter share most of its code: one operation less will do for them.
  const [variants, policies] = [true, false].map((is_variant) => MODELS.filter((model) => model.includes(',') === is_variant));
  for (const [of_length, models] of [
    [length, policies],
    [length - 1, variants],
  ] as const)
    console.log(`${check(of_length, models)} scenarios of ${of_length} operations (${alphabet} verbs), each under ${models.length} models`);
});
