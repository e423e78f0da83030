import type { EventColumns, EventRow } from './events.ts';
import { ADD, EVENT_KIND_BY_CODE, KIND } from './events.ts';
import type { RunBlocks } from './run-blocks.ts';

/** How a search that reads many blocks gives way to other work, and how it is told to end. */
export interface SearchControl {
  /** Awaited after each block that was read. */
  pause(): Promise<void>;
  cancelled(): boolean;
}

/** Kinds whose `page` is the first of `a` pages. */
const RANGE_KINDS: ReadonlySet<number> = new Set([KIND.object_create, KIND.pin, KIND.unpin]);
/** Kinds that are about a page. A trace's lines, which stand in the same column, are none. */
const IS_OF_PAGE: Uint8Array = (() => {
  const is = new Uint8Array(256);
  for (const spec of EVENT_KIND_BY_CODE) if (spec?.columns.page !== undefined && spec.code !== KIND.trace_other) is[spec.code] = 1;
  return is;
})();

/** Bits of a block's filter: 32 KiB, in memory only. In an object of up to a million pages a block has a quarter of the bits at most. */
const FILTER_BITS = 1 << 18;

/**
 * Finds the events of single pages. What a block has pages of is noted in memory when it is first read, so that later searches read only blocks that may hold the page.
 */
export class PageFinder {
  readonly #blocks: RunBlocks;
  readonly #filters: (Uint32Array | undefined)[] = [];

  constructor(blocks: RunBlocks) {
    this.#blocks = blocks;
  }

  /** Notes the pages of a block that was read for another purpose. */
  note(at: number, columns: EventColumns, count: number): void {
    if (this.#filters[at] !== undefined) return;
    const filter = new Uint32Array(FILTER_BITS / 32);
    const { kind, page, a } = columns;
    for (let row = 0; row < count; row++) {
      if (IS_OF_PAGE[kind[row]] === 0) continue;
      const first = page[row];
      const page_count = RANGE_KINDS.has(kind[row]) ? Math.min(a[row], FILTER_BITS) : 1;
      for (let next = first; next < first + page_count; next++) filter[(next & (FILTER_BITS - 1)) >>> 5] |= 1 << (next & 31);
    }
    this.#filters[at] = filter;
  }

  /** Indexes of all events of a page, ascending; null if the search was cancelled. */
  async find(page: number, control: SearchControl): Promise<Float64Array | null> {
    const { entries } = this.#blocks;
    const found: number[] = [];
    for (let at = 0; at < entries.length; at++) {
      if (!this.#mayHold(at, page)) continue;
      if (control.cancelled()) return null;
      const { columns, count } = this.#blocks.decoded(at);
      this.note(at, columns, count);
      for (let row = 0; row < count; row++) if (isOfPage(columns, row, page)) found.push(entries[at].first_event + row);
      await control.pause();
    }
    return control.cancelled() ? null : Float64Array.from(found);
  }

  #mayHold(at: number, page: number): boolean {
    const filter = this.#filters[at];
    if (filter !== undefined) return (filter[(page & (FILTER_BITS - 1)) >>> 5] & (1 << (page & 31))) !== 0;
    return this.#blocks.entries[at].kind_counts.some((count, kind) => count > 0 && IS_OF_PAGE[kind] === 1);
  }
}

/** Whether an event is about a page: its own, or one of the pages that it begins with. */
export function isOfPage({ kind, page, a }: EventColumns, row: number, wanted: number): boolean {
  if (IS_OF_PAGE[kind[row]] === 0) return false;
  if (page[row] === wanted) return true;
  return RANGE_KINDS.has(kind[row]) && wanted > page[row] && wanted < page[row] + a[row];
}

/** How often things happened to a page, up to some event. */
export interface PageCounts {
  /** Times that a container came to be charged for it, or for more of it. */
  readonly charged: number;
  readonly evicted: number;
  readonly refaulted: number;
  readonly freed: number;
  readonly faults: number;
  /** Pins and locks that take it in and are not released. */
  readonly pins: number;
}

/** What the events of a page say of it, in their order. */
export function countPageFinder(events: Iterable<EventRow>): { readonly counts: PageCounts; readonly mapped_by: readonly { task: number; times: number }[] } {
  const counts = { charged: 0, evicted: 0, refaulted: 0, freed: 0, faults: 0, pins: 0 };
  const mappers = new Map<number, number>();
  const map = (task: number, by: number): void => {
    const times = (mappers.get(task) ?? 0) + by;
    if (times > 0) mappers.set(task, times);
    else mappers.delete(task);
  };
  for (const { kind, flags, task, a } of events) {
    switch (kind) {
      case KIND.page_add:
        if (a > 0) counts.charged++;
        if ((flags & ADD.refault) !== 0) counts.refaulted++;
        break;
      case KIND.charge:
      case KIND.recharge:
        counts.charged++;
        break;
      case KIND.page_evict:
        counts.evicted++;
        break;
      case KIND.page_free:
        counts.freed++;
        break;
      case KIND.map:
        map(task, 1);
        if (flags !== 0) counts.faults++;
        break;
      case KIND.unmap:
        map(task, -1);
        break;
      case KIND.fault:
        counts.faults++;
        break;
      case KIND.pin:
        counts.pins++;
        break;
      case KIND.unpin:
        counts.pins = Math.max(0, counts.pins - 1);
        break;
      default:
        break;
    }
  }
  return { counts, mapped_by: [...mappers].sort(([x], [y]) => x - y).map(([task, times]) => ({ task, times })) };
}
