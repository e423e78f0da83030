import { expect, it } from 'vitest';
import { tableLines } from './table-text.ts';

it('makes columns as wide as what stands in them and leaves empty ones out', () => {
  const columns = [{ head: '#', right: true }, { head: 'container', width_max: 6 }, { head: 'page' }, { head: 'what' }];
  expect(
    tableLines(columns, [
      ['9', 'A', '', 'charged 1 page'],
      ['10', 'pods/long', '', ''],
    ]),
  ).toEqual([' #  …ainer  what', ' 9  A       charged 1 page', '10  …/long']);
});
