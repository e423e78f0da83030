import { fail, type LabError, ok, type Result } from '../../../src-engine/base/result.ts';
import type { RunMeta, RunNames } from '../../../src-engine/record/run.ts';
import { createComparisonStore } from '../../store/comparisons.ts';
import type { Database } from '../../store/database.ts';
import { createRunStore } from '../../store/runs.ts';
import { createSharedRows, type SharedRows, type StoredBookmark, type StoredRun } from '../../store/shared-rows.ts';
import type { ShareReckoning } from '../sharing-contract.ts';
import { LAB_VERSION } from '../version.ts';
import {
  CONTENTS_HASH_AT,
  CONTENTS_SIZE_AT,
  HEADER_BYTES,
  type RunRecord,
  runKey,
  SHARE_MAGIC,
  type ShareContents,
  type SharedRun,
  sha256Of,
  VERSION_AT,
  versionFor,
} from './format.ts';

/** What is to go into a file. */
export interface ShareRequest {
  readonly run_ids: readonly number[];
  /** Scenarios of which every revision goes in; of the others go the texts that the runs ran. */
  readonly scenario_ids: readonly number[];
  /** Saved comparisons; their runs go in with them. */
  readonly comparison_ids: readonly number[];
}

/** Takes a piece of a file; answers whether to go on (false: stop). */
export type WritePiece = (bytes: Uint8Array, share_done: number) => Promise<boolean>;

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Hash of what a stored run is. */
export function keyOfStored(run: StoredRun): string {
  const meta = JSON.parse(run.meta ?? '{}') as RunMeta;
  return runKey({
    source: run.source,
    model: run.model,
    scenario_name: run.scenario_name,
    text: run.text_sha256,
    attachment_size_bytes: run.attachment_size_bytes,
    status: run.status,
    event_count: run.event_count,
    log_sha256: run.log_sha256 ?? '',
    charge_shift: meta.charge_shift,
    engine_version: meta.engine_version,
  });
}

interface Chosen {
  readonly run: StoredRun;
  readonly key: string;
  readonly bookmarks: readonly StoredBookmark[];
}

/** The runs to share, each once, in an order that does not depend on their numbers. Errors: no-such-run, run-busy, run-empty. */
async function chooseRuns(
  database: Database,
  rows: SharedRows,
  run_ids: Iterable<number>,
): Promise<Result<{ readonly runs: readonly Chosen[]; readonly key_of: ReadonlyMap<number, string> }>> {
  const runs = createRunStore(database);
  const key_of = new Map<number, string>();
  const chosen = new Map<string, Chosen>();
  for (const run_id of new Set(run_ids)) {
    const stored = rows.run(run_id);
    const row = await runs.row(run_id);
    if (stored === undefined || row === undefined)
      return fail({ code: 'no-such-run', message: `There is no run ${run_id}.`, remedy: 'list them with `memledger list`' });
    if (row.status === 'recording') return fail({ code: 'run-busy', message: `Run ${run_id} is being recorded.`, remedy: 'wait for it to end' });
    if (stored.block_count === 0 || stored.meta === null)
      return fail({ code: 'run-empty', message: `Nothing of run ${run_id} is recorded.`, remedy: 'leave it out, or finish it first' });
    // As its row shows it: one that lost its recorder is interrupted.
    const run: StoredRun = { ...stored, status: row.status };
    const key = keyOfStored(run);
    key_of.set(run_id, key);
    // The same recording twice is one, with the bookmarks of both.
    const bookmarks = [...(chosen.get(key)?.bookmarks ?? []), ...rows.bookmarks(run_id)];
    const unique = new Map(bookmarks.map((bookmark) => [`${bookmark.event_index} ${bookmark.note}`, bookmark]));
    const sorted = [...unique.values()].sort((a, b) => a.event_index - b.event_index || byText(a.note, b.note));
    chosen.set(key, { run: chosen.get(key)?.run ?? run, key, bookmarks: sorted });
  }
  const sorted = [...chosen.values()].sort(
    (a, b) => byText(a.run.scenario_name, b.run.scenario_name) || byText(a.run.model, b.run.model) || byText(a.key, b.key),
  );
  return ok({ runs: sorted, key_of });
}

/** A piece that is read when it is written. */
interface Piece {
  readonly read: () => Uint8Array;
  readonly size_bytes: number;
}

interface Plan {
  readonly contents: Omit<ShareContents, 'pieces'>;
  readonly pieces: readonly Piece[];
  readonly reckoning: ShareReckoning;
}

