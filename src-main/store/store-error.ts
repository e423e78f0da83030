import Sqlite from 'better-sqlite3';
import type { LabError } from '../../src-engine/base/result.ts';

/** What SQLite can meet outside the lab's power, as one sentence and a remedy. */
function describe(code: string, path: string): Omit<LabError, 'place'> | undefined {
  if (code === 'SQLITE_NOTADB')
    return { code: 'database-not-sqlite', message: `${path} is not an SQLite database.`, remedy: 'give the path of a Memledger database with --db' };
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_WRITE') {
    return {
      code: 'disk-full',
      message: `The disk that holds ${path} is full.`,
      remedy: 'free some space, then finish the run; what was recorded so far is kept',
    };
  }
  if (code.startsWith('SQLITE_READONLY'))
    return {
      code: 'database-read-only',
      message: `${path} cannot be written.`,
      remedy: 'make the file and its directory writable, or give another path with --db',
    };
  if (code.startsWith('SQLITE_CANTOPEN'))
    return {
      code: 'database-not-openable',
      message: `${path} cannot be opened.`,
      remedy: 'check that the directory exists and may be written, or give another path with --db',
    };
  if (code.startsWith('SQLITE_BUSY'))
    return { code: 'database-busy', message: `${path} is held by another process.`, remedy: 'try again when that process is done' };
  if (code.startsWith('SQLITE_CORRUPT'))
    return { code: 'database-damaged', message: `${path} is damaged.`, remedy: 'restore it from a backup, or give another path with --db' };
  if (code.startsWith('SQLITE_IOERR'))
    return { code: 'disk-error', message: `The disk that holds ${path} reported an error (${code}).`, remedy: 'check the disk' };
  return undefined;
}

/** What the system says where a file that is written beside the database finds no room. */
const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const isFull = (exception: unknown): boolean => exception instanceof Error && 'code' in exception && FULL.includes(exception.code);

/** The error value for an exception of SQLite, or for a disk without room; anything else is a bug and is thrown on. */
export function storeError(exception: unknown, path: string): LabError {
  if (exception instanceof Sqlite.SqliteError) {
    const described = describe(exception.code, path);
    if (described !== undefined) return { ...described, place: { file: path } };
  }
  if (isFull(exception)) return { code: 'disk-full', message: `The disk that holds ${path} is full.`, remedy: 'free some space', place: { file: path } };
  throw exception;
}
