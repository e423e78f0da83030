import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { formatError, type Result } from '../../src-engine/base/result.ts';
import { type Database, openDatabase } from './database.ts';
import type { NewRun } from './runs.ts';

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

/** A run of an engine under `static`, before its first event. */
export const testRun = (recorder: string): NewRun => ({
  scenario_id: null,
  scenario_name: 'test',
  revision_id: null,
  base_dir: null,
  source: 'engine',
  model: 'static',
  recorder,
});

/** A database that is closed and deleted with the test. */
export async function testDatabase(path: string = join(temporaryDirectory(), 'library.db')): Promise<Database> {
  const database = must(await openDatabase(path));
  cleanups.push(() => database.close());
  return database;
}
