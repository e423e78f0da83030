import { eventNumber } from '../../../src-engine/record/event-number.ts';
import type { WrittenStep } from '../../../src-main/lab/contract.ts';
import type { Lab } from '../../lab.ts';
import type { LoadedRun } from './run-session.ts';
import { firstAtLeast } from './timeline-model.ts';

/** Where the lines of a scenario's text stand in a run of it. Places as the cursor counts them: so many events have happened. */
export interface SourcePlaces {
  /** After the begin of the step that a line is of: of the times that it ran the last that has begun at `cursor`, else the first. Undefined where it is of none that ran. */
  placeOf(line: number, cursor: number): number | undefined;
  /** Line of the step at a place; undefined before the first. */
  lineAt(place: number): number | undefined;
}

/** `step_lines` and `step_events`: line and first event of each executed step. */
export function sourcePlaces(written: readonly WrittenStep[], step_lines: ArrayLike<number>, step_events: ArrayLike<number>): SourcePlaces {
  const steps_of = new Map<number, number[]>();
  for (let step = 0; step < step_lines.length; step += 1) {
    const line = step_lines[step] ?? 0;
    const steps = steps_of.get(line);
    if (steps === undefined) steps_of.set(line, [step]);
    else steps.push(step);
  }
  const stepAt = (place: number): number => firstAtLeast(step_events, place) - 1;
  const isOn = (line: number, { ranges }: WrittenStep): boolean => ranges.some(({ from_line, to_line }) => line >= from_line && line <= to_line);

  return {
    placeOf(line, cursor) {
      const now = stepAt(cursor);
      let last_begun = -1;
      let first = Number.POSITIVE_INFINITY;
      for (const step of written) {
        const times = isOn(line, step) ? (steps_of.get(step.line) ?? []) : [];
        last_begun = Math.max(last_begun, times[firstAtLeast(times, now + 1) - 1] ?? -1);
        first = Math.min(first, times[0] ?? Number.POSITIVE_INFINITY);
      }
      const first_event = step_events[last_begun === -1 ? first : last_begun];
      return first_event === undefined ? undefined : eventNumber(first_event);
    },
    lineAt: (place) => step_lines[stepAt(place)],
  };
}

/** Asks the lab, which looks through the run for it. Undefined where there is no text, or no answer. */
export async function readSourcePlaces(lab: Lab, { opened, step_events }: LoadedRun): Promise<SourcePlaces | undefined> {
  if (opened.scenario_text === null) return undefined;
  const [written, step_lines] = await Promise.all([
    lab.call('writtenSteps', { text: opened.scenario_text }),
    lab.call('stepLines', { run_id: opened.run.id, from_step: 0, to_step: step_events.length }),
  ]);
  return written.ok && step_lines.ok ? sourcePlaces(written.value, step_lines.value, step_events) : undefined;
}
