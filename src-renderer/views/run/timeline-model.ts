import { KIND } from '../../../src-engine/record/events.ts';
import type { DensityView, ReclaimPass, SeriesView } from '../../../src-engine/record/run.ts';
import type { EventGroup } from './event-groups.ts';
import { laneOfKind } from './event-groups.ts';
import { xOfEvent, type ZoomRange } from './zoom.ts';

/** Groups that the timeline draws as lanes, top to bottom; refaults, which are charges too, once more by themselves. */
const LANES = ['charge', 'reclaim', 'refault', 'limit'] as const satisfies readonly (EventGroup | 'refault')[];
export type Lane = (typeof LANES)[number];

/** What a lane is called beside it, and what it counts. */
export const LANE_WORDS: Readonly<Record<Lane, { readonly label: string; readonly meaning: string }>> = {
  charge: { label: 'charges', meaning: 'pages charged, mapped, moved and freed' },
  reclaim: { label: 'reclaim', meaning: 'scans, evictions and moves between lists' },
  refault: { label: 'refaults', meaning: 'pages that came back after their eviction' },
  limit: { label: 'limits, kills', meaning: 'limits hit and operations refused; a cross is a kill' },
};

/**
 * Cumulative counts per bucket of every lane (and of kills), made once per run: any pixel's count is then a difference of two.
 */
export interface DensityModel {
  readonly bucket_events: number;
  readonly bucket_count: number;
  readonly lanes: Readonly<Record<Lane, Float64Array>>;
  /** Lanes with any event in the run, top to bottom: only these are drawn. */
  readonly shown_lanes: readonly Lane[];
  readonly kills: Float64Array;
}

/** Makes the cumulative counts. `refaults`: the root's counters of refaults over the run. */
export function createDensityModel(density: DensityView, event_count: number, refaults: readonly Pick<SeriesView, 'x' | 'last'>[] = []): DensityModel {
  const bucket_count = Math.ceil(event_count / density.bucket_events);
  const sums = (): Float64Array => new Float64Array(bucket_count + 1);
  const lanes = { charge: sums(), reclaim: sums(), refault: sums(), limit: sums() };
  const kills = new Float64Array(bucket_count + 1);
  for (const { kind, counts } of density.kinds) {
    const lane = laneOfKind(kind);
    if (lane !== undefined) for (let bucket = 0; bucket < bucket_count; bucket += 1) lanes[lane][bucket + 1] += counts[bucket] ?? 0;
    if (kind === KIND.oom_kill) for (let bucket = 0; bucket < bucket_count; bucket += 1) kills[bucket + 1] += counts[bucket] ?? 0;
  }
  for (const counted of [lanes.charge, lanes.reclaim, lanes.limit, kills])
    for (let bucket = 0; bucket < bucket_count; bucket += 1) counted[bucket + 1] += counted[bucket];
  for (const series of refaults) addCumulative(lanes.refault, series, density.bucket_events);
  const shown_lanes = LANES.filter((lane) => lanes[lane][bucket_count] > 0);
  return { bucket_events: density.bucket_events, bucket_count, lanes, shown_lanes, kills };
}

/** A kernel's counter was running before it was read first: what it had come to by then is not of this run. */
export function sinceFirstReading<S extends Pick<SeriesView, 'last'>>(series: S): S {
  const first = series.last.find((value) => !Number.isNaN(value)) ?? 0;
  let counted = 0;
  const last = series.last.map((value) => {
    // Of a container that was removed it stays at what was read last.
    if (!Number.isNaN(value)) counted = value - first;
    return counted;
  });
  return { ...series, last };
}

/** Adds what a counter has come to at the end of each bucket; between two of its own points it counts as risen evenly. */
function addCumulative(sums: Float64Array, { x, last }: Pick<SeriesView, 'x' | 'last'>, bucket_events: number): void {
  let at = 0;
  for (let bucket = 1; bucket < sums.length; bucket += 1) {
    const event = bucket * bucket_events;
    while (at < x.length && x[at] < event) at += 1;
    const [x0, y0] = at === 0 ? [0, 0] : [x[at - 1], last[at - 1]];
    const share = at >= x.length || x[at] <= x0 ? 0 : (event - x0) / (x[at] - x0);
    sums[bucket] += y0 + (at >= x.length ? 0 : (last[at] - y0) * share);
  }
}

/** Events of a lane in `[from, to)`; within a bucket they count as spread evenly. */
function countBetween(sums: Float64Array, model: DensityModel, from: number, to: number): number {
  const at = (event: number): number => {
    const position = Math.min(model.bucket_count, Math.max(0, event / model.bucket_events));
    const bucket = Math.floor(position);
    const below = sums[bucket];
    return bucket >= model.bucket_count ? below : below + (sums[bucket + 1] - below) * (position - bucket);
  };
  return at(to) - at(from);
}

/** Share (0 to 1) of a lane's events among the events under each pixel of a plot. */
export function laneShares(model: DensityModel, lane: Lane, range: ZoomRange, width_px: number): Float64Array {
  const events_per_px = (range.to - range.from) / width_px;
  return Float64Array.from({ length: width_px }, (_, x) => {
    const from = range.from + x * events_per_px;
    return Math.min(1, Math.max(0, countBetween(model.lanes[lane], model, from, from + events_per_px) / events_per_px));
  });
}

