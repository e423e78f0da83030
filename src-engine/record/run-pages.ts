import { type EventRow, OBJECT_CLASS } from './events.ts';
import type { ObjectTable } from './object-table.ts';
import { countPageEvents, type PageCounts } from './page-counts.ts';
import type { PageEvents, Pause } from './page-events.ts';
import { CHUNK_BYTES, LEDGER_KINDS, type LedgerSnapshot, PageLedger } from './page-ledger.ts';
import { bucketsOf, legendOf, pageValues } from './page-map.ts';
import { referencesOf } from './page-references.ts';
import type { PageMapMode, PageMapView } from './page-values.ts';
import type { PageReferences } from './run.ts';
import type { RunBlocks } from './run-blocks.ts';
import { PAGE, SCALAR, type StateTables } from './state-tables.ts';
import type { SearchParts } from './watch.ts';

/** Blocks from one snapshot to the next: each copies all that changes after it. */
const SNAPSHOT_BLOCK_COUNT = 8;
/** Memory that snapshots of a run's ledger may take. */
const SNAPSHOT_BYTES_MAX = 96 * 1024 * 1024;

/** Which pages are asked for, and at which event. */
export interface PageMapRequest {
  readonly event_index: number;
  /** Id of the object, as in ObjectView. */
  readonly object: number;
  readonly mode: PageMapMode;
  readonly from_page: number;
  readonly to_page: number;
  readonly bucket_count_max: number;
}

/** One page at an event: what it is, and what became of it. */
export interface PageStory {
  readonly page: number;
  readonly event_index: number;
  readonly owners: readonly { readonly container: number; readonly units: number }[];
  /** Event at which it was last charged or came onto its list; null: never. */
  readonly touched_event: number | null;
  /** The LRU list that it is on (LRU); null: on none. */
  readonly list: number | null;
  /** The container whose list that is. */
  readonly list_container: number | null;
  readonly swapped: boolean;
  readonly mapcount: number;
  readonly mapped_by: readonly { readonly task: number; readonly times: number }[];
  /** What the kernel's reference count of it would be, and of what. */
  readonly references: PageReferences;
  /** Up to the event. */
  readonly counts: PageCounts;
  /** Events of the page before the cursor, and after it. */
  readonly before_count: number;
  readonly after_count: number;
  /** Those next to the cursor on both sides, in order. */
  readonly events: readonly EventRow[];
}

/** An object's pages at an event, as values and, for comparing runs, as keys made of names. */
export interface ObjectPages {
  readonly values: Uint16Array;
  /** A number for each page, the same where the runs that share `numbers` agree about it. `names`: the run's paths of containers. */
  keys(numbers: Map<string, number>, names: readonly string[]): Uint32Array;
}

/** What is known of the single pages of a run. It reads the run from its beginning, once. Its methods throw DamagedRecording, and what `pause` throws (SearchCancelled). */
export class RunPages {
  readonly #blocks: RunBlocks;
  /** The state at an event. */
  readonly #stateAt: (event_index: number) => StateTables;
  readonly #ledger = new PageLedger();
  readonly #events: PageEvents;
  readonly #objects: ObjectTable;
  #snapshots: { readonly snapshot: LedgerSnapshot; readonly size_bytes: number }[];
  /** Bytes of chunks that were copied since the last of them. */
  #copied_bytes = 0;
  /** The begin of the block that was last gone into: steps back within it are short however far apart snapshots are. */
  #near: LedgerSnapshot;
  /** The values last asked for: zoom and pan ask for them again. */
  #last: { readonly event_index: number; readonly object: number; readonly mode: PageMapMode; readonly values: Uint16Array } | undefined;
  /** Calls that move the ledger go one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ blocks, pages, objects }: Pick<SearchParts, 'blocks' | 'pages' | 'objects'>, stateAt: (event_index: number) => StateTables) {
    this.#blocks = blocks;
    this.#events = pages;
    this.#objects = objects;
    this.#stateAt = stateAt;
    this.#near = this.#ledger.snapshot();
    this.#snapshots = [{ snapshot: this.#near, size_bytes: 0 }];
  }

  /** A map of an object's pages. Null where the object is not there at the event. */
  async map(request: PageMapRequest, pause: Pause): Promise<PageMapView | null> {
    const pages = await this.objectPages(request, pause);
    if (pages === null) return null;
    const { values } = pages;
    const from_page = Math.min(Math.max(request.from_page, 0), values.length);
    const to_page = Math.min(Math.max(request.to_page, from_page), values.length);
    return {
      event_index: request.event_index,
      page_count: values.length,
      from_page,
      to_page,
      legend: legendOf(values),
      ...bucketsOf(values, from_page, to_page, request.bucket_count_max),
    };
  }

  /** Values of all of an object's pages; null where it is not there. */
  objectPages({ event_index, object, mode }: Pick<PageMapRequest, 'event_index' | 'object' | 'mode'>, pause: Pause): Promise<ObjectPages | null> {
    return this.#inTurn(async () => {
      await this.#moveTo(event_index, pause);
      const state = this.#stateAt(event_index);
      if (object >= state.scalars[SCALAR.object_count]) return null;
      const base = state.object_base[object];
      const page_count = state.object_pages[object];
      const known = this.#last;
      const values =
        known?.event_index === event_index && known.object === object && known.mode === mode
          ? known.values
          : pageValues(state, this.#ledger, mode, base, page_count);
      this.#last = { event_index, object, mode, values };
      const sharings = mode === 'owner' ? this.#ledger.readSharings(base, page_count) : undefined;
      const name_of = state.container_name.slice(0, state.scalars[SCALAR.container_count]);
      return { values, keys: (numbers, names) => this.#keys(values, sharings, numbers, (container) => names[name_of[container]] ?? `#${container}`) };
    });
  }

