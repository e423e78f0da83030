import { formatNs, plainFigures } from '../../../src-engine/base/figures.ts';
import { nearest } from '../../../src-engine/base/nearest.ts';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import { eventNumber } from '../../../src-engine/record/event-number.ts';
import type { StateView } from '../../../src-engine/record/run.ts';
import type { Params } from '../../lab/contract.ts';
import { stateReport } from '../../lab/state-report.ts';
import { countText } from '../../lab/text.ts';
import { print, printJson } from './output.ts';
import { passJson, reasonName } from './passes-command.ts';
import { eventAsked, type PlayedRun, type PlayedRunOptions, runTitle, withPlayedRun } from './played-run.ts';
import { stateText } from './state-text.ts';

/** Which moment; none: the end of the run. */
export interface StateOptions extends PlayedRunOptions {
  /** Events before the moment. */
  readonly event?: number;
  readonly step?: number;
  /** Simulated time in nanoseconds. */
  readonly time?: number;
  readonly sample?: string;
  /** What is watched: from the moment on (of the start, if none is named) to the event that changes it. */
  readonly until?: string;
  /** The same backwards. */
  readonly backTo?: string;
}

/** The moment right after the event that changes what is watched, and what changed. Error: nothing changes it. */
async function changeAsked(run: PlayedRun, from_event: number, options: StateOptions): Promise<Result<{ readonly event: number; readonly words: string }>> {
  const watch = options.until ?? options.backTo ?? '';
  const direction = options.until === undefined ? -1 : 1;
  const found = await run.play('watch', { run_id: run.run_id, watch, from_event, direction });
  if (!found.ok) return found;
  const { hit, text } = found.value;
  if (hit !== null) return ok({ event: eventNumber(hit.event_index), words: plainFigures(`${text}: ${hit.before} -> ${hit.after}`) });
  return fail({ code: 'no-change', message: `${text} does not change ${direction > 0 ? 'after' : 'before'} event ${from_event} of run ${run.run_id}.` });
}

function targetAsked(run: PlayedRun, { event, step, time, sample }: StateOptions): Result<Params<'seek'>['target']> {
  const { opened, run_id } = run;
  const asked = event === undefined ? ok(0) : eventAsked(run, event, 0);
  if (!asked.ok) return asked;
  if (step !== undefined && step >= opened.step_count)
    return fail({ code: 'no-such-step', message: `Run ${run_id} has no step ${step}.`, remedy: `steps are 0 to ${opened.step_count - 1}` });
  if (step !== undefined) return ok({ step });
  if (time !== undefined) return ok({ time_ns: time });
  if (sample === undefined) return ok({ event: event ?? opened.event_count });
  const found = opened.samples.find(({ name }) => name === sample);
  if (found !== undefined) return ok({ event: found.event_index });
  const names = opened.samples.map(({ name }) => name);
  const near = nearest(sample, names);
  const remedy = near === undefined ? (names.length === 0 ? 'it has none' : `its samples are ${names.join(', ')}`) : `did you mean ${near}?`;
  return fail({ code: 'no-such-sample', message: `Run ${run_id} has no sample ${sample}.`, remedy });
}

/** Where a state stands in its run: `event 40 of 2,272, step 3 (line 12), 1.234 ms`. Each pass of a trace is a step. */
export function placeText({ event_index, step_index, step_line, time_ns }: StateView, { opened }: Pick<PlayedRun, 'opened'>): string {
  const step = step_index < 0 ? 'before the first step' : `step ${countText(step_index)} (line ${step_line})`;
  return `event ${countText(event_index)} of ${countText(opened.event_count)}, ${step}, ${plainFigures(formatNs(time_ns))}`;
}

/** The reclaim pass that a state stands in, in words. */
export function passText({ pass }: StateView, { words }: Pick<PlayedRun, 'words'>): string {
  if (pass === null) return '';
  const container = words.container(pass.container);
  const outcome = `${countText(pass.scanned_page_count)} scanned, ${countText(pass.reclaimed_page_count)} reclaimed, priority ${pass.priority_min}`;
  return `in a pass of ${words.task(pass.task) || 'no task'}${container === '' ? '' : ` on ${container}`} (${reasonName(pass.reason)}): ${outcome}`;
}

/** `memledger state RUN`: every container, object and task at one moment. */
export function stateCommand(run_id: number, options: StateOptions): Promise<number> {
  return withPlayedRun(run_id, options, async (run) => {
    const { until, backTo, ...place } = options;
    const is_placed = [place.event, place.step, place.time, place.sample].some((given) => given !== undefined);
    const target = targetAsked(run, until !== undefined && !is_placed ? { event: 0 } : place);
    if (!target.ok) return target;
    let state = await run.play('seek', { run_id, target: target.value });
    if (!state.ok) return state;
    let change = '';
    if (until !== undefined || backTo !== undefined) {
      const found = await changeAsked(run, state.value.event_index, options);
      if (!found.ok) return found;
      change = found.value.words;
      state = await run.play('seek', { run_id, target: { event: found.value.event } });
      if (!state.ok) return state;
    }
    const report = stateReport(state.value, run.words);
    const { pass } = state.value;
    if (options.json === true) await printJson({ run_id, ...report, pass: pass === null ? null : passJson(pass, run), ...(change === '' ? {} : { change }) });
    else
      await print(
        [
          runTitle(run),
          placeText(state.value, run),
          ...(change === '' ? [] : [change]),
          ...(pass === null ? [] : [passText(state.value, run)]),
          '',
          stateText(report, run.opened.meta),
        ].join('\n'),
      );
    return ok(null);
  });
}
