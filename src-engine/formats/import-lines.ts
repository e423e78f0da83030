import { stripQuotes, stripWrapping } from './ftrace-lines.ts';
import { MOVED_UP } from './quoted-printable.ts';

/** A line that no importer could make anything of. */
export interface NotUnderstoodLine {
  /** Counts from 1. */
  readonly line: number;
  /** Its first 120 characters; where an import has several files, after the name of the file. */
  readonly text: string;
}

/** What became of the lines of an import: `lines_used + lines_not_understood = lines_total`. */
export interface LineAccount {
  readonly lines_total: number;
  /** Lines that something was read from, and those known to say nothing (blank, headers, frames of a stack). */
  readonly lines_used: number;
  readonly lines_not_understood: number;
  /** The first 1000 of them. */
  readonly not_understood: readonly NotUnderstoodLine[];
}

/** Not-understood lines that are listed; all are counted. */
export const SHOWN_LINE_COUNT_MAX = 1000;
/** Characters of a line that are listed. */
export const SHOWN_LENGTH_MAX = 120;

/** Keeps which lines of a text were used, so that each counts once however often a parser looks at it. */
export interface LineBook {
  /** The line at `index` (counts from 0) gave something, or is known to give nothing. */
  use(index: number): void;
  account(): LineAccount;
}

/** A book over the lines of a text. Blank lines are used, quoted ones too. `shownAs`: how a line is listed, where it is not by its own text. */
export function createLineBook(lines: readonly string[], shownAs: (index: number) => string = (index) => lines[index] ?? ''): LineBook {
  const used = new Uint8Array(lines.length);
  return {
    use(index) {
      if (index >= 0 && index < used.length) used[index] = 1;
    },
    account() {
      const not_understood: NotUnderstoodLine[] = [];
      let lines_used = 0;
      for (const [index, line] of lines.entries()) {
        if (used[index] === 1 || line === MOVED_UP || stripWrapping(line).trim() === '') lines_used += 1;
        else if (not_understood.length < SHOWN_LINE_COUNT_MAX) not_understood.push({ line: index + 1, text: shownAs(index).slice(0, SHOWN_LENGTH_MAX) });
      }
      return { lines_total: lines.length, lines_used, lines_not_understood: lines.length - lines_used, not_understood };
    },
  };
}

/** Lines of a text, without the empty one after the last line feed. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** What consoles of machines and `dmesg -T` put before a message, beyond what stripWrapping() knows. */
const LATER_STAMP = /^.{0,160}?(?:<\d{1,3}>)?\[ *\d{1,10}\.\d{6}\](?:\[ *[TC]\d{1,10}\])? ?/;
/** `dmesg -T` in any language, `dmesg --time-format iso`, and `dmesg -H` with its differences. */
const DATE_STAMP =
  /^(?:\[[^\]]{3,24} \d\d:\d\d:\d\d \d{4}\]|\[(?: *\+\d{1,10}\.\d{6}|[^\]\d]{1,12}\d{1,2} \d\d:\d\d)\]|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)) ?/;
/** What some documents put where they broke a line. */
const BREAK_MARK = /^ *[↪↳⤷] ?/;

const withoutTabs = (text: string): string => text.replaceAll('\t', ' ').replaceAll('\u00a0', ' ').replace(BREAK_MARK, '');

/** A kernel message without its prefixes: mail quotes, syslog, journal, the console's clock, a hypervisor's log. Spaces before the message go as well. */
export function stripLog(line: string): string {
  const text = withoutTabs(stripWrapping(line)).replace(DATE_STAMP, '').replace(LATER_STAMP, '');
  return text === MOVED_UP ? '' : text.trim();
}

/** Whether a log has put its own prefix before a message: then the message begins there. */
export const hasStamp = (line: string): boolean => stripLog(line) !== withoutTabs(stripQuotes(line)).trim();
