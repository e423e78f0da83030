import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { integrityProblems } from '../src-main/store/database.ts';
import { temporaryDirectory, testDatabase } from '../src-main/store/test-database.ts';

describe('0001-initial', () => {
  it('makes every table in an empty file', async () => {
    const path = join(temporaryDirectory(), 'empty.db');
    new Sqlite(path).close();
    const database = await testDatabase(path);
    const tables = database.sqlite
      .prepare<[], string>("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%' order by name")
      .pluck()
      .all();
    expect(tables).toEqual([
      'attachments',
      'blocks',
      'bookmarks',
      'comparison_runs',
      'comparisons',
      'expectations',
      'keyframes',
      'library_state',
      'revisions',
      'runs',
      'samples',
      'scenario_revisions',
      'scenarios',
      'series',
      'shipped_examples',
    ]);
    expect(integrityProblems(database)).toEqual([]);
  });

  it('counts changes of the library, and not the blocks of a recording', async () => {
    const { sqlite } = await testDatabase();
    const version = (): number => sqlite.prepare<[], number>('select version from library_state').pluck().get() ?? -1;
    const start = version();
    sqlite.exec("insert into runs (scenario_name, source, model, status, started_at) values ('s', 'engine', 'static', 'recording', '2026-01-01')");
    expect(version()).toBe(start + 1);
    sqlite.exec('update runs set event_count = 5, heartbeat_ms = 7');
    expect(version()).toBe(start + 1);
    sqlite.exec("update runs set status = 'complete'");
    expect(version()).toBe(start + 2);
    sqlite.exec('delete from runs');
    expect(version()).toBe(start + 3);
  });
});