function recordOf(
  samples: readonly { readonly name: string; readonly event_index: number; readonly step_index: number; readonly data: string }[],
  names: RunNames,
  expectations: RunRecord['expectations'],
): RunRecord {
  const { containers, tasks, objects, samples: sample_names } = names;
  return {
    names: { containers: [...containers], tasks: [...tasks], objects: [...objects], samples: [...sample_names] },
    samples: samples.map(({ name, event_index, step_index, data }) => ({
      name,
      event_index,
      step_index,
      data: JSON.parse(data) as RunRecord['samples'][number]['data'],
    })),
    expectations,
  };
}

/** Lays out a file: what it lists, and where each piece comes from. Errors: those of chooseRuns; no-such-scenario, no-such-comparison, share-empty. */
async function plan(database: Database, request: ShareRequest): Promise<Result<Plan>> {
  const rows = createSharedRows(database);
  const store = createRunStore(database);
  const all_comparisons = await createComparisonStore(database).list();
  const comparisons = all_comparisons.filter(({ id }) => request.comparison_ids.includes(id));
  const missing = request.comparison_ids.find((id) => comparisons.every((comparison) => comparison.id !== id));
  if (missing !== undefined) return fail({ code: 'no-such-comparison', message: `There is no comparison ${missing}.` });
  const chosen = await chooseRuns(database, rows, [...request.run_ids, ...comparisons.flatMap(({ run_ids }) => run_ids)]);
  if (!chosen.ok) return chosen;
  const { key_of } = chosen.value;

  const pieces: Piece[] = [];
  const add = (read: () => Uint8Array, size_bytes: number): number => pieces.push({ read, size_bytes }) - 1;

  const errors: LabError[] = [];
  const scenarios = scenariosOf(rows, request.scenario_ids, chosen.value.runs, errors);
  if (errors.length > 0) return fail(...errors);
  if (scenarios.length === 0 && chosen.value.runs.length === 0)
    return fail({ code: 'share-empty', message: 'There is nothing to share.', remedy: 'name runs, scenarios or comparisons' });
  const hashes = new Set([...scenarios.flatMap(({ texts }) => texts), ...chosen.value.runs.flatMap(({ run }) => run.text_sha256 ?? [])]);
  const texts = [...hashes].sort(byText).map((sha256) => {
    const bytes = new TextEncoder().encode(rows.text(sha256) ?? '');
    return { sha256, piece: add(() => bytes, bytes.length) };
  });

  const runs: SharedRun[] = [];
  for (const { run, key, bookmarks } of chosen.value.runs) {
    const record = bytesOf(recordOf(await store.samples(run.id), JSON.parse(run.names ?? '{}') as RunNames, [...(await store.expectations(run.id))]));
    const { attachment_id } = run;
    const attached = attachment_id === null ? null : rows.attachment(attachment_id).length;
    const meta = JSON.parse(run.meta ?? '{}') as RunMeta;
    runs.push({
      key,
      scenario_name: run.scenario_name,
      text: run.text_sha256,
      attachment:
        attachment_id === null || attached === null
          ? null
          : {
              file_name: run.attachment_file_name ?? 'trace',
              size_bytes: run.attachment_size_bytes ?? 0,
              piece: add(() => rows.attachment(attachment_id), attached),
            },
      model: run.model,
      status: run.status as SharedRun['status'],
      error: run.error === null ? null : (JSON.parse(run.error) as LabError).code,
      meta: {
        source: meta.source,
        model: meta.model,
        charge_shift: meta.charge_shift,
        seed: meta.seed,
        memory_pages: meta.memory_pages,
        engine_version: meta.engine_version,
      },
      event_count: run.event_count,
      step_count: run.step_count,
      access_count: run.access_count,
      end_ns: run.end_ns,
      log_sha256: run.log_sha256 ?? '',
      record: add(() => record, record.length),
      first_block: pieces.length,
      block_count: run.block_count,
      bookmarks: bookmarks.map(({ event_index, note }) => ({ event_index, note })),
    });
    for (const { block_index, size_bytes } of rows.blockSizes(run.id)) add(() => rows.block(run.id, block_index), size_bytes);
  }
  const shared_comparisons = comparisons
    .map(({ name, note, run_ids, baseline_run_id }) => ({
      name,
      runs: [...new Set(run_ids.map((id) => key_of.get(id) ?? ''))],
      baseline: key_of.get(baseline_run_id) ?? '',
      ...(note !== '' && { note }),
    }))
    .filter(({ runs: keys }) => keys.length > 1)
    .sort((a, b) => byText(a.name, b.name) || byText(a.runs.join(), b.runs.join()) || byText(a.baseline, b.baseline) || byText(a.note ?? '', b.note ?? ''));

  const contents = { made_by: LAB_VERSION, scenarios, texts, runs, comparisons: shared_comparisons };
  const contents_bytes = bytesOf({ ...contents, pieces: pieces.map(({ size_bytes }) => ({ size_bytes, sha256: '0'.repeat(64) })) }).length;
  return ok({
    contents,
    pieces,
    reckoning: {
      run_count: runs.length,
      scenario_count: scenarios.length,
      comparison_count: shared_comparisons.length,
      bookmark_count: runs.reduce((sum, { bookmarks }) => sum + bookmarks.length, 0),
      event_count: runs.reduce((sum, { event_count }) => sum + event_count, 0),
      size_bytes: pieces.reduce((sum, { size_bytes }) => sum + size_bytes, HEADER_BYTES + contents_bytes),
    },
  });
}

