import type { SqlResult } from '../../../src-main/lab/contract.ts';

/** A result, with the runs that were asked. */
export interface SqlAnswer {
  readonly result: SqlResult;
  readonly runs: readonly number[];
}

/** What the console showed when it was left, so that whoever followed a row into its run comes back to the next row. Lives as long as the window. */
export interface LastAnswer {
  readonly answered: SqlAnswer;
  readonly charted: boolean;
  /** Row that was chosen; −1: none. */
  readonly row: number;
}
let last: LastAnswer | undefined;

/** Keeps what is shown; undefined: nothing is. */
export function keepAnswer(answer: LastAnswer | undefined): void {
  last = answer;
}

/** Undefined where nothing was asked yet. The lab keeps few results: it may be gone there. */
export function lastAnswer(): LastAnswer | undefined {
  return last;
}
