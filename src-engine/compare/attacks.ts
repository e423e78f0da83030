import { NO_TASK } from '../base/ids.ts';
import { COUNTER, COUNTER_COUNT } from '../record/counters.ts';
import { ADD, type EventColumns, KIND, SLEEP } from '../record/events.ts';
import type { Compressor, RunReader } from '../record/run.ts';
import { RunBlocks } from '../record/run-blocks.ts';
import { shownFactors, shownValue } from '../record/shown.ts';
import { RunState } from '../record/state.ts';
import { LIFE } from '../record/state-tables.ts';
import { isWithin } from '../scenario/attack.ts';
import type { CostTable } from '../scenario/program.ts';

/**
 * What an attack cost its victim under one model: the run with the attacker against the run in which it was held back. Every figure is the former less the latter,
 * and never below zero: what an attack spares its victim is no loss.
 */
export interface AttackLoss {
  /** `current` of the victim's subtree at the end, and at its peak. */
  readonly charged_end_bytes: number;
  readonly charged_peak_bytes: number;
  /** Time that the victim's tasks waited: throttled by memory.high, in reclaim of their own, and for reads from disk and swap. Nanoseconds of simulated time. */
  readonly stall_ns: number;
  /** Pages that the victim's tasks had to bring back after they had been evicted. */
  readonly refaults: number;
  /** Tasks killed for want of memory. */
  readonly kills: number;
  /** Operations that failed: out of memory, no buffers, a pin refused, a container that could not be created. */
  readonly failures: number;
  /** Bytes dropped on their way to the victim's sockets, and bytes that its sockets did not take from senders. */
  readonly dropped_bytes: number;
  readonly unsent_bytes: number;
}

/** `unknown`: a run is missing, failed, or was cut short. */
export type AttackVerdict = 'harmed' | 'not-harmed' | 'unknown';

/** One attack under one model. */
export interface AttackCell {
  readonly model: string;
  readonly verdict: AttackVerdict;
  /** The figure that decides: of a victim that was harmed the gravest loss; null else. */
  readonly because: keyof AttackLoss | null;
  /** Null where the verdict is unknown. */
  readonly loss: AttackLoss | null;
  /** The run with the attacker, and the one in which it was held back; null where there is none. */
  readonly run_id: number | null;
  readonly held_back_run_id: number | null;
  /** First step after which the deciding loss can be seen; null without one. Both runs count their steps alike. */
  readonly step_index: number | null;
}

/** One attack under every model. */
export interface AttackRow {
  readonly scenario_id: number;
  readonly name: string;
  readonly about: string;
  readonly attackers: readonly string[];
  readonly victim: string;
  /** One cell for each of the matrix's models, in their order. */
  readonly cells: readonly AttackCell[];
}

/** Every attack against every model. */
export interface AttackMatrix {
  readonly models: readonly string[];
  readonly rows: readonly AttackRow[];
}

/**
 * From what on a loss is harm (in the units of AttackLoss); below it the two runs count as alike. Charges: more than the 64 pages of the kernel's own charge batch (MEMCG_CHARGE_BATCH,
 * mm/memcontrol.c, 6.12), below which its counters do not tell; waiting: more than a millisecond, below which `memory.high` does not even sleep a tick (HZ 1000).
 */
export const HARM_FROM: Readonly<Record<keyof AttackLoss, number>> = {
  kills: 1,
  failures: 1,
  dropped_bytes: 1,
  unsent_bytes: 1,
  stall_ns: 1_000_001,
  charged_end_bytes: 64 * 4096 + 1,
  charged_peak_bytes: 64 * 4096 + 1,
  refaults: Number.POSITIVE_INFINITY,
};

/** The gravest first. Refaults decide nothing by themselves: what they cost stands in the time waited. */
const BY_GRAVITY: readonly (keyof AttackLoss)[] = ['kills', 'failures', 'dropped_bytes', 'unsent_bytes', 'stall_ns', 'charged_end_bytes', 'charged_peak_bytes'];

/** What became of the victim in one run, by step: sums since the run's begin, and of charges the highest so far and what stands now. */
export type VictimRecord = readonly VictimStep[];

interface VictimStep {
  readonly charged_bytes: number;
  readonly peak_bytes: number;
  readonly stall_ns: number;
  readonly refaults: number;
  readonly kills: number;
  readonly failures: number;
  readonly dropped_bytes: number;
  readonly sent_bytes: number;
}

/** Who the victim is, and what its waiting costs. */
export interface Victim {
  readonly path: string;
  /** Tasks, perhaps within it, that act for the attacker: what they wait for is not the victim's. */
  readonly commanded_tasks: readonly number[];
  readonly costs: Pick<CostTable, 'disk_read_ns' | 'swap_in_ns' | 'zswap_load_ns'>;
}

/** Reads out of a complete run what became of the victim. Throws DamagedRecording where the recording is damaged. */
export function victimRecord(reader: RunReader, compressor: Compressor, victim: Victim): VictimRecord {
  const reading = new VictimReading(reader, victim);
  const blocks = new RunBlocks(reader, compressor);
  for (let at = 0; at < blocks.entries.length; at++) {
    const { columns, count } = blocks.decoded(at);
    reading.add(columns, count);
  }
  return reading.end();
}

/** Reads a run's events in their order, once: what the victim's tasks waited for and what failed them, and at the end of each step its counters. */
class VictimReading {
  private readonly steps: VictimStep[] = [];
  private readonly state = new RunState();
  private readonly factors: Float64Array;
  private readonly reader: RunReader;
  private readonly victim: Victim;
  /** Containers of the victim's subtree, by id, and its tasks. */
  private readonly containers = new Set<number>();
  private readonly tasks = new Set<number>();
  /** The container at the victim's path that was created last; −1: none yet. */
  private container = -1;
  private stall_ns = 0;
  private refaults = 0;
  private failures = 0;
  private now_ns = 0;
  /** When the pass began in which a task of the victim reclaims; −1: none. */
  private pass_began_ns = -1;
  private step = -1;

