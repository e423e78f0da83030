import { closeSync, openSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { createSharedRows } from '../store/shared-rows.ts';
import { storeError } from '../store/store-error.ts';
import { serveCalls } from './child-calls.ts';
import { writeExport } from './exports/write-export.ts';
import { GUEST_IDS_FROM, isGuestId } from './guest-ids.ts';
import { parentPort } from './process-host.ts';
import { describeGuest } from './share/guest.ts';
import { keepShared } from './share/keep.ts';
import { openShare } from './share/read-share.ts';
import { unpackShare } from './share/unpack.ts';
import { reckonShare, type ShareRequest, type WritePiece, writeShare } from './share/write-share.ts';
import type { ExportedFormat } from './sharing-contract.ts';

/** Entry of the process that writes exports and opens files of others: whatever is in such a file, the lab and its player go on. */
export interface GuestPath {
  /** Ordinal of the opened file: its ids begin at so many times GUEST_IDS_FROM. */
  readonly shared_id: number;
  readonly path: string;
}

export interface ExportCall {
  readonly db_path: string;
  readonly guests: readonly GuestPath[];
  readonly token: string;
  readonly format: ExportedFormat;
  readonly request: ShareRequest;
  readonly out_path: string;
}

export interface OpenCall {
  readonly db_path: string;
  readonly token: string;
  readonly file_path: string;
  readonly file_name: string;
  readonly guest_path: string;
  readonly first_id: number;
}

export interface GuestCall {
  readonly db_path: string;
  readonly guest_path: string;
}

export interface ReckonCall {
  readonly db_path: string;
  readonly request: ShareRequest;
}

const PROGRESS_INTERVAL_MS = 100;
/** What can be cancelled, by its token. */
const under_way = new Map<string, AbortController>();

async function cancellable<T>(token: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  under_way.set(token, abort);
  try {
    return await work(abort.signal);
  } finally {
    under_way.delete(token);
  }
}

/** Lets `use` work with databases that are closed afterwards. */
async function withDatabases<T>(
  paths: readonly string[],
  readonly: boolean,
  use: (...databases: readonly Database[]) => Promise<Result<T>>,
): Promise<Result<T>> {
  const open: Database[] = [];
  try {
    for (const path of paths) {
      const opened = await openDatabase(path, { readonly });
      if (!opened.ok) return opened;
      open.push(opened.value);
    }
    return await use(...open);
  } catch (exception) {
    return fail(storeError(exception, paths[0] ?? ''));
  } finally {
    for (const database of open) database.close();
  }
}

/** Tells how far the work is, now and then. */
function teller(notify: (notice: unknown) => void): (share: number) => void {
  let told_ms = 0;
  return (share) => {
    const now_ms = performance.now();
    if (now_ms - told_ms < PROGRESS_INTERVAL_MS) return;
    told_ms = now_ms;
    notify(share);
  };
}

/** Answers the size of the written file; null where it was cancelled. */
function exportTo(
  { db_path, guests, format, request, out_path }: ExportCall,
  notify: (notice: unknown) => void,
  signal: AbortSignal,
): Promise<Result<number | null>> {
  return withDatabases([db_path, ...guests.map(({ path }) => path)], true, async (library, ...opened) => {
    const tell = teller(notify);
    const fd = openSync(out_path, 'w');
    const write: WritePiece = async (bytes, share) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      tell(share);
      return !signal.aborted;
    };
    const databaseOf = (run_id: number): Database | undefined => {
      const place = guests.findIndex(({ shared_id }) => shared_id === Math.floor(run_id / GUEST_IDS_FROM));
      return isGuestId(run_id) ? opened[place] : library;
    };
    try {
      if (library === undefined) return ok(null);
      const written =
        format === 'memledger' ? await writeShare(library, request, write) : await writeExport(databaseOf, { format, run_ids: request.run_ids }, write);
      return written.ok ? ok(written.value ?? null) : written;
    } finally {
      closeSync(fd);
    }
  });
}

/** Answers what the file holds; null where opening it was cancelled. */
function open(
  { db_path, file_path, file_name, guest_path, first_id }: OpenCall,
  notify: (notice: unknown) => void,
  signal: AbortSignal,
): Promise<Result<unknown>> {
  return withDatabases([guest_path], false, (guest) =>
    withDatabases([db_path], true, async (library) => {
      const file = openShare(file_path, file_name);
      if (!file.ok) return file;
      try {
        if (guest === undefined || library === undefined) return ok(null);
        const rows = createSharedRows(library);
        const unpacked = await unpackShare(file.value, file_name, guest, { first_id, textId: rows.textId, onProgress: teller(notify), signal });
        if (signal.aborted) return ok(null);
        return unpacked.ok ? ok({ ...(await describeGuest(guest, library)), problems: unpacked.value.problems, size_bytes: file.value.size_bytes }) : unpacked;
      } finally {
        file.value.close();
      }
    }),
  );
}

serveCalls(parentPort(), async (method, call, notify): Promise<Result<unknown>> => {
  switch (method) {
    case 'cancel':
      under_way.get((call as { readonly token: string }).token)?.abort();
      return ok(null);
    case 'export':
      return cancellable((call as ExportCall).token, (signal) => exportTo(call as ExportCall, notify, signal));
    case 'open':
      return cancellable((call as OpenCall).token, (signal) => open(call as OpenCall, notify, signal));
    case 'reckon': {
      const { db_path, request } = call as ReckonCall;
      return withDatabases([db_path], true, async (library) => (library === undefined ? ok(null) : reckonShare(library, request)));
    }
    case 'describe': {
      const { db_path, guest_path } = call as GuestCall;
      return withDatabases([guest_path, db_path], true, async (guest, library) =>
        guest === undefined || library === undefined ? ok(null) : ok(await describeGuest(guest, library)),
      );
    }
    case 'keep': {
      const { db_path, guest_path } = call as GuestCall;
      return withDatabases([guest_path, db_path], false, async (guest, library) =>
        guest === undefined || library === undefined ? ok(null) : ok(await keepShared(guest, library)),
      );
    }
    default:
      return fail({ code: 'bad-request', message: `There is no call ${method}.` });
  }
});
