import { EVENT_KIND_BY_CODE, type EventColumns, type EventRow, eventRow, KIND } from './events.ts';
import type { ObjectTable } from './object-table.ts';
import type { RunBlocks } from './run-blocks.ts';

/** Awaited between the slices of a search, so that other work may pass. Whoever ends the search early throws from it (SearchCancelled). */
export type Pause = () => Promise<void>;

/** Thrown by a Pause when nobody waits for the search's answer any more. */
export class SearchCancelled extends Error {}

/** Kinds of events that name a page, by code. */
const IS_ABOUT_PAGE = Uint8Array.from({ length: 256 }, (_, code) => Number(EVENT_KIND_BY_CODE[code]?.columns.page !== undefined && code !== KIND.trace_other));
/** Those that name the first of several: `a` pages from `page` on. */
const SPANS: readonly number[] = [KIND.object_create, KIND.pin, KIND.unpin];
const IS_SPAN = Uint8Array.from({ length: 256 }, (_, code) => Number(SPANS.includes(code)));

/** Room for the filters of a run: 10 M events over a million pages get a bit for each page of each block; larger runs share bits, and so skip fewer blocks. */
const FILTER_BYTES_MAX = 32 * 2 ** 20;
const FILTER_BITS_MIN = 2 ** 10;
/** Histories kept: those of the pages last asked for. */
const KEPT_HISTORY_COUNT = 16;

/** What a block was found to hold when it was read for a search. */
interface BlockFilter {
  readonly pages: Uint32Array;
  readonly objects: ReadonlySet<number>;
}

/**
 * Finds the events of single pages and objects. The recording has no index of pages; what a search has read is remembered in a bit a page and block, so that the first search
 * reads every block and later ones skip all blocks that do not name the page or the object.
 */
export class PageEvents {
  readonly #blocks: RunBlocks;
  readonly #objects: ObjectTable;
  /** Bits of a block's filter less one: a page's lowest bits choose its own. */
  #mask = 0;
  readonly #filters: (BlockFilter | undefined)[] = [];
  readonly #kept = new Map<number, readonly EventRow[]>();

  constructor(blocks: RunBlocks, objects: ObjectTable) {
    this.#blocks = blocks;
    this.#objects = objects;
  }

  /** Every event about a page, in order; pins that cover it among them. */
  async of(page: number, pause: Pause): Promise<readonly EventRow[]> {
    const known = this.#kept.get(page);
    if (known !== undefined) return known;
    const rows: EventRow[] = [];
    for (let at = 0; at < this.#blocks.entries.length; at++) {
      if (!this.mayNamePage(at, page)) continue;
      this.#collect(at, page, rows);
      await pause();
    }
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= KEPT_HISTORY_COUNT && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(page, rows);
    return rows;
  }

  /** False where a block is known to hold no event about the page. */
  mayNamePage(at: number, page: number): boolean {
    const filter = this.#filters[at];
    if (filter === undefined || SPANS.some((kind) => this.#blocks.entries[at].kind_counts[kind] > 0)) return true;
    const bit = page & this.#mask;
    return (filter.pages[bit >>> 5] & (1 << (bit & 31))) !== 0;
  }

  /** False where a block is known to hold no event about any page of the object. */
  mayNameObject(at: number, object: number): boolean {
    return this.#filters[at]?.objects.has(object) !== false;
  }

  /** Reads a block, if it was not yet, and remembers which pages it names. */
  learn(at: number): void {
    if (this.#filters[at] !== undefined) return;
    if (this.#mask === 0) this.#mask = maskFor(this.#objects, this.#blocks.entries.length);
    const { columns, count } = this.#blocks.decoded(at);
    this.#filters[at] = this.#filterOf(columns, count);
  }

  #collect(at: number, page: number, rows: EventRow[]): void {
    this.learn(at);
    if (!this.mayNamePage(at, page)) return;
    const { columns, count } = this.#blocks.decoded(at);
    const { first_event } = this.#blocks.entries[at];
    for (let row = 0; row < count; row++) {
      const kind = columns.kind[row];
      const is_this = columns.page[row] === page ? IS_ABOUT_PAGE[kind] === 1 : IS_SPAN[kind] === 1 && covers(columns, row, page);
      if (is_this) rows.push(eventRow(columns, row, first_event + row));
    }
  }

  #filterOf({ kind, page }: EventColumns, count: number): BlockFilter {
    const pages = new Uint32Array((this.#mask + 1) / 32);
    const objects = new Set<number>();
    let from = 0;
    let end = 0;
    for (let row = 0; row < count; row++) {
      if (IS_ABOUT_PAGE[kind[row]] === 0) continue;
      const here = page[row];
      const bit = here & this.#mask;
      pages[bit >>> 5] |= 1 << (bit & 31);
      if (here >= from && here < end) continue;
      const object = this.#objects.of(here);
      if (object === undefined) continue;
      objects.add(object.id);
      from = object.base;
      end = object.base + object.page_count;
    }
    return { pages, objects };
  }
}

function maskFor({ objects }: ObjectTable, block_count: number): number {
  const last = objects.at(-1);
  const page_count = last === undefined ? 0 : last.base + last.page_count;
  let bits = FILTER_BITS_MIN;
  while (bits < page_count && (bits / 4) * block_count <= FILTER_BYTES_MAX) bits *= 2;
  return bits - 1;
}

const covers = (columns: EventColumns, row: number, page: number): boolean => page > columns.page[row] && page < columns.page[row] + columns.a[row];
