import type { ImportReport } from '../src-main/lab/contract.ts';
import { plural } from './format.ts';

/** Something imported, in words: its name, and what is worth saying of it (empty: nothing). */
export interface Imported {
  readonly name: string;
  readonly detail: string;
}

const NAMED_COUNT_MAX = 4;

/** What an import made, in a sentence; what the library had already is none of it. */
export function madeWords({ run_ids, scenario_ids, known_scenarios }: Pick<ImportReport, 'run_ids' | 'scenario_ids' | 'known_scenarios'>): string {
  const new_count = scenario_ids.length - known_scenarios.length;
  const made = [...(run_ids.length > 0 ? [plural(run_ids.length, 'run')] : []), ...(new_count > 0 ? [plural(new_count, 'scenario')] : [])];
  const known = known_scenarios.map(({ id, name }) => `“${name}” (scenario ${id})`).join(', ');
  const there = `in the library already, with the very same text: ${known}`;
  if (made.length === 0)
    return known === '' ? 'Nothing was made of it.' : `${known_scenarios.length === 1 ? 'Its scenario is' : 'Its scenarios are'} ${there}.`;
  return `${made.join(' and ')} made of it${known === '' ? '' : `; ${there}`}.`;
}

/** One sentence about one or more imports, in their order. Of many the last ones are named. */
export function importMessage(imported: readonly Imported[]): string {
  const named = imported.slice(-NAMED_COUNT_MAX).map(({ name, detail }) => (detail === '' ? name : `${name} ${detail}`));
  if (imported.length === 1) return `Imported ${named[0]}.`;
  const unnamed_count = imported.length - named.length;
  return `Imported ${imported.length} files: ${[...named, ...(unnamed_count > 0 ? [`and ${unnamed_count} before`] : [])].join('; ')}.`;
}
