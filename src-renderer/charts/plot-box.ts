/** The box that every plot over events shares, so that one cursor line passes through the timeline and all charts. */
export const PLOT_LEFT_PX = 72;
/** Right of the plot: room for the legend. */
export const PLOT_RIGHT_PX = 236;