  constructor(reader: RunReader, victim: Victim) {
    this.reader = reader;
    this.victim = victim;
    this.factors = shownFactors(reader.meta.charge_shift);
  }

  add(columns: EventColumns, count: number): void {
    let applied = 0;
    for (let row = 0; row < count; row++) {
      this.now_ns += columns.dt_ns[row];
      if (columns.kind[row] === KIND.step_begin) {
        this.state.apply(columns, applied, row);
        applied = row;
        if (this.step >= 0) this.closeStep();
        this.step = columns.a[row];
      } else this.take(columns, row);
    }
    this.state.apply(columns, applied, count);
  }

  end(): VictimRecord {
    if (this.step >= 0) this.closeStep();
    return this.steps;
  }

  private closeStep(): void {
    const before = this.steps.at(-1);
    this.steps.push({
      charged_bytes: this.shown(COUNTER.current),
      // A counter of a container that has been removed is gone with it: sums and peaks keep what they had.
      peak_bytes: Math.max(before?.peak_bytes ?? 0, this.shown(COUNTER.peak)),
      kills: Math.max(before?.kills ?? 0, this.shown(COUNTER.oom_kill)),
      dropped_bytes: Math.max(before?.dropped_bytes ?? 0, this.shown(COUNTER.tcp_dropped)),
      sent_bytes: Math.max(before?.sent_bytes ?? 0, this.shown(COUNTER.tcp_sent)),
      stall_ns: this.stall_ns,
      refaults: this.refaults,
      failures: this.failures,
    });
  }

  /** A counter of the victim as it is shown; 0 while there is no victim. */
  private shown(counter: number): number {
    const { container, state } = this;
    if (container === -1 || state.container_life[container] !== LIFE.alive) return 0;
    return shownValue(counter, state.values[container * COUNTER_COUNT + counter], this.factors);
  }

  private take(columns: EventColumns, row: number): void {
    const flags = columns.flags[row];
    const task = columns.task[row];
    const container = columns.container[row];
    const a = columns.a[row];
    const is_victims = task !== NO_TASK && this.tasks.has(task);
    switch (columns.kind[row]) {
      case KIND.container_create:
        if (this.isVictims(a)) this.containers.add(container);
        if (this.reader.names.containers[a] === this.victim.path) this.container = container;
        return;
      case KIND.container_create_failed:
        if (this.isVictims(a)) this.failures++;
        return;
      case KIND.task_start:
      case KIND.task_move:
        if (this.containers.has(container) && !this.victim.commanded_tasks.includes(task)) this.tasks.add(task);
        else this.tasks.delete(task);
        return;
      case KIND.page_add:
        if (!is_victims) return;
        if ((flags & ADD.refault) !== 0) this.refaults++;
        this.stall_ns += this.readTime(flags);
        return;
      case KIND.sleep:
        if (is_victims && (flags === SLEEP.throttled || flags === SLEEP.dirty)) this.stall_ns += a * 1000;
        return;
      case KIND.reclaim_begin:
        this.pass_began_ns = is_victims ? this.now_ns : -1;
        return;
      case KIND.reclaim_end:
        if (this.pass_began_ns >= 0) this.stall_ns += this.now_ns - this.pass_began_ns;
        this.pass_began_ns = -1;
        return;
      case KIND.op_fail:
      case KIND.pin_refused:
        if (is_victims) this.failures++;
        return;
    }
  }

  private isVictims(path: number): boolean {
    return isWithin(this.reader.names.containers[path] ?? '', this.victim.path);
  }

  /** What it took to bring a page in, by the flags of page_add. */
  private readTime(flags: number): number {
    const { costs } = this.victim;
    if ((flags & ADD.zswapin) !== 0) return costs.zswap_load_ns;
    if ((flags & ADD.swapin) !== 0) return costs.swap_in_ns;
    return (flags & ADD.major) !== 0 ? costs.disk_read_ns : 0;
  }
}

/** Loss and verdict of an attack, from what became of its victim with the attacker and without. `run` is the former, step by step aligned with `held_back`. */
export function judgeAttack(run: VictimRecord, held_back: VictimRecord): Pick<AttackCell, 'verdict' | 'because' | 'loss' | 'step_index'> {
  const loss = lossAfter(run, held_back, run.length - 1);
  const because = BY_GRAVITY.find((kind) => loss[kind] >= HARM_FROM[kind]) ?? null;
  if (because === null) return { verdict: 'not-harmed', because, loss, step_index: null };
  const step_index = run.findIndex((_, step) => lossAfter(run, held_back, step)[because] >= HARM_FROM[because]);
  return { verdict: 'harmed', because, loss, step_index };
}

/** Loss as it stands after a step. */
function lossAfter(run: VictimRecord, held_back: VictimRecord, step: number): AttackLoss {
  const more = (key: keyof VictimStep, sign = 1): number => Math.max(0, sign * ((run[step]?.[key] ?? 0) - (held_back[step]?.[key] ?? 0)));
  return {
    charged_end_bytes: more('charged_bytes'),
    charged_peak_bytes: more('peak_bytes'),
    stall_ns: more('stall_ns'),
    refaults: more('refaults'),
    kills: more('kills'),
    failures: more('failures'),
    dropped_bytes: more('dropped_bytes'),
    unsent_bytes: more('sent_bytes', -1),
  };
}
