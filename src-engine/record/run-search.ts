import { ObjectTable } from './object-table.ts';
import { PageEvents, type Pause } from './page-events.ts';
import { Replay } from './replay.ts';
import type { Compressor, RunReader } from './run.ts';
import { RunBlocks } from './run-blocks.ts';
import type { SearchParts, WatchCondition, Watched, WatchHit, WatchValue } from './watch.ts';
import { findChange, watchedValue } from './watch.ts';

/** Searches through one recorded run, beside its player: they have a state of their own and leave the player's cursor where it is. */
export interface RunSearch {
  readonly parts: SearchParts;
  watch(watched: Watched, condition: WatchCondition, from_event: number, direction: 1 | -1, pause: Pause): Promise<WatchHit | null>;
  value(watched: Watched, event_index: number, pause: Pause): Promise<WatchValue>;
}

/** Makes the searches of a run. Nothing is read before the first of them. Their methods throw DamagedRecording, and what `pause` throws. */
export function createRunSearch(reader: RunReader, compressor: Compressor): RunSearch {
  const blocks = new RunBlocks(reader, compressor);
  const objects = new ObjectTable(blocks);
  const parts: SearchParts = { reader, blocks, objects, pages: new PageEvents(blocks, objects), replay: new Replay(blocks) };
  return {
    parts,
    watch: (watched, condition, from_event, direction, pause) => findChange(parts, watched, condition, from_event, direction, pause),
    value: (watched, event_index, pause) => watchedValue(parts, watched, event_index, pause),
  };
}
