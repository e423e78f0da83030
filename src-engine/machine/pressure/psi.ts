import type { PressureTrigger } from '../../base/pressure-trigger.ts';

/*
 * Pressure stall information: the arithmetic of kernel/sched/psi.c (6.12). Times are in simulated nanoseconds; averages are in percent, fixed point with 11 bits.
 */

/** Ticks of `PSI_FREQ`: averages are updated every 2 s and a tick, so that groups do not all wake at once. The simulated machine has 1000 ticks a second. */
export const PSI_PERIOD_NS = 2_001_000_000;

const FIXED_BITS = 11;
const FIXED_1 = 1 << FIXED_BITS;
/** `EXP_10s`, `EXP_60s`, `EXP_300s`: 1/exp(2 s / window). */
const DECAYS = [1677, 1981, 2034] as const;
export const PSI_WINDOW_COUNT = DECAYS.length;

/** Updates of a trigger in its window (`UPDATES_PER_WINDOW`). */
export const TRIGGER_UPDATES_PER_WINDOW = 10;

/** `calc_load()` of include/linux/sched/loadavg.h. */
function calcLoad(load: number, decay: number, active: number): number {
  const sum = load * decay + active * (FIXED_1 - decay) + (active >= load ? FIXED_1 - 1 : 0);
  return Math.floor(sum / FIXED_1);
}

/** `calc_avgs()`: the averages over 10, 60 and 300 s after a period in which `stall_ns` (at most all of it) were lost. Changes them in place. */
export function updateAverages(averages: number[], stall_ns: number, period_ns: number): void {
  const active = Math.floor((100 * stall_ns) / period_ns) * FIXED_1;
  for (let window = 0; window < PSI_WINDOW_COUNT; window++) averages[window] = calcLoad(averages[window], DECAYS[window], active);
}

/** An average as memory.pressure prints it, in hundredths of a percent (`LOAD_INT()` and `LOAD_FRAC()`). */
export function averageHundredths(average: number): number {
  return (average >> FIXED_BITS) * 100 + (((average & (FIXED_1 - 1)) * 100) >> FIXED_BITS);
}

/** What one processor saw of a group since it was last looked at. */
export interface CpuTimes {
  readonly some_ns: number;
  readonly full_ns: number;
  readonly nonidle_ns: number;
}

/**
 * `collect_percpu_times()`: times of all processors as one, each weighted by the time in which it was not idle. The kernel weighs in timer ticks and so forgets
 * processors that were busy for less than one; here the weight is exact.
 */
export function collectTimes(cpus: readonly CpuTimes[]): { readonly some_ns: number; readonly full_ns: number } {
  const busy = cpus.filter((cpu) => cpu.nonidle_ns > 0);
  if (busy.length === 1) return busy[0];
  let some = 0n;
  let full = 0n;
  let weight = 0n;
  for (const { some_ns, full_ns, nonidle_ns } of busy) {
    some += BigInt(some_ns) * BigInt(nonidle_ns);
    full += BigInt(full_ns) * BigInt(nonidle_ns);
    weight += BigInt(nonidle_ns);
  }
  return weight === 0n ? { some_ns: 0, full_ns: 0 } : { some_ns: Number(some / weight), full_ns: Number(full / weight) };
}

/** The window of a trigger and when it fired last: `struct psi_window` and `update_triggers()`. */
export class TriggerState {
  readonly state: 'some' | 'full';
  private readonly threshold_ns: number;
  private readonly window_ns: number;
  private start_ns: number;
  private start_value: number;
  private prev_growth = 0;
  private last_value: number;
  private last_event_ns = Number.NEGATIVE_INFINITY;
  private pending = false;

  constructor(trigger: PressureTrigger, now_ns: number, total_ns: number) {
    this.state = trigger.state;
    this.threshold_ns = trigger.threshold_us * 1000;
    this.window_ns = trigger.window_us * 1000;
    this.start_ns = now_ns;
    this.start_value = total_ns;
    this.last_value = total_ns;
  }

  /** Entering polling: the window begins anew (`init_triggers()`). */
  begin(now_ns: number, total_ns: number): void {
    this.start_ns = now_ns;
    this.start_value = total_ns;
    this.prev_growth = 0;
    this.last_value = total_ns;
  }

  /** Looks at the total of its state. True: it fires, once a window at most; what it could not tell then it tells later. */
  update(now_ns: number, total_ns: number): boolean {
    const is_new = total_ns !== this.last_value;
    if (!is_new && !this.pending) return false;
    if (is_new) {
      this.last_value = total_ns;
      const growth = this.grow(now_ns, total_ns);
      if (!this.pending && growth < this.threshold_ns) return false;
      this.pending = true;
    }
    if (now_ns < this.last_event_ns + this.window_ns) return false;
    this.last_event_ns = now_ns;
    this.pending = false;
    return true;
  }

  /** `window_update()`: growth in the window that ends now; for the part before its start the growth of the one before is taken as even. */
  private grow(now_ns: number, total_ns: number): number {
    const elapsed = now_ns - this.start_ns;
    const growth = total_ns - this.start_value;
    if (elapsed <= this.window_ns) return growth + Number((BigInt(this.prev_growth) * BigInt(this.window_ns - elapsed)) / BigInt(this.window_ns));
    this.start_ns = now_ns;
    this.start_value = total_ns;
    this.prev_growth = growth;
    return growth;
  }
}
