/** Whether a row of a table is the first of those that have the same in all of these columns: the others need not say it again. */
export const isFirstOf = <Row, Key extends keyof Row>(rows: readonly Row[], index: number, keys: readonly Key[]): boolean =>
  index === 0 || keys.some((key) => rows[index - 1][key] !== rows[index][key]);
