import { totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import type { RecordSink } from '../../src-engine/record/run.ts';
import type { Program } from '../../src-engine/scenario/program.ts';
import type { RunRow } from '../lab/contract.ts';
import type { RunProgress } from '../lab/progress.ts';
import { openRecording, type Recording } from '../lab/recording.ts';
import type { Database } from '../store/database.ts';
import { processIdentity } from '../store/process-identity.ts';
import { createRunStore, type RunStore } from '../store/runs.ts';
import { storeError } from '../store/store-error.ts';
import { type BootDirectory, prepareBoot } from './boot-directory.ts';
import { CONSOLE_HEADING } from './console.ts';
import { buildGuest } from './guest-build.ts';
import { type GuestLine, readGuestLine } from './guest-lines.ts';
import { planGuest } from './guest-program.ts';
import { KernelRecorder } from './kernel-recorder.ts';
import { type KernelFiles, kernelCacheDir } from './kernel-source.ts';
import type { Account, GuestPlan, KernelOptions } from './plan.ts';
import { type BootEnd, boot, checkQemu, type Machine } from './qemu.ts';

/** A scenario of the library, as its runs refer to it. */
export interface KernelScenario {
  readonly scenario_id: number | null;
  readonly scenario_name: string;
  readonly revision_id: number | null;
  readonly base_dir: string | null;
}

/** One boot of one kernel. */
export interface KernelBoot extends KernelOptions {
  readonly kernel: KernelFiles;
  /** Name of the kernel in runs, by its release; two kernels of one release must not have the same. */
  readonly nameOf: (release: string) => string;
  readonly accel: Machine['accel'];
  readonly timeout_ms: number;
  readonly cache_dir?: string;
  readonly signal?: AbortSignal;
  /** Called some times a second, from when the kernel has started. */
  readonly onProgress?: (progress: RunProgress, runs: readonly StartedRun[]) => void;
  /** Longest silence of the guest; SILENCE_MS if left out. */
  readonly silence_ms?: number;
}

/** A run that is being recorded. */
export interface StartedRun {
  readonly run_id: number;
  readonly model: string;
}

/** A guest that says nothing for so long is hung. memory.high lets a task sleep for 2 s at a time, many times in one step. */
const SILENCE_MS = 180_000;
const PROGRESS_INTERVAL_MS = 250;
const HEARTBEAT_INTERVAL_MS = 5_000;
/** Memory of this computer that a guest leaves free. */
const HOST_SPARE_BYTES = 2 ** 30;

/** Why a scenario cannot run on a kernel, as far as its text and this computer's memory tell; empty where nothing speaks against it. */
export function refusalsOf(program: Program, options: KernelOptions): readonly LabError[] {
  const plan = planGuest(program, options, Math.max(0, totalmem() - HOST_SPARE_BYTES));
  return plan.ok ? [] : plan.errors;
}

/** What is needed before anything is booted. Errors: QEMU is missing, the guest cannot be built, the scenario cannot run on a kernel. */
export function preparePlan(
  program: Program,
  options: KernelOptions,
  cache_dir: string = kernelCacheDir(),
): Result<{ readonly plan: GuestPlan; readonly guest: string }> {
  const plan = planGuest(program, options, Math.max(0, totalmem() - HOST_SPARE_BYTES));
  if (!plan.ok) return plan;
  const qemu = checkQemu();
  if (!qemu.ok) return qemu;
  const guest = buildGuest(cache_dir);
  return guest.ok ? ok({ plan: plan.value, guest: guest.value }) : guest;
}

/**
 * Boots a kernel once and records the scenario, one run for each account. Answers their rows however they ended; `status` and `error` say how.
 * Errors: what preparePlan says; the kernel lacks what the scenario needs (then nothing is left behind); the database cannot be written.
 */
export async function recordOnKernel(database: Database, scenario: KernelScenario, program: Program, how: KernelBoot): Promise<Result<readonly RunRow[]>> {
  const prepared = preparePlan(program, how, how.cache_dir);
  if (!prepared.ok) return prepared;
  const { plan, guest } = prepared.value;
  const directory = prepareBoot(how.kernel, plan, guest, how.accel);
  if (!directory.ok) return directory;
  try {
    return await new GuestSession(database, scenario, program, plan, how, directory.value).run();
  } catch (exception) {
    return fail(storeError(exception, database.path));
  } finally {
    directory.value.remove();
  }
}

/** A run under way: the account it is of, and where it goes. */
interface OpenRun extends StartedRun {
  readonly recording: Recording;
  readonly recorder: KernelRecorder;
}

/** One boot from its first line to its last. */
class GuestSession {
  private readonly database: Database;
  private readonly scenario: KernelScenario;
  private readonly program: Program;
  private readonly plan: GuestPlan;
  private readonly how: KernelBoot;
  private readonly directory: BootDirectory;
  private readonly store: RunStore;
  private runs: OpenRun[] = [];
  private trouble: LabError | null = null;
  private release = '';
  private ended = false;
  /** The guest has been set up: a refusal is no longer one of the scenario's. */
  private in_steps = false;
  private readonly trace_texts: string[] = [];
  private trace_line_count = 0;
  private readonly started_ms = performance.now();

  constructor(database: Database, scenario: KernelScenario, program: Program, plan: GuestPlan, how: KernelBoot, directory: BootDirectory) {
    this.database = database;
    this.scenario = scenario;
    this.program = program;
    this.plan = plan;
    this.how = how;
    this.directory = directory;
    this.store = createRunStore(database);
  }

  async run(): Promise<Result<readonly RunRow[]>> {
    // Runs are created when the kernel has said its name, which takes a moment; lines wait for it in order.
    let work = Promise.resolve();
    const timers = [setInterval(() => this.tellProgress(), PROGRESS_INTERVAL_MS), setInterval(() => this.beat(), HEARTBEAT_INTERVAL_MS)];
    const limits = {
      silence_ms: this.how.silence_ms ?? SILENCE_MS,
      total_ms: this.how.timeout_ms,
      ...(this.how.signal === undefined ? {} : { signal: this.how.signal }),
    };
    let broken: unknown;
    const end = await boot(this.directory.machine, limits, (text) => {
      work = work
        .then(() => this.line(text))
        .catch((exception: unknown) => {
          broken ??= exception;
        });
      return this.trouble === null && broken === undefined;
    });
    await work;
    for (const timer of timers) clearInterval(timer);
    if (broken !== undefined) throw broken;
    return this.close(end);
  }

  private beat(): void {
    for (const { recording } of this.runs) recording.heartbeat();
  }

  private async line(text: string): Promise<void> {
    if (this.trouble !== null || text.trim() === '') return;
    const read = readGuestLine(text);
    if (!read.ok) {
      this.trouble = read.errors[0] ?? null;
      return;
    }
    const line = read.value;
    if (line.k === 'lacks') this.trouble = this.lacks(line);
    else if (line.k === 'op' && line.r > 0 && !this.in_steps) this.trouble = this.refused(line);
    else if (line.k === 'hello') this.release = line.release;
    else if (line.k === 'end') this.ended = true;
    else await this.record(line);
  }

  private async record(line: GuestLine): Promise<void> {
    if (line.k === 'step' && line.i >= 0) this.in_steps = true;
    if (line.k === 'step' && this.runs.length === 0) await this.openRuns();
    const trace = line.k === 'trace' ? this.traceOf(line.from, line.bytes) : undefined;
    for (const { recorder } of this.runs) recorder.take(line, trace);
  }

  /** Text of the trace disk. The pieces follow each other line for line in the attachment, so that an event's line can be found there. */
  private traceOf(from: number, bytes: number): { readonly text: string; readonly line_from: number } {
    const text = Buffer.from(this.directory.trace(from, bytes)).toString('utf8').replace(/\n+$/, '');
    const line_from = this.trace_line_count + 1;
    this.trace_texts.push(text);
    this.trace_line_count += text.split('\n').length;
    return { text, line_from };
  }

  private async openRuns(): Promise<void> {
    for (const account of this.how.accounts) {
      const model = this.modelOf(account);
      const run_id = await this.store.create({ ...this.scenario, source: 'kernel', model, recorder: processIdentity() });
      const recording = openRecording(this.database, run_id, null);
      this.runs.push({ run_id, model, recording, recorder: new KernelRecorder(this.program, this.plan, this.how, account, this.sinkOf(recording), model) });
    }
  }

  private modelOf(account: Account): string {
    return [this.how.nameOf(this.release), ...(this.how.cgroup === 1 ? ['v1'] : []), ...(account === 'memcg' ? [] : [account])].join(' ');
  }

  private sinkOf(recording: Recording): RecordSink {
    let names: Parameters<Recording['block']>[2] = null;
    return {
      begin: (meta, live) => {
        names = live;
        this.trouble ??= recording.begin(meta, live);
      },
      seal: (columns, count) => {
        const { step_count, access_count } = this.runs.find((run) => run.recording === recording)?.recorder.progress ?? { step_count: 0, access_count: 0 };
        this.trouble ??= recording.block(columns, count, names, { step_count, access_count });
        return columns;
      },
      sample: (sample) => recording.sample(sample),
    };
  }

  private lacks({ what, detail, r }: Extract<GuestLine, { readonly k: 'lacks' }>): LabError {
    return {
      code: this.in_steps ? 'guest-gave-up' : 'kernel-lacks',
      message: `The kernel ${this.release} lacks what the scenario needs: ${what} (${detail}${r === 0 ? '' : `, errno ${r}`}).`,
      remedy: 'take another kernel, or one with the modules that it needs beside it',
    };
  }

  private refused({ v, r }: Extract<GuestLine, { readonly k: 'op' }>): LabError {
    return {
      code: 'kernel-lacks',
      message: `The kernel ${this.release} refused to set the scenario up: ${v} failed with errno ${r}.`,
      remedy: 'a limit that this kernel does not have is the usual reason; take another kernel or take it out',
    };
  }

  private tellProgress(): void {
    const [run] = this.runs;
    if (run === undefined) return;
    const { step_index, access_count, event_count } = run.recorder.progress;
    const totals = { access_total: this.program.access_count, step_total: this.plan.steps.length };
    this.how.onProgress?.(
      { step_index, access_count, event_count, ...totals, elapsed_ms: performance.now() - this.started_ms },
      this.runs.map(({ run_id, model }) => ({ run_id, model })),
    );
  }

  private async close(end: BootEnd): Promise<Result<readonly RunRow[]>> {
    const error = this.trouble ?? this.endError(end);
    const complete = error === null && this.ended;
    // A refusal leaves nothing behind; so does a guest that never came to its steps, since there is nothing to look at.
    if (error !== null && (error.code === 'kernel-lacks' || this.runs.length === 0)) {
      await this.discard(error);
      return fail({
        ...error,
        message: this.runs.length === 0 && error.code !== 'kernel-lacks' ? `${error.message}${consoleTail(end.console)}` : error.message,
      });
    }
    if (this.runs.length === 0) return fail({ code: 'cancelled', message: 'The run was cancelled before the kernel had started.' });
    const wall_ms = Math.round(performance.now() - this.started_ms);
    const attachment_id = await this.store.addAttachment(`${this.modelOf('memcg')}.txt`, Buffer.from(this.attachment(end.console)));
    const rows: RunRow[] = [];
    for (const { run_id, recorder, recording } of this.runs) {
      const summary = recorder.finish(complete);
      await this.store.attach(run_id, attachment_id);
      const sealing = this.trouble ?? error;
      if (complete && sealing === null)
        await this.store.end(run_id, { status: 'complete', wall_ms, complete: { ...summary, log_sha256: recording.logHash() } });
      else await this.store.end(run_id, { status: end.cancelled ? 'cancelled' : 'failed', wall_ms, ...(sealing === null ? {} : { error: sealing }) });
      const row = await this.store.row(run_id);
      if (row !== undefined) rows.push(row);
    }
    return ok(rows);
  }

  /** Why a guest that did not say `end` has ended. */
  private endError(end: BootEnd): LabError | null {
    if (this.ended || end.cancelled) return null;
    if (end.error !== undefined) return end.error;
    const panic = /Kernel panic[^\n\r]*/.exec(end.console)?.[0];
    return {
      code: 'guest-died',
      message: panic === undefined ? 'The guest ended before the scenario did.' : `The guest’s kernel panicked: ${panic}.`,
      remedy: 'its console is kept with the run',
    };
  }

  private async discard(error: LabError): Promise<void> {
    for (const { run_id } of this.runs) {
      await this.store.end(run_id, { status: 'failed', wall_ms: 0, error });
      await this.store.remove(run_id);
    }
  }

  private attachment(console: string): string {
    return [...this.trace_texts, '', CONSOLE_HEADING, console.replaceAll('\r', '')].join('\n');
  }
}

const consoleTail = (console: string): string => {
  const lines = console.replaceAll('\r', '').trimEnd().split('\n').slice(-3).join(' / ');
  return lines === '' ? '' : ` Its console ended with: ${lines}`;
};
