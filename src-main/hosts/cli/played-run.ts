import { fail, type Result } from '../../../src-engine/base/result.ts';
import type { StateView } from '../../../src-engine/record/run.ts';
import { createRunWords, type RunWords } from '../../../src-engine/record/run-words.ts';
import type { RunOpened } from '../../lab/contract.ts';
import { countText } from '../../lab/text.ts';
import type { Workbench } from '../../lab/workbench.ts';
import { EXIT, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';

export interface PlayedRunOptions extends DatabaseOptions {
  readonly json?: boolean;
}

/** A recorded run that is open in the player of this process. */
export interface PlayedRun {
  readonly run_id: number;
  readonly opened: RunOpened;
  readonly words: RunWords;
  /** State at the end of the run. */
  readonly last: StateView;
  readonly play: Workbench['play'];
  readonly bookmark: Workbench['bookmark'];
}

/** Opens a run in a workbench. Errors: there is no such run, nothing of it is recorded, it is damaged. */
export async function openPlayedRun(run_id: number, { play, bookmark }: Workbench): Promise<Result<PlayedRun>> {
  const opened = await play('openRun', { run_id });
  if (!opened.ok) return opened;
  const { meta, names, event_count, expectations } = opened.value;
  const last = await play('seek', { run_id, target: { event: event_count } });
  if (!last.ok) return last;
  return { ok: true, value: { run_id, opened: opened.value, words: createRunWords(meta, names, last.value, expectations), last: last.value, play, bookmark } };
}

/** Opens a run, lets a command use it, tells its errors and closes the database. Returns the exit code. */
export async function withPlayedRun(run_id: number, options: PlayedRunOptions, use: (run: PlayedRun) => Promise<Result<unknown>>): Promise<number> {
  const bench = await openBench(options);
  if (!bench.ok) return tellErrors(bench.errors, options.json === true);
  try {
    const run = await openPlayedRun(run_id, bench.value);
    const used = run.ok ? await use(run.value) : run;
    return used.ok ? EXIT.ok : await tellErrors(used.errors, options.json === true);
  } finally {
    bench.value.close();
  }
}

/** An event that somebody asked for by its number; `least` is 0 where the start of the run may be meant, before its first event. Error: the run has no such event. */
export function eventAsked({ run_id, opened: { event_count } }: PlayedRun, event: number, least: 0 | 1): Result<number> {
  if (event >= least && event <= event_count) return { ok: true, value: event };
  return fail({
    code: 'no-such-event',
    message: event_count === 0 ? `Run ${run_id} has no events.` : `Run ${run_id} has no event ${countText(event)}.`,
    ...(event_count === 0 ? {} : { remedy: `its events are 1 to ${countText(event_count)}${least === 0 ? '; 0 is its start' : ''}` }),
  });
}

/** The run in a few words, for the head of a text. */
export function runTitle({ run_id, opened: { run } }: PlayedRun): string {
  return `run ${run_id}, ${run.scenario_name}, ${run.model}`;
}
