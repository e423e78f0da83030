import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PeakContract, PeakFiles } from '../../src-engine/containers/peak-files.ts';
import { ContainerTree } from '../../src-engine/containers/tree.ts';
import { KIND, PEAK_FILE } from '../../src-engine/record/events.ts';
import { programOf, worldAfter } from './world-after.ts';

/** Open files of memory.peak: peak_show() and peak_write() of mm/memcontrol.c (6.12). */

function peaksOf(): { readonly tree: ContainerTree; readonly peaks: PeakFiles; readonly a: number } {
  const tree = new ContainerTree();
  const root = tree.create('.', 0, -1);
  return { tree, peaks: new PeakFiles(tree), a: tree.create('A', 1, root) };
}

test('PC-10: a reset file shows the highest charge since, others that of all time', () => {
  const { tree, peaks, a } = peaksOf();
  const [F, other] = [0, 1];
  peaks.open(F, a, false, 'kernel');
  peaks.open(other, a, false, 'kernel');
  tree.charge(a, 100);
  tree.uncharge(a, 60);
  peaks.reset(F);
  expect([peaks.read(other), peaks.read(F)]).toEqual([100, 40]);
  tree.charge(a, 20);
  expect(peaks.read(F)).toBe(60);
  tree.charge(a, 50);
  expect([peaks.read(F), peaks.read(other), tree.peak[a]]).toEqual([110, 110, 110]);
});

describe('two open files', () => {
  test.each([
    ['PC-11: the code of 6.12', 'kernel', 50],
    ['PC-11: the documented contract', 'documented', 100],
  ] as const)('%s: two files of one group, reset one after the other', (_title, contract, first) => {
    const { tree, peaks, a } = peaksOf();
    const [F1, F2, unwritten] = [0, 1, 2];
    for (const handle of [F1, F2, unwritten]) peaks.open(handle, a, false, contract);
    tree.charge(a, 40);
    peaks.reset(F1);
    tree.charge(a, 60);
    tree.uncharge(a, 50);
    peaks.reset(F2);
    expect([peaks.read(F1), peaks.read(F2), peaks.read(unwritten)]).toEqual([first, 50, 100]);
  });
});

/** What the files of one group show, by lists of what was charged when: the contract in words, and the code's one watermark for all that have been written. */
class NaiveFiles {
  private readonly contract: PeakContract;
  private readonly charges: number[] = [0];
  /** By handle: index into `charges` at which the file was reset, and what its own value was raised to by others. */
  private readonly resets = new Map<number, { at: number; value: number }>();
  private last_reset = 0;

  constructor(contract: PeakContract) {
    this.contract = contract;
  }

  charged(usage: number): void {
    this.charges.push(usage);
  }

  reset(handle: number): void {
    const usage = this.charges.at(-1) ?? 0;
    for (const file of this.resets.values()) file.value = Math.max(file.value, usage);
    this.last_reset = this.charges.length - 1;
    this.resets.set(handle, { at: this.last_reset, value: usage });
  }

  read(handle: number): number {
    const reset = this.resets.get(handle);
    if (reset === undefined) return Math.max(...this.charges);
    if (this.contract === 'documented') return Math.max(...this.charges.slice(reset.at));
    return Math.max(reset.value, ...this.charges.slice(this.last_reset));
  }
}

describe.each(['kernel', 'documented'] as const)('contract %s', (contract) => {
  test('any charges, resets and reads are those of the reference', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('charge' as const), amount: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ kind: fc.constant('uncharge' as const), amount: fc.integer({ min: 1, max: 50 }) }),
      fc.record({ kind: fc.constant('reset' as const), amount: fc.nat(2) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { tree, peaks, a } = peaksOf();
        const naive = new NaiveFiles(contract);
        for (const handle of [0, 1, 2, 3]) peaks.open(handle, a, false, contract);
        for (const { kind, amount } of steps) {
          if (kind === 'reset') {
            peaks.reset(amount);
            naive.reset(amount);
            continue;
          }
          if (kind === 'charge') tree.charge(a, amount);
          else tree.uncharge(a, Math.min(amount, tree.usage[a]));
          naive.charged(tree.usage[a]);
        }
        expect([0, 1, 2, 3].map((handle) => peaks.read(handle))).toEqual([0, 1, 2, 3].map((handle) => naive.read(handle)));
      }),
      { numRuns: 500 },
    );
  });
});

test('steps open, reset and read; what they read is an event, and held against what is expected', () => {
  const { rows, world } = worldAfter(
    programOf(`memledger: 1
name: peaks
machine: { memory: 64MiB, swap: 64MiB }
containers: { A: { max: 8MiB } }
objects: { file: { file: 8MiB } }
tasks: { a: { in: A } }
steps:
  - { open-peak: fd, of: A }
  - { open-peak: slots, of: A, file: swap, contract: documented }
  - { alloc: heap, by: a, size: 4MiB }
  - { touch: heap, by: a }
  - { unmap: heap, by: a }
  - { reset-peak: fd }
  - { read: file, by: a, range: 0..1MiB }
  - { read-peak: fd, is: 1MiB }
  - { read-peak: slots, is: 1KiB }
`),
    'memcg-v2',
  );
  const told = rows.filter(({ kind }) => kind === KIND.peak_file).map(({ flags, container, a, b }) => [flags, container, a, b]);
  expect(told).toEqual([
    [PEAK_FILE.open, 1, 0, 0],
    [PEAK_FILE.open | 4, 1, 0, 1],
    [PEAK_FILE.reset, 1, 0, 0],
    [PEAK_FILE.read, 1, 256, 0],
    [PEAK_FILE.read | 4, 1, 0, 1],
  ]);
  expect(rows.filter(({ kind }) => kind === KIND.expect).map(({ a }) => a)).toEqual([1, 0]);
  expect(world.tree.peak[1]).toBe(1024);
});
