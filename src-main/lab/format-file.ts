import { realpathSync } from 'node:fs';
import { ok, type Result } from '../../src-engine/base/result.ts';
import { formatScenario } from '../../src-engine/scenario/edit.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import { placedIn, readScenarioText } from './scenario-file.ts';

/** A scenario's file, and its text in the lab's layout. */
export interface FormattedFile {
  /** Real path. */
  readonly path: string;
  readonly formatted: string;
  readonly is_changed: boolean;
}

/**
 * A scenario's text in the lab's layout, as the editor saves it; comments stay, and what else is wrong with it is no matter of layout. `file` is named in the errors: it is not YAML,
 * or YAML of something else, which is none of the lab's business.
 */
export function formatScenarioText(text: string, file: string): Result<string> {
  const formatted = formatScenario(text);
  if (!formatted.ok) return { ok: false, errors: placedIn(file, formatted.errors) };
  const parsed = parseScenario(text, { file });
  const foreign = parsed.ok ? [] : parsed.errors.filter(({ code }) => code === 'not-a-scenario');
  return foreign.length === 0 ? formatted : { ok: false, errors: foreign };
}

/** Reads a file and puts its text into the lab's layout; writes nothing. Errors: those of the file and of `formatScenarioText`. */
export function formatScenarioFile(file: string): Result<FormattedFile> {
  const text = readScenarioText(file);
  if (!text.ok) return text;
  const formatted = formatScenarioText(text.value, file);
  return formatted.ok ? ok({ path: realpathSync(file), formatted: formatted.value, is_changed: formatted.value !== text.value }) : formatted;
}
