import { describeEvent, describePage, kindName } from '../../../src-engine/record/describe-event.ts';
import { EVENT_KINDS, type EventRow, KIND } from '../../../src-engine/record/events.ts';
import type { RunWords } from '../../../src-engine/record/run-words.ts';

/** What is looked for among the events. */
export interface EventQuery {
  /** Kinds named in full; null where none is, and any may match. */
  readonly kinds: ReadonlySet<number> | null;
  /** Whether an event fits: every word of the query stands somewhere in its row. */
  matches(event: EventRow): boolean;
}

/** Reads a query such as `oom_kill B` or `recharge shared`. Undefined for an empty one. */
export function parseQuery(text: string, words: RunWords): EventQuery | undefined {
  const terms = text
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '');
  if (terms.length === 0) return undefined;
  const named = EVENT_KINDS.filter((spec) => terms.includes(spec.name)).map((spec) => KIND[spec.name as keyof typeof KIND]);
  const kinds = named.length === 0 ? null : new Set<number>(named);
  const others = terms.filter((term) => !(term in KIND));
  return {
    kinds,
    matches(event) {
      if (kinds !== null && !kinds.has(event.kind)) return false;
      const row =
        `${kindName(event.kind)}\n${words.task(event.task)}\n${words.container(event.container)}\n${describePage(event, words)}\n${describeEvent(event, words)}`
          .replaceAll('\u202f', '')
          .toLowerCase();
      return others.every((term) => row.includes(term));
    },
  };
}
