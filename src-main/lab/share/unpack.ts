import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createZstdDecompress } from 'node:zlib';
import { formatCount, plural } from '../../../src-engine/base/figures.ts';
import { type LabError, ok, type Result } from '../../../src-engine/base/result.ts';
import { createBlockDecoder } from '../../../src-engine/record/codec.ts';
import { type EventColumns, KIND } from '../../../src-engine/record/events.ts';
import { createPlayer } from '../../../src-engine/record/player.ts';
import { createComparisonStore } from '../../store/comparisons.ts';
import type { Database } from '../../store/database.ts';
import { processIdentity } from '../../store/process-identity.ts';
import { createRunReader } from '../../store/run-reader.ts';
import { createRunStore } from '../../store/runs.ts';
import { createScenarioStore } from '../../store/scenarios.ts';
import { createSharedRows } from '../../store/shared-rows.ts';
import { zstd } from '../compressor.ts';
import { openRecording } from '../recording.ts';
import { containersOfState } from '../sample.ts';
import { summarise } from '../scenario-text.ts';
import { type RunRecord, runKey, runRecord, SHARE_LIMITS, type SharedRun, shareError } from './format.ts';
import { type ShareFile, sizeProblem } from './read-share.ts';

/** Where the size of the content stands in the envelope of a block (docs/recording.md, "Sealing"). */
const CONTENT_SIZE_AT = 8;

