import type { LabError, Result } from '../../src-engine/base/result.ts';
import type { EventColumns } from '../../src-engine/record/events.ts';
import type { EngineSample, RunMeta, RunNames, RunSummary } from '../../src-engine/record/run.ts';
import type { Program } from '../../src-engine/scenario/program.ts';
import type { RunStatus } from './contract.ts';

/**
 * What the simulation's thread and its recorder share. Blocks go one way as transferred buffers and come back empty; everything that must be known at once
 * (cancel, how many blocks are under way, how far the simulation is) stands in shared memory.
 */
export interface SimulationJob {
  readonly program: Program;
  readonly model: string;
  readonly shared: SharedArrayBuffer;
}

/** Blocks that may be on their way to the recorder: one is written while the next ones are filled. */
export const BLOCKS_UNDER_WAY_MAX = 3;

export interface SharedState {
  readonly cancel: Int32Array;
  /** Blocks handed over and not yet recorded. The simulation waits on it. */
  readonly blocks_under_way: Int32Array;
  /** Events, accesses, step. */
  readonly progress: Float64Array;
}

/** Memory for one recording. */
export const createShared = (): SharedArrayBuffer => new SharedArrayBuffer(40);

/** The parts of that memory. */
export function sharedState(shared: SharedArrayBuffer): SharedState {
  return { cancel: new Int32Array(shared, 0, 1), blocks_under_way: new Int32Array(shared, 4, 1), progress: new Float64Array(shared, 16, 3) };
}

/** How far the run is when a block is sealed. */
export interface BlockMark {
  readonly step_count: number;
  readonly access_count: number;
}

/** From the simulation's thread, in the order of the run. `names` where a table has grown. */
export type SimulationMessage =
  | { readonly kind: 'begin'; readonly meta: RunMeta; readonly names: RunNames }
  | { readonly kind: 'block'; readonly columns: EventColumns; readonly count: number; readonly names: RunNames | null; readonly mark: BlockMark }
  | { readonly kind: 'sample'; readonly sample: EngineSample }
  | { readonly kind: 'end'; readonly result: Result<SimulationEnd> };

export interface SimulationEnd {
  readonly status: 'complete' | 'cancelled';
  readonly summary: RunSummary;
}

/** How a simulation ended; `end` of a complete one. */
export interface Outcome {
  readonly status: RunStatus;
  readonly error?: LabError;
  readonly end?: SimulationEnd;
}