/** Scenarios asked for with all their revisions; those of the runs with the texts that were run. */
function scenariosOf(rows: SharedRows, asked: readonly number[], chosen: readonly Chosen[], errors: LabError[]): ShareContents['scenarios'] {
  const ids = new Set([...asked, ...chosen.flatMap(({ run }) => run.scenario_id ?? [])]);
  const found = [...ids].flatMap((scenario_id) => {
    const scenario = rows.scenario(scenario_id);
    if (scenario === undefined) {
      if (asked.includes(scenario_id))
        errors.push({ code: 'no-such-scenario', message: `There is no scenario ${scenario_id}.`, remedy: 'list them with `memledger list`' });
      return [];
    }
    const ran = new Set(chosen.filter(({ run }) => run.scenario_id === scenario_id).map(({ run }) => run.text_sha256));
    const texts = asked.includes(scenario_id) ? scenario.texts : scenario.texts.filter((sha256) => ran.has(sha256));
    return texts.length === 0 ? [] : [{ name: scenario.name, texts: [...texts] }];
  });
  return found.sort((a, b) => byText(a.name, b.name) || byText(a.texts.join(), b.texts.join()));
}

/** Counts what would go into a file. Errors: those of `plan`. */
export async function reckonShare(database: Database, request: ShareRequest): Promise<Result<ShareReckoning>> {
  const planned = await plan(database, request);
  return planned.ok ? ok(planned.value.reckoning) : planned;
}

/**
 * Writes a file piece by piece: the same contents give the same bytes. All of it is of one moment, since it is read in one transaction.
 * Answers its size in bytes; undefined where `write` said to stop. Errors: those of `plan`.
 */
export async function writeShare(database: Database, request: ShareRequest, write: WritePiece): Promise<Result<number | undefined>> {
  database.sqlite.exec('begin');
  try {
    const planned = await plan(database, request);
    if (!planned.ok) return planned;
    const { contents, pieces } = planned.value;
    // The contents stand first, so that a torn file tells what it held: everything is read once for its hash, and once more to be written.
    const total_bytes =
      2 *
      Math.max(
        1,
        pieces.reduce((sum, { size_bytes }) => sum + size_bytes, 0),
      );
    let done_bytes = 0;
    const listed: ShareContents['pieces'] = [];
    for (const { read } of pieces) {
      const bytes = read();
      listed.push({ size_bytes: bytes.length, sha256: sha256Of(bytes) });
      done_bytes += bytes.length;
      if (!(await write(new Uint8Array(), done_bytes / total_bytes))) return ok(undefined);
    }
    const head = headOf(bytesOf({ ...contents, pieces: listed }), versionFor(contents));
    let size_bytes = head.length;
    if (!(await write(head, done_bytes / total_bytes))) return ok(undefined);
    for (const { read } of pieces) {
      const bytes = read();
      size_bytes += bytes.length;
      done_bytes += bytes.length;
      if (!(await write(bytes, done_bytes / total_bytes))) return ok(undefined);
    }
    return ok(size_bytes);
  } finally {
    if (database.sqlite.inTransaction) database.sqlite.exec('rollback');
  }
}

/** The head of a file: magic, version, and its contents with their hash. */
export function headOf(contents: Uint8Array, version: number): Uint8Array {
  const head = Buffer.alloc(HEADER_BYTES + contents.length);
  head.set(SHARE_MAGIC, 0);
  head.writeUInt32LE(version, VERSION_AT);
  head.writeUInt32LE(contents.length, CONTENTS_SIZE_AT);
  head.set(Buffer.from(sha256Of(contents), 'hex'), CONTENTS_HASH_AT);
  head.set(contents, HEADER_BYTES);
  return head;
}
