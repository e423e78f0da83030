/** Longest window of a trigger: `WINDOW_MAX_US` of kernel/sched/psi.c (6.12). */
const WINDOW_US_MAX = 10_000_000;

/** A trigger written to memory.pressure: told when the stall within a window reaches the threshold. */
export interface PressureTrigger {
  readonly state: 'some' | 'full';
  readonly threshold_us: number;
  readonly window_us: number;
}

/**
 * A trigger as `psi_trigger_create()` reads it: `some 150000 1000000`, 150 ms within a second. Null where the kernel says EINVAL: another form, a window of nothing
 * or of more than 10 s, a threshold of nothing or of more than the window. The least window of 500 ms that the document names is not in the code of 6.12.
 */
export function parseTrigger(line: string): PressureTrigger | null {
  const match = /^(some|full) (\d{1,10}) (\d{1,10})$/.exec(line);
  if (match === null) return null;
  const [, state, threshold, window] = match;
  const threshold_us = Number(threshold);
  const window_us = Number(window);
  if (window_us === 0 || window_us > WINDOW_US_MAX || threshold_us === 0 || threshold_us > window_us) return null;
  return { state: state === 'some' ? 'some' : 'full', threshold_us, window_us };
}
