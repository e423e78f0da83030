import type { Palette } from '../../palette.ts';
import type { ChangedSpan } from './changed-steps.ts';
import { type DensityModel, type Flag, killPixels, type Lane, laneShares, type PassSpan, type StepTick } from './timeline-model.ts';
import { xOfEvent, type ZoomRange } from './zoom.ts';

/** Heights of the timeline's rows. */
export const OVERVIEW = { lane_px: 11, gap_px: 1, pad_px: 3, least_px: 18 } as const;
export const RULER = { flags_px: 17, lane_px: 11, gap_px: 3, steps_px: 17 } as const;

/** Top of a lane of the overview. */
export const overviewLaneTop = (lane_index: number): number => OVERVIEW.pad_px + lane_index * (OVERVIEW.lane_px + OVERVIEW.gap_px);
/** Height of the overview with so many lanes; enough for its label however few they are. */
export const overviewHeight = (lane_count: number): number => Math.max(OVERVIEW.least_px, overviewLaneTop(lane_count) + OVERVIEW.pad_px);

type LanePalette = Pick<Palette, 'series' | 'danger' | 'text' | 'text_muted' | 'line' | 'accent' | 'warning' | 'background' | 'background_raised' | 'font_ui'>;
const LANE_COLOUR: Readonly<Record<Lane, number>> = { charge: 0, reclaim: 1, refault: 2, limit: 3 };

/** Top of a lane of the ruler. */
export const rulerLaneTop = (lane_index: number): number => RULER.flags_px + lane_index * (RULER.lane_px + RULER.gap_px);
/** Height of the ruler with so many lanes. */
export const rulerHeight = (lane_count: number): number => rulerLaneTop(lane_count) + RULER.steps_px;

function drawLane(context: CanvasRenderingContext2D, shares: Float64Array, top: number, height: number, colour: string): void {
  context.fillStyle = colour;
  for (let x = 0; x < shares.length; x += 1) {
    if (shares[x] <= 0) continue;
    // The root lets rare events show beside frequent ones; whatever is there is at least a pixel.
    const bar = Math.max(1.5, Math.sqrt(shares[x]) * height);
    context.fillRect(x, top + height - bar, 1, bar);
  }
}

function drawKill(context: CanvasRenderingContext2D, x: number, middle: number, size: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x - size, middle - size);
  context.lineTo(x + size, middle + size);
  context.moveTo(x + size, middle - size);
  context.lineTo(x - size, middle + size);
  context.stroke();
}

/** Draws the whole run with the zoomed part framed. */
export function drawOverview(
  context: CanvasRenderingContext2D,
  at: {
    readonly density: DensityModel;
    readonly event_count: number;
    readonly zoom: ZoomRange;
    readonly width_px: number;
    readonly palette: LanePalette;
  },
): void {
  const { density, event_count, zoom, width_px, palette } = at;
  const all = { from: 0, to: Math.max(1, event_count) };
  const height_px = overviewHeight(density.shown_lanes.length);
  context.clearRect(0, 0, width_px, height_px);
  for (const [index, lane] of density.shown_lanes.entries()) {
    const top = overviewLaneTop(index);
    context.fillStyle = palette.line;
    context.fillRect(0, top + OVERVIEW.lane_px, width_px, 1);
    drawLane(context, laneShares(density, lane, all, width_px), top, OVERVIEW.lane_px, palette.series[LANE_COLOUR[lane]]);
  }
  const kill_middle = overviewLaneTop(density.shown_lanes.indexOf('limit')) + OVERVIEW.lane_px / 2;
  for (const x of killPixels(density, all, width_px)) drawKill(context, x, kill_middle, 3, palette.danger);
  const from = Math.round(xOfEvent(zoom.from, all, width_px));
  const to = Math.max(from + 2, Math.round(xOfEvent(zoom.to, all, width_px)));
  if (from > 0 || to < width_px) {
    context.globalAlpha = 0.72;
    context.fillStyle = palette.background_raised;
    context.fillRect(0, 0, from, height_px);
    context.fillRect(to, 0, width_px - to, height_px);
    context.globalAlpha = 1;
    context.strokeStyle = palette.accent;
    context.lineWidth = 1;
    context.strokeRect(from + 0.5, 0.5, to - from - 1, height_px - 1);
    context.fillStyle = palette.accent;
    for (const edge of [from, to - 3]) context.fillRect(edge, height_px / 2 - 5, 3, 10);
  }
}

