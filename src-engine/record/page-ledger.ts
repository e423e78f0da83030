import { NO_CONTAINER, NO_PAGE } from '../base/ids.ts';
import type { EventColumns } from './events.ts';
import { KIND } from './events.ts';
import { NO_SHARING, Sharings } from './sharings.ts';

const CHUNK_SHIFT = 12;
const CHUNK_PAGES = 1 << CHUNK_SHIFT;
const CHUNK_MASK = CHUNK_PAGES - 1;

// Constants of this module are constants in compiled code; fields of imported tables are looked up each time.
const KIND_PAGE_ADD = KIND.page_add;
const KIND_PAGE_FREE = KIND.page_free;
const KIND_PAGE_EVICT = KIND.page_evict;
const KIND_CHARGE = KIND.charge;
const KIND_UNCHARGE = KIND.uncharge;
const KIND_RECHARGE = KIND.recharge;
const KIND_ACTIVATE = KIND.activate;
const KIND_DEACTIVATE = KIND.deactivate;
const KIND_UNEVICTABLE = KIND.unevictable;

/** Kinds that change what a page is charged to, or its place on the lists. */
export const LEDGER_KINDS: readonly number[] = [
  KIND.page_add,
  KIND.page_free,
  KIND.page_evict,
  KIND.charge,
  KIND.uncharge,
  KIND.recharge,
  KIND.activate,
  KIND.deactivate,
  KIND.unevictable,
];

/** What is known of `CHUNK_PAGES` pages. */
interface Chunk {
  /** Snapshots share chunks; one is copied at the first change after a snapshot. */
  readonly generation: number;
  /** Sharing (Sharings) of each page. */
  readonly sharing: Uint32Array;
  /** Event, plus 1, at which the page was last charged or came onto the list that it is on; 0: never. */
  readonly touched: Uint32Array;
}

/** A ledger at one event, to go back to. */
export interface LedgerSnapshot {
  readonly event_index: number;
  readonly chunks: readonly (Chunk | undefined)[];
}

/**
 * Who is charged for each page, and since when: what a state's totals per object do not say. Made from the events from the first one on; what it was at an earlier event is
 * had from snapshots, which cost only the chunks of pages that change after them.
 */
export class PageLedger {
  readonly sharings = new Sharings();
  event_index = 0;
  #chunks: (Chunk | undefined)[] = [];
  #generation = 0;

  /** Sharing of a page now; NO_SHARING if nobody is charged. */
  sharingOf(page: number): number {
    const chunk = this.#chunks[page >>> CHUNK_SHIFT];
    return chunk === undefined ? NO_SHARING : chunk.sharing[page & CHUNK_MASK];
  }

  /** Event, plus 1, at which the page was last charged or came onto its list; 0: never. */
  touchedAt(page: number): number {
    const chunk = this.#chunks[page >>> CHUNK_SHIFT];
    return chunk === undefined ? 0 : chunk.touched[page & CHUNK_MASK];
  }

  /** Sharings of the pages from `base` on. */
  readSharings(base: number, page_count: number): Uint32Array {
    return this.#read('sharing', base, page_count);
  }

  /** What `touchedAt` says, of the pages from `base` on. */
  readTouched(base: number, page_count: number): Uint32Array {
    return this.#read('touched', base, page_count);
  }

  /** Chunks that were made or copied since the last snapshot. */
  get changed_chunk_count(): number {
    let count = 0;
    for (const chunk of this.#chunks) if (chunk?.generation === this.#generation) count++;
    return count;
  }

  snapshot(): LedgerSnapshot {
    this.#generation++;
    return { event_index: this.event_index, chunks: this.#chunks.slice() };
  }

  restore(snapshot: LedgerSnapshot): void {
    this.#generation++;
    this.#chunks = snapshot.chunks.slice();
    this.event_index = snapshot.event_index;
  }

  /** Applies rows `from..to` of a block whose row `from` is the next event. */
  apply(columns: EventColumns, from: number, to: number): void {
    const { kind, container, page, a, b } = columns;
    const first_event = this.event_index - from;
    for (let row = from; row < to; row++) {
      switch (kind[row]) {
        case KIND_PAGE_ADD:
        case KIND_CHARGE:
          this.#change(page[row], container[row], a[row], first_event + row + 1);
          break;
        case KIND_UNCHARGE:
        case KIND_PAGE_FREE:
        case KIND_PAGE_EVICT:
          this.#change(page[row], container[row], -a[row], 0);
          break;
        case KIND_RECHARGE:
          this.#change(page[row], b[row], -a[row], 0);
          this.#change(page[row], container[row], a[row], first_event + row + 1);
          break;
        case KIND_ACTIVATE:
        case KIND_DEACTIVATE:
        case KIND_UNEVICTABLE:
          this.#change(page[row], container[row], 0, first_event + row + 1);
          break;
        default:
          break;
      }
    }
    this.event_index += to - from;
  }

  #read(column: 'sharing' | 'touched', base: number, page_count: number): Uint32Array {
    const out = new Uint32Array(page_count);
    for (let page = base; page < base + page_count; ) {
      const end = Math.min((page | CHUNK_MASK) + 1, base + page_count);
      const cells = this.#chunks[page >>> CHUNK_SHIFT]?.[column];
      if (cells !== undefined) out.set(cells.subarray(page & CHUNK_MASK, (page & CHUNK_MASK) + end - page), page - base);
      page = end;
    }
    return out;
  }

  /** `touched`: 0 leaves the time as it is. */
  #change(page: number, container: number, units: number, touched: number): void {
    if (page === NO_PAGE) return;
    const chunk = this.#writable(page >>> CHUNK_SHIFT);
    const at = page & CHUNK_MASK;
    if (touched > 0) chunk.touched[at] = touched;
    if (units !== 0 && container !== NO_CONTAINER) chunk.sharing[at] = this.sharings.changed(chunk.sharing[at], container, units);
  }

  #writable(index: number): Chunk {
    const present = this.#chunks[index];
    if (present?.generation === this.#generation) return present;
    const chunk: Chunk = {
      generation: this.#generation,
      sharing: present?.sharing.slice() ?? new Uint32Array(CHUNK_PAGES),
      touched: present?.touched.slice() ?? new Uint32Array(CHUNK_PAGES),
    };
    this.#chunks[index] = chunk;
    return chunk;
  }
}

/** Bytes of one chunk in memory, for those who keep snapshots. */
export const CHUNK_BYTES = CHUNK_PAGES * 8;
