import type { RunRow } from '../../../src-main/lab/contract.ts';
import { COMPARED_MAX } from '../../router.ts';

/** Why these runs cannot be compared, in one sentence; null if they can. */
export function whyNotCompare(runs: readonly RunRow[]): string | null {
  if (runs.length < 2) return 'Choose two to four runs to compare.';
  if (runs.length > COMPARED_MAX) return `At most ${COMPARED_MAX} runs can be compared; ${runs.length} are chosen.`;
  // Runs of a deleted scenario still know the text that they ran.
  const allShare = (of: (run: RunRow) => number | null): boolean => runs.every((run) => of(run) !== null && of(run) === of(runs[0] ?? run));
  if (!allShare((run) => run.scenario_id) && !allShare((run) => run.revision_id)) return 'Only runs of one scenario can be compared.';
  const unfit = runs.find((run) => run.status === 'recording' || run.status === 'failed');
  if (unfit !== undefined) return `Run ${unfit.id} ${unfit.status === 'recording' ? 'is still being recorded' : 'failed'}.`;
  return null;
}

/** Runs in the order to compare them: oldest first, so that the first one recorded is the baseline. */
export function comparedIds(runs: readonly RunRow[]): readonly number[] {
  return runs.map((run) => run.id).sort((a, b) => a - b);
}
