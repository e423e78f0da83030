import { NO_CONTAINER, PAGE_SIZE_BYTES } from '../../src-engine/base/ids.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { ERRNO, KIND, SKIP, SLEEP } from '../../src-engine/record/events.ts';
import type { RecordSink, RunMeta, RunSummary, TaskReading as SampledTask } from '../../src-engine/record/run.ts';
import type { Program } from '../../src-engine/scenario/program.ts';
import { ACCOUNT_SHIFT, logReadings, type NodeReading, type TaskReading } from './accounts.ts';
import { counterSources, LIMIT_FILES, LOCAL_EVENTS_FILE } from './counter-files.ts';
import type { GuestLine } from './guest-lines.ts';
import { KernelLog } from './kernel-log.ts';
import type { Account, GuestPlan, KernelOptions } from './plan.ts';
import { createTraceReader, type TraceLine, type TraceReader } from './trace-events.ts';

/** Changes when the same lines of a guest give other events. */
export const KERNEL_RECORDER_VERSION = 'kernel-2';

const KIB = 1024;

const ACCESSES: ReadonlySet<string> = new Set(['read', 'write', 'touch', 'peek', 'walk']);

/** Something that happened in a step, until the step is told and all is put in order of time. */
interface Pending {
  readonly time_ns: number;
  emit(): void;
}

type OpLine = Extract<GuestLine, { readonly k: 'op' }>;

/** Turns the lines of one guest into the events of one run. */
export class KernelRecorder {
  readonly log: KernelLog;
  private readonly program: Program;
  private readonly plan: GuestPlan;
  private readonly account: Account;
  private readonly options: KernelOptions;
  private readonly trace: TraceReader;
  /** Commands after `begin` that have not been answered: the guest answers them in order. */
  private readonly commands: readonly string[];
  private command_at: number;
  private parts_left = 0;
  private step_index = -1;
  private begin_ns: number | null = null;
  private access_count = 0;
  private pending: Pending[] = [];
  private readonly files = new Map<number, number[]>();
  private readonly mapped = new Map<number, [number, number]>();
  private readonly nodes = new Map<number, NodeReading>();
  private readonly own = new Map<number, readonly number[]>();
  /** Limits met in this step, by path: local events that have risen. */
  private readonly met = new Set<number>();
  private readonly local_events = new Map<string, number>();
  private readonly task_by_pid = new Map<number, number>();
  /** Path of the container that a cgroup is, by the cgroup's number. */
  private readonly path_by_cgroup = new Map<number, number>();
  private readonly task_path = new Map<number, number>();
  private readonly pins = new Map<number, { readonly task: number; readonly pages: number }>();
  /** Path that init reclaims from in this step, on behalf of a step of the scenario. */
  private reclaimed_path: number | null = null;

  constructor(program: Program, plan: GuestPlan, options: KernelOptions, account: Account, sink: RecordSink, model: string) {
    this.program = program;
    this.plan = plan;
    this.options = options;
    this.account = account;
    const names = {
      containers: [...program.containerPaths],
      tasks: [...program.taskNames],
      objects: program.objects.map(({ name }) => name),
      samples: [...program.sampleNames],
    };
    const meta: RunMeta = {
      source: 'kernel',
      model,
      charge_shift: ACCOUNT_SHIFT[account],
      seed: program.seed,
      memory_pages: program.machine.memory_pages,
      engine_version: KERNEL_RECORDER_VERSION,
    };
    sink.begin?.(meta, names);
    this.log = new KernelLog(names, sink);
    this.trace = createTraceReader(this.log, {
      taskOf: (pid) => this.task_by_pid.get(pid),
      targetOf: (pid) => this.targetOf(pid),
      cgroupOf: (id) => program.containerPaths[this.path_by_cgroup.get(id) ?? -1],
    });
    this.commands = plan.lines;
    this.command_at = plan.lines.indexOf('begin') + 1;
    this.log.createContainer(0);
  }

  /** Steps and accesses so far. */
  get progress(): { readonly step_index: number; readonly step_count: number; readonly access_count: number; readonly event_count: number } {
    return {
      step_index: Math.max(0, this.step_index),
      step_count: this.step_index + 1,
      access_count: this.access_count,
      event_count: this.log.log.event_count,
    };
  }

