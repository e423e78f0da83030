import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { formatCount } from '../../src-engine/base/figures.ts';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { detectFormat, inputOf } from '../../src-engine/formats/detect.ts';
import { type ImportedScenario, type ImportedText, type ImportFile, type ImportInput, unreadNotes } from '../../src-engine/formats/foreign-format.ts';
import type { Database } from '../store/database.ts';
import { createScenarioStore } from '../store/scenarios.ts';
import { storeError } from '../store/store-error.ts';
import type { ImportReport } from './contract.ts';
import { type ImportOptions, importTrace, type TraceImport } from './record-trace.ts';
import { readUserFile } from './scenario-file.ts';
import { summarise } from './scenario-text.ts';

/** Files and bytes of a directory that is imported. */
const FILE_COUNT_MAX = 100_000;
const DIRECTORY_BYTES_MAX = 2 ** 30;
/** Files of cgroupfs and /proc say that they have 4096 bytes, or none; only what is read counts. */
const TRACE_BYTES_MAX = 2 ** 29 - 2 ** 16;

/** An import with what was made: `summaries` of a run, `scenarios` as texts. */
export interface FileImport extends TraceImport {
  readonly scenarios: readonly ImportedScenario[];
}

/** Keeps a scenario that names a trace in a directory beside the library, with the trace: a scenario finds traces beside its own file. */
function keepBesideTrace(database: Database, { name, text, trace }: ImportedScenario): string | undefined {
  if (trace === undefined) return undefined;
  const key = createHash('sha256').update(trace.bytes).update(text).digest('hex').slice(0, 12);
  const directory = join(dirname(database.path), 'imported-traces', key);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, basename(trace.file)), trace.bytes);
  const path = join(directory, `${name.replaceAll(/[^\w.-]+/g, '-')}.yaml`);
  writeFileSync(path, text);
  return path;
}

/** Puts what an importer made into the library, a text that is there already not again. Errors: the database or its directory cannot be written. */
export async function storeImported(
  database: Database,
  format: { readonly id: string; readonly title: string },
  imported: ImportedText,
): Promise<Result<FileImport>> {
  const store = createScenarioStore(database);
  const scenario_ids: number[] = [];
  const known_scenarios: { readonly id: number; readonly name: string }[] = [];
  try {
    for (const scenario of imported.scenarios) {
      const source_path = keepBesideTrace(database, scenario);
      const twin = source_path === undefined ? await store.byText(scenario.text) : undefined;
      const known = source_path === undefined ? twin?.id : await store.bySourcePath(source_path);
      if (twin !== undefined) known_scenarios.push(twin);
      const summary = summarise(scenario.text);
      scenario_ids.push(
        known ?? (await store.create({ text: scenario.text, summary, origin: 'import', ...(source_path === undefined ? {} : { source_path }) })),
      );
    }
  } catch (exception) {
    return fail(storeError(exception, database.path));
  }
  const { lines, slack, notes, scenarios } = imported;
  const report: ImportReport = { format: format.id, title: format.title, ...lines, run_ids: [], scenario_ids, known_scenarios, slack, notes };
  return ok({ report, summaries: [], scenarios });
}

/**
 * Imports whatever it is: recognised by content, made a run or scenarios of, put into the library. What is refused leaves nothing behind.
 * Errors: no format fits, the format's own, the database cannot be written.
 */
export async function importInput(database: Database, input: ImportInput, options: ImportOptions = {}): Promise<Result<FileImport>> {
  const detected = detectFormat(input);
  if (!detected.ok) return detected;
  if (detected.value.kind === 'ftrace') {
    const imported = await importTrace(database, input.name, input.files[0]?.bytes ?? new Uint8Array(), options);
    return imported.ok ? ok({ ...imported.value, scenarios: [] }) : imported;
  }
  const { format } = detected.value;
  const read = format.read(input);
  return read.ok ? storeImported(database, format, { ...read.value, notes: [...read.value.notes, ...unreadNotes(input)] }) : read;
}

