import { readFileSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { formatCount } from '../../src-engine/base/figures.ts';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { LIMITS } from '../../src-engine/scenario/limits.ts';
import { type ParsedScenario, parseScenario } from '../../src-engine/scenario/parse.ts';
import type { Program } from '../../src-engine/scenario/program.ts';
import { modelId } from '../../src-engine/scenario/schema.ts';
import { readSource } from '../../src-engine/scenario/source.ts';
import type { ScenarioSummary } from '../store/scenarios.ts';

/** Reads a trace file that a scenario names, relative to `base_dir`. Errors: it has no directory to look in, there is no such file, it is too large. */
export function readTraceFile(file: string, base_dir: string | null): Result<Uint8Array> {
  if (base_dir === null) {
    return fail({
      code: 'trace-without-directory',
      message: `The trace ${file} cannot be found: this scenario is not kept in a file.`,
      remedy: 'save it beside the trace and run it from there',
    });
  }
  const path = resolve(base_dir, file);
  try {
    const { size } = statSync(path);
    if (size > LIMITS.trace_bytes)
      return fail({
        code: 'trace-too-large',
        message: `The trace ${path} is ${formatCount(size)} bytes long; the lab reads up to ${formatCount(LIMITS.trace_bytes)}.`,
        remedy: 'cut it',
      });
    return ok(readFileSync(path));
  } catch (exception) {
    return fail({
      code: 'trace-not-readable',
      message: `The trace ${path} cannot be read: ${(exception as Error).message}.`,
      remedy: 'check the path; it is relative to the scenario’s file',
    });
  }
}

/** A scenario ready to run. Errors: those of the text, with places, and of the traces it names. */
export function compileText(text: string, base_dir: string | null): Result<Program> {
  const parsed = parseScenario(text);
  return parsed.ok ? compileScenario(parsed.value, { readTrace: (name) => readTraceFile(name, base_dir) }) : parsed;
}

const stringOr = (value: unknown, otherwise: string): string => (typeof value === 'string' && value.trim() !== '' ? value.trim() : otherwise);

/** What a list shows of a text. One with errors is listed too, under the name it gives itself as far as it can be read, else under its file's name. */
export function summarise(text: string, file_name?: string): ScenarioSummary {
  const parsed: Result<ParsedScenario> = parseScenario(text);
  if (parsed.ok) {
    const { name, about, models } = parsed.value.scenario;
    return { name, about, models: models.map(modelId), error_count: 0 };
  }
  const raw = readSource(text).value;
  const { name, about } = (typeof raw === 'object' && raw !== null ? raw : {}) as { readonly name?: unknown; readonly about?: unknown };
  const otherwise = file_name === undefined ? 'Untitled scenario' : basename(file_name).replace(/\.ya?ml$/, '');
  return { name: stringOr(name, otherwise).slice(0, 200), about: stringOr(about, ''), models: ['static'], error_count: parsed.errors.length };
}
