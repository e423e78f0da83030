/** Where the user last stood in a run or a comparison, so that coming back to it leads there. Lives as long as the window. */
const positions = new Map<string, number>();

/** Keeps the event or step at which the user stands in `place`. */
export function keepPosition(place: string, position: number): void {
  positions.set(place, position);
}

/** Undefined where the user has not been yet. */
export function lastPosition(place: string): number | undefined {
  return positions.get(place);
}