  /** Takes a line; those before the set-up's step are not the run's. `trace`: the text that a trace line points to, and the number of its first line. */
  take(line: GuestLine, trace?: { readonly text: string; readonly line_from: number }): void {
    switch (line.k) {
      case 'step':
        this.beginStep(line.i, line.t);
        return;
      case 'op':
        this.takeOp(line);
        return;
      case 'task':
        this.task_by_pid.set(line.pid, line.task);
        return;
      case 'cgroup':
        this.path_by_cgroup.set(line.id, line.c);
        return;
      case 'died':
        this.at(line.t, () => this.log.emit(KIND.task_exit, { flags: 1, task: line.task, container: this.containerOf(line.task) }));
        return;
      case 'skip':
        this.nextCommand();
        this.at(Number.POSITIVE_INFINITY, () => this.log.emit(KIND.step_skip, { flags: SKIP.task_dead, task: line.task }));
        return;
      case 'trace':
        if (trace !== undefined) this.pending.push(...this.trace.read(trace.text, trace.line_from).map((read): Pending => this.relative(read)));
        return;
      case 'read':
        this.takeRead(line.c, line.v);
        return;
      case 'mapped':
        this.mapped.set(line.c, line.v);
        return;
      case 'node':
        this.nodes.set(line.c, line.v);
        return;
      case 'own':
        this.own.set(line.task, line.v);
        return;
      case 'told':
        this.endStep(line.t);
        return;
      default:
        return;
    }
  }

  /** The last step has been told: seals the run. `complete` is false for a run that was cut short. */
  finish(complete: boolean): RunSummary {
    if (complete) this.log.emit(KIND.run_end);
    this.log.log.finish();
    return {
      event_count: this.log.log.event_count,
      step_count: this.step_index + 1,
      access_count: this.access_count,
      end_ns: this.log.log.now_ns,
      expectations: [],
    };
  }

  private relative({ time_ns, emit }: TraceLine): Pending {
    return { time_ns: time_ns - (this.begin_ns ?? time_ns), emit };
  }

  private at(time: number, emit: () => void): void {
    this.pending.push({ time_ns: Number.isFinite(time) ? time - (this.begin_ns ?? time) : time, emit });
  }

  private containerOf(task: number): number {
    const path = this.task_path.get(task);
    return path === undefined ? NO_CONTAINER : this.log.containerAt(path);
  }

  private beginStep(index: number, time: number): void {
    this.begin_ns ??= time;
    this.step_index = index;
    this.reclaimed_path = null;
    this.log.at(time - this.begin_ns);
    const step = this.plan.steps[index];
    if (step === undefined) return;
    this.log.emit(KIND.step_begin, { a: index, b: step.line });
    if (step.ops.some(({ verb }) => verb === 'expect')) this.log.emit(KIND.step_skip, { flags: SKIP.not_modelled });
  }

  /** The command that the guest has just answered, in words; none for a part of `together`, of which only the end matters. */
  private nextCommand(): readonly string[] | null {
    if (this.parts_left > 0) {
      this.parts_left -= 1;
      return null;
    }
    for (;;) {
      const words = (this.commands[this.command_at++] ?? '').split(' ');
      if (words[0] === 'step') continue;
      if (words[0] !== 'together') return words;
      this.parts_left = Number(words[2]) - 1;
      this.command_at += Number(words[2]);
      return null;
    }
  }

  private takeOp(line: OpLine): void {
    const command = this.nextCommand();
    if (command !== null && command[0] !== line.v) throw new Error(`the guest answers ${line.v} to ${command.join(' ')}`);
    if (ACCESSES.has(line.v)) this.access_count += line.n;
    if (command?.[0] === 'reclaim' || command?.[0] === 'set') this.reclaimed_path = Number(command[1]);
    this.at(line.t, () => {
      if (command !== null && line.r === 0) this.emitDone(command, line);
      else if (line.r > 0) this.emitFailed(command, line);
    });
  }

