import { NO_PAGE } from '../../src-engine/base/ids.ts';
import { Random } from '../../src-engine/base/random.ts';
import { createBlockDecoder, createBlockEncoder } from '../../src-engine/record/codec.ts';
import { ADD, BLOCK_EVENT_COUNT, createColumns, type EventColumns, KIND, LRU, OBJECT_CLASS } from '../../src-engine/record/events.ts';
import { recordInMemory } from '../../src-engine/record/memory-run.ts';
import { createPlayer } from '../../src-engine/record/player.ts';
import type { Player, RunMeta, RunNames } from '../../src-engine/record/run.ts';
import { RunState } from '../../src-engine/record/state.ts';
import { zstd } from '../../src-main/lab/compressor.ts';

/*
 * Measures the recording alone, on the events that misses of a cache make: `node test/bench/record.ts [events]`.
 * One container of 100 k pages over a file of 1 M: each miss adds a page and evicts one; every 32 evictions a batch was scanned.
 */

const PAGE_COUNT = 1_000_000;
const RESIDENT_COUNT = 100_000;
const HEADER_BITS = 2;

const META: RunMeta = { source: 'engine', model: 'static', charge_shift: 0, seed: 1, memory_pages: 262_144, engine_version: 'bench' };
const NAMES: RunNames = { containers: ['.', 'A'], tasks: ['a'], objects: ['data'], samples: [] };

/** Makes the stream, block after block. */
class MissStream {
  readonly #random = new Random(1);
  readonly #words = new Uint32Array(4096);
  #left = 0;
  readonly #resident = new Uint32Array(RESIDENT_COUNT);
  #resident_count = 0;
  readonly #isResident = new Uint8Array(PAGE_COUNT);
  #evictions = 0;
  #row = 0;
  #begun = false;

  #below(limit: number): number {
    if (this.#left === 0) {
      this.#random.fill(this.#words, this.#words.length);
      this.#left = this.#words.length;
    }
    return this.#words[--this.#left] % limit;
  }

  #emit(columns: EventColumns, kind: number, flags: number, page: number, a: number, b: number, dt_ns: number): void {
    const row = this.#row++;
    columns.kind[row] = kind;
    columns.flags[row] = flags;
    columns.task[row] = 0;
    columns.container[row] = 1;
    columns.page[row] = page;
    columns.a[row] = a;
    columns.b[row] = b;
    columns.dt_ns[row] = dt_ns;
  }

  /** Fills all rows of `columns`. */
  fill(columns: EventColumns): void {
    this.#row = 0;
    const end = columns.kind.length;
    if (!this.#begun) {
      this.#begun = true;
      this.#emit(columns, KIND.container_create, 0, NO_PAGE, 0, -1, 0);
      columns.container[0] = 0;
      this.#emit(columns, KIND.container_create, 0, NO_PAGE, 1, 0, 0);
      this.#emit(columns, KIND.object_create, OBJECT_CLASS.file, 0, PAGE_COUNT, 0, 0);
      this.#emit(columns, KIND.task_start, 0, NO_PAGE, -1, 0, 0);
      this.#emit(columns, KIND.step_begin, 0, NO_PAGE, 0, 1, 0);
    }
    while (this.#row < end) {
      if (this.#resident_count === RESIDENT_COUNT) {
        const at = this.#below(RESIDENT_COUNT);
        const page = this.#resident[at];
        this.#resident[at] = this.#resident[--this.#resident_count];
        this.#isResident[page] = 0;
        this.#emit(columns, KIND.page_evict, 0, page, 1, 0, 0);
        if (++this.#evictions % 32 === 0 && this.#row < end) {
          this.#emit(columns, KIND.shrink_inactive, LRU.inactive_file | (12 << HEADER_BITS), NO_PAGE, 32 + this.#below(8), 32, 50 * 32);
        }
        continue;
      }
      let page = this.#below(PAGE_COUNT);
      while (this.#isResident[page] === 1) page = this.#below(PAGE_COUNT);
      this.#isResident[page] = 1;
      this.#resident[this.#resident_count++] = page;
      const refault = this.#below(10) < 7;
      this.#emit(
        columns,
        KIND.page_add,
        LRU.inactive_file | (refault ? ADD.refault : 0),
        page,
        1,
        refault ? this.#below(300_000) : 0,
        100_000 + 50 * this.#below(8),
      );
    }
  }
}

