import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { MIGRATIONS, SCHEMA_VERSION } from '../../migrations/index.ts';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import type { Tables } from './schema.ts';
import { storeError } from './store-error.ts';

/** Marks a file as the lab's (`file` and other tools show it): "MLDG". */
export const APPLICATION_ID = 0x4d4c4447;

/** How long a connection waits for another process's write to end. Blocks are written in milliseconds; a checkpoint may take longer. */
const BUSY_TIMEOUT_MS = 10_000;

/** An open connection. `sqlite` is for prepared statements on the hot path and pragmas, `kysely` for all else; both are the same connection. */
export interface Database {
  readonly path: string;
  readonly sqlite: Sqlite.Database;
  readonly kysely: Kysely<Tables>;
  close(): void;
}

export interface OpenOptions {
  readonly readonly?: boolean;
  /** Creates missing directories on the way to the file: for the default path, not for one that a user typed. */
  readonly create_directory?: boolean;
}

/**
 * Opens the database at `path`, creating it where there is none and bringing an older one up to date.
 * Errors: the directory is missing, the file is no database, is another program's or a newer lab's, cannot be written, the disk is full.
 */
export async function openDatabase(path: string, options: OpenOptions = {}): Promise<Result<Database>> {
  const file = resolve(path);
  const directory = dirname(file);
  if (!existsSync(directory)) {
    if (options.create_directory !== true) {
      return fail({
        code: 'directory-missing',
        message: `The directory ${directory} does not exist.`,
        place: { file },
        remedy: 'create it, or give another path with --db',
      });
    }
    try {
      mkdirSync(directory, { recursive: true });
    } catch (exception) {
      return fail({
        code: 'directory-not-creatable',
        message: `The directory ${directory} cannot be created: ${(exception as Error).message}.`,
        place: { file },
        remedy: 'give another path with --db',
      });
    }
  }
  let sqlite: Sqlite.Database | undefined;
  try {
    sqlite = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS, readonly: options.readonly ?? false });
    const refusal = refuse(sqlite, file);
    if (refusal !== undefined) {
      sqlite.close();
      return fail(refusal);
    }
    if (options.readonly !== true) {
      sqlite.pragma('journal_mode = WAL');
      sqlite.pragma('synchronous = NORMAL');
    }
    sqlite.pragma('foreign_keys = ON');
    const database = wrap(file, sqlite);
    if (versionOf(sqlite) < SCHEMA_VERSION) await migrate(database);
    return ok(database);
  } catch (exception) {
    sqlite?.close();
    return fail(storeError(exception, file));
  }
}

/** SQLite's own check of the whole file; an empty list means that all is well. */
export function integrityProblems(database: Database): readonly string[] {
  const rows = database.sqlite.pragma('integrity_check') as { readonly integrity_check: string }[];
  const foreign = database.sqlite.pragma('foreign_key_check') as { readonly table: string }[];
  return [...rows.map((row) => row.integrity_check).filter((line) => line !== 'ok'), ...foreign.map((row) => `a row of ${row.table} refers to nothing`)];
}

function versionOf(sqlite: Sqlite.Database): number {
  return sqlite.pragma('user_version', { simple: true }) as number;
}

/** Looks without writing: a file that is not ours is left as it is. */
function refuse(sqlite: Sqlite.Database, file: string): LabError | undefined {
  const version = versionOf(sqlite);
  const application_id = sqlite.pragma('application_id', { simple: true }) as number;
  const table_count = sqlite.prepare<[], number>('select count(*) from sqlite_schema').pluck().get() ?? 0;
  if (table_count > 0 && application_id !== APPLICATION_ID) {
    return {
      code: 'database-foreign',
      message: `${file} is a database of another program.`,
      place: { file },
      remedy: 'give the path of a Memledger database with --db',
    };
  }
  if (version > SCHEMA_VERSION) {
    return {
      code: 'database-newer',
      message: `${file} was written by a newer Memledger (database version ${version}, this one knows ${SCHEMA_VERSION}).`,
      place: { file },
      remedy: 'update Memledger, or give another path with --db',
    };
  }
  return undefined;
}

function wrap(path: string, sqlite: Sqlite.Database): Database {
  // A transaction that reads first and writes later cannot wait for another process's write; one that says at once that it will write can.
  const immediate = { prepare: (query: string) => sqlite.prepare(query === 'begin' ? 'begin immediate' : query), close: () => sqlite.close() };
  return { path, sqlite, kysely: new Kysely<Tables>({ dialect: new SqliteDialect({ database: immediate }) }), close: () => sqlite.close() };
}

/** All or nothing, under the write lock: of two processes that start at once, the second finds the work done. */
async function migrate({ sqlite, kysely }: Database): Promise<void> {
  sqlite.exec('begin immediate');
  try {
    if (versionOf(sqlite) < SCHEMA_VERSION) {
      const migrator = new Migrator({ db: kysely, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
      const { error } = await migrator.migrateToLatest({ disableTransactions: true });
      if (error !== undefined) throw error;
      sqlite.pragma(`application_id = ${APPLICATION_ID}`);
      sqlite.pragma(`user_version = ${SCHEMA_VERSION}`);
    }
    sqlite.exec('commit');
  } catch (exception) {
    if (sqlite.inTransaction) sqlite.exec('rollback');
    throw exception;
  }
}
