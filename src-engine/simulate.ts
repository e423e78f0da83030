import type { LabError, Result } from './base/result.ts';
import type { RecordSink, RunMeta, RunNames, RunSummary } from './record/run.ts';
import type { Program } from './scenario/program.ts';

/** What the host hands in besides the program. */
export interface SimulateOptions {
  /** Called about every 64 Ki accesses or at each sealed block; returning true stops the run (cancelled). */
  readonly poll?: (progress: SimulateProgress) => boolean;
}

export interface SimulateProgress {
  readonly event_count: number;
  readonly access_count: number;
  readonly step_index: number;
}

export interface SimulateOutcome {
  readonly status: 'complete' | 'cancelled';
  readonly meta: RunMeta;
  readonly names: RunNames;
  readonly summary: RunSummary;
}

/** An invariant that did not hold, with what is needed to reproduce it. */
export interface InvariantViolation extends LabError {
  readonly code: 'invariant-violated';
}

export type Simulate = (program: Program, model: string, sink: RecordSink, options?: SimulateOptions) => Result<SimulateOutcome>;