/** What the input becomes, without a library. Errors: no format fits, it becomes no scenario, the format's own. */
export function readScenarios(input: ImportInput): Result<ImportedText> {
  const detected = detectFormat(input);
  if (!detected.ok) return detected;
  if (detected.value.kind === 'scenario') return detected.value.format.read(input);
  return fail({
    code: 'import-no-scenario',
    message: 'ftrace text becomes a run, not a scenario.',
    place: { file: input.name },
    remedy: 'import it without --compare',
  });
}

/** As importInput, of the bytes of one file. */
export async function importBytes(database: Database, name: string, bytes: Uint8Array, options: ImportOptions = {}): Promise<Result<FileImport>> {
  const input = inputOf(name, bytes);
  return input.ok ? importInput(database, input.value, options) : input;
}

/** Reads a file or a directory of the user's, links not followed; `-` is standard input. Errors: it is not there, may not be read, or is too large. */
export function readImport(path: string): Result<ImportInput> {
  if (path === '-') return inputOf('standard-input', readFileSync(0));
  let is_directory = false;
  try {
    is_directory = statSync(path).isDirectory();
  } catch {
    // readUserFile says what is wrong with it.
  }
  if (!is_directory) {
    const bytes = readUserFile(path, TRACE_BYTES_MAX);
    return bytes.ok ? inputOf(path, bytes.value) : bytes;
  }
  const files: ImportFile[] = [];
  const unread: string[] = [];
  let size_bytes = 0;
  const pending = [path];
  while (pending.length > 0) {
    const directory = pending.pop() ?? path;
    const entries = entriesOf(directory);
    // A cgroup that went while its tree was read, or that may not be listed.
    if (entries === null) unread.push(`${relative(path, directory) || '.'}/`);
    for (const { name, is_file, is_directory: goes_down } of entries ?? []) {
      const own = join(directory, name);
      if (goes_down) pending.push(own);
      const bytes = is_file ? contentOf(own) : null;
      if (bytes === null) {
        if (!goes_down && !isWriteOnly(own)) unread.push(relative(path, own));
        continue;
      }
      size_bytes += bytes.length;
      files.push({ path: relative(path, own), bytes });
      if (files.length > FILE_COUNT_MAX || size_bytes > DIRECTORY_BYTES_MAX)
        return fail({
          code: 'import-too-large',
          message: `The directory holds more than ${formatCount(FILE_COUNT_MAX)} files or ${formatCount(DIRECTORY_BYTES_MAX)} bytes.`,
          place: { file: path },
          remedy: 'give a smaller part of it',
        });
    }
  }
  if (files.length === 0 && unread.length > 0)
    return fail({
      code: 'import-not-readable',
      message: `Nothing of the directory could be read: ${unread.slice(0, 3).join(', ')}${unread.length > 3 ? ' …' : ''}.`,
      place: { file: path },
      remedy: 'see whether it is still there, and its permissions',
    });
  return ok({ name: path, files: files.toSorted((x, y) => (x.path < y.path ? -1 : 1)), text: null, unread: unread.toSorted() });
}

/** What lies in a directory; null where it cannot be listed. */
function entriesOf(directory: string): readonly { readonly name: string; readonly is_file: boolean; readonly is_directory: boolean }[] | null {
  try {
    return readdirSync(directory, { withFileTypes: true }).map((entry) => ({ name: entry.name, is_file: entry.isFile(), is_directory: entry.isDirectory() }));
  } catch {
    return null;
  }
}

/** Nobody may read it: a file that cgroupfs has for writing only, such as memory.reclaim. */
function isWriteOnly(path: string): boolean {
  try {
    return (lstatSync(path).mode & 0o444) === 0;
  } catch {
    return false;
  }
}

/** Content of a file; null where it cannot be read: files of cgroupfs may be write-only, or gone. */
function contentOf(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
