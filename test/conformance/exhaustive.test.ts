import { expect, test } from 'vitest';
import { disagreement, MODELS } from './agreement.ts';
import { type Alphabet, scenarios, TINY } from './enumerate.ts';
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
  let scenario_count = 0;
  for (const ops of scenarios(length, alphabet)) {
    scenario_count++;
    const program = builder.build(ops);
    for (const model of MODELS) {
      const difference = disagreement(program, model);
      if (difference !== null) expect.fail(`${model}: ${difference}\n${ops.map((op) => describeOp(op, TINY)).join('\n')}`);
    }
  }
  console.log(`${scenario_count} scenarios of ${length} operations (${alphabet} verbs), each under ${MODELS.length} models`);
});
