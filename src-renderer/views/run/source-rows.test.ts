import { expect, it } from 'vitest';
import { changedLines } from './changed-lines.ts';
import { sourceRows } from './source-rows.ts';

const rows = (before: string, after: string): readonly string[] =>
  sourceRows(
    after.split('\n').map((text, index) => ({ line: index + 1, text })),
    changedLines(before, after),
  ).map(({ line, text, mark = '', word = '' }) => `${line} ${text} ${mark} ${word}`.trimEnd());

it('marks every changed line, with the word once, and notes where lines were', () => {
  expect(rows('a\nb\nc\nd\ne', 'a\nx\ny\nc\ne')).toEqual(['1 a', '2 x changed changed', '3 y changed', '4 c', '0 d removed 1 line removed', '5 e']);
  expect(rows('a\nb\nc', 'a')).toEqual(['1 a', '0 b\nc removed 2 lines removed']);
});

it('leaves a text alone that has nothing to be compared with', () => {
  expect(sourceRows([{ line: 7, text: 'a' }])).toEqual([{ key: '7', line: 7, text: 'a' }]);
});
