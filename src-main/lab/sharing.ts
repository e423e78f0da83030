import { appendFileSync, closeSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { formatCount } from '../../src-engine/base/figures.ts';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { createComparisonStore } from '../store/comparisons.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { createRunStore } from '../store/runs.ts';
import { storeError } from '../store/store-error.ts';
import type { ChildCaller } from './child-calls.ts';
import type { LabNotice, RunRow } from './contract.ts';
import { fileOfGuest, GUEST_IDS_FROM } from './guest-ids.ts';
import type { LabHandlers } from './handlers.ts';
import { createHandoverDirectory } from './handover-directory.ts';
import type { ExportCall, GuestCall, GuestPath, OpenCall, ReckonCall } from './share-process.ts';
import type { KeepReport, SHARING_METHODS, SharedFile, ShareReckoning } from './sharing-contract.ts';

type SharingMethod = keyof typeof SHARING_METHODS;

/** Handing on and taking in: the lab's methods for it, and the opened files that the player reads. */
export interface Sharing {
  readonly methods: Pick<LabHandlers, SharingMethod>;
  /** Databases of opened files, for the player. */
  guests(): readonly GuestPath[];
  /** Bookmarks of a run of an opened file. */
  bookmarks: LabHandlers['bookmarks'];
  close(): void;
}

export interface SharingOptions {
  readonly database: Database;
  /** The process of share-process.ts. */
  readonly caller: ChildCaller;
  readonly notify: (notice: LabNotice) => void;
  readonly changed: () => void;
}

/** Bytes of one answer to readExport: to copy more would hold the window. */
const READ_BYTES = 2 ** 20;
const UPLOAD_BYTES_MAX = 64 * 2 ** 30;

interface Guest {
  readonly path: string;
  file: SharedFile<RunRow>;
}

interface Upload {
  readonly path: string;
  readonly file_name: string;
  readonly size_bytes: number;
  received_bytes: number;
}

/** What the window sees of an opened file besides its number, as the process answers it. */
type Described = Omit<SharedFile<RunRow>, 'id' | 'file_name'>;

/** Sets up sharing for a lab. */
export function createSharing({ database, caller, notify, changed }: SharingOptions): Sharing {
  const db_path = database.path;
  const directory = createHandoverDirectory(db_path);
  const comparisons = createComparisonStore(database);
  const guests = new Map<number, Guest>();
  const uploads = new Map<number, Upload>();
  const made = new Map<number, string>();
  let next_id = 1;
  let next_guest_id = 1;
  const drop = (path: string): void => {
    for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
  };
  const guestPaths = (): readonly GuestPath[] => [...guests].map(([shared_id, { path }]) => ({ shared_id, path }));
  const openToken = (upload_id: number): string => `open-${upload_id}`;
  const noComparison = (comparison_id: number) => fail({ code: 'no-such-comparison', message: `There is no comparison ${comparison_id}.` });
  const noFile = (shared_id: number) => fail({ code: 'no-such-file', message: `There is no opened file ${shared_id}.`, remedy: 'open it again' });

  const methods: Sharing['methods'] = {
    async writeExport({ token, format, ...request }) {
      const out_path = directory.newPath('export');
      const call: ExportCall = { db_path, guests: guestPaths(), token, format, request, out_path };
      const written = (await caller.call('export', call, (share) => notify({ kind: 'export-progress', token, share: share as number }))) as Result<
        number | null
      >;
      if (!written.ok || written.value === null) {
        drop(out_path);
        return written.ok ? ok(null) : written;
      }
      const export_id = next_id++;
      made.set(export_id, out_path);
      return ok({ export_id, size_bytes: written.value });
    },
    async cancelExport({ token }) {
      await caller.call('cancel', { token });
      return ok(null);
    },
    async readExport({ export_id, offset }) {
      const path = made.get(export_id);
      if (path === undefined) return fail({ code: 'no-such-export', message: `There is no export ${export_id}.`, remedy: 'export it again' });
      const size_bytes = statSync(path).size;
      const bytes = new Uint8Array(Math.max(0, Math.min(READ_BYTES, size_bytes - offset)));
      const fd = openSync(path, 'r');
      try {
        readSync(fd, bytes, 0, bytes.length, offset);
      } finally {
        closeSync(fd);
      }
      return ok(bytes);
    },
    async closeExport({ export_id }) {
      const path = made.get(export_id);
      if (path !== undefined) drop(path);
      made.delete(export_id);
      return ok(null);
    },
    reckonShare: async (request) => (await caller.call('reckon', { db_path, request } satisfies ReckonCall)) as Result<ShareReckoning>,

    async startUpload({ file_name, size_bytes }) {
      if (size_bytes > UPLOAD_BYTES_MAX)
        return fail({
          code: 'file-too-large',
          message: `The file is ${formatCount(size_bytes)} bytes long; up to ${formatCount(UPLOAD_BYTES_MAX)} are read.`,
          place: { file: file_name },
        });
      let path: string;
      try {
        path = directory.newPath('opened');
        writeFileSync(path, '');
      } catch (exception) {
        return fail(storeError(exception, db_path));
      }
      const upload_id = next_id++;
      uploads.set(upload_id, { path, file_name: basename(file_name), size_bytes, received_bytes: 0 });
      return ok({ upload_id });
    },
    async uploadPiece({ upload_id, bytes }) {
      const upload = uploads.get(upload_id);
      if (upload === undefined || upload.received_bytes + bytes.length > upload.size_bytes)
        return fail({ code: 'no-such-upload', message: 'The file came in pieces that do not fit.', remedy: 'open it again' });
      try {
        appendFileSync(upload.path, bytes);
      } catch (exception) {
        uploads.delete(upload_id);
        drop(upload.path);
        return fail(storeError(exception, db_path));
      }
      upload.received_bytes += bytes.length;
      return ok(null);
    },
    async openShared({ upload_id }) {
      const upload = uploads.get(upload_id);
      if (upload === undefined) return fail({ code: 'no-such-upload', message: 'The file did not come whole.', remedy: 'open it again' });
      uploads.delete(upload_id);
      const { path: file_path, file_name } = upload;
      const shared_id = next_guest_id++;
      const guest_path = directory.newPath('guest.db');
      const token = openToken(upload_id);
      const call: OpenCall = { db_path, token, file_path, file_name, guest_path, first_id: shared_id * GUEST_IDS_FROM + 1 };
      const opened = (await caller.call('open', call, (share) =>
        notify({ kind: 'export-progress', token, share: share as number }),
      )) as Result<Described | null>;
      drop(file_path);
      if (!opened.ok || opened.value === null) {
        drop(guest_path);
        return opened.ok ? ok(null) : opened;
      }
      const file = { ...opened.value, id: shared_id, file_name };
      guests.set(shared_id, { path: guest_path, file });
      notify({ kind: 'files-changed' });
      return ok(file);
    },
    async cancelUpload({ upload_id }) {
      const upload = uploads.get(upload_id);
      uploads.delete(upload_id);
      if (upload === undefined) await caller.call('cancel', { token: openToken(upload_id) });
      else drop(upload.path);
      return ok(null);
    },
    sharedFiles: async () => ok([...guests.values()].map(({ file }) => file)),
    async keepShared({ shared_id }) {
      const guest = guests.get(shared_id);
      if (guest === undefined) return noFile(shared_id);
      const call: GuestCall = { db_path, guest_path: guest.path };
      const kept = (await caller.call('keep', call)) as Result<KeepReport>;
      changed();
      if (!kept.ok) return kept;
      const described = (await caller.call('describe', call)) as Result<Partial<Described>>;
      if (described.ok) guest.file = { ...guest.file, ...described.value };
      notify({ kind: 'files-changed' });
      return kept;
    },
    async closeShared({ shared_id }) {
      const guest = guests.get(shared_id);
      if (guest === undefined) return noFile(shared_id);
      guests.delete(shared_id);
      drop(guest.path);
      notify({ kind: 'files-changed' });
      return ok(null);
    },

    comparisons: async () => ok(await comparisons.list()),
    async saveComparison(comparison) {
      if (!comparison.run_ids.includes(comparison.baseline_run_id)) return fail({ code: 'bad-request', message: 'The baseline is none of the runs.' });
      const known = new Set((await createRunStore(database).list()).map(({ id }) => id));
      const missing = comparison.run_ids.find((id) => !known.has(id));
      if (missing !== undefined)
        return fail({ code: 'no-such-run', message: `Run ${missing} is not in the library.`, remedy: 'keep the file that it is of first' });
      const saved = await comparisons.save(comparison);
      changed();
      return ok(saved);
    },
    async annotateComparison({ comparison_id, note }) {
      if (!(await comparisons.annotate(comparison_id, note))) return noComparison(comparison_id);
      changed();
      return ok(null);
    },
    async deleteComparison({ comparison_id }) {
      if (!(await comparisons.remove(comparison_id))) return noComparison(comparison_id);
      changed();
      return ok(null);
    },
  };

  return {
    methods,
    guests: guestPaths,
    async bookmarks({ run_id }) {
      const guest = guests.get(fileOfGuest(run_id));
      if (guest === undefined) return fail({ code: 'no-such-run', message: `There is no run ${run_id}.`, remedy: 'open the file that it is of again' });
      const opened = await openDatabase(guest.path, { readonly: true });
      if (!opened.ok) return opened;
      try {
        return ok(await createRunStore(opened.value).bookmarks(run_id));
      } finally {
        opened.value.close();
      }
    },
    close: () => directory.remove(),
  };
}
