import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { COST, KIND, type KindName } from '../../src-engine/record/events.ts';
import { honestPlayer } from '../../src-engine/record/honest-player.ts';
import { createPlayer } from '../../src-engine/record/player.ts';
import type { ExpectationResult } from '../../src-engine/record/run.ts';
import { DamagedRecording } from '../../src-engine/record/run-blocks.ts';
import type { Database } from '../store/database.ts';
import { createRunReader } from '../store/run-reader.ts';
import { createRunStore } from '../store/runs.ts';
import { zstd } from './compressor.ts';
import type { RunRow } from './contract.ts';
import { type ContainerCounters, containersOfState, type Snapshot } from './sample.ts';
import { type DyingReport, dyingOf } from './state-report.ts';

/** A named moment of a run. */
export interface SampleReport extends Snapshot {
  readonly sample: string;
  readonly step: number;
  /** Removed containers that something is still charged to; left out where there are none. */
  readonly dying?: readonly DyingReport[];
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
  /** Every container as the run left it, and the dying ones where there are any; null where nothing was recorded. */
  readonly end: {
    readonly step: number;
    readonly containers: Readonly<Record<string, ContainerCounters>>;
    readonly dying?: readonly DyingReport[];
  } | null;
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
  const stored = await runs.samples(run_id);
  const ending = endOf(
    database,
    run_id,
    stored.map(({ event_index }) => event_index),
  );
  if (!ending.ok) return ending;
  const { dying, ...ended } = ending.value;
  const samples = stored.map(
    ({ name, step_index, data }, index): SampleReport => ({
      sample: name,
      step: step_index,
      ...(JSON.parse(data) as Snapshot),
      ...whereAny(dying[index] ?? []),
    }),
  );
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
    ...ended,
    expectations: await runs.expectations(run_id),
    error,
  });
}

const whereAny = (dying: readonly DyingReport[]): { readonly dying?: readonly DyingReport[] } => (dying.length === 0 ? {} : { dying });

interface Ending extends Pick<RunReport, 'end' | 'costs' | 'not_done'> {
  /** At each of the moments asked for. */
  readonly dying: readonly (readonly DyingReport[])[];
}

/** How a run ended, and which containers were dying at some moments (events) of it. */
function endOf(database: Database, run_id: number, moments: readonly number[]): Result<Ending> {
  const reader = createRunReader(database, run_id);
  const countOf = (name: KindName): number => (reader?.blocks ?? []).reduce((sum, { kind_counts }) => sum + (kind_counts[KIND[name]] ?? 0), 0);
  const not_done = { op_fail: countOf('op_fail'), container_create_failed: countOf('container_create_failed'), step_skip: countOf('step_skip') };
  if (reader === undefined || reader.blocks.length === 0) return ok({ end: null, costs: {}, not_done, dying: [] });
  const player = createPlayer(reader, zstd);
  if (!player.ok) return player;
  try {
    const honest = honestPlayer(player.value, reader.meta);
    const state = honest.seek({ event: player.value.event_count });
    // What was never removed cannot be dying.
    const may_die = state.containers.some(({ exists }) => !exists);
    const dyingAt = (event: number): readonly DyingReport[] => (may_die ? dyingOf(honest.seek({ event })) : []);
    const costs = Object.fromEntries(Object.entries(COST).map(([name, index]) => [name, state.costs[index] ?? 0]));
    return ok({
      end: { step: state.step_index, containers: containersOfState(state), ...whereAny(dyingAt(player.value.event_count)) },
      costs,
      not_done,
      dying: moments.map(dyingAt),
    });
  } catch (exception) {
    if (exception instanceof DamagedRecording) return fail(exception.error);
    throw exception;
  }
}
