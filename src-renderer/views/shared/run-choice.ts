import type { RunRow } from '../../../src-main/lab/contract.ts';
import { COMPARED_MAX } from '../../router.ts';

/** Why these runs cannot be compared, in one sentence; null if they can. */
export function whyNotCompare(runs: readonly RunRow[]): string | null {
  if (runs.length < 2) return `Choose 2 to ${COMPARED_MAX} runs to compare.`;
  if (runs.length > COMPARED_MAX) return `Choose 2 to ${COMPARED_MAX} runs to compare; ${runs.length} are chosen.`;
  // Runs of a deleted scenario still know the text that they ran.
  const allShare = (of: (run: RunRow) => number | null): boolean => runs.every((run) => of(run) !== null && of(run) === of(runs[0] ?? run));
  if (!allShare((run) => run.scenario_id) && !allShare((run) => run.revision_id)) return 'Only runs of one scenario can be compared.';
  const unfit = runs.find((run) => run.status === 'recording' || run.status === 'failed');
  if (unfit !== undefined) return `Run ${unfit.id} ${unfit.status === 'recording' ? 'is still being recorded' : 'failed'}.`;
  return null;
}

/** Whether the rest of a run can still be recorded. */
export const isFinishable = (run: RunRow): boolean => (run.status === 'interrupted' || run.status === 'cancelled') && run.source === 'engine';

/** A run with the latest fit run of each other model of its scenario, as many as can be compared; in the order to compare them. */
export function comparedWithOthers(run: RunRow, runs: readonly RunRow[]): readonly number[] {
  const chosen = [run];
  for (const other of [...runs].sort((a, b) => b.id - a.id)) {
    if (chosen.length < COMPARED_MAX && chosen.every(({ model }) => model !== other.model) && whyNotCompare([run, other]) === null) chosen.push(other);
  }
  return comparedIds(chosen);
}

/** Runs in the order to compare them: oldest first, so that the first one recorded is the baseline. */
export function comparedIds(runs: readonly RunRow[]): readonly number[] {
  return runs.map((run) => run.id).sort((a, b) => a - b);
}
