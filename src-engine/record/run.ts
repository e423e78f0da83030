import type { EventColumns, EventRow } from './events.ts';

/**
 * Names of a run, referred to by index from events. Tables may grow while a run is recorded (areas of forked tasks), never change.
 */
export interface RunNames {
  readonly containers: readonly string[];
  readonly tasks: readonly string[];
  readonly objects: readonly string[];
  readonly samples: readonly string[];
}

/** What must be known of a run to read its events. */
export interface RunMeta {
  readonly source: 'engine' | 'trace' | 'kernel';
  /** Preset name or composed spec (`pages=partial,removal=free`), or for a trace what made it (`ftrace`). */
  readonly model: string;
  /** One page of charge is `1 << charge_shift` units. */
  readonly charge_shift: number;
  readonly seed: number;
  readonly memory_pages: number;
  /** Version of the engine's rules; the same scenario, seed, model and version give the same log. */
  readonly engine_version: string;
  /** How many counters a container has in the keyframes and series; missing in recordings of the first two versions (`recordedCounterCount`). */
  readonly counter_count?: number;
}

/** Where the engine puts what it recorded. Called in order, on the engine's thread. */
export interface RecordSink {
  /** Columns to fill first, and by their length the size of a block. Without it: fresh ones of BLOCK_EVENT_COUNT rows, which is what recordings hold. */
  firstColumns?(): EventColumns;
  /**
   * Called once, before the first event. `names` is live: its tables grow as the run goes on, and hold at every `seal` all names of the events sealed so far.
   * Without it a run that is cut short could not be read.
   */
  begin?(meta: RunMeta, names: RunNames): void;
  /**
   * Takes a full (or last) block; rows `0..count` of `columns` are valid. Returns the columns to fill next: the sink owns the ones it was handed.
   */
  seal(columns: EventColumns, count: number): EventColumns;
  /** A sample, right after its event: counters as the engine itself knows them. The recorder holds them against its own. */
  sample(sample: EngineSample): void;
}

/**
 * Every counter of every container as the engine keeps them. Row i of `counters` belongs to container i; raw units of the counter table; gone containers have `exists` false.
 * A counter that a real kernel was not asked for, or does not have, is NaN: unknown, and not 0.
 */
export interface EngineSample {
  readonly event_index: number;
  readonly step_index: number;
  readonly name: string;
  readonly containers: readonly { readonly path: string; readonly exists: boolean; readonly counters: Float64Array }[];
  readonly tasks: readonly {
    readonly name: string;
    readonly alive: boolean;
    readonly container: number;
    readonly rss_pages: number;
    readonly swap_pages: number;
  }[];
  /** Tasks of a real kernel as their own files have them; the events do not tell of those. */
  readonly readings?: readonly TaskReading[];
}

/** A task of a real kernel: VmRSS, VmSwap, VmLck and VmPin of /proc/PID/status, Pss of smaps_rollup. */
export interface TaskReading {
  readonly name: string;
  readonly container: string;
  readonly rss_bytes: number;
  readonly swap_bytes: number;
  readonly locked_bytes: number;
  readonly pinned_bytes: number;
  readonly pss_bytes: number;
}

/** Result of an expectation of the scenario. */
export interface ExpectationResult {
  readonly line: number;
  readonly step_index: number;
  readonly path: string;
  readonly counter: string;
  readonly expected: number;
  readonly tolerance: number;
  readonly actual: number;
  readonly held: boolean;
}

export interface RunSummary {
  readonly event_count: number;
  readonly step_count: number;
  readonly access_count: number;
  /** Simulated time at the end. */
  readonly end_ns: number;
  readonly expectations: readonly ExpectationResult[];
}

/** A container at the cursor, for views. Counters indexed as in COUNTERS, in shown units: bytes, counts; limits in bytes, −1 for max. */
export interface ContainerView {
  readonly id: number;
  readonly parent: number;
  readonly path: string;
  readonly exists: boolean;
  readonly counters: Float64Array;
  /** Of a container that a real kernel removed, whose `counters` nobody can read: what was read of them last, before its removal (NaN: never). */
  readonly read_last?: Float64Array;
}

export interface ObjectView {
  readonly id: number;
  readonly name: string;
  readonly kind: 'file' | 'tmpfs' | 'anon' | 'hugetlb' | 'dma-buf';
  readonly owner_task: string | null;
  readonly page_count: number;
  readonly resident_page_count: number;
  readonly mapped_page_count: number;
  readonly swapped_page_count: number;
  /** Containers charged for its pages: pages in full and, where pages are shared out, parts added up (bytes). */
  readonly owners: readonly { readonly container: number; readonly bytes: number }[];
  /** Tasks that map any of its pages, and how many. */
  readonly mapped_by: readonly { readonly task: number; readonly page_count: number }[];
}

export interface TaskView {
  readonly id: number;
  readonly name: string;
  readonly alive: boolean;
  readonly container: number;
  readonly rss_bytes: number;
  /** Reclaim done by this task up to the cursor: scanned and reclaimed pages per LRU list (4) and priority (13): index `list * 13 + priority`. Of inactive lists alone, as pgscan is: what is looked at on active lists is counted by containers (pgrefill). */
  readonly scanned: Float64Array;
  readonly reclaimed: Float64Array;
}

