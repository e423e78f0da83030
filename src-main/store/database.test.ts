import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { SCHEMA_VERSION } from '../../migrations/index.ts';
import { APPLICATION_ID, integrityProblems, openDatabase } from './database.ts';
import { must, temporaryDirectory, testDatabase } from './test-database.ts';

const codeOf = async (path: string): Promise<string | undefined> => {
  const opened = await openDatabase(path);
  return opened.ok ? undefined : opened.errors[0]?.code;
};

describe('openDatabase', () => {
  it('creates a database that is sound, in WAL mode, with foreign keys on', async () => {
    const database = await testDatabase();
    expect(integrityProblems(database)).toEqual([]);
    expect(database.sqlite.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(database.sqlite.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(database.sqlite.pragma('application_id', { simple: true })).toBe(APPLICATION_ID);
    expect(database.sqlite.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION);
  });

  it('is created once when several processes start at once', async () => {
    const path = join(temporaryDirectory(), 'library.db');
    const module_url = new URL('./database.ts', import.meta.url).href;
    const script = `const { openDatabase } = await import(${JSON.stringify(module_url)}); const opened = await openDatabase(${JSON.stringify(path)}); console.log(opened.ok ? 'ok' : JSON.stringify(opened));`;
    const run = promisify(execFile);
    const outputs = await Promise.all([1, 2, 3].map(() => run(process.execPath, ['--input-type=module', '-e', script])));
    expect(outputs.map(({ stdout }) => stdout.trim())).toEqual(['ok', 'ok', 'ok']);
    expect(integrityProblems(await testDatabase(path))).toEqual([]);
  });

  it('creates missing directories only where it is told to', async () => {
    const path = join(temporaryDirectory(), 'a/b/library.db');
    expect(await codeOf(path)).toBe('directory-missing');
    const opened = must(await openDatabase(path, { create_directory: true }));
    opened.close();
  });

  it('refuses a database of a newer version and leaves it as it is', async () => {
    const database = await testDatabase();
    database.sqlite.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    const opened = await openDatabase(database.path);
    expect(opened.ok).toBe(false);
    if (!opened.ok) {
      expect(opened.errors[0]).toMatchObject({ code: 'database-newer', remedy: expect.stringContaining('--db') });
      expect(opened.errors[0]?.message).toContain(`version ${SCHEMA_VERSION + 1}`);
    }
    expect(database.sqlite.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION + 1);
  });

  it('refuses a file that is no database, and one of another program, and leaves both as they are', async () => {
    const directory = temporaryDirectory();
    const text = join(directory, 'notes.db');
    writeFileSync(text, 'not a database at all, but longer than a header '.repeat(100));
    expect(await codeOf(text)).toBe('database-not-sqlite');
    expect(readFileSync(text, 'utf8')).toMatch(/^not a database/);

    const foreign = join(directory, 'foreign.db');
    new Sqlite(foreign).exec('create table t (x)').close();
    const before = readFileSync(foreign);
    expect(await codeOf(foreign)).toBe('database-foreign');
    expect(readFileSync(foreign).equals(before)).toBe(true);
  });

  it('says that a directory is no database', async () => {
    expect(await codeOf(temporaryDirectory())).toBe('database-not-openable');
  });

  it.skipIf(process.getuid?.() === 0)('says that a file cannot be written', async () => {
    const database = await testDatabase();
    database.close();
    chmodSync(database.path, 0o444);
    expect(await codeOf(database.path)).toBe('database-read-only');
  });
});
