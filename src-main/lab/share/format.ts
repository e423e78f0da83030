import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { LabError } from '../../../src-engine/base/result.ts';
import { LIMITS } from '../../../src-engine/scenario/limits.ts';

/** The file in which scenarios, runs, bookmarks and comparisons are handed on: docs/sharing.md says it in prose. */

/** First bytes of the file: not text, and damaged by whatever rewrites the ends of lines. */
export const SHARE_MAGIC = Uint8Array.from([0x89, 0x4d, 0x4c, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
/** The newest version of the format, which this lab reads with all before it. Version 2 added notes on comparisons. */
export const SHARE_VERSION = 2;
/** The version that a file is written in: the oldest that can say what is in it, so that older labs open what they understand. */
export const versionFor = ({ comparisons }: Pick<ShareContents, 'comparisons'>): number => (comparisons.some(({ note }) => note !== undefined) ? 2 : 1);
/** Ending of the file's name. */
export const SHARE_EXTENSION = '.memledger';

/** Magic, version (u32), size of the contents (u32), SHA-256 of the contents. */
export const HEADER_BYTES = 48;
export const VERSION_AT = 8;
export const CONTENTS_SIZE_AT = 12;
export const CONTENTS_HASH_AT = 16;

/** What is refused before anything is made room for. Sizes in bytes. */
export const SHARE_LIMITS = {
  contents: 64 * 2 ** 20,
  piece_count: 4_000_000,
  run_count: 10_000,
  record: 256 * 2 ** 20,
  block: 8 * 2 ** 20,
  /** Content of a block, as its envelope states it: more than 65,536 events of 22 bytes with their headers. */
  block_content: 2 * 2 ** 20,
  text: 4 * LIMITS.text_length,
  /** Attached text, decompressed: no longer one can be imported (TRACE_BYTES_MAX). */
  attachment: 2 ** 29 - 2 ** 16,
  /** Pages of all objects of a run, which tables are kept for: a scenario may have an eighth of them at a time. */
  page_count: 2 ** 27,
} as const;

const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().max(4096);
const finite = z.number();
/** Number of a piece in `pieces`. */
const piece = z.int().nonnegative();

export const runMeta = z.strictObject({
  source: z.enum(['engine', 'trace', 'kernel']),
  model: name,
  charge_shift: z.int().min(0).max(24),
  seed: finite,
  memory_pages: count,
  engine_version: name,
});

/** The contents: everything that is no piece. Keys stand in this order. */
export const shareContents = z.strictObject({
  /** Version of the lab that wrote it. */
  made_by: name,
  scenarios: z
    .array(z.strictObject({ name, /** Revisions by their SHA-256, the current one last. */ texts: z.array(sha256).min(1).max(10_000) }))
    .max(SHARE_LIMITS.run_count),
  texts: z.array(z.strictObject({ sha256, piece })).max(100_000),
  runs: z
    .array(
      z.strictObject({
        /** Hash of what the run is (runKey). */
        key: sha256,
        scenario_name: name,
        /** SHA-256 of the text that it ran; null for an imported trace. */
        text: sha256.nullable(),
        attachment: z.strictObject({ file_name: z.string().max(255), size_bytes: count.max(SHARE_LIMITS.attachment), piece }).nullable(),
        model: name,
        status: z.enum(['complete', 'interrupted', 'failed', 'cancelled']),
        /** Code of the error that it ended with. */
        error: z.string().max(100).nullable(),
        meta: runMeta,
        event_count: count,
        step_count: count,
        access_count: count,
        end_ns: finite.nonnegative(),
        log_sha256: sha256,
        /** Piece with its names, samples and expectations (runRecord). */
        record: piece,
        /** Its blocks are the pieces from here on. */
        first_block: piece,
        block_count: z.int().positive(),
        bookmarks: z.array(z.strictObject({ event_index: count, note: z.string().max(2000) })).max(100_000),
      }),
    )
    .max(SHARE_LIMITS.run_count),
  comparisons: z
    .array(
      z.strictObject({
        name,
        /** Keys of runs in the order of the comparison. */
        runs: z.array(sha256).min(2).max(64),
        baseline: sha256,
        /** Left out where nothing was written (always in version 1). */
        note: z.string().min(1).max(2000).optional(),
      }),
    )
    .max(SHARE_LIMITS.run_count),
  /** Every piece in the order of the file: they follow the contents and one another without a gap. */
  pieces: z.array(z.strictObject({ size_bytes: count, sha256 })).max(SHARE_LIMITS.piece_count),
});
export type ShareContents = z.infer<typeof shareContents>;
export type SharedRun = ShareContents['runs'][number];

const names = z.array(name).max(5_000_000);
const counters = z.record(z.string(), z.union([finite, z.record(z.string(), z.union([finite, z.literal('max')]))]));

/** Piece of a run: what stands beside its events. */
export const runRecord = z.strictObject({
  names: z.strictObject({ containers: names, tasks: names, objects: names, samples: names }),
  samples: z.array(
    z.strictObject({
      name,
      event_index: count,
      step_index: count,
      data: z.strictObject({
        containers: z.record(z.string(), counters),
        tasks: z.record(
          z.string(),
          z.strictObject({
            alive: z.boolean(),
            container: name,
            rss: finite,
            swap: finite,
            /** What a kernel told besides. */
            pss: finite.optional(),
            locked: finite.optional(),
            pinned: finite.optional(),
          }),
        ),
      }),
    }),
  ),
  expectations: z.array(
    z.strictObject({
      line: count,
      step_index: count,
      path: name,
      counter: name,
      expected: finite,
      tolerance: finite,
      actual: finite,
      held: z.boolean(),
    }),
  ),
});
export type RunRecord = z.infer<typeof runRecord>;

export const sha256Of = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** What a run is, wherever it was recorded: two runs with one key are the same recording. */
export interface RunIdentity {
  readonly source: string;
  readonly model: string;
  readonly scenario_name: string;
  /** SHA-256 of its text. */
  readonly text: string | null;
  readonly attachment_size_bytes: number | null;
  readonly status: string;
  readonly event_count: number;
  /** Of the log up to its last block. */
  readonly log_sha256: string;
  readonly charge_shift: number;
  readonly engine_version: string;
}

/** Hash of what a run is: no clock, place or number in a library is part of it. */
export const runKey = (run: RunIdentity): string =>
  sha256Of(
    JSON.stringify([
      run.source,
      run.model,
      run.scenario_name,
      run.text,
      run.attachment_size_bytes,
      run.status,
      run.event_count,
      run.log_sha256,
      run.charge_shift,
      run.engine_version,
    ]),
  );

/** Error of a file that is none of ours or cannot be read as one. */
export const shareError = (code: string, message: string, file: string, remedy?: string): LabError => ({
  code: `share.${code}`,
  message,
  place: { file },
  ...(remedy === undefined ? {} : { remedy }),
});
