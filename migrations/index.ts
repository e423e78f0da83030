import type { Migration } from 'kysely/migration';
import * as initial from './0001-initial.ts';
import * as comparisons from './0002-comparisons.ts';
import * as comparisonNotes from './0003-comparison-notes.ts';

/**
 * Every migration in order. A landed migration is never edited; a change of the schema is a new file and a new line here.
 * The number of entries is the database's version (`PRAGMA user_version`).
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-comparisons': comparisons,
  '0003-comparison-notes': comparisonNotes,
};

/** Version of the schema that this lab reads and writes. */
export const SCHEMA_VERSION = Object.keys(MIGRATIONS).length;
