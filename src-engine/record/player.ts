import type { Result } from '../base/result.ts';
import { fail, ok } from '../base/result.ts';
import { densityOf } from './density.ts';
import { cursorOf, stepCount, stepEvents, stepLines } from './event-search.ts';
import { type EventRow, eventRow } from './events.ts';
import { Journal } from './journal.ts';
import { pageReferences } from './page-references.ts';
import { passesBetween } from './pass-search.ts';
import type { Compressor, PageReferences, Player, ReclaimPass, RunReader, SeekTarget, StateView } from './run.ts';
import { DamagedRecording, lastWhere, RunBlocks, whereKeyframe } from './run-blocks.ts';
import { SeriesQuery } from './series-query.ts';
import { RunState } from './state.ts';
import { SCALAR, type StateTables } from './state-tables.ts';
import { viewState } from './view.ts';

/** Events before the cursor that are applied with the journal, so that steps back from there undo them. */
const JOURNALED_EVENTS = 256;

/** A player that shows its whole state, single pages too. */
export interface TablePlayer extends Player {
  /** The state at an event of the run, until the player is moved again. The cursor goes there. */
  tablesAt(event_index: number): StateTables;
  /** Events before the cursor; 0 where it is nowhere yet. */
  readonly cursor_event: number;
}

/**
 * Opens a recorded run. Error: `record.no-keyframe` (nothing to start from).
 *
 * A piece that turns out damaged when it is needed is thrown as DamagedRecording by the player's methods; what does not need it goes on working.
 */
export function createPlayer(reader: RunReader, compressor: Compressor): Result<TablePlayer> {
  if (reader.blocks.length === 0 || reader.keyframe_blocks[0] !== reader.blocks[0].block_index) {
    return fail({ code: 'record.no-keyframe', message: 'The run has no keyframe to start from: nothing of it was recorded.', remedy: 'record the run again' });
  }
  const blocks = new RunBlocks(reader, compressor);
  const cursor = new Cursor(reader, blocks);
  const seriesQuery = new SeriesQuery(blocks, reader.meta.charge_shift);

  return ok({
    tablesAt(event_index) {
      cursor.moveTo(event_index);
      return cursor.tables;
    },
    get cursor_event() {
      return cursor.event_index;
    },
    event_count: blocks.event_count,
    step_count: stepCount(blocks),
    seek(target: SeekTarget): StateView {
      cursor.moveTo(cursorOf(blocks, cursor.event_index, target));
      return cursor.view();
    },
    events: (from_event, count) => eventRows(blocks, from_event, count),
    series: (request) => seriesQuery.answer(request),
    density: (bucket_count_max) => densityOf(blocks, bucket_count_max),
    passes: (from_event, to_event, limit) => passesBetween(blocks, from_event, to_event, limit),
    pageReferences: (page) => cursor.references(page),
    stepEvents: (from_step, to_step) => stepEvents(blocks, from_step, to_step),
    stepLines: (from_step, to_step) => stepLines(blocks, from_step, to_step),
  });
}

/** A state that can be moved to any event. */
class Cursor {
  readonly #reader: RunReader;
  readonly #blocks: RunBlocks;
  readonly #state = new RunState();
  readonly #journal = new Journal(this.#state);
  /** Whether the state is that of its event index: not before the first move, nor after a move that met damage. */
  #valid = false;
  /** The open pass last shown: its end needs looking for once only. */
  #shownPass: ReclaimPass | null = null;

  constructor(reader: RunReader, blocks: RunBlocks) {
    this.#reader = reader;
    this.#blocks = blocks;
  }

  get event_index(): number {
    return this.#valid ? this.#state.scalars[SCALAR.event_index] : 0;
  }

  get tables(): StateTables {
    return this.#state;
  }

  moveTo(target: number): void {
    const { event_index } = this;
    if (this.#valid && target <= event_index && event_index - target <= this.#journal.depth) {
      if (target < event_index) this.#journal.undo(event_index - target);
      return;
    }
    const journaled_from = Math.max(target - JOURNALED_EVENTS, 0);
    const keyframe = this.#keyframeBefore(journaled_from);
    const onwards = this.#valid && target >= event_index && this.#firstEvent(keyframe) <= event_index;
    this.#valid = false;
    if (!onwards) this.#load(keyframe);
    if (this.#state.scalars[SCALAR.event_index] < journaled_from) {
      this.#journal.clear();
      this.#blocks.applyTo(journaled_from, this.#state);
    }
    this.#blocks.applyTo(target, this.#state, this.#journal);
    this.#valid = true;
  }

  view(): StateView {
    const open = this.#state.passes.at(-1);
    return viewState(this.#state, this.#reader.meta, this.#reader.names, open === undefined ? null : this.#whole(open));
  }

  references(page: number): PageReferences {
    return pageReferences(this.#state, this.#blocks, page);
  }

  /** The pass with all it does until its end, which lies ahead of the cursor. */
  #whole(open: ReclaimPass): ReclaimPass {
    if (this.#shownPass?.begin_event !== open.begin_event) this.#shownPass = passesBetween(this.#blocks, open.begin_event, open.begin_event + 1, 1)[0] ?? open;
    return this.#shownPass;
  }

  /** Place, in the list of keyframes, of the last one at or before an event. The first one stands at event 0. */
  #keyframeBefore(event_index: number): number {
    return lastWhere(this.#reader.keyframe_blocks, (block_index) => this.#firstEventOfBlock(block_index) <= event_index);
  }

  #firstEvent(keyframe: number): number {
    return this.#firstEventOfBlock(this.#reader.keyframe_blocks[keyframe]);
  }

  #firstEventOfBlock(block_index: number): number {
    const { entries } = this.#blocks;
    return entries[lastWhere(entries, (entry) => entry.block_index <= block_index)]?.first_event ?? 0;
  }

  /** Loads a keyframe; where it is damaged, one before it. */
  #load(keyframe: number): void {
    this.#journal.clear();
    let damage: DamagedRecording | null = null;
    for (let at = keyframe; at >= 0; at--) {
      const block_index = this.#reader.keyframe_blocks[at];
      const loaded = this.#blocks.keyframe(block_index, this.#state);
      if (loaded.ok) return;
      damage ??= new DamagedRecording(loaded.errors[0], whereKeyframe(block_index));
    }
    if (damage !== null) throw damage;
  }
}

function eventRows(blocks: RunBlocks, from_event: number, count: number): EventRow[] {
  const from = Math.max(Math.floor(from_event), 0);
  const to = Math.min(from + Math.max(count, 0), blocks.event_count);
  const rows: EventRow[] = [];
  let at = blocks.at(from);
  for (let index = from; index < to; index++) {
    let entry = blocks.entries[at];
    if (index >= entry.first_event + entry.event_count) entry = blocks.entries[++at];
    rows.push(eventRow(blocks.decoded(at).columns, index - entry.first_event, index));
  }
  return rows;
}
