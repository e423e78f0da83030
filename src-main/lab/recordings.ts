import { basename } from 'node:path';
import { z } from 'zod';
import { fail, ok, type Result } from '../../src-engine/base/result.ts';
import { fidelityOf, type ReadRun, type ReadSample } from '../../src-engine/compare/fidelity.ts';
import { fidelityMarkdown, fidelityPlainText } from '../../src-engine/compare/fidelity-export.ts';
import { type FidelityRow, fidelityMatrixMarkdown, fidelityMatrixText } from '../../src-engine/compare/fidelity-matrix.ts';
import { createColumns } from '../../src-engine/record/events.ts';
import type { EngineSample } from '../../src-engine/record/run.ts';
import { simulate } from '../../src-engine/simulate.ts';
import { readSample } from './fidelity.ts';
import { snapshotOfSample } from './sample.ts';
import { readUserFile } from './scenario-file.ts';
import { compileText } from './scenario-text.ts';

/** A recording as the experiments of test/fixtures have it: samples of the kernel's own files, between the operations of a program of its own. */
const recordingSchema = z.object({
  kernel: z.string(),
  steps: z.array(
    z.object({
      sample: z.string().optional(),
      cgroups: z.record(z.string(), z.record(z.string(), z.union([z.number(), z.record(z.string(), z.number())]))).optional(),
    }),
  ),
});

/** A recording, and what must be known to hold a model against it. */
export interface KernelRecording {
  /** Name of the experiment: that of its file. */
  readonly name: string;
  readonly release: string;
  readonly cgroup: 1 | 2;
  /** Samples in the order in which they were taken. */
  readonly samples: readonly Omit<ReadSample, 'step' | 'tasks'>[];
}

const RECORDING_BYTES_MAX = 16 * 1024 * 1024;

/** Names of the recordings that the lab calls otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  'memory.current': 'current',
  'memory.peak': 'peak',
  'memory.swap.current': 'swap',
  'memory.usage_in_bytes': 'current',
  'memory.kmem.usage_in_bytes': 'kmem',
  'memory.kmem.tcp.usage_in_bytes': 'tcp',
  'memory.kmem.tcp.failcnt': 'tcp_failcnt',
  'memory.failcnt': 'failcnt',
  cache: 'file',
  rss: 'anon',
  dying: 'nr_dying_descendants',
};

/** Counters that the recording program reads and leaves out where they are 0. */
const READ_V2 =
  'anon file shmem kernel slab_reclaimable slab_unreclaimable sock pgscan pgsteal workingset_refault_anon workingset_refault_file inactive_file active_file inactive_anon active_anon pgfault swap current peak events.low events.high events.max events.oom events.oom_kill events.oom_group_kill nr_dying_descendants';
const READ_V1 = 'file anon shmem inactive_anon active_anon inactive_file active_file pgfault current tcp tcp_failcnt failcnt';

/** Reads a recording. Errors: of the file; recording-not-understood. */
export function readRecording(path: string): Result<KernelRecording> {
  const bytes = readUserFile(path, RECORDING_BYTES_MAX);
  if (!bytes.ok) return bytes;
  const parsed = recordingSchema.safeParse(jsonOf(new TextDecoder().decode(bytes.value)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail({
      code: 'recording-not-understood',
      message: `This is no recording of a kernel: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(),
      place: { file: path },
      remedy: 'test/fixtures/kernel-6.1 has examples',
    });
  }
  const { kernel, steps } = parsed.data;
  const cgroup = steps.some(({ cgroups }) => Object.values(cgroups ?? {}).some((values) => 'memory.usage_in_bytes' in values)) ? 1 : 2;
  const unread = Object.fromEntries((cgroup === 1 ? READ_V1 : READ_V2).split(' ').map((name) => [name, 0]));
  const samples = steps.flatMap(({ sample, cgroups = {} }) =>
    sample === undefined
      ? []
      : [{ sample, containers: Object.fromEntries(Object.entries(cgroups).map(([at, values]) => [at, { ...unread, ...countersOf(values) }])) }],
  );
  return ok({ name: basename(path, '.json'), release: kernel, cgroup, samples });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a recording read of a container, by the lab's names of the counters. */
export function countersOf(values: Readonly<Record<string, number | Readonly<Record<string, number>>>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      typeof value === 'number' ? [[NAMES[key] ?? key, value] as const] : Object.entries(value).map(([event, count]) => [`events.${event}`, count] as const),
    ),
  );
}

/**
 * The model that a kernel runs: cgroup v1, or v2 with the design of reclaim that Debian builds it with; from 6.12 on generations, and mappings with MADV_RANDOM, as the lab's guest
 * makes them, mean nothing to reclaim from 6.3 on. `release`: as uname has it.
 */
export function modelOfKernel(release: string, cgroup: 1 | 2): string {
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(release) ?? []).slice(1).map(Number);
  const version = major * 1000 + minor;
  const rules = version <= 6001 ? ',linux=v6.1' : '';
  if (cgroup === 1) return `memcg-v1${rules}`;
  return `memcg-v2${version >= 6012 ? '-mglru' : ''}${rules}${version >= 6003 ? ',advice=random' : ''}`;
}

/** Runs a scenario's text under a model, in this process and without a recording. Errors: those of the text and of the model. */
function simulatedRun(text: string, base_dir: string | null, model: string): Result<ReadRun & { readonly cpu_count: number }> {
  const program = compileText(text, base_dir);
  if (!program.ok) return program;
  const taken: EngineSample[] = [];
  const columns = createColumns();
  const outcome = simulate(program.value, model, { seal: () => columns, sample: (sample) => void taken.push(sample) });
  if (!outcome.ok) return outcome;
  const { meta } = outcome.value;
  const samples = taken.map((sample) => readSample(sample.name, sample.step_index, snapshotOfSample(sample, meta.charge_shift)));
  return ok({ name: meta.model, samples, cpu_count: program.value.machine.cpu_count });
}

/** A recording as a run of the scenario that the model's run is of: its samples stand at the model's steps. */
const recordedRun = ({ release, samples }: KernelRecording, model: ReadRun): ReadRun => ({
  name: `linux ${release}`,
  samples: samples.map((sample) => ({ ...sample, step: model.samples.find((one) => one.sample === sample.sample)?.step ?? -1, tasks: {} })),
});

/** A recording beside the simulator in the scenario of its experiment. Errors: those of the text and of the model. */
export function besideRecording(recording: KernelRecording, text: string, base_dir: string | null, model: string): Result<FidelityRow> {
  const run = simulatedRun(text, base_dir, model);
  return run.ok ? ok({ scenario: recording.name, fidelity: fidelityOf(recordedRun(recording, run.value), run.value, run.value) }) : run;
}

/** Comparisons as a text to hand on: one of them with every cell, several as a matrix. */
export function fidelityRowsText(rows: readonly FidelityRow[], format: 'markdown' | 'text'): string {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) return format === 'markdown' ? fidelityMarkdown(only.fidelity) : fidelityPlainText(only.fidelity);
  return format === 'markdown' ? fidelityMatrixMarkdown(rows) : fidelityMatrixText(rows);
}
