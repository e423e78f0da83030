import { describe, expect, test } from 'vitest';
import type { Answer, FidelityCell, RunRow } from '../../../src-main/lab/contract.ts';
import { fidelityPartners, fidelityRows, slackInWords } from './fidelity-rows.ts';

const cell = (path: string, counter: string, difference: number, more: Partial<FidelityCell> = {}): FidelityCell => ({
  path,
  counter,
  unit: 'count',
  kernel: 100 + difference,
  model: 100,
  difference,
  tolerance: 96,
  verdict: difference === 0 ? 'exact' : difference > 96 ? 'outside' : 'within',
  slack: [],
  unexplained: difference,
  ...more,
});
const fidelity: Answer<'fidelity'> = {
  kernel: 'linux 6.1',
  model: 'memcg-v2',
  samples: [
    { sample: 'one', step: 1, cells: [cell('A', 'pgscan', 0), cell('B', 'pgscan', 200)], only_kernel: [], only_model: [] },
    { sample: 'two', step: 3, cells: [cell('A', 'pgfault', 20)], only_kernel: [], only_model: [] },
  ],
  cell_count: 3,
  exact_count: 1,
  matched_count: 2,
  worst: null,
  parting: null,
  unpaired_samples: [],
};
const names = (text: string, outside_only = false): readonly string[] =>
  fidelityRows(fidelity, { text, outside_only }).map(({ sample, path, counter }) => `${sample} ${path} ${counter}`);

describe('cells as rows', () => {
  test('all, by words, and those outside only', () => {
    expect(names('')).toEqual(['one A pgscan', 'one B pgscan', 'two A pgfault']);
    expect(names('TWO a')).toEqual(['two A pgfault']);
    expect(names('', true)).toEqual(['one B pgscan']);
  });
  test('say what of a difference is explained, and what is left', () => {
    expect(slackInWords(cell('A', 'pgfault', 20, { slack: [{ cause: 'task start-up', amount: 15 }], unexplained: 5 }))).toBe(
      'task start-up +15, unexplained +5',
    );
    expect(slackInWords(cell('A', 'pgfault', 0))).toBe('');
  });
});

describe('runs to lay beside another', () => {
  const run = (id: number, source: RunRow['source'], model: string, more: Partial<RunRow> = {}): RunRow =>
    ({ id, source, model, revision_id: 7, status: 'complete', ...more }) as RunRow;
  const runs = [run(1, 'engine', 'static'), run(2, 'engine', 'static'), run(3, 'engine', 'rss'), run(4, 'kernel', 'linux 6.1'), run(5, 'trace', 'ftrace')];
  const ids = (of: RunRow): readonly number[] => fidelityPartners(of, runs).map(({ id }) => id);
  test('are the newest of each model, or of each kernel, of the same text', () => {
    expect(ids(run(4, 'kernel', 'linux 6.1'))).toEqual([3, 2]);
    expect(ids(run(1, 'engine', 'static'))).toEqual([4]);
    expect(ids(run(4, 'kernel', 'linux 6.1', { revision_id: 8 }))).toEqual([]);
    expect(ids(run(5, 'trace', 'ftrace'))).toEqual([]);
  });
});
