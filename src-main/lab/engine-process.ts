import { ok, type Result } from '../../src-engine/base/result.ts';
import type { ImportFile } from '../../src-engine/formats/foreign-format.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { serveCalls } from './child-calls.ts';
import { importBytes, importInput } from './import-input.ts';
import { parentPort } from './process-host.ts';
import { recordRun } from './record-run.ts';

/** Entry of the process that records: one run or import at a time, over a connection of its own. */
export interface RecordCall {
  readonly db_path: string;
  readonly run_id: number;
  /** Identity of the process that queued the run. */
  readonly taken_from: string;
  /** The run is known to be short (RecordOptions). */
  readonly in_place?: boolean;
}

export interface ImportCall {
  readonly db_path: string;
  /** Name of the file, or of the directory. */
  readonly file_name: string;
  readonly bytes: Uint8Array | readonly ImportFile[];
}

let database: Promise<Result<Database>> | undefined;
let current: { readonly run_id: number; readonly abort: AbortController } | undefined;

async function open(db_path: string): Promise<Result<Database>> {
  const opened = await openDatabase(db_path);
  if (!opened.ok) database = undefined;
  return opened;
}

serveCalls(parentPort(), async (method, call, notify) => {
  if (method === 'cancel') {
    if (current?.run_id === (call as { readonly run_id: number }).run_id) current.abort.abort();
    return ok(null);
  }
  const { db_path } = call as RecordCall | ImportCall;
  database ??= open(db_path);
  const opened = await database;
  if (!opened.ok) return opened;
  if (method === 'import') {
    const { file_name, bytes } = call as ImportCall;
    const imported = await (bytes instanceof Uint8Array
      ? importBytes(opened.value, file_name, bytes)
      : importInput(opened.value, { name: file_name, files: bytes, text: null }));
    return imported.ok ? ok(imported.value.report) : imported;
  }
  const { run_id, taken_from, in_place = false } = call as RecordCall;
  const abort = new AbortController();
  current = { run_id, abort };
  const recorded = await recordRun(opened.value, run_id, { signal: abort.signal, onProgress: notify, taken_from, in_place });
  current = undefined;
  return recorded;
});
