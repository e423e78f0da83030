import { join } from 'node:path';
import { createComparisonStore } from '../store/comparisons.ts';
import type { Database } from '../store/database.ts';
import { createRunStore } from '../store/runs.ts';
import { must, temporaryDirectory, testDatabase } from '../store/test-database.ts';
import { openWorkbench } from './workbench.ts';

/** Two containers that read one file. */
export const TWO_READERS = `memledger: 1
name: A file that two read
containers: { A: { max: 1MiB }, B: {} }
objects: { shared: { file: 2MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: shared, by: a }
  - { sample: a-read }
  - { read: shared, by: b }
  - { sample: both-read }
  - { expect: { B: { file: 0 ± 4MiB } } }
models: [static, partial]
`;

/** A library with the scenario run under two models, a bookmark in each and a saved comparison. */
export async function testLibrary(
  models: readonly string[] = ['static', 'partial'],
): Promise<{ readonly database: Database; readonly run_ids: readonly number[] }> {
  const path = join(temporaryDirectory(), 'library.db');
  const bench = must(await openWorkbench({ db_path: path }));
  const scenario = must(
    await bench.addScenario({ path: join(path, '../two.yaml'), text: TWO_READERS, name: 'A file that two read', models: [...models] }, models),
  );
  const run_ids: number[] = [];
  for (const model of models) {
    const run_id = must(await bench.createRun(scenario, model));
    must(await bench.record(run_id, { in_place: true }));
    run_ids.push(run_id);
  }
  bench.close();
  const database = await testDatabase(path);
  for (const run_id of run_ids) await createRunStore(database).addBookmark(run_id, 5, `look here, ${run_id}`);
  const [first, second] = run_ids;
  if (first !== undefined && second !== undefined)
    await createComparisonStore(database).save({ name: 'both', note: 'A pays here, B there', run_ids, baseline_run_id: second });
  return { database, run_ids };
}
