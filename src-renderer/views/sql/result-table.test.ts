import { expect, test } from 'vitest';
import type { SqlResult } from '../../../src-main/lab/contract.ts';
import { eventAddress, resultColumns } from './result-table.ts';

const result = (...names: readonly string[]): SqlResult => ({
  query_id: 1,
  columns: names.map((name) => ({ name, is_numeric: name !== 'task' })),
  row_count: 1,
  is_cut: false,
  elapsed_ms: 1,
});

test('a cell that names an event leads right after it in its run', () => {
  expect(eventAddress(result('event', 'run'), [7, 3], 0, [])).toBe('#/run/3?event=7');
  expect(eventAddress(result('end_event'), [7], 0, [5])).toBe('#/run/5?event=7');
});

test('a cell that names no event, or one of no run, leads nowhere', () => {
  expect(eventAddress(result('event'), [7], 0, [5, 6])).toBeUndefined();
  expect(eventAddress(result('step', 'run'), [7, 3], 0, [])).toBeUndefined();
  expect(eventAddress(result('end_event', 'run'), [null, 3], 0, [])).toBeUndefined();
});

test('columns are as wide as their first rows; figures stand right, a last one of text takes what is left', () => {
  expect(resultColumns(result('run', 'task'), [[1, 'a-long-name-of-a-task']])).toEqual([
    { key: '0', title: 'run', width: '42px', align: 'right' },
    { key: '1', title: 'task', width: 'minmax(186px, 1fr)', align: 'left' },
  ]);
});
