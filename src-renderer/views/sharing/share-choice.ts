import type { RunRow, ScenarioRow } from '../../../src-main/lab/contract.ts';
import { isGuestId } from '../../../src-main/lab/guest-ids.ts';
import type { ComparisonRow, ShareReckoning } from '../../../src-main/lab/sharing-contract.ts';
import { formatBytes, formatCount, plural } from '../../format.ts';

/** A run as the dialog offers it. */
export interface OfferedRun {
  readonly run: RunRow;
  /** Why it cannot go into a file; null if it can. */
  readonly why_not: string | null;
}

/** Runs of one scenario may be many; those beyond are chosen in the library. */
export const OFFERED_MAX = 200;

function whyNotShare(run: RunRow): string | null {
  if (run.status === 'recording') return 'is being recorded';
  return run.event_count === 0 ? 'nothing of it is recorded' : null;
}

/** The runs to offer: those that were asked for, then the others of their scenarios, newest first. A run of an opened file is in no library and is not offered. */
export function offeredRuns(asked: readonly number[], scenario_ids: readonly number[], runs: readonly RunRow[]): readonly OfferedRun[] {
  const first = asked.flatMap((id) => runs.find((run) => run.id === id) ?? []);
  const scenarios = new Set([...scenario_ids, ...first.flatMap(({ scenario_id }) => scenario_id ?? [])]);
  const others = runs
    .filter(({ id, scenario_id }) => scenario_id !== null && scenarios.has(scenario_id) && !asked.includes(id))
    .sort((a, b) => b.id - a.id)
    .slice(0, Math.max(0, OFFERED_MAX - first.length));
  return [...first, ...others].filter(({ id }) => !isGuestId(id)).map((run) => ({ run, why_not: whyNotShare(run) }));
}

/** Scenarios that can go in with every revision: those of the offered runs, and those that were asked for. */
export function offeredScenarios(offered: readonly OfferedRun[], scenario_ids: readonly number[], scenarios: readonly ScenarioRow[]): readonly ScenarioRow[] {
  return scenarios.filter(({ id }) => scenario_ids.includes(id) || offered.some(({ run }) => run.scenario_id === id));
}

/** Saved comparisons that show one of the offered runs. */
export const offeredComparisons = (offered: readonly OfferedRun[], comparisons: readonly ComparisonRow[]): readonly ComparisonRow[] =>
  comparisons.filter(({ run_ids }) => run_ids.some((id) => offered.some(({ run }) => run.id === id)));

/** What a file would hold, and its size, in one line. */
export function reckoningInWords(reckoning: ShareReckoning): string {
  const parts = [
    [reckoning.run_count, 'run'] as const,
    [reckoning.scenario_count, 'scenario'] as const,
    [reckoning.bookmark_count, 'bookmark'] as const,
    [reckoning.comparison_count, 'comparison'] as const,
  ].flatMap(([count, one]) => (count === 0 ? [] : [plural(count, one)]));
  return `${parts.join(', ')}; ${formatCount(reckoning.event_count)} events; ${formatBytes(reckoning.size_bytes)}`;
}
