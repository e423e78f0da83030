/** The box that every plot over events shares, so that one cursor line passes through the timeline and all charts. */
export const PLOT_LEFT_PX = 72;
/** A plot so wide leaves room for longer names. */
const WIDE_PX = 1800;
/** Right of a plot, of the width with what is left and right of it: room for the legend. */
export const plotRight = (width_px: number): number => (width_px >= WIDE_PX ? 320 : 236);
