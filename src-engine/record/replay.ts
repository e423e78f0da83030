import type { RunBlocks } from './run-blocks.ts';
import { RunState } from './state.ts';
import { SCALAR } from './state-tables.ts';

/** A state beside the player's cursor, for searches: it goes to any event and is then applied further, event by event, by whoever searches. */
export class Replay {
  readonly state = new RunState();
  readonly #blocks: RunBlocks;
  #valid = false;

  constructor(blocks: RunBlocks) {
    this.#blocks = blocks;
  }

  /** The state after `event_index` events. Throws DamagedRecording. */
  moveTo(event_index: number): RunState {
    const { state } = this;
    const keyframe = this.#blocks.keyframeBefore(this.#blocks.at(event_index));
    const now = state.scalars[SCALAR.event_index];
    if (!this.#valid || now > event_index || now < this.#blocks.entries[keyframe].first_event) {
      this.#valid = false;
      this.#blocks.load(keyframe, state);
    }
    this.#blocks.applyTo(event_index, state);
    this.#valid = true;
    return state;
  }
}
