import type { RunRow, ScenarioText, WrittenStep } from '../../../src-main/lab/contract.ts';
import type { LineChanges } from './changed-lines.ts';
import { firstAtLeast } from './timeline-model.ts';
import { xOfEvent, type ZoomRange } from './zoom.ts';

/** The last run of the same scenario before this one that ran another of its saved texts; undefined if there is none. Runs of texts made for them alone (an attacker held back) do not count. */
export function runOfOtherRevision(run: RunRow, runs: readonly RunRow[], revisions: ScenarioText['revisions']): RunRow | undefined {
  const saved = new Set(revisions.map(({ id }) => id));
  if (run.scenario_id === null || run.revision_id === null || !saved.has(run.revision_id)) return undefined;
  return runs
    .filter(
      (other) =>
        other.scenario_id === run.scenario_id &&
        other.id < run.id &&
        other.revision_id !== run.revision_id &&
        other.revision_id !== null &&
        saved.has(other.revision_id),
    )
    .reduce<RunRow | undefined>((latest, other) => (latest === undefined || other.id > latest.id ? other : latest), undefined);
}

/** Whether a step is written on lines that changed, or lines were taken away from within it. */
function isChanged({ ranges }: WrittenStep, { marks, removed }: LineChanges): boolean {
  const touches = (line: number, from: number, to: number): boolean => line >= from && line <= to;
  return ranges.some(
    ({ from_line, to_line }) =>
      [...marks.keys()].some((line) => touches(line, from_line, to_line)) || [...removed.keys()].some((line) => touches(line, from_line + 1, to_line)),
  );
}

/** Indexes of the executed steps whose lines changed, ascending. `step_lines`: line of each executed step. */
export function changedSteps(written: readonly WrittenStep[], step_lines: ArrayLike<number>, changes: LineChanges): readonly number[] {
  const lines = new Set(written.filter((step) => isChanged(step, changes)).map(({ line }) => line));
  const steps: number[] = [];
  for (let step_index = 0; step_index < step_lines.length; step_index += 1) if (lines.has(step_lines[step_index] ?? 0)) steps.push(step_index);
  return steps;
}

/** Where to go from a place for the next or the previous changed step; inside of one, back is its begin. Undefined: there is none. */
export function nextChangedStep(steps: readonly number[], at: { readonly step_index: number; readonly is_begin: boolean }, delta: 1 | -1): number | undefined {
  if (delta === 1) return steps[firstAtLeast(steps, at.step_index + 1)];
  return steps[firstAtLeast(steps, at.is_begin ? at.step_index : at.step_index + 1) - 1];
}

/** A stretch of the timeline in which changed steps ran, in pixels. */
export interface ChangedSpan {
  readonly x0: number;
  readonly x1: number;
}

/** Stretches of the changed steps in sight; those closer than a pixel are one. Jumps from pixel to pixel, however many steps there are. */
export function changedSpans(
  steps: readonly number[],
  step_events: ArrayLike<number>,
  range: ZoomRange,
  width_px: number,
  event_count: number,
): readonly ChangedSpan[] {
  const spans: { x0: number; x1: number }[] = [];
  const events_per_px = (range.to - range.from) / width_px;
  const endOf = (step_index: number): number => step_events[step_index + 1] ?? event_count;
  // The first step that ends in sight: the one that is under way where the range begins, or the next.
  let at = firstAtLeast(steps, Math.max(0, firstAtLeast(step_events, range.from) - 1));
  for (let step = steps[at]; step !== undefined && (step_events[step] ?? Number.POSITIVE_INFINITY) <= range.to; step = steps[at]) {
    const end_event = endOf(step);
    const x0 = Math.max(0, xOfEvent(step_events[step] ?? 0, range, width_px));
    const x1 = Math.min(width_px, xOfEvent(end_event, range, width_px));
    const last = spans.at(-1);
    if (end_event > range.from) {
      if (last !== undefined && x0 - last.x1 < 1) last.x1 = Math.max(last.x1, x1);
      else spans.push({ x0, x1 });
    }
    // Steps that begin and end within the next pixel are drawn with this one.
    at = Math.max(at + 1, firstAtLeast(steps, firstAtLeast(step_events, end_event + events_per_px) - 1));
  }
  return spans;
}
