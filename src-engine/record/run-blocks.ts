import type { LabError, Result } from '../base/result.ts';
import { formatError } from '../base/result.ts';
import type { DecodedBlock } from './codec.ts';
import { createBlockDecoder } from './codec.ts';
import { recordedCounterCount } from './counters.ts';
import type { EventColumns } from './events.ts';
import { loadKeyframe } from './keyframe.ts';
import type { LevelSeries } from './pyramid.ts';
import { decodeLevel } from './pyramid.ts';
import type { BlockIndexEntry, Compressor, RunReader } from './run.ts';
import type { RunState } from './state.ts';
import { SCALAR } from './state-tables.ts';

/** Decoded blocks kept; a step that goes back and forth over a border, with what it looks ahead for, needs a few. */
const KEPT_BLOCK_COUNT = 8;

/** A piece of a recording that turned out damaged when it was needed. Thrown, because a player's answers have no place for errors; hosts turn it into its `error`. */
export class DamagedRecording extends Error {
  readonly error: LabError;

  constructor(error: LabError, where: string) {
    const placed: LabError = { ...error, place: { text: where } };
    super(formatError(error));
    this.name = 'DamagedRecording';
    this.error = placed;
  }
}

/** The value, or DamagedRecording. */
export function intact<T>(result: Result<T>, where: string): T {
  if (result.ok) return result.value;
  throw new DamagedRecording(result.errors[0] ?? { code: 'record.damaged', message: 'The recording is damaged.' }, where);
}

/** The pieces of a run (blocks, keyframes, series), decoded as they are needed. */
export class RunBlocks {
  readonly entries: readonly BlockIndexEntry[];
  readonly event_count: number;
  readonly #reader: RunReader;
  readonly #compressor: Compressor;
  /** Counters a container has in this run's keyframes and series. */
  readonly #counter_count: number;
  readonly #decode: ReturnType<typeof createBlockDecoder>;
  readonly #kept = new Map<number, DecodedBlock>();

  constructor(reader: RunReader, compressor: Compressor) {
    this.#reader = reader;
    this.#compressor = compressor;
    this.#counter_count = recordedCounterCount(reader.meta);
    this.#decode = createBlockDecoder(compressor);
    this.entries = reader.blocks;
    const last = this.entries.at(-1);
    this.event_count = last === undefined ? 0 : last.first_event + last.event_count;
  }

  /** Place in `entries` of the block that holds the event; for an event at or past the end, of the last block. */
  at(event_index: number): number {
    return lastWhere(this.entries, (entry) => entry.first_event <= event_index);
  }

  /** The decoded block at a place in `entries`; good until a few others were asked for. Throws DamagedRecording. */
  decoded(at: number): DecodedBlock {
    let block = this.#kept.get(at);
    if (block === undefined) {
      block = this.#read(at, this.#kept.size >= KEPT_BLOCK_COUNT ? this.#dropOldest() : undefined);
    } else {
      this.#kept.delete(at);
    }
    this.#kept.set(at, block);
    return block;
  }

  /** As `decoded`, without keeping it: for one pass through many blocks. */
  decodedOnce(at: number): DecodedBlock {
    return this.#read(at, undefined);
  }

  /** Place in `entries` of the nearest block at or before the one at `at` that has a keyframe. */
  keyframeBefore(at: number): number {
    const { keyframe_blocks } = this.#reader;
    const block_index = keyframe_blocks[lastWhere(keyframe_blocks, (candidate) => candidate <= this.entries[at].block_index)];
    return lastWhere(this.entries, (entry) => entry.block_index <= block_index);
  }

  /** Puts a block's keyframe into a state, in place of all it held. Errors: those of `loadKeyframe`; the state is then worth nothing. */
  keyframe(block_index: number, state: RunState): Result<RunState> {
    return loadKeyframe(this.#reader.readKeyframe(block_index), state, this.#compressor, this.#counter_count);
  }

  /** Puts the keyframe of the block at a place in `entries` into a state. Throws DamagedRecording. */
  load(at: number, state: RunState): void {
    const { block_index } = this.entries[at];
    intact(this.keyframe(block_index, state), whereKeyframe(block_index));
  }

  /** Applies the events from a state's own to `target`, to the state or to what keeps it (its journal). Throws DamagedRecording. */
  applyTo(target: number, state: RunState, to: Pick<RunState, 'apply'> = state): void {
    for (;;) {
      const now = state.scalars[SCALAR.event_index];
      if (now >= target) return;
      const at = this.at(now);
      const { first_event, event_count } = this.entries[at];
      to.apply(this.decoded(at).columns, now - first_event, Math.min(target - first_event, event_count));
    }
  }

  /** The series of a block at a level of the pyramid. Throws DamagedRecording. */
  level(block_index: number, level: number): LevelSeries {
    const sealed = this.#reader.readSeries(block_index, level);
    return intact(decodeLevel(sealed, this.#compressor, this.#counter_count), `series of block ${block_index}, level ${level}`);
  }

  #dropOldest(): EventColumns | undefined {
    const [oldest] = this.#kept;
    if (oldest === undefined) return undefined;
    this.#kept.delete(oldest[0]);
    return oldest[1].columns;
  }

  /** Reads a block, into columns that are no longer needed if there are any: fresh ones for every block would keep the garbage collector busy. */
  #read(at: number, columns: EventColumns | undefined): DecodedBlock {
    const { block_index, event_count } = this.entries[at];
    const where = `block ${block_index}`;
    const block = intact(this.#decode(this.#reader.readBlock(block_index), columns), where);
    if (block.count === event_count) return block;
    throw new DamagedRecording({ code: 'record.damaged', message: `The block holds ${block.count} events, its index says ${event_count}.` }, where);
  }
}

/** Where a damaged keyframe was met, in words. */
export const whereKeyframe = (block_index: number): string => `keyframe of block ${block_index}`;

/** Place of the last element for which the condition holds, of a list where it holds up to some place and not beyond; 0 if for none. */
export function lastWhere<T>(list: readonly T[], holds: (element: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(list[middle])) low = middle + 1;
    else high = middle;
  }
  return Math.max(low - 1, 0);
}
