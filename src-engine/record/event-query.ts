import { THIN } from '../base/figures.ts';
import { describeEvent, describePage, kindName } from './describe-event.ts';
import { EventVocabulary, hasPage, lettersOf } from './event-vocabulary.ts';
import { EVENT_KINDS, type EventColumns, type EventRow, KIND } from './events.ts';
import type { RunWords } from './run-words.ts';

/** What is looked for among the events. */
export interface EventQuery {
  /** Kinds named in full; null where none is, and any may match. */
  readonly kinds: ReadonlySet<number> | null;
  /** Whether an event fits: every word of the query stands somewhere in its row. */
  matches(event: EventRow): boolean;
  /** Whether a block with so many events of each kind may have one that fits. */
  mayBeAmong(kind_counts: Uint32Array): boolean;
  /** Whether a row may fit, by what its columns may say at all: without its words being made. */
  mayBe(columns: EventColumns, row: number): boolean;
}

/** Reads a query such as `oom_kill B` or `recharge shared`. A name of the run means what has that name, and all else any part of the row. Undefined for an empty query. */
export function parseQuery(text: string, words: RunWords): EventQuery | undefined {
  const terms = text.split(/\s+/).filter((term) => term !== '');
  if (terms.length === 0) return undefined;
  const kinds_named = EVENT_KINDS.filter((spec) => terms.some((term) => term.toLowerCase() === spec.name)).map((spec) => KIND[spec.name as keyof typeof KIND]);
  const kinds = kinds_named.length === 0 ? null : new Set<number>(kinds_named);
  const names = new Set([...words.names.containers, ...words.names.tasks, ...words.names.objects]);
  const describe = memoisedDescription(words);
  const others = terms.filter((term) => !(term.toLowerCase() in KIND)).map((term) => termMatcher(term, names.has(term), words, describe));
  return {
    kinds,
    matches: (event) => (kinds === null || kinds.has(event.kind)) && others.every(({ matches }) => matches(event)),
    mayBeAmong: (kind_counts) =>
      kind_counts.some((count, kind) => count > 0 && (kinds === null || kinds.has(kind)) && others.every(({ kindMay }) => kindMay(kind))),
    mayBe: (columns, row) => others.every(({ rowMay }) => rowMay(columns, row)),
  };
}

/** How one term is looked for. */
interface TermMatcher {
  readonly matches: (event: EventRow) => boolean;
  /** Whether an event of the kind may have it, and a row: what they refuse does not match. */
  readonly kindMay: (kind: number) => boolean;
  readonly rowMay: (columns: EventColumns, row: number) => boolean;
}
const ungrouped = (text: string): string => text.replaceAll(THIN, '');

/** What was described last of the events of one kind and flags. */
interface Described {
  readonly a: number;
  readonly b: number;
  readonly container: number;
  readonly text: string;
}

/** Descriptions of events without the groups of their digits. What one says comes of its kind, flags, values and container, and is mostly what the last of its kind said. */
function memoisedDescription(words: RunWords): (event: EventRow) => string {
  const last: Described[] = [];
  return (event) => {
    const place = (event.kind << 8) | event.flags;
    const known = last[place];
    if (known !== undefined && known.a === event.a && known.b === event.b && (known.container === event.container || event.kind !== KIND.zone_assign))
      return known.text;
    const text = ungrouped(describeEvent(event, words));
    last[place] = { a: event.a, b: event.b, container: event.container, text };
    return text;
  };
}

/** What a function says of a code or name, kept. */
function memoised<K = number>(of: (code: K) => boolean): (code: K) => boolean {
  const kept = new Map<K, boolean>();
  return (code) => {
    const known = kept.get(code) ?? of(code);
    kept.set(code, known);
    return known;
  };
}

/** Whether a term stands in an event's row: in its kind, task, container, page or description, each by itself, since no term has a space. */
function termMatcher(term: string, is_name: boolean, words: RunWords, describe: (event: EventRow) => string): TermMatcher {
  const pattern = is_name ? namePattern(term) : partPattern(term);
  const inKind = memoised((kind) => pattern.test(kindName(kind)));
  const inTask = memoised((task) => pattern.test(words.task(task)));
  const inContainer = memoised((container) => pattern.test(words.container(container)));
  // A page reads `shared:12`: most terms are in no object's name, nor digits.
  const may_be_in_page = /[:#]|^\d+$/.test(term) || words.names.objects.some((name) => pattern.test(name));
  // Most events say what the last of their kind and flags said.
  const last_texts: string[] = [];
  const last_results: boolean[] = [];
  const inDescription = (event: EventRow): boolean => {
    const place = (event.kind << 8) | event.flags;
    const text = describe(event);
    if (last_texts[place] !== text) {
      last_texts[place] = text;
      last_results[place] = pattern.test(text);
    }
    return last_results[place];
  };
  const may = narrowing(lettersOf(term), words, ({ task, container }, row) => inTask(task[row]) || inContainer(container[row]));
  return {
    matches: (event) =>
      inKind(event.kind) ||
      inTask(event.task) ||
      inContainer(event.container) ||
      (may_be_in_page && pattern.test(describePage(event, words, String))) ||
      inDescription(event),
    ...may,
  };
}

const vocabularies = new WeakMap<RunWords, EventVocabulary>();
function vocabularyOf(words: RunWords): EventVocabulary {
  const vocabulary = vocabularies.get(words) ?? new EventVocabulary(words);
  vocabularies.set(words, vocabulary);
  return vocabulary;
}

/** What may hold the letters of a term. A term without letters is a figure or a sign, which may stand anywhere. */
function narrowing(letters: readonly string[], words: RunWords, isNamed: TermMatcher['rowMay']): Pick<TermMatcher, 'kindMay' | 'rowMay'> {
  if (letters.length === 0) return { kindMay: () => true, rowMay: () => true };
  const vocabulary = vocabularyOf(words);
  const in_names = memoised(() => vocabulary.namesHold(letters));
  const said = memoised((place) => vocabulary.mayHold(place >> 8, place & 255, letters));
  const inObject = memoised((object: string | undefined) => {
    const parts = lettersOf(object ?? '');
    return letters.every((part) => parts.some((name) => name.includes(part)));
  });
  const kindMay = memoised((kind) => in_names(0) || vocabulary.kindMayHold(kind, letters));
  return {
    kindMay,
    rowMay: (columns, row) => {
      const kind = columns.kind[row];
      if (said((kind << 8) | columns.flags[row])) return true;
      return in_names(0) && (isNamed(columns, row) || (hasPage(kind) && inObject(words.page(columns.page[row])?.object)));
    },
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
/** The name by itself, or at the head of what it holds: `B` in `B/worker`, `b` in `b:heap`. */
const namePattern = (name: string): RegExp => new RegExp(`(?<![\\w:/.@-])${escaped(name)}(?![\\w.@-])`);
const partPattern = (part: string): RegExp => new RegExp(escaped(part), 'i');
