import type { CounterSpec } from '../../../src-engine/record/counters.ts';
import type { StateView } from '../../../src-engine/record/run.ts';
import type { RunRow } from '../../../src-main/lab/contract.ts';
import { compareRows } from '../compare/compare-rows.ts';

/** The latest runs of one model, of the older revision and of the newer one. */
export interface RevisionPair {
  readonly model: string;
  readonly from: RunRow;
  readonly to: RunRow;
}

/** A counter that differs at a sample between the revisions' runs of one model. */
export interface ResultRow {
  readonly model: string;
  readonly sample: string;
  readonly path: string;
  readonly spec: CounterSpec;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** The latest finished run of a revision by model. */
const latestOf = (runs: readonly RunRow[], revision: number): ReadonlyMap<string, RunRow> =>
  new Map(
    runs
      .filter(({ revision_id, status }) => revision_id === revision && status === 'complete')
      .sort((a, b) => a.id - b.id)
      .map((run) => [run.model, run]),
  );

/** Per model the latest finished run of each revision; models that have none of one of them are left out. */
export function pairRuns(runs: readonly RunRow[], from_revision: number, to_revision: number): readonly RevisionPair[] {
  const newer = latestOf(runs, to_revision);
  return [...latestOf(runs, from_revision)].flatMap(([model, from]) => {
    const to = newer.get(model);
    return to === undefined ? [] : [{ model, from, to }];
  });
}

/** The newest two revisions of which some model has a finished run each: the newest that has any such partner, and the newest of these. `revisions`: ids, oldest first. */
export function newestPairWithRuns(runs: readonly RunRow[], revisions: readonly number[]): { readonly from: number; readonly to: number } | undefined {
  const models = revisions.map((id) => new Set(latestOf(runs, id).keys()));
  for (let newer = revisions.length - 1; newer > 0; newer--) {
    const older = models.slice(0, newer).findLastIndex((of) => [...of].some((model) => models[newer].has(model)));
    if (older !== -1) return { from: revisions[older], to: revisions[newer] };
  }
  return undefined;
}

/** Every counter that differs at a sample. */
export function resultRows(model: string, sample: string, from: StateView, to: StateView): readonly ResultRow[] {
  return compareRows([from, to], { text: '', differences_only: true, with_zeros: true }).map(({ path, spec, values }) => ({
    model,
    sample,
    path,
    spec,
    from: values[0],
    to: values[1],
  }));
}
