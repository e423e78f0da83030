import type { LabError } from '../../src-engine/base/result.ts';
import type { RunStore } from '../store/runs.ts';
import type { ChildCaller } from './child-calls.ts';
import type { LabNotice } from './contract.ts';
import type { RecordCall } from './engine-process.ts';
import { progressNotice, type RunProgress } from './progress.ts';

/** Records runs one after another in the engine's process. */
export interface RunQueue {
  /** `in_place`: the run is known to be short (RecordOptions). */
  add(run_id: number, model: string, in_place?: boolean): void;
  /** Whether the run was waiting or being recorded here. */
  cancel(run_id: number): Promise<boolean>;
  /** Records nothing more. Settles once the run under way is dealt with; end the engine's process first. */
  close(): Promise<void>;
}

interface Waiting {
  readonly run_id: number;
  readonly model: string;
  readonly in_place: boolean;
}

export interface RunQueueParts {
  readonly engine: ChildCaller;
  readonly runs: RunStore;
  readonly db_path: string;
  /** Identity of this process, under which runs wait. */
  readonly identity: string;
  readonly notify: (notice: LabNotice) => void;
}

/** A queue over the engine's process; it tells progress and each run's end. */
export function createRunQueue({ engine, runs, db_path, identity, notify }: RunQueueParts): RunQueue {
  const waiting: Waiting[] = [];
  let current: Waiting | undefined;
  let working = Promise.resolve();

  async function ended(run_id: number, error?: LabError): Promise<void> {
    let run = await runs.row(run_id);
    if (run === undefined) return;
    // The engine's process could not say itself how the run ended.
    if (error !== undefined && run.error === null && run.status !== 'complete') {
      await runs.end(run_id, { status: 'interrupted', wall_ms: run.wall_ms, error });
      run = (await runs.row(run_id)) ?? run;
    }
    notify({ kind: 'run-ended', run });
    notify({ kind: 'library-changed' });
  }

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      current = next;
      const { run_id, model, in_place } = next;
      const call: RecordCall = { db_path, run_id, taken_from: identity, in_place };
      const recorded = await engine.call('record', call, (progress) => notify(progressNotice(run_id, model, progress as RunProgress)));
      await ended(run_id, recorded.ok ? undefined : recorded.errors[0]);
    }
    current = undefined;
  }

  return {
    add(run_id, model, in_place = false) {
      waiting.push({ run_id, model, in_place });
      if (current === undefined) working = work();
    },
    async cancel(run_id) {
      const place = waiting.findIndex((one) => one.run_id === run_id);
      if (place >= 0) {
        waiting.splice(place, 1);
        await runs.end(run_id, { status: 'cancelled', wall_ms: 0 });
        await ended(run_id);
        return true;
      }
      if (current?.run_id !== run_id) return false;
      await engine.call('cancel', { run_id });
      return true;
    },
    close() {
      waiting.length = 0;
      return working;
    },
  };
}
