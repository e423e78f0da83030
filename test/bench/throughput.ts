import { statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Program } from '../../src-engine/scenario/program.ts';
import { simulateInThread } from '../../src-main/lab/record-run.ts';
import { openRecording, type Recording } from '../../src-main/lab/recording.ts';
import { type Database, openDatabase } from '../../src-main/store/database.ts';
import { processIdentity } from '../../src-main/store/process-identity.ts';
import { createRunStore } from '../../src-main/store/runs.ts';
import { lruLoop } from './lru-loop.ts';
import { must, withScratchDatabase } from './scratch.ts';
import { percentile } from './statistics.ts';
import { CAPACITY_PAGES, PAGE_COUNT, traceProgram, zipfTrace } from './zipf-workload.ts';

const MODEL = 'static';

/** One repetition. Times in milliseconds. */
interface Repetition {
  readonly loop_ms: number;
  readonly loop_cpu_ms: number;
  readonly recorded: Timed;
  readonly unrecorded: Timed;
  readonly event_count: number;
  readonly stored_bytes: number;
}

interface Timed {
  readonly wall_ms: number;
  /** Processor time of the thread that records, and of all others together: the simulation, and helpers that compile and collect garbage. */
  readonly recorder_cpu_ms: number;
  readonly others_cpu_ms: number;
}

export interface Throughput {
  readonly throughput_ratios: readonly number[];
  readonly recording_cost_ratios: readonly number[];
  readonly bytes_per_event: readonly number[];
  /** Medians, for the notes. */
  readonly medians: Readonly<Record<string, number>>;
}

/**
 * The same Zipf trace through the bare LRU loop, through the engine with its recording on, and through the engine with blocks thrown away as they come,
 * in turn. The trace is made beforehand. The engine's time runs from its first event to the last block in the database.
 */
export async function measureThroughput(access_count: number, repetition_count: number): Promise<Throughput> {
  const pages = zipfTrace(access_count);
  const program = traceProgram(pages);
  // The first round is slower for want of compiled code.
  lruLoop(pages, PAGE_COUNT, CAPACITY_PAGES);
  const repetitions: Repetition[] = [];
  for (let turn = 0; turn < repetition_count; turn++) repetitions.push(await repeat(program, pages));
  const median = (of: (one: Repetition) => number): number => percentile(repetitions.map(of), 0.5);
  return {
    throughput_ratios: repetitions.map(({ loop_ms, recorded }) => loop_ms / recorded.wall_ms),
    recording_cost_ratios: repetitions.map(({ recorded, unrecorded }) => recorded.wall_ms / unrecorded.wall_ms),
    bytes_per_event: repetitions.map(({ stored_bytes, event_count }) => stored_bytes / event_count),
    medians: {
      access_count,
      event_count: median(({ event_count }) => event_count),
      loop_accesses_per_s: median(({ loop_ms }) => (access_count * 1000) / loop_ms),
      recorded_accesses_per_s: median(({ recorded }) => (access_count * 1000) / recorded.wall_ms),
      unrecorded_accesses_per_s: median(({ unrecorded }) => (access_count * 1000) / unrecorded.wall_ms),
      /** Processor time as a share of the time on the clock: of the simulation's thread and helpers, of the recorder's thread. The busier one bounds the run. */
      simulation_busy_share: median(({ recorded }) => recorded.others_cpu_ms / recorded.wall_ms),
      recorder_busy_share: median(({ recorded }) => recorded.recorder_cpu_ms / recorded.wall_ms),
      /** Nanoseconds of processor time. On a machine that has other work these say more than the clock. */
      loop_cpu_ns_per_access: median(({ loop_cpu_ms }) => (loop_cpu_ms * 1e6) / access_count),
      simulation_cpu_ns_per_access: median(({ recorded }) => (recorded.others_cpu_ms * 1e6) / access_count),
      recorder_cpu_ns_per_event: median(({ recorded, event_count }) => (recorded.recorder_cpu_ms * 1e6) / event_count),
      throughput_ratio_by_cpu: median(({ loop_cpu_ms, recorded }) => loop_cpu_ms / Math.max(recorded.others_cpu_ms, recorded.recorder_cpu_ms)),
    },
  };
}

async function repeat(program: Program, pages: Uint32Array): Promise<Repetition> {
  const begun = performance.now();
  const cpu_before = process.threadCpuUsage();
  lruLoop(pages, PAGE_COUNT, CAPACITY_PAGES);
  const loop_cpu_ms = milliseconds(process.threadCpuUsage(cpu_before));
  const loop_ms = performance.now() - begun;
  const unrecorded = await simulate(program, 0, nothingRecorded());
  return withScratchDatabase(async (db_path) => {
    const database = must(await openDatabase(db_path));
    const run_id = await newRun(database);
    const size_before = fileSize(database);
    const recording = openRecording(database, run_id, null);
    const recorded = await simulate(program, run_id, recording);
    const stored_bytes = fileSize(database) - size_before;
    database.close();
    return { loop_ms, loop_cpu_ms, recorded, unrecorded, event_count: recording.event_count, stored_bytes };
  });
}

async function newRun(database: Database): Promise<number> {
  const run = {
    scenario_id: null,
    scenario_name: 'bench',
    revision_id: null,
    base_dir: null,
    source: 'engine',
    model: MODEL,
    recorder: processIdentity(),
  } as const;
  return createRunStore(database).create(run);
}

/** Bytes of the database's file once all is in it. */
function fileSize({ sqlite, path }: Database): number {
  sqlite.pragma('wal_checkpoint(TRUNCATE)');
  return statSync(path).size;
}

/** Takes the blocks and drops them. */
const nothingRecorded = (): Recording => ({
  event_count: 0,
  begin: () => null,
  block: () => null,
  sample: () => undefined,
  heartbeat: () => undefined,
  logHash: () => '',
});

async function simulate(program: Program, run_id: number, recording: Recording): Promise<Timed> {
  let begun = 0;
  let all_before = process.cpuUsage();
  let recorder_before = process.threadCpuUsage();
  const timed: Recording = {
    ...recording,
    begin(meta, names) {
      begun = performance.now();
      all_before = process.cpuUsage();
      recorder_before = process.threadCpuUsage();
      return recording.begin(meta, names);
    },
  };
  const { status, error } = await simulateInThread({ run_id, model: MODEL }, program, timed, {}, performance.now());
  const wall_ms = performance.now() - begun;
  const all_cpu_ms = milliseconds(process.cpuUsage(all_before));
  const recorder_cpu_ms = milliseconds(process.threadCpuUsage(recorder_before));
  if (status !== 'complete') throw new Error(error?.message ?? status);
  return { wall_ms, recorder_cpu_ms, others_cpu_ms: all_cpu_ms - recorder_cpu_ms };
}

const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;
