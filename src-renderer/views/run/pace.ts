/** When what is dear to draw follows the cursor: at once, but a few times a second where places are asked for faster than they are answered. */
export interface Pace {
  /** A request comes in: whether it names a place, and whether another is under way. */
  asked(is_place: boolean, under_way: boolean): void;
  /** Whether what is dear is left for later. */
  isTooSoon(): boolean;
  /** What is dear is drawn now. */
  drawn(): void;
}

/** So often it follows a cursor that is dragged. */
const DRAG_MS = 200;

/** A pace by a clock in milliseconds. */
export function createPace(now_ms: () => number): Pace {
  let drawn_at_ms = Number.NEGATIVE_INFINITY;
  let hurries = false;
  return {
    asked(is_place, under_way) {
      hurries = is_place && under_way;
    },
    isTooSoon: () => hurries && now_ms() - drawn_at_ms < DRAG_MS,
    drawn() {
      drawn_at_ms = now_ms();
    },
  };
}
