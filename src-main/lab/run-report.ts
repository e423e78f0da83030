import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { COST, KIND, type KindName } from '../../src-engine/record/events.ts';
import { createPlayer } from '../../src-engine/record/player.ts';
import type { ExpectationResult } from '../../src-engine/record/run.ts';
import { DamagedRecording } from '../../src-engine/record/run-blocks.ts';
import type { Database } from '../store/database.ts';
import { createRunReader } from '../store/run-reader.ts';
import { createRunStore } from '../store/runs.ts';
import { zstd } from './compressor.ts';
import type { RunRow } from './contract.ts';
import { type ContainerCounters, containersOfState, type Snapshot } from './sample.ts';
import { honestPlayer } from './unread.ts';

/** A named moment of a run. */
export interface SampleReport extends Snapshot {
  readonly sample: string;
  readonly step: number;
}

/** A run as the command line shows it: amounts in bytes under the kernel's names. */
export interface RunReport {
  readonly run_id: number;
  readonly model: string;
  readonly source: RunRow['source'];
  readonly status: RunRow['status'];
  readonly log_sha256: string | null;
  readonly events: number;
  readonly steps: number;
  readonly accesses: number;
  readonly end_ns: number;
  readonly wall_ms: number;
  readonly stored_bytes: number;
  readonly samples: readonly SampleReport[];
  /** Every container as the run left it; null where nothing was recorded. */
  readonly end: { readonly step: number; readonly containers: Readonly<Record<string, ContainerCounters>> } | null;
  /** What the model itself cost, by the names of COST. */
  readonly costs: Readonly<Record<string, number>>;
  /** Operations of tasks that failed, containers that could not be created, and steps that were skipped. */
  readonly not_done: { readonly op_fail: number; readonly container_create_failed: number; readonly step_skip: number };
  readonly expectations: readonly ExpectationResult[];
  readonly error: RunRow['error'];
}

/** Sums up a recorded run. Errors: there is no such run, its recording is damaged. */
export async function reportRun(database: Database, run_id: number): Promise<Result<RunReport>> {
  const runs = createRunStore(database);
  const row = await runs.row(run_id);
  if (row === undefined) return fail({ code: 'no-such-run', message: `There is no run ${run_id}.`, remedy: 'list the runs with `memledger list`' });
  const samples = (await runs.samples(run_id)).map(
    ({ name, step_index, data }): SampleReport => ({ sample: name, step: step_index, ...(JSON.parse(data) as Snapshot) }),
  );
  const ending = endOf(database, run_id);
  if (!ending.ok) return ending;
  const { model, source, status, log_sha256, end_ns, wall_ms, stored_bytes, error } = row;
  return ok({
    run_id,
    model,
    source,
    status,
    log_sha256,
    events: row.event_count,
    steps: row.step_count,
    accesses: row.access_count,
    end_ns,
    wall_ms,
    stored_bytes,
    samples,
    ...ending.value,
    expectations: await runs.expectations(run_id),
    error,
  });
}

function endOf(database: Database, run_id: number): Result<Pick<RunReport, 'end' | 'costs' | 'not_done'>> {
  const reader = createRunReader(database, run_id);
  const countOf = (name: KindName): number => (reader?.blocks ?? []).reduce((sum, { kind_counts }) => sum + (kind_counts[KIND[name]] ?? 0), 0);
  const not_done = { op_fail: countOf('op_fail'), container_create_failed: countOf('container_create_failed'), step_skip: countOf('step_skip') };
  if (reader === undefined || reader.blocks.length === 0) return ok({ end: null, costs: {}, not_done });
  const player = createPlayer(reader, zstd);
  if (!player.ok) return player;
  try {
    const state = honestPlayer(player.value, reader.meta).seek({ event: player.value.event_count });
    const costs = Object.fromEntries(Object.entries(COST).map(([name, index]) => [name, state.costs[index] ?? 0]));
    return ok({ end: { step: state.step_index, containers: containersOfState(state) }, costs, not_done });
  } catch (exception) {
    if (exception instanceof DamagedRecording) return fail(exception.error);
    throw exception;
  }
}
