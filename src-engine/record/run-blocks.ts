import type { LabError, Result } from '../base/result.ts';
import { formatError } from '../base/result.ts';
import type { DecodedBlock } from './codec.ts';
import { createBlockDecoder } from './codec.ts';
import type { EventColumns } from './events.ts';
import type { BlockIndexEntry, Compressor, RunReader } from './run.ts';

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

/** The blocks of a run, decoded as they are needed. */
export class RunBlocks {
  readonly entries: readonly BlockIndexEntry[];
  readonly event_count: number;
  readonly #reader: RunReader;
  readonly #decode: ReturnType<typeof createBlockDecoder>;
  readonly #kept = new Map<number, DecodedBlock>();

  constructor(reader: RunReader, compressor: Compressor) {
    this.#reader = reader;
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
