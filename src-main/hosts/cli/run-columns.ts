import type { TableColumn } from '../../lab/table-text.ts';

/** Columns of a list of runs. `number_head` is as wide as the numbers are to be. Compositions lose their beginning; with most numbers a line fits a mail. */
export const runColumns = (number_head: string): readonly TableColumn[] => [
  { head: number_head, right: true },
  { head: 'scenario' },
  { head: 'model', width_max: 24 },
  { head: 'status' },
  { head: 'events', right: true },
];
