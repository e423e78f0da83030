import { NO_TASK } from '../../base/ids.ts';
import type { Accounts } from '../../containers/accounts.ts';
import { COUNTER } from '../../record/counters.ts';
import type { EventLog } from '../../record/event-log.ts';

/** What of the rate is left after a second, in thousandths (`FM_COEF`, `FM_SCALE`): half of it after 10 s. */
const KEPT = 933;
const SCALE = 1000;
/** Seconds after which nothing is left anyway, and most events of a second in thousandths (`FM_MAXTICKS`, `FM_MAXCNT`). */
const SECONDS_MAX = 99;
const EVENTS_MAX = 1_000_000;

/** How often something happens, in events per 1000 s, forgotten over time: `struct fmeter` of kernel/cgroup/cpuset-v1.c (6.12). */
export class FrequencyMeter {
  private events = 0;
  private rate = 0;
  private second: number;

  constructor(second = 0) {
    this.second = second;
  }

  /** `fmeter_markevent()`. */
  mark(second: number): void {
    this.update(second);
    this.events = Math.min(EVENTS_MAX, this.events + SCALE);
  }

  /** `fmeter_getrate()`. */
  read(second: number): number {
    this.update(second);
    return this.rate;
  }

  private update(second: number): void {
    const seconds = Math.min(SECONDS_MAX, second - this.second);
    if (seconds === 0) return;
    for (let at = 0; at < seconds; at++) this.rate = Math.floor((KEPT * this.rate) / SCALE);
    this.second = second;
    this.rate += Math.floor(((SCALE - KEPT) * this.events) / SCALE);
    this.events = 0;
  }
}

/**
 * cpuset.memory_pressure of zone containers, each of which is a cpuset: how often its tasks have had to reclaim for themselves (`cpuset_memory_pressure_bump()`).
 * Read at the end of each step.
 */
export class CpusetPressure {
  private readonly accounts: Accounts;
  private readonly log: EventLog;
  private readonly meters = new Map<number, { readonly meter: FrequencyMeter; shown: number }>();

  constructor(accounts: Accounts, log: EventLog) {
    this.accounts = accounts;
    this.log = log;
  }

  /** A task of the container begins direct reclaim. */
  reclaims(container: number, task: number): void {
    if (task === NO_TASK) return;
    const entry = this.meters.get(container) ?? { meter: new FrequencyMeter(this.second), shown: 0 };
    this.meters.set(container, entry);
    entry.meter.mark(this.second);
  }

  remove(container: number): void {
    this.meters.delete(container);
  }

  read(): void {
    for (const [container, entry] of this.meters) {
      const rate = entry.meter.read(this.second);
      this.accounts.change(container, COUNTER.cpuset_memory_pressure, rate - entry.shown);
      entry.shown = rate;
    }
  }

  private get second(): number {
    return Math.floor(this.log.now_ns / 1e9);
  }
}
