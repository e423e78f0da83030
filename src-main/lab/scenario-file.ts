import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { formatCount } from '../../src-engine/base/figures.ts';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { LIMITS } from '../../src-engine/scenario/limits.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import { modelId } from '../../src-engine/scenario/schema.ts';
import { readTraceFile } from './scenario-text.ts';

/** A scenario's file that was read and has no errors. */
export interface ScenarioFile {
  /** Real path, under which the library knows it. */
  readonly path: string;
  readonly text: string;
  readonly name: string;
  /** Models that it asks for. */
  readonly models: readonly string[];
}

/** UTF-8 takes up to three bytes for a UTF-16 unit. */
const FILE_BYTES_MAX = LIMITS.text_length * 3;

/** Errors with the file that they are about. */
export const placedIn = (file: string, errors: readonly LabError[]): readonly LabError[] =>
  errors.map((error) => ({ ...error, place: { file, ...error.place } }));

/** Reads a file of the user's. Errors: it is not there, it is a directory, it may not be read, it is larger than `size_bytes_max`. */
export function readUserFile(file: string, size_bytes_max: number): Result<Uint8Array> {
  const refuse = (code: string, message: string, remedy: string) => fail({ code, message, place: { file }, remedy });
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) return refuse('file-is-directory', 'This is a directory.', 'give a file');
    if (stat.size > size_bytes_max)
      return refuse('file-too-large', `The file is ${formatCount(stat.size)} bytes long; up to ${formatCount(size_bytes_max)} are read.`, 'give a smaller one');
    return ok(readFileSync(file));
  } catch (exception) {
    const { code, message } = exception as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return refuse('file-missing', 'There is no such file.', 'check the path');
    return refuse('file-not-readable', `The file cannot be read: ${message}.`, 'check its permissions');
  }
}

/** Reads the text of a scenario's file. Errors: those of the file; it is binary. */
export function readScenarioText(file: string): Result<string> {
  const bytes = readUserFile(file, FILE_BYTES_MAX);
  if (!bytes.ok) return bytes;
  const text = Buffer.from(bytes.value).toString('utf8');
  if (text.includes('\0')) {
    return fail({
      code: 'file-binary',
      message: 'This is a binary file, not a scenario.',
      place: { file },
      remedy: extname(file) === '.yaml' ? 'restore the file' : 'give a YAML file; traces are read by `memledger import`',
    });
  }
  return ok(text);
}

/** Reads and checks a scenario's file. Errors: those of the file, and every error of the text, with places. */
export function readScenarioFile(file: string): Result<ScenarioFile> {
  const text = readScenarioText(file);
  if (!text.ok) return text;
  const path = realpathSync(file);
  const parsed = parseScenario(text.value, { file });
  if (!parsed.ok) return parsed;
  const compiled = compileScenario(parsed.value, { readTrace: (name) => readTraceFile(name, dirname(path)) });
  if (!compiled.ok) return fail(...placedIn(file, compiled.errors));
  const { name, models } = parsed.value.scenario;
  return ok({ path, text: text.value, name, models: models.map(modelId) });
}