  /** All about one page, with at most `limit` of its events on each side of the cursor. */
  story(page: number, event_index: number, limit: number, pause: Pause): Promise<PageStory> {
    return this.#inTurn(async () => {
      await this.#moveTo(event_index, pause);
      const rows = await this.#events.of(page, pause);
      const found_at = rows.findIndex(({ index }) => index >= event_index);
      const before_count = found_at < 0 ? rows.length : found_at;
      const state = this.#stateAt(event_index);
      const { containers, units } = this.#ledger.sharings.get(this.#ledger.sharingOf(page));
      const touched = this.#ledger.touchedAt(page);
      const here = page < state.page_state.length ? state.page_state[page] : 0;
      const list = here & PAGE.list_mask;
      const mapcount = page < state.mapcount.length ? state.mapcount[page] : 0;
      const { counts, mapped_by } = countPageEvents(rows.slice(0, before_count));
      const kind = this.#objects.of(page)?.class ?? OBJECT_CLASS.anon;
      return {
        page,
        event_index,
        owners: containers.map((container, at) => ({ container, units: units[at] })),
        touched_event: touched === 0 ? null : touched - 1,
        list: list === 0 ? null : list - 1,
        list_container: list === 0 ? null : state.page_container[page],
        swapped: (here & PAGE.swapped) !== 0,
        mapcount,
        mapped_by,
        references: referencesOf({ kind, resident: list !== 0, mappings: mapcount, pins: counts.pins }),
        counts,
        before_count,
        after_count: rows.length - before_count,
        events: rows.slice(Math.max(0, before_count - limit), before_count + limit),
      };
    });
  }

  #keys(values: Uint16Array, sharings: Uint32Array | undefined, numbers: Map<string, number>, pathOf: (container: number) => string): Uint32Array {
    const numberOf = (name: string): number => {
      const known = numbers.get(name) ?? numbers.size;
      numbers.set(name, known);
      return known;
    };
    const keys = new Uint32Array(values.length);
    const ofValue = new Map<number, number>();
    const ofSharing = new Map<number, number>();
    for (let at = 0; at < values.length; at++) {
      const sharing = sharings?.[at] ?? 0;
      const table = sharing === 0 ? ofValue : ofSharing;
      const code = sharing === 0 ? values[at] : sharing;
      let key = table.get(code);
      if (key === undefined) {
        const name = sharing === 0 ? `${code}` : `of ${this.#ledger.sharings.get(sharing).containers.map(pathOf).sort().join('\n')}`;
        key = numberOf(name);
        table.set(code, key);
      }
      keys[at] = key;
    }
    return keys;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const mine = before.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** Moves the ledger to an event, block by block. */
  async #moveTo(event_index: number, pause: Pause): Promise<void> {
    const kept = this.#snapshots.findLast(({ snapshot }) => snapshot.event_index <= event_index)?.snapshot ?? this.#near;
    const nearest = this.#near.event_index <= event_index && this.#near.event_index > kept.event_index ? this.#near : kept;
    const { event_index: now } = this.#ledger;
    if (now > event_index || nearest.event_index > now) this.#ledger.restore(nearest);
    while (this.#ledger.event_index < event_index) {
      if (this.#applyBlock(event_index)) await pause();
    }
  }

  /** Applies the rest of a block, or as much of it as lies before the event. Returns whether it had to be read. */
  #applyBlock(to_event: number): boolean {
    const at = this.#blocks.at(this.#ledger.event_index);
    const { first_event, event_count, kind_counts } = this.#blocks.entries[at];
    const end = Math.min(to_event, first_event + event_count);
    const begin = this.#ledger.event_index;
    if (begin === first_event && (end === to_event || at % SNAPSHOT_BLOCK_COUNT === 0)) this.#takeSnapshot(at % SNAPSHOT_BLOCK_COUNT === 0);
    const needed = LEDGER_KINDS.some((kind) => kind_counts[kind] > 0);
    if (needed) {
      this.#events.learn(at);
      this.#ledger.apply(this.#blocks.decoded(at).columns, begin - first_event, end - first_event);
    } else {
      this.#ledger.event_index = end;
    }
    return needed;
  }

  #takeSnapshot(kept: boolean): void {
    this.#copied_bytes += this.#ledger.changed_chunk_count * CHUNK_BYTES;
    this.#near = this.#ledger.snapshot();
    if (!kept) return;
    const size_bytes = this.#copied_bytes;
    this.#copied_bytes = 0;
    const last = this.#snapshots.at(-1);
    if (last !== undefined && last.snapshot.event_index >= this.#near.event_index) return;
    this.#snapshots.push({ snapshot: this.#near, size_bytes });
    const total = this.#snapshots.reduce((sum, one) => sum + one.size_bytes, 0);
    // Every other one goes; the first (nothing yet) and the last stay.
    if (total > SNAPSHOT_BYTES_MAX) this.#snapshots = this.#snapshots.filter((_, index) => index % 2 === 0 || index === this.#snapshots.length - 1);
  }
}
