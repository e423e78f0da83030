import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import { honestPlayer } from '../../../src-engine/record/honest-player.ts';
import { createPlayer } from '../../../src-engine/record/player.ts';
import type { Compressor, Player, RunReader, StateView } from '../../../src-engine/record/run.ts';
import { createRunWords, type RunWords } from '../../../src-engine/record/run-words.ts';
import type { Database } from '../database.ts';
import { createRunReader } from '../run-reader.ts';

/** A run as queries read it. */
export interface RunFacts {
  readonly run_id: number;
  readonly reader: RunReader;
  /** Tells as NaN what the run does not know. */
  readonly player: Player;
  readonly compressor: Compressor;
  /** The state at its end. */
  readonly last: StateView;
  readonly words: RunWords;
  /** First event of each step. */
  readonly step_events: Float64Array;
}

/** Runs that stay open between queries; each holds the state at its end and its player. */
const OPEN_MAX = 16;

export interface RunLibrary {
  /** Facts of a run; undefined if there is none, or nothing of it is recorded yet. */
  open(run_id: number): RunFacts | undefined;
  /** Runs with something recorded, oldest first. */
  readonly ids: () => readonly number[];
  /** Errors: one of the runs does not exist. */
  scope(run_ids: readonly number[]): Result<readonly number[]>;
}

/** Opens runs for queries, and keeps the last few. A run that has grown since is opened anew. */
export function createRunLibrary(database: Database, compressor: Compressor): RunLibrary {
  const { sqlite } = database;
  const size = sqlite.prepare<[number], number>('select coalesce(sum(event_count), 0) from blocks where run_id = ?').pluck();
  const all = sqlite.prepare<[], number>('select id from runs where meta is not null order by id').pluck();
  const exists = sqlite.prepare<[number], number>('select count(*) from runs where id = ?').pluck();
  const opened = new Map<number, RunFacts>();

  return {
    ids: () => all.all(),
    scope(run_ids) {
      const missing = run_ids.find((run_id) => exists.get(run_id) !== 1);
      if (missing !== undefined)
        return fail({ code: 'no-such-run', message: `There is no run ${missing}.`, remedy: 'the library and `memledger list` show their numbers' });
      return ok(run_ids.length === 0 ? all.all() : [...new Set(run_ids)].sort((a, b) => a - b));
    },
    open(run_id) {
      const found = opened.get(run_id);
      if (found !== undefined) {
        opened.delete(run_id);
        if (found.player.event_count === size.get(run_id)) {
          opened.set(run_id, found);
          return found;
        }
      }
      const reader = createRunReader(database, run_id);
      if (reader === undefined) return undefined;
      const opened_player = createPlayer(reader, compressor);
      if (!opened_player.ok) return undefined;
      const player = honestPlayer(opened_player.value, reader.meta);
      const last = player.seek({ event: player.event_count });
      const facts: RunFacts = {
        run_id,
        reader,
        player,
        compressor,
        last,
        words: createRunWords(reader.meta, reader.names, last),
        step_events: player.stepEvents(0, player.step_count),
      };
      opened.set(run_id, facts);
      const [oldest] = opened.keys();
      if (opened.size > OPEN_MAX && oldest !== undefined) opened.delete(oldest);
      return facts;
    },
  };
}
