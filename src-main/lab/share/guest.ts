import { createComparisonStore } from '../../store/comparisons.ts';
import type { Database } from '../../store/database.ts';
import { createRunStore } from '../../store/runs.ts';
import { createScenarioStore } from '../../store/scenarios.ts';
import type { RunRow } from '../contract.ts';
import type { SharedFile } from '../sharing-contract.ts';
import { reckonKeep } from './keep.ts';

/** What an opened file holds, for the window, and what keeping it would add to the library. */
export async function describeGuest(guest: Database, library: Database): Promise<Omit<SharedFile<RunRow>, 'id' | 'file_name' | 'size_bytes' | 'problems'>> {
  const store = createScenarioStore(guest);
  const runs = createRunStore(guest);
  const rows = (await runs.list()).toReversed();
  const scenarios = [];
  for (const { id, name, about, revision_count } of await store.list())
    scenarios.push({ id, name, about, revision_count, text: (await store.read(id))?.text ?? '' });
  const bookmarks = [];
  for (const { id } of rows) for (const { run_id, event_index, note } of await runs.bookmarks(id)) bookmarks.push({ run_id, event_index, note });
  return {
    scenarios,
    runs: rows,
    bookmarks,
    comparisons: (await createComparisonStore(guest).list()).toReversed(),
    would_keep: await reckonKeep(guest, library),
  };
}
