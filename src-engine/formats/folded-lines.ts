import { joinPieces } from './ftrace-import.ts';
import { hasStamp, stripLog } from './import-lines.ts';

/** A line of a text that mail programs break at spaces. */
export interface FoldedLine {
  readonly begins: RegExp;
  /** What the line has at least when it is whole. Where joining does not lead there, nothing is joined. */
  readonly least: RegExp;
  /** How a piece begins that may follow what is whole already. */
  readonly more?: RegExp;
  /** It has no spaces: mail programs break it in its words. */
  readonly solid?: boolean;
}

/** Physical lines that one line may be broken into. */
const PIECE_COUNT_MAX = 16;

/** Lines without what logs and mails put before them, joined. */
export interface UnfoldedLines {
  /** As many as the lines given: what was moved up to the line that it goes on is empty in its own place. */
  readonly texts: readonly string[];
  /** Index of the last piece of the line at an index: the index itself where nothing was joined. */
  lastOf(index: number): number;
  /** Says of each piece of the line at an index that it was used. */
  use(index: number): void;
}

/** Undoes what mail programs do to long lines. `used` is told each physical line of what is used. `other`: lines that are no piece of any line, beside those of `kinds`. A line with a stamp of its own is never a piece. */
export function unfoldLines(
  lines: readonly string[],
  kinds: readonly FoldedLine[],
  other: RegExp,
  used: (index: number) => void,
  strip: (line: string) => string = stripLog,
): UnfoldedLines {
  const texts = lines.map((line) => strip(line));
  const last_by_index = new Map<number, number>();
  const starts = new RegExp(kinds.map(({ begins }) => begins.source).join('|'));
  for (let index = 0; index < texts.length; index += 1) {
    const first = texts[index] ?? '';
    const kind = starts.test(first) ? kinds.find(({ begins }) => begins.test(first)) : undefined;
    if (kind === undefined) continue;
    const { least, more, solid = false } = kind;
    let whole = first;
    let last = index;
    for (; last < index + PIECE_COUNT_MAX; last += 1) {
      const next = texts[last + 1] ?? '';
      if (next === '' || hasStamp(lines[last + 1] ?? '') || other.test(next)) break;
      // `Memory cgroup out of memory:` goes on with what begins a line elsewhere.
      if (starts.test(next) && !/ memory:$/.test(whole)) break;
      if (least.test(whole) && more?.test(next) !== true) break;
      whole = joinPieces(whole, next, solid);
    }
    if (last === index || !least.test(whole)) continue;
    texts[index] = whole;
    texts.fill('', index + 1, last + 1);
    last_by_index.set(index, last);
    index = last;
  }
  const lastOf = (index: number): number => last_by_index.get(index) ?? index;
  return {
    texts,
    lastOf,
    use(index) {
      for (let piece = index; piece <= lastOf(index); piece += 1) used(piece);
    },
  };
}
