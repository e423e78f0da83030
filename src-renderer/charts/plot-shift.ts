/** A stretch of the x axis. */
export interface XRange {
  readonly from: number;
  readonly to: number;
}

/** CSS that lays a drawn plot over another stretch of its x axis; what would leave the plot to the left is cut off. */
export interface PlotShift {
  readonly transform: string;
  readonly clip_path: string;
}

/** How a plot drawn for `drawn` looks as one of `wanted`, until it is drawn anew; undefined where nothing moves. The plot begins `left_px` into its canvas. */
export function plotShift(drawn: XRange, wanted: XRange, left_px: number, plot_width_px: number): PlotShift | undefined {
  const width = wanted.to - wanted.from;
  if (width <= 0 || (drawn.from === wanted.from && drawn.to === wanted.to)) return undefined;
  const scale = (drawn.to - drawn.from) / width;
  const shift_px = ((drawn.from - wanted.from) / width) * plot_width_px;
  return {
    transform: `translateX(${shift_px}px) scaleX(${scale})`,
    clip_path: `inset(0 0 0 ${Math.max(left_px, left_px - shift_px / scale)}px)`,
  };
}
