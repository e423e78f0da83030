import type { LinePoints } from '../../charts/line-chart-model.ts';
import { firstAtLeast } from '../run/timeline-model.ts';

/**
 * The axis that runs of one scenario share: step s covers [s, s+1), whatever number of events a model needed for it; an event lies within
 * its step by its share of the step's events. The state after step s is at s+1.
 */
export interface StepAxis {
  /** First event of each step, ascending. */
  readonly step_events: Float64Array;
  readonly event_count: number;
}

/** Number of steps on the axis. */
export const stepCountOf = (axis: StepAxis): number => axis.step_events.length;

/** Cursor after a step: the event at which the next one begins. */
export const eventAfterStep = (axis: StepAxis, step_index: number): number => axis.step_events[step_index + 1] ?? axis.event_count;

/** Place of a cursor on the axis; what comes before the first step is at 0. */
export function stepPosition(axis: StepAxis, event: number): number {
  const { step_events } = axis;
  const after = firstAtLeast(step_events, event + 1);
  if (after === 0) return 0;
  const begin = step_events[after - 1];
  const length = eventAfterStep(axis, after - 1) - begin;
  return after - 1 + (length <= 0 ? 0 : Math.min(1, (event - begin) / length));
}

/** The same points over steps instead of events. */
export const overSteps = (axis: StepAxis, points: LinePoints): LinePoints => ({ x: points.x.map((event) => stepPosition(axis, event)), y: points.y });

/** A stretch of events whose series are asked for in one call. */
export interface Segment {
  readonly from_event: number;
  readonly to_event: number;
  readonly bucket_count_max: number;
  /** Begins of its steps: a value belongs to the step that made it. */
  readonly cut_events: readonly number[];
}

/** Steps with this many events are asked for on their own, where they are also a good part of all. */
const LONG_STEP_EVENT_COUNT = 4096;
const LONG_STEP_SHARE = 1 / 16;
const SEGMENT_BUCKET_COUNT_MIN = 64;
/** Where a stretch has more steps, each has a pixel at most. */
const CUT_COUNT_MAX = 1024;

/**
 * Cuts steps `[from_step, to_step)` into stretches such that a step of millions of events does not blur the small ones beside it:
 * each gets buckets by the pixels it has on the step axis, not by its events.
 */
export function planSegments(axis: StepAxis, from_step: number, to_step: number, plot_px: number): readonly Segment[] {
  const end_step = Math.min(to_step, stepCountOf(axis));
  const first_step = Math.max(0, from_step);
  if (end_step <= first_step) return [];
  const beginOf = (step: number): number => (step === 0 ? 0 : axis.step_events[step]);
  const endOf = (step: number): number => eventAfterStep(axis, step);
  const total = endOf(end_step - 1) - beginOf(first_step);
  const segments: Segment[] = [];
  const add = (from: number, to: number): void => {
    if (to <= from) return;
    const buckets = Math.ceil((plot_px * (to - from)) / (end_step - first_step));
    // One event earlier, so that the value at the left edge is known.
    segments.push({
      from_event: Math.max(0, beginOf(from) - 1),
      to_event: endOf(to - 1),
      bucket_count_max: Math.min(8192, Math.max(SEGMENT_BUCKET_COUNT_MIN, buckets)),
      cut_events: to - from > CUT_COUNT_MAX ? [] : Array.from({ length: to - from }, (_, index) => beginOf(from + index)).filter((event) => event > 0),
    });
  };
  let open_from = first_step;
  for (let step = first_step; step < end_step; step += 1) {
    const length = endOf(step) - beginOf(step);
    if (length < LONG_STEP_EVENT_COUNT || length < total * LONG_STEP_SHARE) continue;
    add(open_from, step);
    add(step, step + 1);
    open_from = step + 1;
  }
  add(open_from, end_step);
  return segments;
}
