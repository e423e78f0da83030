import { THIN } from '../base/figures.ts';
import { describeEvent, describePage, kindName } from './describe-event.ts';
import { EVENT_KINDS, type EventRow, KIND } from './events.ts';
import type { RunWords } from './run-words.ts';

/** What is looked for among the events. */
export interface EventQuery {
  /** Kinds named in full; null where none is, and any may match. */
  readonly kinds: ReadonlySet<number> | null;
  /** Whether an event fits: every word of the query stands somewhere in its row. */
  matches(event: EventRow): boolean;
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
    matches: (event) => (kinds === null || kinds.has(event.kind)) && others.every((matches) => matches(event)),
  };
}

type Matches = (event: EventRow) => boolean;
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

/** What a function says of a small number, kept. */
function memoised(of: (code: number) => boolean): (code: number) => boolean {
  const kept = new Map<number, boolean>();
  return (code) => {
    const known = kept.get(code) ?? of(code);
    kept.set(code, known);
    return known;
  };
}

/** Whether a term stands in an event's row: in its kind, task, container, page or description, each by itself, since no term has a space. */
function termMatcher(term: string, is_name: boolean, words: RunWords, describe: (event: EventRow) => string): Matches {
  const pattern = is_name ? namePattern(term) : partPattern(term);
  const inKind = memoised((kind) => pattern.test(kindName(kind)));
  const inTask = memoised((task) => pattern.test(words.task(task)));
  const inContainer = memoised((container) => pattern.test(words.container(container)));
  // A page reads `shared:12`: most terms are in no object's name, nor digits.
  const may_be_in_page = /[:#]|^\d+$/.test(term) || words.names.objects.some((name) => pattern.test(name));
  return (event) =>
    inKind(event.kind) ||
    inTask(event.task) ||
    inContainer(event.container) ||
    (may_be_in_page && pattern.test(describePage(event, words, String))) ||
    pattern.test(describe(event));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
/** The name by itself, or at the head of what it holds: `B` in `B/worker`, `b` in `b:heap`. */
const namePattern = (name: string): RegExp => new RegExp(`(?<![\\w:/.@-])${escaped(name)}(?![\\w.@-])`);
const partPattern = (part: string): RegExp => new RegExp(escaped(part), 'i');