  private emitDone(command: readonly string[], line: OpLine): void {
    const number = (at: number): number => Number(command[at]);
    const of_task = { task: line.task, container: this.containerOf(line.task) };
    switch (command[0]) {
      case 'mkdir':
        this.log.createContainer(number(1));
        return;
      case 'rmdir':
        this.log.removeContainer(number(1));
        return;
      case 'set': {
        const limit = LIMIT_FILES.get(command[2] ?? '');
        const is_open = command[3] === 'max' || command[3] === '-1';
        if (limit !== undefined) this.log.setLimit(this.log.containerAt(number(1)), limit, is_open ? -1 : number(3) / PAGE_SIZE_BYTES);
        return;
      }
      case 'start':
        this.task_path.set(number(1), number(2));
        this.log.emit(KIND.task_start, { task: number(1), container: this.containerOf(number(1)), a: -1 });
        return;
      case 'fork':
        this.task_path.set(number(2), number(3) < 0 ? (this.task_path.get(number(1)) ?? 0) : number(3));
        this.log.emit(KIND.task_start, { task: number(2), container: this.containerOf(number(2)), a: number(1) });
        return;
      case 'move':
        this.task_path.set(number(1), number(2));
        this.log.emit(KIND.task_move, { task: number(1), container: this.containerOf(number(1)), a: of_task.container });
        return;
      case 'exit':
        this.log.emit(KIND.task_exit, of_task);
        return;
      case 'sleep':
        this.log.emit(KIND.sleep, { flags: SLEEP.asked, a: Math.round(number(1) / 1000) });
        return;
      case 'grow':
      case 'shrink':
        this.log.emit(command[0] === 'grow' ? KIND.slab_alloc : KIND.slab_free, { ...of_task, a: line.n, b: number(2) });
        return;
      default:
        this.emitHeld(command, line);
    }
  }

  /** Sockets and pins. */
  private emitHeld(command: readonly string[], line: OpLine): void {
    const number = (at: number): number => Number(command[at]);
    const of_task = { task: line.task, container: this.containerOf(line.task) };
    switch (command[0]) {
      case 'send':
      case 'receive':
        if (line.n > 0) this.log.emit(command[0] === 'send' ? KIND.tcp_send : KIND.tcp_receive, { ...of_task, a: line.n, b: number(2) });
        return;
      case 'pin':
        this.pins.set(number(5), { task: line.task, pages: number(4) });
        this.log.emit(KIND.pin, { ...of_task, a: number(4), b: number(4) });
        return;
      case 'unpin':
      case 'close': {
        const pin = this.pins.get(number(2));
        this.pins.delete(number(2));
        if (pin !== undefined) this.log.emit(KIND.unpin, { ...of_task, a: pin.pages, b: pin.pages });
        return;
      }
      case 'mlock':
      case 'munlock':
        this.log.emit(command[0] === 'mlock' ? KIND.pin : KIND.unpin, { flags: 1, ...of_task, a: number(4), b: number(4) });
        return;
      default:
        return;
    }
  }

  private emitFailed(command: readonly string[] | null, line: OpLine): void {
    const of_task = line.task < 0 ? {} : { task: line.task, container: this.containerOf(line.task) };
    const errno = Math.min(line.r, 255);
    const verb = command?.[0] ?? line.v;
    if (verb === 'rmdir' && errno === ERRNO.EBUSY) {
      this.log.emit(KIND.step_skip, { flags: SKIP.container_busy, container: this.log.containerAt(Number(command?.[1])) });
      return;
    }
    if ((verb === 'pin' || verb === 'mlock') && (errno === ERRNO.ENOMEM || errno === ERRNO.EAGAIN)) {
      this.log.emit(KIND.pin_refused, { flags: errno, ...of_task, a: Number(command?.[4]), b: this.memlockPages(line.task) });
      return;
    }
    // What was sent or received before it failed has been sent or received.
    if (command !== null && line.n > 0) this.emitHeld(command, line);
    const container = verb === 'set' || verb === 'reclaim' || verb === 'mkdir' ? { container: this.log.containerAt(Number(command?.[1])) } : {};
    this.log.emit(KIND.op_fail, { flags: errno, ...of_task, ...container });
  }