const fixed = (value: number, digits: number): number => Number(value.toFixed(digits));

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)];
}

/** Milliseconds that each of `count` calls took, ascending. */
function timesOf(count: number, call: (turn: number) => void): number[] {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const begun = performance.now();
    call(turn);
    times.push(performance.now() - begun);
  }
  return times.sort((x, y) => x - y);
}

/** Millions of events a second of a call that handles one block: the best of many, as the machine may have other work. */
const rate = (call: () => void): number => fixed(BLOCK_EVENT_COUNT / timesOf(60, call)[0] / 1000, 1);

function measurePlayer(player: Player): Record<string, number> {
  const random = new Random(7);
  const words = new Uint32Array(2000);
  random.fill(words, words.length);
  const somewhere = (turn: number): number => words[turn % words.length] % player.event_count;
  // The first few moves are slower for want of compiled code; a window that has been open for a moment has it.
  for (let turn = 0; turn < 20; turn++) player.seek({ event: somewhere(turn) });
  const seeks = timesOf(300, (turn) => player.seek({ event: somewhere(turn + 20) }));
  const steps: number[] = [];
  for (let place = 0; place < 20; place++) {
    player.seek({ event: somewhere(place) });
    for (const delta of [-1, 1] as const) steps.push(...timesOf(100, () => player.seek({ by: 'event', delta })));
  }
  steps.sort((x, y) => x - y);
  const series = timesOf(10, () =>
    player.series({ series: [0, 3, 8, 12].map((counter) => ({ container: 1, counter })), from_event: 0, to_event: player.event_count, bucket_count_max: 1000 }),
  );
  return {
    seek_p50_ms: fixed(percentile(seeks, 0.5), 2),
    seek_p99_ms: fixed(percentile(seeks, 0.99), 2),
    step_p50_ms: fixed(percentile(steps, 0.5), 3),
    step_p99_ms: fixed(percentile(steps, 0.99), 3),
    series_whole_run_ms: fixed(percentile(series, 0.5), 2),
  };
}

/** Records a run of `event_count` events into memory and plays it. */
export function benchRecording(event_count: number): Record<string, number> {
  const stream = new MissStream();
  const run = recordInMemory(META, NAMES, zstd);
  const columns = createColumns();
  let recording_ms = 0;
  let recorded = 0;
  while (recorded < event_count) {
    stream.fill(columns);
    const begun = performance.now();
    run.sink.seal(columns, BLOCK_EVENT_COUNT);
    recording_ms += performance.now() - begun;
    recorded += BLOCK_EVENT_COUNT;
  }
  if (run.errors.length > 0) throw new Error(run.errors[0].message);

  const encode = createBlockEncoder(zstd);
  const decode = createBlockDecoder(zstd);
  const sealed = encode(columns, BLOCK_EVENT_COUNT);
  const state = new RunState();
  new MissStream().fill(columns);
  state.apply(columns, 0, BLOCK_EVENT_COUNT);
  stream.fill(columns);
  const size = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0);
  const { reader } = run;
  const keyframe_bytes = size(reader.keyframe_blocks.map((block) => reader.readKeyframe(block)));
  const series_bytes = size(reader.blocks.flatMap(({ block_index }) => [0, 1, 2].map((level) => reader.readSeries(block_index, level))));
  const player = createPlayer(reader, zstd);
  if (!player.ok) throw new Error(player.errors[0].message);
  return {
    events: recorded,
    encode_mevents_per_s: rate(() => encode(columns, BLOCK_EVENT_COUNT)),
    decode_mevents_per_s: rate(() => decode(sealed)),
    apply_mevents_per_s: rate(() => state.apply(columns, 0, BLOCK_EVENT_COUNT)),
    record_mevents_per_s: fixed(recorded / recording_ms / 1000, 1),
    bytes_per_event: fixed(run.stored_bytes() / recorded, 2),
    keyframe_bytes_per_event: fixed(keyframe_bytes / recorded, 2),
    series_bytes_per_event: fixed(series_bytes / recorded, 3),
    keyframe_bytes_largest: Math.max(...reader.keyframe_blocks.map((block) => reader.readKeyframe(block).length)),
    ...measurePlayer(player.value),
  };
}

if (import.meta.main) console.log(JSON.stringify(benchRecording(Number(process.argv[2] ?? 10_000_000)), null, 2));
