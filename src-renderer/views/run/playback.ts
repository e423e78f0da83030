import { plural } from '../../format.ts';

/** Speeds of playing a run, in events a second of real time. */
export const PLAY_SPEEDS: readonly { readonly label: string; readonly events_per_s: number }[] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000].map(
  (events_per_s) => ({ label: `${plural(events_per_s, 'event')}/s`, events_per_s }),
);

/** Time in which a run should pass by when it is first played. */
const FIRST_PLAY_S = 20;

/** The speed at which a run of `event_count` passes by in about twenty seconds. */
export function defaultSpeed(event_count: number): number {
  const wanted = event_count / FIRST_PLAY_S;
  return (PLAY_SPEEDS.findLast((speed) => speed.events_per_s <= wanted) ?? PLAY_SPEEDS[0]).events_per_s;
}

/** Where playing stands. */
export interface Playback {
  /** Event to show at a moment of real time, whole; at most `event_count`. */
  eventAt(now_ms: number): number;
}

/** Plays from `from_event` on, starting at `start_ms` of real time. */
export function startPlayback(from_event: number, start_ms: number, events_per_s: number, event_count: number): Playback {
  return { eventAt: (now_ms) => Math.min(event_count, Math.floor(from_event + (Math.max(0, now_ms - start_ms) / 1000) * events_per_s)) };
}
