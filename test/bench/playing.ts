import { performance } from 'node:perf_hooks';
import { Random } from '../../src-engine/base/random.ts';
import { createPlayer } from '../../src-engine/record/player.ts';
import { zstd } from '../../src-main/lab/compressor.ts';
import { openDatabase } from '../../src-main/store/database.ts';
import { createRunReader } from '../../src-main/store/run-reader.ts';
import { must } from './scratch.ts';

/** Milliseconds of each move. */
export interface Playing {
  readonly seeks_ms: readonly number[];
  readonly event_steps_ms: readonly number[];
  readonly scenario_steps_ms: readonly number[];
}

const STEPS_AT_A_PLACE = 20;

/** Plays a recorded run: random seeks by event, then steps to and fro by event and by step of the scenario, each from random places. */
export async function measurePlaying(db_path: string, run_id: number, seek_count: number, step_count: number): Promise<Playing> {
  const database = must(await openDatabase(db_path, { readonly: true }));
  const reader = createRunReader(database, run_id);
  if (reader === undefined) throw new Error('nothing was recorded');
  const player = must(createPlayer(reader, zstd));
  const words = new Uint32Array(4096);
  new Random(7).fill(words, words.length);
  let next = 0;
  const somewhere = (): number => words[next++ % words.length] % player.event_count;
  const timed = (move: () => unknown): number => {
    const begun = performance.now();
    move();
    return performance.now() - begun;
  };
  // The first few moves are slower for want of compiled code.
  for (let turn = 0; turn < 20; turn++) player.seek({ event: somewhere() });

  const seeks_ms = Array.from({ length: seek_count }, () => {
    const event = somewhere();
    return timed(() => player.seek({ event }));
  });
  const steps = (by: 'event' | 'step'): number[] => {
    const times: number[] = [];
    while (times.length < step_count) {
      player.seek({ event: somewhere() });
      for (const delta of [1, -1] as const) for (let turn = 0; turn < STEPS_AT_A_PLACE / 2; turn++) times.push(timed(() => player.seek({ by, delta })));
    }
    return times;
  };
  const moves = { seeks_ms, event_steps_ms: steps('event'), scenario_steps_ms: steps('step') };
  database.close();
  return moves;
}
