import { describe, expect, it } from 'vitest';
import { reasonFor } from '../../scripts/fidelity-reasons.ts';
import { committedFidelity } from '../../scripts/fidelity-rows.ts';
import { cellsOutside } from '../../src-engine/compare/fidelity-matrix.ts';

/** Cells of each recording that must agree, exactly or at all: no change of the simulator may lose one, and what is won is written here. */
const AGREED: Readonly<Record<string, readonly [matched: number, exact: number, cells: number]>> = {
  'cache-limit 6.1': [55, 7, 55],
  'cow-fork 6.1': [54, 24, 54],
  'first-touch 6.1': [61, 13, 61],
  'oom 6.1': [14, 7, 14],
  'protection-min 6.1': [185, 17, 192],
  'pss 6.1': [105, 19, 105],
  'v1-tcp 6.1': [13, 0, 13],
  'cache-limit 6.12': [58, 18, 58],
  'cow-fork 6.12': [54, 24, 54],
  'first-touch 6.12': [58, 11, 58],
  'oom 6.12': [14, 6, 14],
  'protection-min 6.12': [183, 27, 190],
  'pss 6.12': [104, 12, 104],
};

describe('the simulator beside the recordings of real kernels', () => {
  const rows = committedFidelity();

  it('has every recording', () => {
    expect(rows.map(({ scenario, fidelity }) => `${scenario} ${/ (\d+\.\d+)/.exec(fidelity.kernel)?.[1]}`)).toEqual(Object.keys(AGREED));
  });

  for (const { scenario, fidelity } of rows) {
    const name = `${scenario} ${/ (\d+\.\d+)/.exec(fidelity.kernel)?.[1]}`;
    it(`${name} agrees in as many cells as it did`, () => {
      expect(fidelity.unpaired_samples).toEqual([]);
      for (const { only_kernel, sample } of fidelity.samples) expect(only_kernel, sample).toEqual([]);
      expect([fidelity.matched_count, fidelity.exact_count, fidelity.cell_count]).toEqual(AGREED[name]);
    });

    it(`${name} has a reason for each cell that does not agree`, () => {
      const unexplained = cellsOutside(fidelity).filter((cell) => reasonFor(scenario, fidelity.kernel, cell.sample, cell) === null);
      expect(unexplained.map(({ sample, path, counter }) => `${sample} ${path} ${counter}`)).toEqual([]);
    });
  }

  it('is exact where both kernels are: pages that come back to a container through its limit, and on 6.12 what is scanned and how often the limit is met', () => {
    const cells = (kernel: RegExp, counter: string) =>
      rows
        .filter(({ scenario, fidelity }) => scenario === 'cache-limit' && kernel.test(fidelity.kernel))
        .flatMap(({ fidelity }) => fidelity.samples.flatMap((sample) => sample.cells.filter((cell) => cell.counter === counter)));
    for (const kernel of [/6\.1\./, /6\.12\./]) {
      expect(cells(kernel, 'workingset_refault_file')).toHaveLength(3);
      for (const { verdict } of cells(kernel, 'workingset_refault_file')) expect(verdict).toBe('exact');
    }
    for (const counter of ['pgscan', 'events.max']) {
      expect(cells(/6\.12\./, counter)).toHaveLength(4);
      for (const { verdict } of cells(/6\.12\./, counter)) expect(verdict).toBe('exact');
    }
  });
});