/** Draws the zoomed part: flags of samples and bookmarks, the lanes with reclaim passes as spans, and the ruler of steps. */
export function drawRuler(
  context: CanvasRenderingContext2D,
  at: {
    readonly density: DensityModel;
    readonly zoom: ZoomRange;
    readonly width_px: number;
    readonly palette: LanePalette;
    readonly ticks: readonly StepTick[];
    readonly flags: readonly Flag[];
    readonly spans: readonly PassSpan[];
    readonly changed: readonly ChangedSpan[];
  },
): void {
  const { density, zoom, width_px, palette, ticks, flags, spans, changed } = at;
  const lanes = density.shown_lanes;
  context.clearRect(0, 0, width_px, rulerHeight(lanes.length));
  context.font = `11px ${palette.font_ui}`;
  context.textBaseline = 'middle';
  for (const [index, lane] of lanes.entries()) {
    const top = rulerLaneTop(index);
    context.fillStyle = palette.line;
    context.fillRect(0, top + RULER.lane_px, width_px, 1);
    drawLane(context, laneShares(density, lane, zoom, width_px), top, RULER.lane_px, palette.series[LANE_COLOUR[lane]]);
  }
  const reclaim_top = rulerLaneTop(lanes.indexOf('reclaim'));
  context.fillStyle = palette.series[LANE_COLOUR.reclaim];
  context.strokeStyle = palette.series[LANE_COLOUR.reclaim];
  context.lineWidth = 1;
  // A pass is a bracket over what it did: wide ones are open boxes, narrow ones a bar.
  for (const span of spans) {
    const width = Math.max(1, span.x1 - span.x0);
    context.fillRect(span.x0, reclaim_top - 2, width, 2);
    if (width > 4) context.strokeRect(span.x0 + 0.5, reclaim_top - 0.5, width - 1, RULER.lane_px);
  }
  const kill_middle = rulerLaneTop(lanes.indexOf('limit')) + RULER.lane_px / 2;
  for (const x of killPixels(density, zoom, width_px)) drawKill(context, x, kill_middle, 4, palette.danger);
  const steps_top = rulerLaneTop(lanes.length);
  context.fillStyle = palette.warning;
  for (const { x0, x1 } of changed) context.fillRect(x0, steps_top + RULER.steps_px - 3, Math.max(2, x1 - x0), 3);
  for (const tick of ticks) {
    context.fillStyle = tick.labelled ? palette.text_muted : palette.line;
    context.fillRect(Math.round(tick.x), steps_top, 1, tick.labelled ? RULER.steps_px : 5);
    if (tick.labelled) context.fillText(tick.label, Math.round(tick.x) + 4, steps_top + RULER.steps_px / 2 + 1);
  }
  for (const flag of flags) {
    const x = Math.round(flag.x);
    context.fillStyle = flag.bookmark ? palette.accent : palette.text_muted;
    context.fillRect(x, 2, 1, RULER.flags_px - 2);
    context.beginPath();
    if (flag.bookmark) {
      // A ribbon for bookmarks, a pennant for samples.
      context.moveTo(x, 2);
      context.lineTo(x + 7, 2);
      context.lineTo(x + 7, 11);
      context.lineTo(x + 3.5, 8);
      context.lineTo(x, 11);
    } else {
      context.moveTo(x, 2);
      context.lineTo(x + 8, 5.5);
      context.lineTo(x, 9);
    }
    context.fill();
    if (flag.labelled) {
      context.fillStyle = palette.text;
      context.fillText(flag.name, flag.flipped ? Math.round(flag.start_px) : x + 11, RULER.flags_px / 2);
    }
  }
}