/** Pixels under which a task was killed. */
export function killPixels(model: DensityModel, range: ZoomRange, width_px: number): readonly number[] {
  const found: number[] = [];
  const first_bucket = Math.max(0, Math.floor(range.from / model.bucket_events));
  const last_bucket = Math.min(model.bucket_count, Math.ceil(range.to / model.bucket_events));
  for (let bucket = first_bucket; bucket < last_bucket; bucket += 1) {
    if (model.kills[bucket + 1] === model.kills[bucket]) continue;
    const x = Math.round(xOfEvent((bucket + 0.5) * model.bucket_events, range, width_px));
    if (x >= 0 && x < width_px && found.at(-1) !== x) found.push(x);
  }
  return found;
}

/** First index of ascending `values` that is at least `wanted`. */
export function firstAtLeast(values: ArrayLike<number>, wanted: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A step's mark. */
export interface StepTick {
  readonly step_index: number;
  /** Its number; of steps too close to tell apart the first and the last: `1–6`. */
  readonly label: string;
  readonly x: number;
  /** Whether there is room for its number. */
  readonly labelled: boolean;
}

const TICK_GAP_PX = 3;
const LABEL_LETTER_PX = 6.5;
const LABEL_PAD_PX = 10;
/** Between a mark and its number. */
const LABEL_START_PX = 4;

/**
 * Marks of the steps in sight, at least three pixels apart; numbers where `label_px` is free before the next one, with Δ where one of the steps is `changed` (ascending).
 * Jumps from mark to mark, so that a million steps cost no more than the pixels.
 */
export function stepTicks(
  step_events: ArrayLike<number>,
  range: ZoomRange,
  width_px: number,
  label_px: number,
  changed: readonly number[] = [],
): readonly StepTick[] {
  const ticks: StepTick[] = [];
  const events_per_px = (range.to - range.from) / width_px;
  let label_end_px = Number.NEGATIVE_INFINITY;
  let step_index = firstAtLeast(step_events, range.from);
  while (step_index < step_events.length && step_events[step_index] <= range.to) {
    const x = xOfEvent(step_events[step_index], range, width_px);
    const next = Math.max(step_index + 1, firstAtLeast(step_events, step_events[step_index] + TICK_GAP_PX * events_per_px));
    const steps = next === step_index + 1 ? `${step_index}` : `${step_index}–${next - 1}`;
    const is_changed = (changed[firstAtLeast(changed, step_index)] ?? next) < next;
    const label = is_changed ? `${steps} Δ` : steps;
    // At the end of the plot a number that finds no room is left out, not cut off.
    const labelled = x >= label_end_px && x + LABEL_START_PX + label.length * LABEL_LETTER_PX <= width_px;
    if (labelled) label_end_px = x + Math.max(label_px, label.length * LABEL_LETTER_PX + LABEL_PAD_PX);
    ticks.push({ step_index, label, x, labelled });
    step_index = next;
  }
  return ticks;
}

/** A named moment of the run: a sample, or a bookmark of the user. */
export interface Moment {
  readonly name: string;
  readonly event_index: number;
  readonly bookmark: boolean;
}

/** A moment's flag on the timeline. */
export interface Flag extends Moment {
  readonly x: number;
  /** What the flag covers, its name included. */
  readonly start_px: number;
  readonly end_px: number;
  /** The name stands left of the flag: to the right the plot ends. */
  readonly flipped: boolean;
  readonly labelled: boolean;
}

const FLAG_PX = 11;
const FLAG_GAP_PX = 10;
/** Between a flag and its name to the left. */
const FLIPPED_GAP_PX = 4;

/** Flags of the moments (in order) in sight; the name only where it crosses no other flag. `textWidth` measures a name in pixels. */
export function placeFlags(moments: readonly Moment[], range: ZoomRange, width_px: number, textWidth: (name: string) => number): readonly Flag[] {
  const in_sight = moments.map((moment) => ({ ...moment, x: xOfEvent(moment.event_index, range, width_px) })).filter(({ x }) => x >= 0 && x <= width_px);
  const flags: Flag[] = [];
  for (const [index, moment] of in_sight.entries()) {
    const text_px = textWidth(moment.name);
    const end_px = moment.x + FLAG_PX + text_px;
    const next = in_sight[index + 1];
    const flipped = end_px > width_px;
    const start_px = flipped ? moment.x - FLIPPED_GAP_PX - text_px : moment.x;
    const labelled = flipped ? start_px >= (flags.at(-1)?.end_px ?? -FLIPPED_GAP_PX) + FLIPPED_GAP_PX : next === undefined || end_px + FLAG_GAP_PX <= next.x;
    flags.push({ ...moment, labelled, flipped, start_px: labelled ? start_px : moment.x, end_px: labelled && !flipped ? end_px : moment.x + FLAG_PX });
  }
  return flags;
}

/** Reclaim passes as drawn: neighbours that no pixel parts are one span. */
export interface PassSpan {
  readonly x0: number;
  readonly x1: number;
  readonly pass_count: number;
}

/** Spans of the passes (in order of begin) in sight. A pass without an end reaches to the run's end. */
export function passSpans(passes: readonly ReclaimPass[], range: ZoomRange, width_px: number, event_count: number): readonly PassSpan[] {
  const spans: { x0: number; x1: number; pass_count: number }[] = [];
  for (const pass of passes) {
    const x0 = Math.max(0, xOfEvent(pass.begin_event, range, width_px));
    const x1 = Math.min(width_px, xOfEvent(pass.end_event ?? event_count, range, width_px));
    if (x1 < 0 || x0 > width_px) continue;
    const before = spans.at(-1);
    if (before !== undefined && x0 < before.x1 + 1) {
      before.x1 = Math.max(before.x1, x1);
      before.pass_count += 1;
    } else {
      spans.push({ x0, x1, pass_count: 1 });
    }
  }
  return spans;
}
