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
  const others = terms.filter((term) => !(term.toLowerCase() in KIND)).map((term) => (names.has(term) ? namePattern(term) : partPattern(term)));
  return {
    kinds,
    matches(event) {
      if (kinds !== null && !kinds.has(event.kind)) return false;
      const row =
        `${kindName(event.kind)}\n${words.task(event.task)}\n${words.container(event.container)}\n${describePage(event, words)}\n${describeEvent(event, words)}`.replaceAll(
          '\u202f',
          '',
        );
      return others.every((pattern) => pattern.test(row));
    },
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
/** The name by itself, or at the head of what it holds: `B` in `B/worker`, `b` in `b:heap`. */
const namePattern = (name: string): RegExp => new RegExp(`(?<![\\w:/.@-])${escaped(name)}(?![\\w.@-])`);
const partPattern = (part: string): RegExp => new RegExp(escaped(part), 'i');
