import { formatCount, plural } from '../base/figures.ts';
import type { Result } from '../base/result.ts';
import type { LineAccount } from './import-lines.ts';

/** One file of what is imported: a single file, or one of a directory or archive. */
export interface ImportFile {
  /** Path in the directory or archive, with `/`; of a single file its name. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What a user gave to import, read into memory. */
export interface ImportInput {
  /** Name of the file or directory, for messages and for the name of what is made. */
  readonly name: string;
  readonly files: readonly ImportFile[];
  /** The text of a single file; null where there are several files, or where it is binary. */
  readonly text: string | null;
  /** Paths of a directory's files that could not be read, and of its links, which are not followed. */
  readonly unread?: readonly string[];
}

/** Paths named in one note. */
const UNREAD_SHOWN_COUNT = 5;

/** What a reader should know of files that were passed over. */
export function unreadNotes({ unread = [] }: ImportInput): readonly string[] {
  if (unread.length === 0) return [];
  const more = unread.length > UNREAD_SHOWN_COUNT ? ` and ${formatCount(unread.length - UNREAD_SHOWN_COUNT)} more` : '';
  const one = unread.every((path) => path.endsWith('/'))
    ? ['directory', 'directories']
    : ['file', unread.some((path) => path.endsWith('/')) ? 'files and directories' : 'files'];
  return [
    `${plural(unread.length, `${one[0]} was`, `${one[1]} were`)} not read (no permission, gone, or a link): ${unread.slice(0, UNREAD_SHOWN_COUNT).join(', ')}${more}`,
  ];
}

/** Sums that do not add up, as they were found. Nothing is mended: what is made holds what was stated, and says so. */
export interface SlackItem {
  /** What does not add up, in words that name both sums. */
  readonly what: string;
  readonly stated: number;
  readonly found: number;
  readonly unit: 'bytes' | 'pages' | 'count';
  /** Line that states it, counted from 1; where one line does. */
  readonly line?: number;
}

/** A scenario made by an importer: YAML that the lab parses without error. */
export interface ImportedScenario {
  readonly name: string;
  readonly text: string;
  /** A trace that the scenario's workload names, to be kept beside it. */
  readonly trace?: { readonly file: string; readonly bytes: Uint8Array };
}

/** What an importer of scenarios answers. */
export interface ImportedText {
  readonly lines: LineAccount;
  readonly slack: readonly SlackItem[];
  /** What a reader should know: what was left out and why. */
  readonly notes: readonly string[];
  readonly scenarios: readonly ImportedScenario[];
}

/** How well an input fits a format. */
export interface Recognition {
  /** Lines (or files, or records) at the beginning that only this format has; 0: it does not fit. */
  readonly fits: number;
  /** What was looked for and not found, or why it fits: one clause, without a full stop. */
  readonly why: string;
}

/** A foreign format: one file of this directory. Recognised by content, never by a file's name alone. */
export interface ForeignFormat {
  /** Stable name, as in reports. */
  readonly id: string;
  readonly title: string;
  /** How a user comes by such a file. */
  readonly source: string;
  recognise(input: ImportInput): Recognition;
  /** Errors: what makes the whole input useless. Lines that are not understood are none. */
  read(input: ImportInput): Result<ImportedText>;
}

/** Lines of a text that recognisers look at. */
export const PROBE_LINE_COUNT = 4000;

/** How many of the first lines of a text match. */
export function countMatches(text: string | null, pattern: RegExp, strip: (line: string) => string = (line) => line): number {
  if (text === null) return 0;
  let count = 0;
  let from = 0;
  for (let line = 0; line < PROBE_LINE_COUNT && from < text.length; line += 1) {
    const feed = text.indexOf('\n', from);
    const end = feed < 0 ? text.length : feed;
    if (pattern.test(strip(text.slice(from, Math.min(end, from + 4096))))) count += 1;
    from = end + 1;
  }
  return count;
}
