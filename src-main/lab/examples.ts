import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../store/database.ts';
import { createScenarioStore, textHash } from '../store/scenarios.ts';

/** Folder of the shipped attacks, in that of the examples. */
const ATTACKS = 'attacks';

/** Files of the shipped examples, then of the attacks, as they are named in the folder of examples. */
function exampleFiles(examples_dir: string): readonly string[] {
  const filesIn = (folder: string): readonly string[] => {
    const path = join(examples_dir, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => join(folder, name));
  };
  return [...filesIn('.'), ...filesIn(ATTACKS)];
}

/**
 * Puts the shipped examples into the library: new ones are added, changed ones are brought up to date unless the user has edited them, deleted ones stay deleted.
 */
export async function seedExamples(database: Database, examples_dir: string): Promise<void> {
  const scenarios = createScenarioStore(database);
  const shipped = await scenarios.shipped();
  for (const file_name of exampleFiles(examples_dir)) {
    const source_path = join(examples_dir, file_name);
    const text = readFileSync(source_path, 'utf8');
    const sha256 = textHash(text);
    const known = shipped.get(file_name);
    if (known?.sha256 === sha256) continue;
    // With the language, which a start without new examples need not wait for.
    const { summarise } = await import('./scenario-text.ts');
    if (known === undefined) {
      const scenario_id =
        (await scenarios.bySourcePath(source_path)) ?? (await scenarios.create({ text, summary: summarise(text, file_name), origin: 'example', source_path }));
      await scenarios.setShipped(file_name, { sha256, scenario_id });
      continue;
    }
    const { scenario_id } = known;
    if (scenario_id !== null && (await scenarios.currentHash(scenario_id)) === known.sha256)
      await scenarios.revise(scenario_id, text, summarise(text, file_name));
    await scenarios.setShipped(file_name, { sha256, scenario_id });
  }
}
