import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { BLOCK_EVENT_COUNT, type EventColumns } from '../../src-engine/record/events.ts';
import type { RunNames } from '../../src-engine/record/run.ts';
import type { Program } from '../../src-engine/scenario/program.ts';
import type { Database } from '../store/database.ts';
import { processIdentity } from '../store/process-identity.ts';
import { type ClaimedRun, createRunStore, type RunEnd } from '../store/runs.ts';
import { storeError } from '../store/store-error.ts';
import type { RunRow } from './contract.ts';
import type { RunProgress } from './progress.ts';
import { completeEnd, recordTrace } from './record-trace.ts';
import { openRecording, type Recording } from './recording.ts';
import { compileText } from './scenario-text.ts';
import { simulateInPlace } from './simulate-in-place.ts';
import {
  type BlockMark,
  createShared,
  type Outcome,
  type SharedState,
  type SimulationEnd,
  type SimulationJob,
  type SimulationMessage,
  sharedState,
} from './simulation-channel.ts';

const PROGRESS_INTERVAL_MS = 100;
const HEARTBEAT_INTERVAL_MS = 5_000;

const THREAD = new URL('./simulation-thread.ts', import.meta.url);

export interface RecordOptions {
  /** Stops the run; what is sealed by then is kept. */
  readonly signal?: AbortSignal;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** Identity of the process that queued the run. */
  readonly taken_from?: string;
  /** Simulates on this thread: for many runs that are known to be short, where starting a thread takes longer than they do. There is no progress to tell. */
  readonly in_place?: boolean;
}

/** A block handed over, until it is written. */
interface Handed {
  readonly columns: EventColumns;
  readonly count: number;
  readonly names: RunNames | null;
  readonly mark: BlockMark;
}

/**
 * Records a run, or the rest of one that was interrupted: simulates in a thread, keeps what it hands over on this one.
 * Answers the run's row however it ended; `status` and `error` say how. Errors: the run cannot be claimed, the database cannot be written.
 */
export async function recordRun(database: Database, run_id: number, options: RecordOptions = {}): Promise<Result<RunRow>> {
  const runs = createRunStore(database);
  try {
    const claimed = await runs.claim(run_id, processIdentity(), options.taken_from);
    if (!claimed.ok) return claimed;
    const started_ms = performance.now();
    const recording = openRecording(database, run_id, claimed.value.meta);
    const trace = await runs.attachment(run_id);
    if (trace === undefined) {
      const { text, base_dir } = claimed.value;
      const program = compileText(text ?? '', base_dir);
      if (!program.ok) {
        await runs.end(run_id, { status: 'failed', wall_ms: 0, error: program.errors[0] });
        return program;
      }
      const heartbeat = setInterval(() => recording.heartbeat(), HEARTBEAT_INTERVAL_MS);
      const outcome = await (options.in_place === true
        ? Promise.resolve(simulateInPlace(claimed.value.model, program.value, recording, options.signal))
        : simulateInThread(claimed.value, program.value, recording, options, started_ms)
      ).finally(() => clearInterval(heartbeat));
      await runs.end(run_id, endOf(outcome, recording, performance.now() - started_ms));
    } else {
      const imported = recordTrace(trace, claimed.value.scenario_name, recording);
      if (!imported.ok) return imported;
      for (const { summary } of imported.value.runs) await runs.end(run_id, completeEnd(summary, recording, performance.now() - started_ms));
    }
    const row = await runs.row(run_id);
    return row === undefined ? fail({ code: 'no-such-run', message: `Run ${run_id} was deleted while it was recorded.` }) : ok(row);
  } catch (exception) {
    return fail(storeError(exception, database.path));
  }
}

function endOf({ status, error, end }: Outcome, recording: Recording, wall_ms: number): RunEnd {
  return end === undefined ? { status, wall_ms: Math.round(wall_ms), ...(error === undefined ? {} : { error }) } : completeEnd(end.summary, recording, wall_ms);
}

/**
 * Simulates a program in a thread of its own and hands every block to `recording`, on this one. What the database says of the run is the caller's.
 * Answers when the last block is recorded; `started_ms` (of performance.now) is what progress counts its time from.
 */
export function simulateInThread(
  run: Pick<ClaimedRun, 'run_id' | 'model'>,
  program: Program,
  recording: Recording,
  { signal, onProgress }: RecordOptions,
  started_ms: number,
): Promise<Outcome> {
  const shared = createShared();
  const state = sharedState(shared);
  const job: SimulationJob = { program, model: run.model, shared };
  const worker = new Worker(THREAD, { workerData: job });
  const cancel = (): void => void Atomics.store(state.cancel, 0, 1);
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted === true) cancel();

  const totals = { access_total: program.access_count, step_total: program.step_count };
  const progress = setInterval(() => onProgress?.({ ...progressOf(state), ...totals, elapsed_ms: performance.now() - started_ms }), PROGRESS_INTERVAL_MS);

  return new Promise<Outcome>((resolve) => {
    let trouble: LabError | null = null;
    // A block that is not full is the run's last, or the stump of a cancelled run: only the end tells.
    let stump: Handed | undefined;

    const keep = ({ columns, count, names, mark }: Handed): void => {
      trouble ??= recording.block(columns, count, names, mark);
      if (trouble !== null) cancel();
    };
    const handBack = (columns: EventColumns): void => {
      worker.postMessage(
        columns,
        Object.values(columns as unknown as Record<string, { readonly buffer: ArrayBuffer }>).map(({ buffer }) => buffer),
      );
      Atomics.sub(state.blocks_under_way, 0, 1);
      Atomics.notify(state.blocks_under_way, 0);
    };
    const finish = (result: Result<SimulationEnd>): Outcome => {
      const kept_stump = result.ok ? result.value.status === 'complete' : true;
      if (stump !== undefined && kept_stump && trouble === null) keep(stump);
      if (trouble !== null) return { status: trouble.code === 'record.sample-differs' ? 'failed' : 'interrupted', error: trouble };
      if (!result.ok) return { status: 'failed', ...(result.errors[0] === undefined ? {} : { error: result.errors[0] }) };
      return result.value.status === 'complete' ? { status: 'complete', end: result.value } : { status: 'cancelled' };
    };

    worker.on('message', (message: SimulationMessage) => {
      switch (message.kind) {
        case 'begin':
          trouble ??= recording.begin(message.meta, message.names);
          if (trouble !== null) cancel();
          break;
        case 'sample':
          if (trouble === null) recording.sample(message.sample);
          break;
        case 'block':
          if (message.count === BLOCK_EVENT_COUNT) {
            keep(message);
            handBack(message.columns);
          } else stump = message;
          break;
        case 'end':
          resolve(finish(message.result));
          break;
      }
    });
    const crashed = (what: string): void => {
      resolve({
        status: 'interrupted',
        error: {
          code: 'simulation-crashed',
          message: `The simulation of run ${run.run_id} went down: ${what}.`,
          remedy: 'what was recorded is kept; finish the run or make its scenario smaller',
        },
      });
    };
    worker.once('error', (error) => crashed(error.message));
    worker.once('exit', (code) => crashed(`its thread ended with code ${code}`));
  }).finally(() => {
    clearInterval(progress);
    signal?.removeEventListener('abort', cancel);
    return worker.terminate();
  });
}

function progressOf(state: SharedState): Pick<RunProgress, 'event_count' | 'access_count' | 'step_index'> {
  const [event_count = 0, access_count = 0, step_index = 0] = state.progress;
  return { event_count, access_count, step_index };
}
