import { diff } from '@codemirror/merge';

/** How a text's lines differ from those of an older text. Lines count from 1. */
export interface LineChanges {
  /** Lines of the newer text that the older one has not: put in, or in the place of others. */
  readonly marks: ReadonlyMap<number, 'new' | 'changed'>;
  /** Lines of the older text that were taken away, by the line of the newer text before which they stood (one past the last: at the end). */
  readonly removed: ReadonlyMap<number, readonly string[]>;
}

/** Distinct lines that are told apart; each is one letter of those before the surrogates. */
const DISTINCT_LINE_MAX = 0xd800;
/** Lines after which the search for the shortest difference gives way to a faster one. */
const SCAN_LIMIT = 1000;

const linesOf = (text: string): readonly string[] => text.split('\n').map((line) => line.trimEnd());

/** Number of equal elements with which both begin. */
function commonStart(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1;
  return count;
}

/** Compares two texts line by line; space at the ends of lines does not count. */
export function changedLines(before: string, after: string): LineChanges {
  const old_lines = linesOf(before);
  const new_lines = linesOf(after);
  const start = commonStart(old_lines, new_lines);
  const end = commonStart(old_lines.slice(start).reverse(), new_lines.slice(start).reverse());
  const old_middle = old_lines.slice(start, old_lines.length - end);
  const new_middle = new_lines.slice(start, new_lines.length - end);

  const letters = new Map<string, string>();
  for (const line of [...old_middle, ...new_middle]) if (!letters.has(line)) letters.set(line, String.fromCharCode(letters.size));
  const asLetters = (lines: readonly string[]): string => lines.map((line) => letters.get(line)).join('');
  const changes =
    letters.size > DISTINCT_LINE_MAX
      ? [{ fromA: 0, toA: old_middle.length, fromB: 0, toB: new_middle.length }]
      : diff(asLetters(old_middle), asLetters(new_middle), { scanLimit: SCAN_LIMIT });

  const marks = new Map<number, 'new' | 'changed'>();
  const removed = new Map<number, readonly string[]>();
  for (const { fromA, toA, fromB, toB } of changes) {
    for (let at = fromB; at < toB; at += 1) marks.set(start + at + 1, fromA === toA ? 'new' : 'changed');
    if (fromB === toB) removed.set(start + fromB + 1, old_middle.slice(fromA, toA));
  }
  return { marks, removed };
}
