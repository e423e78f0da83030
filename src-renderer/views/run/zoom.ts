/** The stretch of a run that charts and ruler show: events `[from, to)`, fractions allowed while zooming. */
export interface ZoomRange {
  readonly from: number;
  readonly to: number;
}

/** Fewest events a zoom may show: below this a plot has more pixels than meaning. */
export const ZOOM_EVENT_COUNT_MIN = 8;

/** The whole run. An empty run still has a range of one event, so that nothing divides by zero. */
export function fitAll(event_count: number): ZoomRange {
  return { from: 0, to: Math.max(1, event_count) };
}

/** `range` moved and cut so that it lies within the run and is no narrower than the minimum. */
export function clampZoom(range: ZoomRange, event_count: number): ZoomRange {
  const all = fitAll(event_count);
  const width = Math.min(all.to, Math.max(range.to - range.from, Math.min(ZOOM_EVENT_COUNT_MIN, all.to)));
  const from = Math.min(Math.max(0, range.from), all.to - width);
  return { from, to: from + width };
}

/** `range` scaled by `factor` (below 1: zoom in) so that the event `anchor` stays where it is on the screen. */
export function zoomAround(range: ZoomRange, anchor: number, factor: number, event_count: number): ZoomRange {
  const from = anchor - (anchor - range.from) * factor;
  return clampZoom({ from, to: from + (range.to - range.from) * factor }, event_count);
}

/** `range` moved by `share` of its own width; negative: towards the start. */
export function pan(range: ZoomRange, share: number, event_count: number): ZoomRange {
  const distance = (range.to - range.from) * share;
  return clampZoom({ from: range.from + distance, to: range.to + distance }, event_count);
}

/** `range` moved just so far that `event` is inside it with some room on either side; the same object if it already is. */
export function reveal(range: ZoomRange, event: number, event_count: number): ZoomRange {
  if (event >= range.from && event <= range.to) return range;
  const width = range.to - range.from;
  const from = event < range.from ? event - width * 0.2 : event - width * 0.8;
  return clampZoom({ from, to: from + width }, event_count);
}

/** Pixel of an event in a plot `width` pixels wide. */
export const xOfEvent = (event: number, range: ZoomRange, width: number): number => ((event - range.from) / (range.to - range.from)) * width;

/** Event (rounded, within the run) under a pixel of a plot `width` pixels wide. */
export function eventAtX(x: number, range: ZoomRange, width: number, event_count: number): number {
  const event = Math.round(range.from + (x / Math.max(1, width)) * (range.to - range.from));
  return Math.min(event_count, Math.max(0, event));
}
