import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { formatError, type Result } from '../../src-engine/base/result.ts';
import { type Database, openDatabase } from './database.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A directory that goes with the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'memledger-test-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The value of a result that must be good. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.errors.map(formatError).join('\n'));
  return result.value;
}

/** A database that is closed and deleted with the test. */
export async function testDatabase(path: string = join(temporaryDirectory(), 'library.db')): Promise<Database> {
  const database = must(await openDatabase(path));
  cleanups.push(() => database.close());
  return database;
}
