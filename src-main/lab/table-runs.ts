import { ENGINE_VERSION } from '../../src-engine/machine/interpreter.ts';
import type { RunStore } from '../store/runs.ts';
import type { ScenarioStore } from '../store/scenarios.ts';
import type { MissingRuns, RunRow } from './contract.ts';
import { isCurrentRun } from './current-run.ts';

/** A run that a table over all models is made from. */
export interface NeededRun {
  readonly scenario_name: string;
  readonly text: string;
  readonly base_dir: string | null;
  readonly model: string;
  /** Its scenario in the library, which it is put into where it is not there yet. */
  scenario(): Promise<number>;
}

interface Stores {
  readonly scenarios: ScenarioStore;
  readonly runs: RunStore;
}

/** What there is of a needed run. `cut-short`: interrupted or cancelled, and made by the rules of today as far as it goes, so that it can be finished. */
type Standing = { readonly is: 'there' | 'under-way' | 'missing' } | { readonly is: 'cut-short'; readonly run: RunRow };

function standingOf(present: readonly RunRow[], revision_id: number | undefined, model: string): Standing {
  const candidates = present.filter((run) => run.revision_id === revision_id && run.model === model && run.source === 'engine');
  if (revision_id === undefined) return { is: 'missing' };
  if (candidates.some(isCurrentRun)) return { is: 'there' };
  if (candidates.some(({ status }) => status === 'recording')) return { is: 'under-way' };
  const run = candidates.find(
    ({ status, engine_version }) => (status === 'interrupted' || status === 'cancelled') && (engine_version === null || engine_version === ENGINE_VERSION),
  );
  return run === undefined ? { is: 'missing' } : { is: 'cut-short', run };
}

/** Reads each text's revision once. */
function revisionsOf(read: (text: string) => Promise<number | undefined>): (text: string) => Promise<number | undefined> {
  const known = new Map<string, Promise<number | undefined>>();
  return (text) => {
    const revision = known.get(text) ?? read(text);
    known.set(text, revision);
    return revision;
  };
}

/** What a table misses, and about how long recording that takes by what its recorded runs took. Changes nothing. */
export async function missingRuns({ scenarios, runs }: Stores, needed: readonly NeededRun[]): Promise<MissingRuns> {
  const present = await runs.list();
  const revisionOf = revisionsOf((text) => scenarios.idOfText(text));
  const counts = { run_count: 0, cut_short_count: 0, under_way_count: 0 };
  const revisions = new Set<number>();
  for (const { text, model } of needed) {
    const revision_id = await revisionOf(text);
    if (revision_id !== undefined) revisions.add(revision_id);
    const { is } = standingOf(present, revision_id, model);
    if (is === 'under-way') counts.under_way_count += 1;
    else if (is !== 'there') counts.run_count += 1;
    if (is === 'cut-short') counts.cut_short_count += 1;
  }
  const taken_ms = present.filter((run) => revisions.has(run.revision_id ?? -1) && run.source === 'engine' && isCurrentRun(run)).map(({ wall_ms }) => wall_ms);
  const mean_ms = taken_ms.reduce((sum, ms) => sum + ms, 0) / taken_ms.length;
  return { ...counts, estimate_ms: taken_ms.length === 0 ? null : mean_ms * counts.run_count };
}

/**
 * Makes the runs that a table misses; nothing is recorded yet. What was cut short is taken up instead of made anew; what is under way is left to who records it, or with
 * `double` made all the same, for who cannot wait for that.
 */
export async function makeRuns<Needed extends NeededRun>(
  { scenarios, runs }: Stores,
  needed: readonly Needed[],
  recorder: string,
  double = false,
): Promise<readonly { readonly run_id: number; readonly needed: Needed }[]> {
  const present = await runs.list();
  const revisionOf = revisionsOf((text) => scenarios.keepText(text));
  const made: { readonly run_id: number; readonly needed: Needed }[] = [];
  for (const one of needed) {
    const { scenario_name, text, base_dir, model } = one;
    const revision_id = (await revisionOf(text)) ?? null;
    const standing = standingOf(present, revision_id ?? undefined, model);
    if (standing.is === 'there' || (standing.is === 'under-way' && !double)) continue;
    const taken_up = standing.is === 'cut-short' && (await runs.claim(standing.run.id, recorder)).ok ? standing.run.id : undefined;
    const run_id =
      taken_up ?? (await runs.create({ scenario_id: await one.scenario(), scenario_name, revision_id, base_dir, source: 'engine', model, recorder }));
    made.push({ run_id, needed: one });
  }
  return made;
}
