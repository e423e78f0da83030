/** How a run is watched, and stopped. */
export interface SimulateOptions {
  /** Called about every 64 Ki accesses and after each step; returning true stops the run (cancelled). */
  readonly poll?: (progress: SimulateProgress) => boolean;
  /** Hands the sink a sample (without a name, and without an event) after every step. */
  readonly sample_each_step?: boolean;
}

export interface SimulateProgress {
  readonly event_count: number;
  readonly access_count: number;
  readonly step_index: number;
}
