import { describe, expect, it } from 'vitest';
import { compileScenario } from './compile.ts';
import { parseScenario } from './parse.ts';
import { objectsUsedAcrossContainers } from './sharing.ts';

/** Which of the objects f and t the steps share, with tasks a in A and b in B. */
function sharedBy(...steps: readonly string[]): readonly boolean[] {
  const parsed = parseScenario(`memledger: 1
name: sharing
containers: { A: {}, B: {} }
objects: { f: { file: 1MiB }, t: { tmpfs: 1MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
${steps.map((step) => `  - ${step}`).join('\n')}
`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  return objectsUsedAcrossContainers(program.value);
}

describe('objectsUsedAcrossContainers', () => {
  it('needs tasks of two containers, wherever in the scenario', () => {
    expect(sharedBy('{ read: f, by: a }', '{ read: t, by: a }', '{ repeat: 2, steps: [ { write: t, by: b } ] }')).toEqual([false, true]);
  });

  it('counts every container that a task is ever moved to', () => {
    expect(sharedBy('{ read: f, by: a }', '{ move: a, to: B }')).toEqual([true, false]);
  });

  it('counts the container of a child that inherits a mapping', () => {
    expect(sharedBy('{ map: t, by: a, as: view }', '{ fork: a, as: c, in: B }')).toEqual([false, true]);
    expect(sharedBy('{ read: t, by: a }', '{ fork: a, as: c, in: B }')).toEqual([false, false]);
  });
});
