import { createComparisonStore } from '../../store/comparisons.ts';
import type { Database } from '../../store/database.ts';
import { createScenarioStore } from '../../store/scenarios.ts';
import { createSharedRows, type SharedRows, type StoredBookmark } from '../../store/shared-rows.ts';
import { summarise } from '../scenario-text.ts';
import type { KeepReport } from '../sharing-contract.ts';
import { keyOfStored } from './write-share.ts';

interface KeptScenario {
  readonly name: string;
  readonly texts: readonly string[];
  /** The library's own; undefined: to be added. */
  readonly present_id: number | undefined;
}

interface KeptRun {
  readonly guest_id: number;
  readonly present_id: number | undefined;
  readonly bookmarks: readonly StoredBookmark[];
}

interface KeepPlan {
  readonly scenarios: readonly KeptScenario[];
  readonly runs: readonly KeptRun[];
}

/** A run of the library that is the same recording. */
function presentRun(guest: SharedRows, library: SharedRows, guest_id: number): number | undefined {
  const run = guest.run(guest_id);
  if (run === undefined) return undefined;
  const key = keyOfStored(run);
  return library.alike(run).find((id) => {
    const own = library.run(id);
    return own !== undefined && own.meta !== null && keyOfStored(own) === key;
  });
}

function planKeep(guest: SharedRows, library: SharedRows): KeepPlan {
  const histories = library.scenarioIds().map((id) => ({ id, texts: new Set(library.scenario(id)?.texts) }));
  const scenarios = guest.scenarioIds().flatMap((guest_id) => {
    const scenario = guest.scenario(guest_id);
    return scenario === undefined ? [] : [{ ...scenario, present_id: histories.find(({ texts }) => scenario.texts.every((sha256) => texts.has(sha256)))?.id }];
  });
  const runs = guest.runIds().map((guest_id) => {
    const present_id = presentRun(guest, library, guest_id);
    const known = new Set(present_id === undefined ? [] : library.bookmarks(present_id).map(({ event_index, note }) => `${event_index} ${note}`));
    return { guest_id, present_id, bookmarks: guest.bookmarks(guest_id).filter(({ event_index, note }) => !known.has(`${event_index} ${note}`)) };
  });
  return { scenarios, runs };
}

/** Comparisons of the guest that the library lacks, by ids of the guest: one of runs that are all to be added, or with a note that its own has not. */
async function missingComparisons(guest: Database, library: Database, { runs }: KeepPlan) {
  const own = await createComparisonStore(library).list();
  const present = new Map(runs.flatMap(({ guest_id, present_id }) => (present_id === undefined ? [] : [[guest_id, present_id] as const])));
  const all = await createComparisonStore(guest).list();
  return all
    .filter(({ name, note, run_ids }) => {
      const present_ids = run_ids.map((id) => present.get(id)).join();
      return !own.some((other) => other.name === name && (note === '' || other.note === note) && other.run_ids.join() === present_ids);
    })
    .reverse();
}

async function reportOf(guest: Database, library: Database, plan: KeepPlan): Promise<KeepReport> {
  const rows = createSharedRows(guest);
  const added = plan.runs.filter(({ present_id }) => present_id === undefined).flatMap(({ guest_id }) => rows.run(guest_id) ?? []);
  const scenarios_added = plan.scenarios.filter(({ present_id }) => present_id === undefined).length;
  return {
    scenarios_added,
    scenarios_present: plan.scenarios.length - scenarios_added,
    runs_added: added.length,
    runs_present: plan.runs.length - added.length,
    bookmarks_added: plan.runs.reduce((sum, { bookmarks }) => sum + bookmarks.length, 0),
    comparisons_added: (await missingComparisons(guest, library, plan)).length,
    event_count: added.reduce((sum, { event_count }) => sum + event_count, 0),
    size_bytes: added.reduce((sum, { stored_bytes }) => sum + stored_bytes, 0),
  };
}

/** What keeping everything of an opened file would add to a library. Writes nothing. */
export async function reckonKeep(guest: Database, library: Database): Promise<KeepReport> {
  return reportOf(guest, library, planKeep(createSharedRows(guest), createSharedRows(library)));
}

/**
 * Puts everything of an opened file into a library: texts, scenarios and runs that it does not have yet, bookmarks with the runs that it has, comparisons.
 * Each run is there whole or not at all; what was there stays as it is. Answers what was added. Throws what SQLite throws.
 */
export async function keepShared(guest: Database, library: Database): Promise<KeepReport> {
  const guest_rows = createSharedRows(guest);
  const library_rows = createSharedRows(library);
  const plan = planKeep(guest_rows, library_rows);
  const report = await reportOf(guest, library, plan);
  const comparisons = await missingComparisons(guest, library, plan);
  const scenarios = createScenarioStore(library);
  const scenario_of = new Map<string, number>();
  for (const { name, texts, present_id } of plan.scenarios) {
    const newest = guest_rows.text(texts.at(-1) ?? '') ?? '';
    const scenario_id = present_id ?? (await scenarios.create({ text: newest, summary: { ...summarise(newest), name }, origin: 'import' }));
    for (const sha256 of texts) {
      if (present_id === undefined) library_rows.addRevision(scenario_id, library_rows.addText(sha256, guest_rows.text(sha256) ?? ''));
      if (!scenario_of.has(sha256)) scenario_of.set(sha256, scenario_id);
    }
  }
  const run_of = new Map<number, number>();
  for (const { guest_id, present_id, bookmarks } of plan.runs) {
    const run_id = present_id ?? copyRun(guest, guest_rows, library_rows, guest_id, scenario_of);
    run_of.set(guest_id, run_id);
    for (const bookmark of bookmarks) library_rows.addBookmark(run_id, bookmark);
  }
  const store = createComparisonStore(library);
  for (const { name, note, run_ids, baseline_run_id } of comparisons) {
    const own_ids = run_ids.flatMap((id) => run_of.get(id) ?? []);
    const [first] = own_ids;
    if (first !== undefined && own_ids.length > 1) await store.save({ name, note, run_ids: own_ids, baseline_run_id: run_of.get(baseline_run_id) ?? first });
  }
  return report;
}

function copyRun(guest: Database, guest_rows: SharedRows, library_rows: SharedRows, guest_id: number, scenario_of: ReadonlyMap<string, number>): number {
  const run = guest_rows.run(guest_id);
  const text_sha256 = run?.text_sha256 ?? null;
  const attachment_id = run?.attachment_id ?? null;
  return library_rows.copyRun(guest, guest_id, {
    scenario_id: text_sha256 === null ? null : (scenario_of.get(text_sha256) ?? null),
    revision_id: text_sha256 === null ? null : library_rows.addText(text_sha256, guest_rows.text(text_sha256) ?? ''),
    attachment_id:
      attachment_id === null
        ? null
        : library_rows.addAttachment(run?.attachment_file_name ?? 'trace', run?.attachment_size_bytes ?? 0, guest_rows.attachment(attachment_id)),
  });
}
