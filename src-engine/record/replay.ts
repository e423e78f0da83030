import { recordedCounterCount } from './counters.ts';
import { loadKeyframe } from './keyframe.ts';
import type { Compressor, RunReader } from './run.ts';
import { intact, lastWhere, type RunBlocks } from './run-blocks.ts';
import { RunState } from './state.ts';
import { SCALAR } from './state-tables.ts';

/** A state beside the player's cursor, for searches: it goes to any event and is then applied further, event by event, by whoever searches. */
export class Replay {
  readonly state = new RunState();
  readonly #reader: RunReader;
  readonly #blocks: RunBlocks;
  readonly #compressor: Compressor;
  #valid = false;

  constructor(reader: RunReader, blocks: RunBlocks, compressor: Compressor) {
    this.#reader = reader;
    this.#blocks = blocks;
    this.#compressor = compressor;
  }

  /** The state after `event_index` events. Throws DamagedRecording. */
  moveTo(event_index: number): RunState {
    const { state } = this;
    const { entries } = this.#blocks;
    const { keyframe_blocks } = this.#reader;
    const here = entries[this.#blocks.at(event_index)];
    const block_index = keyframe_blocks[lastWhere(keyframe_blocks, (candidate) => candidate <= here.block_index)];
    const keyframe_event = entries[lastWhere(entries, (entry) => entry.block_index <= block_index)].first_event;
    const now = state.scalars[SCALAR.event_index];
    if (!this.#valid || now > event_index || now < keyframe_event) {
      this.#valid = false;
      intact(
        loadKeyframe(this.#reader.readKeyframe(block_index), state, this.#compressor, recordedCounterCount(this.#reader.meta)),
        `keyframe of block ${block_index}`,
      );
    }
    while (state.scalars[SCALAR.event_index] < event_index) {
      const from = state.scalars[SCALAR.event_index];
      const at = this.#blocks.at(from);
      const { first_event, event_count } = entries[at];
      state.apply(this.#blocks.decoded(at).columns, from - first_event, Math.min(event_index - first_event, event_count));
    }
    this.#valid = true;
    return state;
  }
}