export interface UnpackOptions {
  /** Ids of runs and scenarios begin here. */
  readonly first_id?: number;
  /** Id under which the library knows a text: runs of one text have one revision id, wherever they lie. */
  readonly textId?: (sha256: string) => number | undefined;
  /** Told the share of the work that is done. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** What came out of a file. */
export interface Unpacked {
  /** What could not be read, or is not what it says. */
  readonly problems: readonly LabError[];
}

/**
 * Puts what a file holds into an empty database: only what its checks let through. Every run's events are recorded anew from its blocks, by the recorder that
 * records simulations: its log must have the hash that the file states, and its samples must be what the events give. No scenario is run.
 */
export async function unpackShare(file: ShareFile, file_name: string, database: Database, options: UnpackOptions = {}): Promise<Result<Unpacked>> {
  const { contents } = file;
  const rows = createSharedRows(database);
  const scenarios = createScenarioStore(database);
  const problems: LabError[] = [];
  const torn = sizeProblem(file, file_name);
  if (torn !== undefined) problems.push(torn);
  const { first_id = 1 } = options;
  if (first_id > 1) rows.countFrom(first_id);

  const texts = new Map<string, string>();
  let next_text_id = first_id;
  for (const { sha256, piece } of contents.texts) {
    const bytes = file.read(piece, SHARE_LIMITS.text);
    const text = bytes === undefined ? undefined : utf8(bytes);
    if (text === undefined) {
      problems.push(shareError('text-damaged', `A scenario's text (${sha256.slice(0, 12)}) is damaged or cut off.`, file_name));
      continue;
    }
    texts.set(sha256, text);
    rows.addText(sha256, text, options.textId?.(sha256) ?? next_text_id++);
  }

  const scenario_of = new Map<string, number>();
  for (const { name, texts: revisions } of contents.scenarios) {
    const readable = revisions.filter((sha256) => texts.has(sha256));
    const newest = texts.get(readable.at(-1) ?? '');
    if (newest === undefined) {
      problems.push(shareError('scenario-damaged', `The scenario “${name}” cannot be read.`, file_name));
      continue;
    }
    const scenario_id = await scenarios.create({ text: newest, summary: { ...summarise(newest), name }, origin: 'import' });
    for (const sha256 of readable) {
      const revision_id = rows.textId(sha256);
      if (revision_id !== undefined) rows.addRevision(scenario_id, revision_id);
      if (!scenario_of.has(sha256)) scenario_of.set(sha256, scenario_id);
    }
  }

  const run_of = new Map<string, number>();
  const event_total = Math.max(
    1,
    contents.runs.reduce((sum, { event_count }) => sum + event_count, 0),
  );
  let events_done = 0;
  const attachments: RunContext['attachments'] = new Map();
  for (const run of contents.runs) {
    const unpacked = await unpackRun(file, file_name, run, database, {
      scenario_id: run.text === null ? null : (scenario_of.get(run.text) ?? null),
      attachments,
      onEvents: (count) => {
        events_done += count;
        options.onProgress?.(events_done / event_total);
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    problems.push(...unpacked.problems);
    if (unpacked.run_id !== undefined) run_of.set(run.key, unpacked.run_id);
    if (options.signal?.aborted === true) break;
  }

  const comparisons = createComparisonStore(database);
  for (const { name, note = '', runs, baseline } of contents.comparisons) {
    const run_ids = runs.flatMap((key) => run_of.get(key) ?? []);
    if (run_ids.length > 1) await comparisons.save({ name, note, run_ids, baseline_run_id: run_of.get(baseline) ?? run_ids[0] });
    else problems.push(shareError('comparison-damaged', `The comparison “${name}” has lost its runs.`, file_name));
  }
  return ok({ problems });
}

/** Text of UTF-8 bytes; undefined where they are none. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

interface RunContext {
  readonly scenario_id: number | null;
  /** Whether attachments that were looked at are as long as they say, by their pieces and sizes: many runs may name one. */
  readonly attachments: Map<string, boolean>;
  readonly onEvents: (count: number) => void;
  readonly signal?: AbortSignal;
}

interface UnpackedRun {
  readonly run_id?: number;
  readonly problems: readonly LabError[];
}

/** How a run is named in messages. */
const titleOf = (run: SharedRun): string => `The run of “${run.scenario_name}” under ${run.model}`;

function readRecord(file: ShareFile, piece: number): RunRecord | undefined {
  const bytes = file.read(piece, SHARE_LIMITS.record);
  if (bytes === undefined) return undefined;
  try {
    const parsed = runRecord.safeParse(JSON.parse(utf8(bytes) ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

async function unpackRun(file: ShareFile, file_name: string, run: SharedRun, database: Database, context: RunContext): Promise<UnpackedRun> {
  const refused = (why: string): UnpackedRun => ({ problems: [shareError('run-refused', `${titleOf(run)} is left out: ${why}.`, file_name)] });
  const record = readRecord(file, run.record);
  if (record === undefined) return refused('its names and samples are damaged or cut off');
  if (!isHashed(run)) return refused('it is not the run that its key names');
  const rows = createSharedRows(database);
  const runs = createRunStore(database);
  const attachment_id = await attach(file, run, database, context.attachments);
  const problems: LabError[] = [];
  if (run.attachment !== null && attachment_id === undefined)
    problems.push(shareError('attachment-damaged', `${titleOf(run)} has lost the text that it was imported from.`, file_name));
  const run_id = await runs.create({
    scenario_id: context.scenario_id,
    scenario_name: run.scenario_name,
    revision_id: run.text === null ? null : (rows.textId(run.text) ?? null),
    base_dir: null,
    source: run.meta.source,
    model: run.model,
    recorder: processIdentity(),
    ...(attachment_id === undefined ? {} : { attachment_id }),
  });
  const dropped = async (why: string): Promise<UnpackedRun> => {
    await runs.end(run_id, { status: 'failed', wall_ms: 0 });
    await runs.remove(run_id);
    return refused(why);
  };

  const recording = openRecording(database, run_id, null);
  const begun = recording.begin(run.meta, record.names);
  if (begun !== null) return dropped(begun.message);
  const decode = createBlockDecoder(zstd);
  let damaged_block: number | undefined;
  for (let index = 0; index < run.block_count; index++) {
    const sealed = file.read(run.first_block + index, SHARE_LIMITS.block);
    const decoded = sealed === undefined || contentSize(sealed) > SHARE_LIMITS.block_content ? undefined : decode(sealed);
    if (decoded === undefined || !decoded.ok) {
      damaged_block = index;
      break;
    }
    const { columns, count } = decoded.value;
    const page_count = pagesUpTo(columns, count);
    if (page_count > SHARE_LIMITS.page_count)
      return dropped(`its objects have ${plural(page_count, 'page')}; up to ${formatCount(SHARE_LIMITS.page_count)} are read from a file`);
    const error = recording.block(columns, count, null, { step_count: run.step_count, access_count: run.access_count });
    if (error !== null) return dropped(error.message);
    context.onEvents(count);
    await setImmediate();
    if (context.signal?.aborted === true) return dropped('opening was cancelled');
  }
  const { event_count } = recording;
  if (event_count === 0) return dropped('its first block is damaged or cut off');
  if (damaged_block === undefined && (event_count !== run.event_count || recording.logHash() !== run.log_sha256))
    return dropped('its events do not have the hash that the file states');

  const samples = record.samples.filter((sample) => sample.event_index <= event_count);
  const false_sample = wrongSample(database, run_id, samples);
  if (false_sample !== undefined) return dropped(`its sample “${false_sample}” is not what its events give`);
  for (const [index, { data, ...sample }] of samples.entries()) rows.addSample(run_id, index, { ...sample, data: JSON.stringify(data) });
  await endRun(database, run_id, run, record, damaged_block === undefined);
  for (const bookmark of run.bookmarks) if (bookmark.event_index <= event_count) rows.addBookmark(run_id, bookmark);
  if (damaged_block !== undefined)
    problems.push(
      shareError(
        'run-cut',
        `${titleOf(run)} is readable up to event ${formatCount(event_count)} of ${formatCount(run.event_count)}: the rest is damaged or cut off.`,
        file_name,
      ),
    );
  return { run_id, problems };
}

/** Number of pages up to the last one of the objects that come into being in a block. */
function pagesUpTo({ kind, page, a }: EventColumns, count: number): number {
  let pages = 0;
  for (let row = 0; row < count; row++) if (kind[row] === KIND.object_create) pages = Math.max(pages, page[row] + a[row]);
  return pages;
}

const contentSize = (sealed: Uint8Array): number =>
  sealed.length < CONTENT_SIZE_AT + 4 ? 0 : new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength).getUint32(CONTENT_SIZE_AT, true);

/** Whether the key is the hash of what the run states. */
const isHashed = (run: SharedRun): boolean =>
  run.key ===
  runKey({
    source: run.meta.source,
    model: run.model,
    scenario_name: run.scenario_name,
    text: run.text,
    attachment_size_bytes: run.attachment?.size_bytes ?? null,
    status: run.status,
    event_count: run.event_count,
    log_sha256: run.log_sha256,
    charge_shift: run.meta.charge_shift,
    engine_version: run.meta.engine_version,
  });

/** Keeps a run's text under a name without directories; undefined where it has none or that is damaged. */
async function attach(file: ShareFile, { attachment }: SharedRun, database: Database, known: RunContext['attachments']): Promise<number | undefined> {
  if (attachment === null) return undefined;
  const { piece, size_bytes } = attachment;
  const data = file.read(piece, SHARE_LIMITS.attachment);
  if (data === undefined) return undefined;
  const key = `${piece} ${size_bytes}`;
  const is_whole = known.get(key) ?? (await inflatesTo(data, size_bytes));
  known.set(key, is_whole);
  return is_whole ? createSharedRows(database).addAttachment(basename(attachment.file_name), size_bytes, data) : undefined;
}

/** Whether compressed data gives so many bytes, which are made room for a piece at a time: a small file can say that it is a large one. */
async function inflatesTo(data: Uint8Array, size_bytes: number): Promise<boolean> {
  const inflating = createZstdDecompress();
  inflating.end(data);
  let found_bytes = 0;
  try {
    for await (const chunk of inflating) {
      found_bytes += (chunk as Uint8Array).length;
      if (found_bytes > size_bytes) return false;
    }
  } catch {
    return false;
  }
  return found_bytes === size_bytes;
}

/** Name of the first sample that differs from what the events give at its place. */
function wrongSample(database: Database, run_id: number, samples: RunRecord['samples']): string | undefined {
  const reader = createRunReader(database, run_id);
  const player = reader === undefined ? undefined : createPlayer(reader, zstd);
  if (player === undefined || !player.ok) return samples[0]?.name;
  return samples.find(({ event_index, data }) => {
    const given = containersOfState(player.value.seek({ event: event_index }));
    return Object.keys(given).length !== Object.keys(data.containers).length || !isGiven(data.containers, given);
  })?.name;
}

/** Whether all that is stated is given. A sample of a kernel says nothing of counters that nobody could read, nor an older one of those that have come since. */
function isGiven(stated: unknown, given: unknown): boolean {
  if (typeof stated !== 'object' || stated === null) return stated === given;
  return (
    typeof given === 'object' &&
    given !== null &&
    Object.entries(stated).every(([key, inner]) => Object.hasOwn(given, key) && isGiven(inner, Reflect.get(given, key)))
  );
}

/** The run's end as its file tells it; a run that lost its last blocks is interrupted. */
async function endRun(database: Database, run_id: number, run: SharedRun, { expectations }: RunRecord, is_whole: boolean): Promise<void> {
  const runs = createRunStore(database);
  const status = is_whole ? run.status : 'interrupted';
  const error: LabError | undefined =
    run.error === null ? undefined : { code: run.error, message: `The run ended with the error ${run.error} where it was recorded.` };
  const { step_count, access_count, event_count, end_ns, log_sha256 } = run;
  await runs.end(run_id, {
    status,
    wall_ms: 0,
    ...(error === undefined ? {} : { error }),
    ...(status === 'complete' ? { complete: { step_count, access_count, event_count, end_ns, log_sha256, expectations } } : {}),
  });
}
