import { nearest } from '../base/nearest.ts';
import type { LabError } from '../base/result.ts';
import { LIMITS } from './limits.ts';
import type { Path, Source } from './source.ts';

/** A value as it stands in an error. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value !== null && typeof value === 'object') return 'a map';
  const text = String(value);
  return `\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``;
}

/** The remedy for an error that names the nearest valid spelling. */
export const SPELLING = 'correct the spelling';

/** A remedy that lists everything valid: `verbs: read, write …`. */
export interface ValidList {
  readonly valid: string;
}

/** Errors kept while a text is read. More than are shown, so that the first in the text are among them; finding the places of all in a text full of errors would take minutes. */
const KEPT_COUNT = 4 * LIMITS.error_count;

/** The errors found in one text, as they are found. */
export class Findings {
  private readonly kept: LabError[] = [];
  private readonly source: Source;
  private found_count = 0;

  constructor(source: Source) {
    this.source = source;
  }

  /** An error at a path of the text; `part` says whether it marks the key or the value there. */
  report(code: string, path: Path, message: string, remedy?: string, part: 'key' | 'value' = 'value'): void {
    this.found_count += 1;
    if (this.kept.length >= KEPT_COUNT) return;
    this.kept.push({ code, message, place: this.source.place(path, part), ...(remedy === undefined ? {} : { remedy }) });
  }

  /** `unknown task \`bb\`; did you mean \`b\`?` A remedy that lists what is valid speaks only where there is no near spelling. */
  reportUnknown(
    what: string,
    found: unknown,
    path: Path,
    candidates: Iterable<string>,
    remedy: string | ValidList,
    part: 'key' | 'value' = 'value',
    known_meant?: string,
  ): void {
    if (this.kept.length >= KEPT_COUNT) {
      this.found_count += 1;
      return;
    }
    const meant = known_meant ?? (typeof found === 'object' ? undefined : nearest(String(found), candidates));
    this.report(
      `unknown-${what.replaceAll(' ', '-')}`,
      path,
      `unknown ${what} ${showValue(found)}${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`,
      typeof remedy === 'string' ? remedy : meant === undefined ? remedy.valid : SPELLING,
      part,
    );
  }

  /** Errors that were found elsewhere and have their place already. */
  add(errors: readonly LabError[]): void {
    this.found_count += errors.length;
    this.kept.push(...errors.slice(0, KEPT_COUNT));
  }

  /** Keeps only the errors for which `stands` holds. */
  keep(stands: (error: LabError) => boolean): void {
    const left = this.kept.filter(stands);
    this.found_count -= this.kept.length - left.length;
    this.kept.splice(0, this.kept.length, ...left);
  }

  /** Each error once, in the order of their places; of very many the first, and how many more there are. */
  inOrder(): readonly LabError[] {
    const by_key = new Map<string, LabError>();
    for (const error of this.kept) {
      const key = `${error.place?.line}:${error.place?.column}:${error.message}`;
      if (by_key.has(key)) this.found_count -= 1;
      else by_key.set(key, error);
    }
    const errors = [...by_key.values()].sort(
      (one, other) => (one.place?.line ?? 0) - (other.place?.line ?? 0) || (one.place?.column ?? 0) - (other.place?.column ?? 0),
    );
    if (errors.length <= LIMITS.error_count) return errors;
    const shown = errors.slice(0, LIMITS.error_count);
    return [...shown, { code: 'more-errors', message: `and ${this.found_count - shown.length} more errors`, remedy: 'mend the first ones and look again' }];
  }
}
