import { describe, expect, test } from 'vitest';
import { counterOf, samplesOf } from './samples.ts';

/** Rows of oracles.md on shared memory: SMEM, TMPFS, and RSS-3 for smemcg. Amounts are in pages of 4 KiB. */

const SHARED = (models_steps: string, max = 'max'): string => `
memledger: 1
name: shared memory
machine: { memory: 32MiB, swap: 0 }
containers: { A: { smemcg: { s: max } }, B: { smemcg: { s: max } } }
objects: { s: { tmpfs: 1MiB, max: ${max} } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { map: s, by: a, as: view }
${models_steps}`;

const SMEM_1 = SHARED(`
  - { touch: view, by: a, range: 0..400KiB }
  - { map: s, by: b, as: view }
  - { touch: view, by: b, range: 0..160KiB }
  - { sample: shared }
  - { unmap: view, by: b, range: 0..40KiB }
  - { sample: less }
  - { exit: a }
  - { remove: A }
  - { sample: after }
`);

describe('SMEM', () => {
  test('SMEM-1: a charge, what each borrows of it, and a removal that leaves nothing behind', () => {
    const detailed = samplesOf(SMEM_1, 'pages=smemcg');
    const at = (sample: string, path: string, counter: 'current' | 'borrow') => counterOf(detailed, sample, path, counter);
    expect([at('shared', 'smemcg:s', 'current'), at('shared', 'A', 'borrow'), at('shared', 'B', 'borrow')]).toEqual([100, 100, 40]);
    expect([at('shared', 'A', 'current'), at('shared', 'B', 'current'), at('shared', '.', 'current')]).toEqual([100, 40, 100]);
    expect([at('less', 'B', 'borrow'), at('less', 'B', 'current')]).toEqual([30, 30]);
    expect([at('after', 'smemcg:s', 'current'), at('after', 'B', 'current'), at('after', '.', 'current')]).toEqual([100, 30, 100]);
    expect(counterOf(detailed, 'after', '.', 'nr_dying_descendants')).toBe(0);

    const simple = samplesOf(SMEM_1, 'pages=smemcg,current=whole');
    expect(['A', 'B', 'smemcg:s', '.'].map((path) => counterOf(simple, 'shared', path, 'current'))).toEqual([100, 100, 100, 100]);
    expect(['B', 'smemcg:s', '.'].map((path) => counterOf(simple, 'after', path, 'current'))).toEqual([100, 100, 100]);
    expect(counterOf(simple, 'after', '.', 'nr_dying_descendants')).toBe(0);
  });
});
