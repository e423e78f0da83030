import type { AttackMatrix } from '../../../src-main/lab/contract.ts';

/** Matrices of other models each side by side. An attack that came or went between their readings is left out: the next reading has it, or not, in all of them. */
export function joinedMatrix(matrices: readonly AttackMatrix[]): AttackMatrix | undefined {
  const [first] = matrices;
  if (first === undefined) return undefined;
  return {
    models: matrices.flatMap(({ models }) => models),
    rows: first.rows.flatMap((row) => {
      const parts = matrices.map(({ rows }) => rows.find(({ scenario_id }) => scenario_id === row.scenario_id)?.cells);
      return parts.includes(undefined) ? [] : [{ ...row, cells: parts.flatMap((cells) => cells ?? []) }];
    }),
  };
}
