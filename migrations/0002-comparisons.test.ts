import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { describe, expect, it } from 'vitest';
import { APPLICATION_ID, integrityProblems } from '../src-main/store/database.ts';
import { temporaryDirectory, testDatabase } from '../src-main/store/test-database.ts';
import * as initial from './0001-initial.ts';

/** A database as the first schema left it, with three runs. */
async function olderDatabase(): Promise<string> {
  const path = join(temporaryDirectory(), 'older.db');
  const sqlite = new Sqlite(path);
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
  const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => ({ '0001-initial': initial }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  sqlite.pragma(`application_id = ${APPLICATION_ID}`);
  sqlite.pragma('user_version = 1');
  for (const model of ['static', 'partial', 'rss'])
    sqlite.prepare("insert into runs (scenario_name, source, model, status, started_at) values ('s', 'engine', ?, 'complete', '2026-01-01')").run(model);
  sqlite.close();
  return path;
}

describe('0002-comparisons', () => {
  it('upgrades an older database and keeps what it held', async () => {
    const database = await testDatabase(await olderDatabase());
    expect(database.sqlite.pragma('user_version', { simple: true })).toBeGreaterThanOrEqual(2);
    expect(database.sqlite.prepare('select model from runs order by id').pluck().all()).toEqual(['static', 'partial', 'rss']);
    expect(database.sqlite.prepare('select count(*) from comparisons').pluck().get()).toBe(0);
    expect(integrityProblems(database)).toEqual([]);
  });

  it('keeps a comparison while two of its runs are there, and its baseline while that is', async () => {
    const { sqlite } = await testDatabase(await olderDatabase());
    const version = (): unknown => sqlite.prepare('select version from library_state').pluck().get();
    const count = (): unknown => sqlite.prepare('select count(*) from comparisons').pluck().get();
    const start = Number(version());
    sqlite.exec("insert into comparisons (name, baseline_run_id, created_at) values ('c', 2, '2026-01-01')");
    sqlite.exec('insert into comparison_runs (comparison_id, position, run_id) values (1, 0, 1), (1, 1, 2), (1, 2, 3)');
    expect(version()).toBe(start + 1);
    sqlite.exec('delete from runs where id = 2');
    expect(count()).toBe(1);
    expect(sqlite.prepare('select baseline_run_id from comparisons').pluck().get()).toBe(null);
    sqlite.exec('delete from runs where id = 1');
    expect(count()).toBe(0);
    expect(sqlite.prepare('select count(*) from comparison_runs').pluck().get()).toBe(0);
  });
});
