import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { expect, it } from 'vitest';
import { createComparisonStore } from '../src-main/store/comparisons.ts';
import { APPLICATION_ID, integrityProblems } from '../src-main/store/database.ts';
import { temporaryDirectory, testDatabase } from '../src-main/store/test-database.ts';
import * as initial from './0001-initial.ts';
import * as comparisons from './0002-comparisons.ts';

/** A database of version 2 with two runs and a comparison of them. */
async function olderDatabase(): Promise<string> {
  const path = join(temporaryDirectory(), 'older.db');
  const sqlite = new Sqlite(path);
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
  const migrations = { '0001-initial': initial, '0002-comparisons': comparisons };
  const { error } = await new Migrator({ db: kysely, provider: { getMigrations: async () => migrations } }).migrateToLatest();
  if (error !== undefined) throw error;
  sqlite.pragma(`application_id = ${APPLICATION_ID}`);
  sqlite.pragma('user_version = 2');
  for (const model of ['static', 'rss'])
    sqlite.prepare("insert into runs (scenario_name, source, model, status, started_at) values ('s', 'engine', ?, 'complete', '2026-01-01')").run(model);
  sqlite.exec("insert into comparisons (name, baseline_run_id, created_at) values ('both', 2, '2026-01-01')");
  sqlite.exec('insert into comparison_runs (comparison_id, position, run_id) values (1, 0, 1), (1, 1, 2)');
  sqlite.close();
  return path;
}

it('upgrades an older database: its comparisons have an empty note, which can be written', async () => {
  const database = await testDatabase(await olderDatabase());
  expect(database.sqlite.pragma('user_version', { simple: true })).toBeGreaterThanOrEqual(3);
  const store = createComparisonStore(database);
  expect(await store.list()).toMatchObject([{ name: 'both', note: '', run_ids: [1, 2], baseline_run_id: 2 }]);
  const version = (): unknown => database.sqlite.prepare('select version from library_state').pluck().get();
  const start = Number(version());
  expect(await store.annotate(1, 'rss lets B off')).toBe(true);
  expect(await store.list()).toMatchObject([{ name: 'both', note: 'rss lets B off' }]);
  expect(version()).toBe(start + 1);
  expect(await store.annotate(2, 'of none')).toBe(false);
  expect(integrityProblems(database)).toEqual([]);
});
