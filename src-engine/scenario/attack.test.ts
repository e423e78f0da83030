import { describe, expect, test } from 'vitest';
import { heldBackText, isWithin } from './attack.ts';
import { compileScenario } from './compile.ts';
import { parseScenario } from './parse.ts';
import type { Program, Step } from './program.ts';

const scenario = (attack: string): string => `memledger: 1
name: Attack  # a comment
containers: { A: { max: 8MiB }, A/x: {}, V: {} }
objects: { f: { file: 1MiB } }
tasks: { a: { in: A }, v: { in: V }, server: { in: V } }
attack: ${attack}
steps:
  - { read: f, by: a }
  - { sample: begin }
  - { read: f, by: v }
  - { read: f, by: server }
  - { start: a2, in: A/x }
  - { fork: a2, as: a3, in: V }
  - { read: f, by: a3 }
  - { fork: v, as: v2, in: A }
  - { fork: v, as: v3 }
  - { read: f, by: v3 }
  - { map: f, by: a, as: view }
  - { pin: view, by: a, via: dma }
  - { pin: f, by: v, via: own }
  - { close: dma }
  - { close: own }
  - { set: A, max: 4MiB }
  - { reclaim: A/x, size: 1MiB }
  - { set: V, max: 4MiB }
  - { create: A/y }
  - { repeat: 2, steps: [ { read: f, by: a }, { read: f, by: v } ] }
  - together:
      - { read: f, by: a }
      - { read: f, by: v }
  - together:
      - { read: f, by: a }
  - { expect: { V: { file: 0 } } }
  - { exit: a }
  - { exit: a2 }
  - { remove: A/x }
`;

function programOf(text: string): Program {
  const parsed = parseScenario(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  return program.value;
}

/** Each step in a word: its verb, or what stands in it. */
const wordsOf = (steps: readonly Step[]): readonly string[] =>
  steps.map((step) => {
    if (step.kind === 'op') return step.op.verb;
    return step.kind === 'repeat' ? `repeat(${wordsOf(step.steps).join(' ')})` : `together(${step.parts.map((part) => part.verb).join(' ')})`;
  });

describe('an attacker that is held back', () => {
  test('takes no steps, nor do tasks that it started or forked; its containers are left as they are; to end is no attack', () => {
    const acting = programOf(scenario('{ attacker: [A], victim: V }'));
    const held_back = programOf(scenario('{ attacker: [A], victim: V, held-back: true }'));
    expect(wordsOf(held_back.steps)).toEqual([
      'held-back',
      'sample',
      'read',
      'read',
      'held-back',
      'held-back',
      'held-back',
      'held-back',
      'fork',
      'read',
      'held-back',
      'held-back',
      'pin',
      'held-back',
      'close',
      'held-back',
      'held-back',
      'set',
      'held-back',
      'repeat(held-back read)',
      'together(read)',
      'held-back',
      'held-back',
      'exit',
      'exit',
      'remove',
    ]);
    expect(held_back.steps.map(({ line }) => line)).toEqual(acting.steps.map(({ line }) => line));
    expect(held_back.initialTasks.map(({ task }) => held_back.taskNames[task])).toEqual(['v', 'server']);
    expect(acting.initialTasks.length).toBe(3);
  });

  test('has taken its steps until the attack begins', () => {
    const { steps, initialTasks } = programOf(scenario('{ attacker: [A], victim: V, from: begin, held-back: true }'));
    expect(wordsOf(steps).slice(0, 5)).toEqual(['read', 'sample', 'read', 'read', 'held-back']);
    expect(initialTasks.length).toBe(3);
  });

  test('commands nobody', () => {
    const { steps } = programOf(scenario('{ attacker: [A], commands: [server], victim: V, held-back: true }'));
    expect(wordsOf(steps).slice(0, 5)).toEqual(['held-back', 'sample', 'read', 'held-back', 'held-back']);
  });

  test('changes nothing of where shared pages lie', () => {
    const { attack } = programOf(scenario('{ attacker: [A], victim: V, held-back: true }'));
    expect(attack?.used_across_containers).toEqual([true]);
  });
});

test('the text with the attacker held back is the same but for that key, comments included', () => {
  const text = scenario('{ attacker: [ A ], victim: V }');
  expect(heldBackText(text)).toContain('name: Attack # a comment');
  expect(heldBackText(text)).toContain('attack: { attacker: [ A ], victim: V, held-back: true }');
  expect(programOf(heldBackText(text) ?? '').attack?.held_back).toBe(true);
  expect(heldBackText('memledger: 1\nname: none\nsteps: []\n')).toBeNull();
});

test.each([
  ['{ attacker: [A], victim: A/x }', 'victim-is-attacker'],
  ['{ attacker: [B], victim: V }', 'unknown-container'],
  ['{ attacker: [A], victim: V, from: never }', 'unknown-sample'],
  ['{ attacker: [A], victim: V, commands: [nobody] }', 'unknown-task'],
  ['{ attacker: [], victim: V }', 'invalid-value'],
  ['{ victim: V }', 'missing-key'],
])('%s is an error: %s', (attack, code) => {
  const parsed = parseScenario(scenario(attack));
  expect(parsed.ok ? [] : parsed.errors.map((error) => error.code)).toContain(code);
});

test.each([
  ['A/x', 'A', true],
  ['A', 'A', true],
  ['AB', 'A', false],
  ['A', 'A/x', false],
  ['A', '.', true],
])('%s within %s: %s', (path, of, expected) => {
  expect(isWithin(path, of)).toBe(expected);
});
