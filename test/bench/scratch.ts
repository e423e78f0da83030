import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../../src-engine/base/result.ts';

/** Calls with the path of a database that does not exist yet, in a directory that goes afterwards. */
export async function withScratchDatabase<T>(use: (db_path: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'memledger-bench-'));
  try {
    return await use(join(directory, 'bench.db'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The value of a result that must be good; else its errors are thrown. */
export function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.errors.map(({ message }) => message).join('\n'));
}
