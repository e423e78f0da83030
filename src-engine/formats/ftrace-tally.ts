import { readFields } from './ftrace-events.ts';

/** What a trace has of one tracepoint. */
export interface EventTally {
  readonly event: string;
  readonly count: number;
  /** Sums of the fields that are amounts, by their names; `pages` is the sum of 2 to the power of `order`. */
  readonly sums: Readonly<Record<string, number>>;
  /** Of sums that not every line of the tracepoint adds to: how many do. */
  readonly summed_lines: Readonly<Record<string, number>>;
  /** Names of all fields seen, known to the lab or not, in the order of their first appearance. */
  readonly fields: readonly string[];
}

/** Collects what a trace has of every tracepoint, by the fields that its lines name. */
export interface EventTallies {
  take(event: string, text: string, body: number): void;
  finish(): readonly EventTally[];
}

/** Fields that add up to something (kmem, memcg, sock, vmscan); others are levels, addresses and names. */
const AMOUNTS: ReadonlySet<string> = new Set(['bytes_req', 'bytes_alloc', 'val', 'stats_updates', 'truesize', 'nr_scanned', 'nr_taken', 'nr_reclaimed']);
/** Events of the page allocator, whose `order` says how many pages they are about. */
const PAGE_EVENT = /^mm_page_(?:alloc|free|pcpu_drain|free_batched|alloc_zone_locked)$/;
const ORDER_MAX = 20;
/** Names of fields kept of one event: beyond it they are no fields of a tracepoint. */
const FIELD_COUNT_MAX = 64;
/** Kinds of events told apart; no kernel has as many. */
const EVENT_COUNT_MAX = 8192;
const INTEGER = /^(?:-?\d{1,15}|0x[0-9a-f]{1,13})B?$/;

interface OpenTally {
  count: number;
  /** `last`: the line, by its number of this event, that was added last. */
  readonly sums: Map<string, { sum: number; lines: number; last: number }>;
  readonly fields: Set<string>;
}

/** Tallies without anything in them. */
export function createEventTallies(): EventTallies {
  const tallies = new Map<string, OpenTally>();
  return {
    take(event, text, body) {
      let own = tallies.get(event);
      if (own === undefined) {
        if (tallies.size >= EVENT_COUNT_MAX) return;
        own = { count: 0, sums: new Map(), fields: new Set() };
        tallies.set(event, own);
      }
      own.count += 1;
      const has_order = PAGE_EVENT.test(event);
      for (const [name, value] of readFields(text, body)) {
        if (own.fields.size < FIELD_COUNT_MAX) own.fields.add(name);
        const is_order = has_order && name === 'order';
        if ((!is_order && !AMOUNTS.has(name)) || !INTEGER.test(value)) continue;
        const number = Number(value.replace(/B$/, ''));
        if (is_order && (number < 0 || number > ORDER_MAX)) continue;
        const key = is_order ? 'pages' : name;
        const { sum, lines, last } = own.sums.get(key) ?? { sum: 0, lines: 0, last: 0 };
        own.sums.set(key, { sum: sum + (is_order ? 2 ** number : number), lines: last === own.count ? lines : lines + 1, last: own.count });
      }
    },
    finish: () =>
      [...tallies]
        .map(
          ([event, { count, sums, fields }]): EventTally => ({
            event,
            count,
            sums: Object.fromEntries([...sums].map(([name, { sum }]) => [name, sum])),
            summed_lines: Object.fromEntries([...sums].flatMap(([name, { lines }]) => (lines === count ? [] : [[name, lines]]))),
            fields: [...fields],
          }),
        )
        .toSorted((x, y) => y.count - x.count || (x.event < y.event ? -1 : 1)),
  };
}