/** Everything that a view shows at one cursor. */
export interface StateView {
  /** Events before the cursor. */
  readonly event_index: number;
  readonly step_index: number;
  readonly step_line: number;
  readonly time_ns: number;
  readonly containers: readonly ContainerView[];
  readonly objects: readonly ObjectView[];
  readonly tasks: readonly TaskView[];
  /** The model's own cost so far, indexed as COST. */
  readonly costs: Float64Array;
  /** Reclaim pass in which the cursor stands, if any. */
  readonly pass: ReclaimPass | null;
}

export interface ReclaimPass {
  readonly begin_event: number;
  /** Null where the recording ends inside the pass. */
  readonly end_event: number | null;
  readonly container: number;
  readonly task: number;
  readonly reason: number;
  readonly wanted_page_count: number;
  /** These two in passes inside it, too (`outermostPasses`). */
  readonly scanned_page_count: number;
  readonly reclaimed_page_count: number;
  readonly slab_shrink_count: number;
  readonly begin_ns: number;
  readonly end_ns: number;
  readonly priority_min: number;
}

/** Where to go. Targets beyond the ends stop at the ends. */
export type SeekTarget =
  | { readonly event: number }
  | { readonly step: number }
  | { readonly time_ns: number }
  /** The start (its step event) of the next or previous one, from the cursor. */
  | { readonly by: 'event' | 'step' | 'pass' | 'notable'; readonly delta: 1 | -1 };

/** One counter of one container over events. `x` are event indexes (bucket ends); min/max/last in shown units; a limit is NaN before its container is made. */
export interface SeriesView {
  readonly container: number;
  readonly counter: number;
  readonly x: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly last: Float64Array;
}

export interface SeriesRequest {
  readonly series: readonly { readonly container: number; readonly counter: number }[];
  readonly from_event: number;
  readonly to_event: number;
  readonly bucket_count_max: number;
  /** Cursors, ascending, at which a bucket ends besides, where the answer is exact to the event: no bucket lies over two steps then. */
  readonly cut_events?: readonly number[] | undefined;
}

/** Events of each kind per bucket over the whole run: the timeline's overview. */
export interface DensityView {
  readonly bucket_events: number;
  readonly kinds: readonly { readonly kind: number; readonly counts: Uint32Array }[];
}

/**
 * Reads of a recorded run: what the player needs from the store (or from memory). Synchronous: it runs in a process of its own.
 * Blobs are as the codec sealed them.
 */
export interface RunReader {
  readonly meta: RunMeta;
  readonly names: RunNames;
  /** Block index, in order; covers every sealed event. */
  readonly blocks: readonly BlockIndexEntry[];
  readBlock(block_index: number): Uint8Array;
  /** Keyframe taken right before the first event of a block; the first block's is the empty state. */
  readonly keyframe_blocks: readonly number[];
  readKeyframe(block_index: number): Uint8Array;
  /** Level 0, 1, 2 of the series pyramid for one block. */
  readSeries(block_index: number, level: number): Uint8Array;
}

/** What the index knows of a block without reading it. */
export interface BlockIndexEntry {
  readonly block_index: number;
  readonly first_event: number;
  readonly event_count: number;
  /** Step that is current before the first event; time before it. */
  readonly first_step: number;
  readonly first_time_ns: number;
  /** Events per kind (index: kind code), to skip blocks without the kind that is looked for. */
  readonly kind_counts: Uint32Array;
}

/** Compression handed in by the host, so that the engine stays free of Node. */
export interface Compressor {
  compress(bytes: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array, size_bytes: number): Uint8Array;
}

/** References on a page at one cursor, and where they come from. */
export interface PageReferences {
  /** Resident at all: a page that is not has no references. */
  readonly resident: boolean;
  /** The page cache's reference: 1 for a page of a file or of shared memory. */
  readonly cache: number;
  /** Page-table entries that map it. */
  readonly mappings: number;
  /** Pins of drivers. A huge page of hugetlb counts them apart (`folio->_pincount`). */
  readonly pins: number;
  /** `folio_ref_count()`: cache + mappings + 1024 for each pin (1 where pins are counted apart). */
  readonly count: number;
  /** What `folio_maybe_dma_pinned()` answers: of a small folio that there are 1024 references or more, which so many mappings make true as well. */
  readonly maybe_dma_pinned: boolean;
}

/** The player: one run, one cursor. */
export interface Player {
  readonly event_count: number;
  readonly step_count: number;
  seek(target: SeekTarget): StateView;
  /** Events `[from, from+count)` as rows. */
  events(from_event: number, count: number): readonly EventRow[];
  series(request: SeriesRequest): readonly SeriesView[];
  density(bucket_count_max: number): DensityView;
  /** Reclaim passes that begin in `[from, to)`, at most `limit`. */
  passes(from_event: number, to_event: number, limit: number): readonly ReclaimPass[];
  /** References on a page of the run at the cursor. */
  pageReferences(page: number): PageReferences;
  /** First event of each step in `[from, to)`. */
  stepEvents(from_step: number, to_step: number): Float64Array;
  /** Line of each step in `[from, to)` in the scenario. */
  stepLines(from_step: number, to_step: number): Float64Array;
}
