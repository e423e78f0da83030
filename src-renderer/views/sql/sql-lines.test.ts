import { describe, expect, it } from 'vitest';
import { firstChoice, hasRepeats, isVaried, type NamedColumn, SQL_LINES_MAX, sqlLines, tickText, unitOf } from './sql-lines.ts';

const numbers = (name: string, ...values: readonly number[]): NamedColumn => ({ name, values: Float64Array.from(values), labels: null });
const names = (name: string, ...labels: readonly string[]): NamedColumn => ({ name, values: new Float64Array(labels.length).fill(Number.NaN), labels });
const shown = ({ lines }: ReturnType<typeof sqlLines>) => lines.map(({ label, x, y }) => [label, [...x], [...y]]);

describe('what is charted at first', () => {
  const columns = (text: string) => text.split(' ').map((word) => ({ name: word.replace('#', ''), is_numeric: word.startsWith('#') }));
  it('is the first figures over the first column that is no run', () => {
    expect(firstChoice(columns('#step #run container #current_bytes #peak_bytes'))).toMatchObject({ x_column: 0, y_columns: [3], kind: 'line' });
    expect(firstChoice(columns('#run object container #bytes'))).toMatchObject({ x_column: 1, y_columns: [3], kind: 'bar' });
    expect(firstChoice(columns('#run #event #end_event #time_ns #duration_ns container'))).toMatchObject({ x_column: 1, y_columns: [4] });
    expect(firstChoice(columns('#step #line'))).toMatchObject({ x_column: 0, y_columns: [1] });
    expect(firstChoice(columns('#events kind'))).toMatchObject({ x_column: 1, y_columns: [0] });
  });
  it('is over runs where nothing else is there', () => {
    expect(firstChoice(columns('#run #events'))).toMatchObject({ x_column: 0, y_columns: [1], kind: 'bar' });
  });
  it('is nothing where there are no figures, or nothing to have them over', () => {
    expect(firstChoice(columns('#run kind name'))).toBeUndefined();
    expect(firstChoice(columns('#events'))).toBeUndefined();
  });
});

describe('what a result is parted by', () => {
  it('is asked where an x comes twice', () => {
    expect([numbers('step', 1, 1, 2), numbers('step', 1, 2), names('container', 'A', 'A'), names('container', 'A', 'B')].map(hasRepeats)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
  it('is what tells rows apart', () => {
    expect([numbers('run', 1, 1, 1), numbers('run', 1, 1, 2), names('container', 'A', 'B'), names('container')].map(isVaried)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

describe('lines of a result', () => {
  const step = numbers('step', 2, 2, 1, 1);
  const container = names('container', 'A', 'B', 'A', 'B');
  const current = numbers('current_bytes', 30, 40, 10, 20);
  it('are one for each value that rows are parted by, in the order of x', () => {
    expect(shown(sqlLines(step, [current], [container], 'line'))).toEqual([
      ['A', [1, 2], [10, 30]],
      ['B', [1, 2], [20, 40]],
    ]);
  });
  it('say which column they are where there are several, and which run', () => {
    const both = sqlLines(step, [current, numbers('peak_bytes', 1, 2, 3, 4)], [numbers('run', 1, 2, 1, 2)], 'line');
    expect(both.lines.map(({ label }) => label)).toEqual(['run 1 · current_bytes', 'run 2 · current_bytes', 'run 1 · peak_bytes', 'run 2 · peak_bytes']);
    expect(sqlLines(step, [current], [], 'line').lines.map(({ label }) => label)).toEqual(['current_bytes']);
  });
  it('share the places of names, and of numbers under bars', () => {
    const by_name = sqlLines(container, [current], [step], 'line');
    expect(by_name.categories).toEqual(['A', 'B']);
    expect(shown(by_name)).toEqual([
      ['step 2', [0, 1], [30, 40]],
      ['step 1', [0, 1], [10, 20]],
    ]);
    expect(sqlLines(step, [current], [container], 'bar').categories).toEqual(['1', '2']);
  });
  it('are the greatest where there are more than colours', () => {
    const count = SQL_LINES_MAX + 3;
    const many = Array.from({ length: count }, (_, index) => index);
    const of = sqlLines(numbers('step', ...many.map(() => 1)), [numbers('n', ...many)], [numbers('run', ...many)], 'line');
    expect(of.line_count).toBe(count);
    expect(of.lines.map(({ label }) => label)).toEqual(many.slice(3).map((run) => `run ${run}`));
  });
  it('leave a gap where a cell is no number, and out what has no x', () => {
    expect(shown(sqlLines(numbers('x', 3, Number.NaN, 1), [numbers('n', Number.NaN, 4, 5)], [], 'line'))).toEqual([['n', [1, 3], [5, Number.NaN]]]);
    expect(sqlLines(numbers('x', 1, 1), [numbers('n', 1, 2)], [names('container', 'A', '')], 'line').lines[1].label).toBe('no container');
  });
});

describe('ticks', () => {
  it('are written in the unit that the name of the column tells', () => {
    expect(['current_bytes', 'bytes', 'duration_ns', 'passes', 'kilobytes'].map(unitOf)).toEqual(['bytes', 'bytes', 'ns', 'other', 'other']);
    expect(tickText(8 * 1024 * 1024, 'bytes')).toBe('8\u202fMiB');
    expect(tickText(2_000_000, 'ns')).toBe('2\u202fms');
    expect([0.2, 0.4, -0.4, 1, 12_000].map((value) => tickText(value, 'other'))).toEqual(['0.2', '0.4', '\u22120.4', '1', '12\u202f000']);
  });
});
