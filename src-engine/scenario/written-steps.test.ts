import { describe, expect, test } from 'vitest';
import { compileScenario } from './compile.ts';
import { parseScenario } from './parse.ts';
import type { Step } from './program.ts';
import { EVERY_VERB } from './test-scenario.ts';
import { writtenSteps } from './written-steps.ts';

/** Lines that a run would name, in order of execution, repeats counted once. */
function linesOfProgram(text: string): readonly number[] {
  const parsed = parseScenario(text);
  const program = parsed.ok ? compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) }) : parsed;
  if (!program.ok) throw new Error(program.errors.map(({ message }) => message).join('; '));
  const lines = (steps: readonly Step[]): readonly number[] => steps.flatMap((step) => (step.kind === 'repeat' ? lines(step.steps) : [step.line]));
  return lines(program.value.steps);
}

const scenario = (steps: string): string => `memledger: 1
name: test
containers: { A: {} }
objects: { f: { file: 1MiB } }
tasks: { a: { in: A } }
steps:
${steps}`;

/** Line of the first step of `scenario`. */
const FIRST = 7;

/** `line: from-to from-to`, counted from the first step. */
const shown = (text: string): readonly string[] =>
  writtenSteps(text).map(
    ({ line, ranges }) => `${line - FIRST}: ${ranges.map(({ from_line, to_line }) => `${from_line - FIRST}-${to_line - FIRST}`).join(' ')}`,
  );

describe('steps and their lines', () => {
  test('one line each', () => {
    expect(shown(scenario('  - { read: f, by: a }\n  # between\n  - { exit: a } # after\n'))).toEqual(['0: 0-0', '2: 2-2']);
  });

  test('over several lines, without the comments that follow', () => {
    expect(shown(scenario('  - read: f\n    by: a # of A\n\n  # the next\n  - {\n      exit: a,\n    }\n# end\n'))).toEqual(['0: 0-1', '4: 4-6']);
  });

  test('a step of a repeat has the lines of the count, and not those of the other steps', () => {
    expect(
      shown(
        scenario('  - repeat: 3\n    steps:\n      - { read: f, by: a }\n      - repeat: 2\n        steps:\n          - { sleep: 1ms }\n  - { exit: a }\n'),
      ),
    ).toEqual(['2: 0-0 0-0 2-2', '5: 0-0 0-0 3-3 3-3 5-5', '6: 6-6']);
  });

  test('a together is one step', () => {
    expect(shown(scenario('  - together:\n      - { read: f, by: a }\n      - { sleep: 1ms }\n    quantum: 4\n  - { exit: a }\n'))).toEqual([
      '0: 0-3',
      '4: 4-4',
    ]);
  });

  test('an alias is where it stands and what it stands for', () => {
    expect(shown(scenario('  - &again { read: f, by: a }\n  - { sleep: 1ms }\n  - *again\n'))).toEqual(['0: 0-0', '1: 1-1', '2: 2-2 0-0']);
  });

  test.each(['', 'steps:', 'steps: [ [ 1 ] , { repeat: 2 } ]', 'memledger: 1\nsteps: [ &a { repeat: 1, steps: [ *a ] } ]', 'x: *y\nsteps: [ *z ]'])(
    'a text that is no scenario: %j',
    (text) => {
      expect(() => writtenSteps(text)).not.toThrow();
    },
  );
});

test('the lines are those that a recording names', () => {
  const text = scenario(
    '  - repeat: 3\n    steps:\n      - &again { read: f, by: a }\n      - { create: C/x }\n  - *again\n  - together: [ { read: f, by: a } ]\n    quantum: 4\n',
  );
  for (const each of [text, EVERY_VERB]) {
    const written = new Set(writtenSteps(each).map(({ line }) => line));
    expect(new Set(linesOfProgram(each))).toEqual(written);
  }
});