  private memlockPages(task: number): number {
    const start = this.commands.find((command) => command.startsWith(`start ${task} `));
    const bytes = Number(start?.split(' ')[4]);
    return Number.isFinite(bytes) ? Math.floor(bytes / PAGE_SIZE_BYTES) : -1;
  }

  private takeRead(path: number, values: readonly number[]): void {
    this.files.set(path, [...values]);
    const sources = counterSources(this.options.cgroup);
    for (let at = 0; at + 1 < values.length; at += 2) {
      const source = sources[values[at] ?? -1];
      if (source?.file !== LOCAL_EVENTS_FILE) continue;
      const key = `${path} ${source.key}`;
      const value = values[at + 1] ?? 0;
      if (value > (this.local_events.get(key) ?? 0)) this.met.add(path);
      this.local_events.set(key, value);
    }
  }

  /**
   * Whose limit a task's reclaim pass is about. A memcg pass begins at a limit of the task's container or of one above it: where only one of those has a limit it is that one; of several, the
   * one alone whose own events have risen in the step. Init reclaims where a step of the scenario told it to. Else the root stands for `not known`.
   */
  private targetOf(pid: number): string {
    const task = this.task_by_pid.get(pid);
    if (task === undefined) return this.reclaimed_path === null ? '.' : (this.program.containerPaths[this.reclaimed_path] ?? '.');
    const lineage = this.log.lineageOf(this.containerOf(task));
    const limited = lineage.filter((container) =>
      [COUNTER.limit_max, COUNTER.limit_high].some((limit) => container !== 0 && this.log.valueOf(container, limit) >= 0),
    );
    const met = limited.length > 1 ? limited.filter((container) => [...this.met].some((path) => this.log.containerAt(path) === container)) : limited;
    const [target] = met;
    return met.length === 1 && target !== undefined ? this.log.pathOf(target) : '.';
  }

  private endStep(time: number): void {
    for (const { time_ns, emit } of this.pending.toSorted((x, y) => x.time_ns - y.time_ns)) {
      if (Number.isFinite(time_ns)) this.log.at(time_ns);
      emit();
    }
    this.pending = [];
    this.log.at(time - (this.begin_ns ?? time));
    const tasks = [...this.own].map(([task, values]) => this.taskReading(task, values));
    logReadings(this.log, this.account, {
      sources: counterSources(this.options.cgroup),
      files: this.files,
      mapped: this.mapped,
      nodes: this.nodes,
      tasks,
    });
    this.log.settleTraced();
    this.files.clear();
    this.mapped.clear();
    this.nodes.clear();
    this.own.clear();
    this.met.clear();
    for (const op of this.plan.steps[this.step_index]?.ops ?? [])
      if (op.verb === 'sample')
        this.log.sample(
          op.name,
          this.step_index,
          tasks.map((task) => this.sampledTask(task)),
        );
  }

  private sampledTask({ task, container, rss_kb, swap_kb, locked_kb, pinned_kb, pss_kb }: TaskReading): SampledTask {
    return {
      name: this.program.taskNames[task] ?? String(task),
      container: this.log.pathOf(container),
      rss_bytes: rss_kb * KIB,
      swap_bytes: swap_kb * KIB,
      locked_bytes: locked_kb * KIB,
      pinned_bytes: pinned_kb * KIB,
      pss_bytes: pss_kb * KIB,
    };
  }

  private taskReading(task: number, values: readonly number[]): TaskReading {
    // VmRSS lags behind by what processors have not handed in yet; smaps_rollup counts.
    const [vm_rss_kb = 0, locked_kb = 0, pinned_kb = 0, swap_kb = 0, pss_kb = 0, pss_anon_kb = 0, pss_file_kb = 0, pss_shmem_kb = 0, rss_kb = vm_rss_kb] =
      values;
    return { task, container: this.containerOf(task), rss_kb, swap_kb, locked_kb, pinned_kb, pss_kb, pss_anon_kb, pss_file_kb, pss_shmem_kb };
  }
}
