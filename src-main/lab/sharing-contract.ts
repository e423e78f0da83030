import { z } from 'zod';
import type { LabError } from '../../src-engine/base/result.ts';

/** The part of the lab's API that hands things on: exports, shared files, saved comparisons. `contract.ts` takes it in. */

const id = z.int().positive();
const ids = z.array(id).max(1000);
/** Named by the window, to cancel what it asked for. */
const token = z.string().min(1).max(100);
const note = z.string().max(2000);

/** Formats that the lab writes; `memledger` is the file that others open. */
export const EXPORTED_FORMATS = ['yaml', 'csv', 'csv-steps', 'csv-series', 'jsonl', 'svg', 'html', 'text', 'perfetto', 'memledger'] as const;
export type ExportedFormat = (typeof EXPORTED_FORMATS)[number];

const shareRequest = { run_ids: ids, scenario_ids: ids.prefault([]), comparison_ids: ids.prefault([]) };

export const SHARING_METHODS = {
  /** Makes a file for the window to take away; answers when it is whole. On the way come `export-progress` notices under its token. */
  writeExport: z.strictObject({ token, format: z.enum(EXPORTED_FORMATS), ...shareRequest }),
  cancelExport: z.strictObject({ token }),
  /** Bytes of a made file from `offset` on, at most a few MiB; none at its end. */
  readExport: z.strictObject({ export_id: id, offset: z.int().nonnegative() }),
  /** Drops a made file. */
  closeExport: z.strictObject({ export_id: id }),
  /** What would go into a shared file, and how large that is. */
  reckonShare: z.strictObject(shareRequest),
  /** Takes a file of the window's, piece by piece, and opens it as a guest beside the library. */
  startUpload: z.strictObject({ file_name: z.string().max(1024), size_bytes: z.int().nonnegative() }),
  uploadPiece: z.strictObject({ upload_id: id, bytes: z.instanceof(Uint8Array) }),
  openShared: z.strictObject({ upload_id: id }),
  /** Gives up a file that is on its way or being opened; nothing is left of it. */
  cancelUpload: z.strictObject({ upload_id: id }),
  /** Files that are open as guests. */
  sharedFiles: z.strictObject({}),
  /** Puts everything of an opened file into the library. */
  keepShared: z.strictObject({ shared_id: id }),
  closeShared: z.strictObject({ shared_id: id }),
  /** Saved comparisons, newest first. */
  comparisons: z.strictObject({}),
  saveComparison: z.strictObject({ name: z.string().min(1).max(200), run_ids: z.array(id).min(2).max(16), baseline_run_id: id, note: note.prefault('') }),
  /** Writes another note on a saved comparison. */
  annotateComparison: z.strictObject({ comparison_id: id, note }),
  deleteComparison: z.strictObject({ comparison_id: id }),
} as const;

/** A saved comparison: runs in their order, and the one that the others are held against. */
export interface ComparisonRow {
  readonly id: number;
  readonly name: string;
  readonly run_ids: readonly number[];
  readonly baseline_run_id: number;
  /** What it is to show, in the words of who saved it; may be empty. */
  readonly note: string;
  readonly created_at: string;
}

/** What keeping would add to the library, or has added. */
export interface KeepReport {
  readonly scenarios_added: number;
  readonly scenarios_present: number;
  readonly runs_added: number;
  readonly runs_present: number;
  readonly bookmarks_added: number;
  readonly comparisons_added: number;
  readonly event_count: number;
  /** Bytes of what was recorded of the runs to be added. */
  readonly size_bytes: number;
}

/** What goes into a file, counted before it is written. */
export interface ShareReckoning {
  readonly run_count: number;
  readonly scenario_count: number;
  readonly comparison_count: number;
  readonly bookmark_count: number;
  readonly event_count: number;
  readonly size_bytes: number;
}

export interface GuestBookmark {
  readonly run_id: number;
  readonly event_index: number;
  readonly note: string;
}

/** A file that is open as a guest. `Run` is the lab's RunRow. */
export interface SharedFile<Run> {
  readonly id: number;
  readonly file_name: string;
  readonly size_bytes: number;
  readonly scenarios: readonly { readonly id: number; readonly name: string; readonly about: string; readonly text: string; readonly revision_count: number }[];
  readonly runs: readonly Run[];
  readonly bookmarks: readonly GuestBookmark[];
  readonly comparisons: readonly ComparisonRow[];
  /** What of the file could not be read, or is not what it says. */
  readonly problems: readonly LabError[];
  readonly would_keep: KeepReport;
}

export interface SharingAnswers<Run> {
  readonly writeExport: { readonly export_id: number; readonly size_bytes: number } | null;
  readonly cancelExport: null;
  readonly readExport: Uint8Array;
  readonly closeExport: null;
  readonly reckonShare: ShareReckoning;
  readonly startUpload: { readonly upload_id: number };
  readonly uploadPiece: null;
  /** Null where it was cancelled. */
  readonly openShared: SharedFile<Run> | null;
  readonly cancelUpload: null;
  readonly sharedFiles: readonly SharedFile<Run>[];
  readonly keepShared: KeepReport;
  readonly closeShared: null;
  readonly comparisons: readonly ComparisonRow[];
  readonly saveComparison: ComparisonRow;
  readonly annotateComparison: null;
  readonly deleteComparison: null;
}

/** How far an export or the opening of a file is. */
export interface SharingProgress {
  readonly kind: 'export-progress';
  readonly token: string;
  /** 0 to 1. */
  readonly share: number;
}
