import { NO_TASK } from '../../base/ids.ts';
import type { PressureTrigger } from '../../base/pressure-trigger.ts';
import type { Accounts } from '../../containers/accounts.ts';
import type { ContainerTree } from '../../containers/tree.ts';
import { COUNTER } from '../../record/counters.ts';
import type { EventLog } from '../../record/event-log.ts';
import {
  averageHundredths,
  type CpuTimes,
  collectTimes,
  PSI_PERIOD_NS,
  PSI_WINDOW_COUNT,
  TRIGGER_UPDATES_PER_WINDOW,
  TriggerState,
  updateAverages,
} from './psi.ts';

/** Counters of memory.pressure: for each state three averages and the total. */
const SOME_COUNTERS = COUNTER.psi_some_avg10;
const FULL_COUNTERS = COUNTER.psi_full_avg10;
const TOTAL = PSI_WINDOW_COUNT;

/** Tasks of one group on one processor, and how long each state has lasted since it was last collected (`struct psi_group_cpu`). */
class GroupCpu implements CpuTimes {
  running = 0;
  stalled = 0;
  /** Of the stalled those that run: they reclaim. */
  stalled_running = 0;
  some_ns = 0;
  full_ns = 0;
  nonidle_ns = 0;
  private since_ns: number;

  constructor(now_ns: number) {
    this.since_ns = now_ns;
  }

  /** `record_times()`: the state as it is has lasted until now. */
  record(now_ns: number): void {
    const lasted = now_ns - this.since_ns;
    this.since_ns = now_ns;
    if (this.running === 0 && this.stalled === 0) return;
    this.nonidle_ns += lasted;
    if (this.stalled === 0) return;
    this.some_ns += lasted;
    // Nobody is productive when all that run are reclaiming; nor when the task on the processor is, whoever else could run.
    if (this.stalled_running > 0 || this.running === this.stalled_running) this.full_ns += lasted;
  }

  forget(): void {
    this.some_ns = 0;
    this.full_ns = 0;
    this.nonidle_ns = 0;
  }
}

/** The stalls of one container's tasks and those below it (`struct psi_group`). */
class Group {
  /** By processor; undefined where the group never ran. */
  readonly cpus: (GroupCpu | undefined)[] = [];
  /** Stalled time since the container was made, and what of it the averages have taken in. */
  some_ns = 0;
  full_ns = 0;
  sampled_some_ns = 0;
  sampled_full_ns = 0;
  readonly some_averages = new Array<number>(PSI_WINDOW_COUNT).fill(0);
  readonly full_averages = new Array<number>(PSI_WINDOW_COUNT).fill(0);
  /** The values that counters show: averages and total of `some`, then of `full`. */
  readonly shown = new Array<number>(2 * (PSI_WINDOW_COUNT + 1)).fill(0);
  next_update_ns: number;
  triggers: TriggerState[] = [];
  /** How often triggers are looked at while there are stalls, when next, and until when. */
  poll_period_ns = 0;
  next_poll_ns = Number.POSITIVE_INFINITY;
  poll_until_ns = 0;
  polled_ns = 0;

  constructor(now_ns: number) {
    this.next_update_ns = now_ns + PSI_PERIOD_NS;
  }

  cpu(index: number, now_ns: number): GroupCpu {
    const cpu = this.cpus[index] ?? new GroupCpu(now_ns);
    this.cpus[index] = cpu;
    return cpu;
  }

  get is_stalled(): boolean {
    return this.cpus.some((cpu) => cpu !== undefined && cpu.stalled > 0);
  }

  /** Adds what processors have seen until now to the totals. */
  collect(now_ns: number): void {
    for (const cpu of this.cpus) cpu?.record(now_ns);
    const { some_ns, full_ns } = collectTimes(this.cpus.filter((cpu) => cpu !== undefined));
    this.some_ns += some_ns;
    this.full_ns += full_ns;
    for (const cpu of this.cpus) cpu?.forget();
  }

  /** `update_averages()`, at the end of a period. */
  update(): void {
    const some_ns = Math.min(this.some_ns - this.sampled_some_ns, PSI_PERIOD_NS);
    const full_ns = Math.min(this.full_ns - this.sampled_full_ns, PSI_PERIOD_NS);
    this.sampled_some_ns += some_ns;
    this.sampled_full_ns += full_ns;
    updateAverages(this.some_averages, some_ns, PSI_PERIOD_NS);
    updateAverages(this.full_averages, full_ns, PSI_PERIOD_NS);
    this.next_update_ns += PSI_PERIOD_NS;
  }

  /** Nothing left to forget: no task is stalled and all averages are 0. */
  get is_quiet(): boolean {
    return this.some_averages.every((average) => average === 0) && this.some_ns === this.sampled_some_ns && !this.is_stalled;
  }
}

/**
 * memory.pressure of every container: kernel/sched/psi.c (6.12), from simulated time. A task is stalled while it reclaims for a charge of its own or for a frame,
 * while it waits for a page of the workingset that was evicted, and while `high` throttles it. Tasks of a step run, those of a `together` all at once, each on its
 * processor; between steps nobody does. The file is read at the end of each step and whenever a period of the averages ends, so that counters show what a reader
 * who never looks away would see.
 */
export class Pressure {
  private readonly tree: ContainerTree;
  private readonly accounts: Accounts;
  private readonly log: EventLog;
  private readonly cpuOf: (task: number) => number;
  private readonly groups: (Group | undefined)[] = [];
  /** Containers whose averages or totals may change. */
  private readonly live = new Set<number>();
  /** By task: the container that its state is counted in, −1 none, and how often it has entered a stall. */
  private readonly container_of: Int32Array;
  private readonly depth_of: Int32Array;

  constructor(tree: ContainerTree, accounts: Accounts, log: EventLog, task_count: number, cpuOf: (task: number) => number) {
    this.tree = tree;
    this.accounts = accounts;
    this.log = log;
    this.cpuOf = cpuOf;
    this.container_of = new Int32Array(task_count).fill(-1);
    this.depth_of = new Int32Array(task_count);
  }

  /** The container exists from now on; its periods are counted from here. */
  create(container: number): void {
    this.groups[container] = new Group(this.log.now_ns);
  }

  /** The container goes; no task is in it. */
  remove(container: number): void {
    this.groups[container] = undefined;
    this.live.delete(container);
  }

  /** Lets a program outside know when stalls within a window reach a threshold; the triggers that there were are closed. */
  setTriggers(container: number, triggers: readonly PressureTrigger[]): void {
    const group = this.groups[container];
    if (group === undefined) return;
    const { now_ns } = this.log;
    this.advance(now_ns);
    group.triggers = triggers.map((trigger) => new TriggerState(trigger, now_ns, trigger.state === 'some' ? group.some_ns : group.full_ns));
    group.poll_period_ns = Math.floor(Math.min(...triggers.map(({ window_us }) => window_us * 1000)) / TRIGGER_UPDATES_PER_WINDOW);
    group.next_poll_ns = Number.POSITIVE_INFINITY;
  }

  /** A task that has been put to work in its container counts as running until it rests. */
  runs(task: number, container: number): void {
    if (this.container_of[task] !== -1) return;
    this.container_of[task] = container;
    this.change(task, 1, 0, 0, this.log.now_ns);
  }

  rests(task: number): void {
    if (this.container_of[task] === -1) return;
    this.change(task, -1, 0, 0, this.log.now_ns);
    this.container_of[task] = -1;
  }

  /** `psi_memstall_enter()`: the task begins to reclaim. Stalls may lie within each other. */
  enter(task: number): void {
    if (this.isRunning(task) && this.depth_of[task]++ === 0) this.change(task, 0, 1, 1, this.log.now_ns);
  }

  /** `psi_memstall_leave()`. */
  leave(task: number): void {
    if (this.isRunning(task) && --this.depth_of[task] === 0) this.change(task, 0, -1, -1, this.log.now_ns);
  }

  /** The task has slept in a stall from then until now: another could have run on its processor. */
  slept(task: number, from_ns: number): void {
    if (!this.isRunning(task)) return;
    const is_nested = this.depth_of[task] > 0;
    this.change(task, -1, is_nested ? 0 : 1, is_nested ? -1 : 0, from_ns);
    this.change(task, 1, is_nested ? 0 : -1, is_nested ? 1 : 0, this.log.now_ns);
  }

  /** Simulated time has passed: updates of averages that are due are made, and told. */
  advance(now_ns: number): void {
    for (const container of this.live) {
      const group = this.groups[container];
      if (group !== undefined) this.advanceGroup(container, group, now_ns);
    }
  }

  /** Reads memory.pressure of every container, as far as it has changed. */
  read(): void {
    const { now_ns } = this.log;
    for (const container of this.live) {
      const group = this.groups[container];
      if (group === undefined) continue;
      this.advanceGroup(container, group, now_ns);
      group.collect(now_ns);
      this.tell(container, group);
      if (group.is_quiet) this.live.delete(container);
    }
  }

  /** When the next update of an average is due; Infinity where none is. Long sleeps stop there. */
  get next_update_ns(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const container of this.live) next = Math.min(next, this.groups[container]?.next_update_ns ?? next);
    return next;
  }

  private isRunning(task: number): boolean {
    return task !== NO_TASK && this.container_of[task] !== -1;
  }

  /** `psi_task_change()`: the counts of a task's processor change in its container and all above. */
  private change(task: number, running: number, stalled: number, stalled_running: number, now_ns: number): void {
    const cpu_index = this.cpuOf(task);
    for (let container = this.container_of[task]; container !== -1; container = this.tree.parents[container]) {
      const group = this.groups[container];
      if (group === undefined) continue;
      if (this.live.has(container)) this.advanceGroup(container, group, now_ns);
      const cpu = group.cpu(cpu_index, now_ns);
      cpu.record(now_ns);
      cpu.running += running;
      cpu.stalled += stalled;
      cpu.stalled_running += stalled_running;
      if (stalled > 0 && !this.live.has(container)) this.wake(container, group, now_ns);
      if (stalled > 0 && group.triggers.length > 0) this.poll(group, now_ns);
    }
  }

  /** The first stall after a quiet time: periods without any have left the averages at 0. */
  private wake(container: number, group: Group, now_ns: number): void {
    for (const cpu of group.cpus) {
      cpu?.record(now_ns);
      cpu?.forget();
    }
    const missed = Math.floor((now_ns - group.next_update_ns) / PSI_PERIOD_NS) + 1;
    if (missed > 0) group.next_update_ns += missed * PSI_PERIOD_NS;
    this.live.add(container);
  }

  /** A stall begins in a container with triggers: they are looked at a timer tick later, unless that is under way. */
  private poll(group: Group, now_ns: number): void {
    if (group.next_poll_ns === Number.POSITIVE_INFINITY) group.next_poll_ns = now_ns + TICK_NS;
  }

  private advanceGroup(container: number, group: Group, now_ns: number): void {
    for (;;) {
      const at_ns = Math.min(group.next_update_ns, group.next_poll_ns);
      if (at_ns > now_ns) return;
      group.collect(at_ns);
      if (at_ns === group.next_update_ns) {
        group.update();
        this.tell(container, group);
        // The rest of a long time in which nothing stalls and nothing is left to forget is skipped.
        if (group.is_quiet && group.next_poll_ns === Number.POSITIVE_INFINITY) {
          this.live.delete(container);
          return;
        }
      } else this.pollTriggers(container, group, at_ns);
    }
  }

  /** `psi_rtpoll_work()`. */
  private pollTriggers(container: number, group: Group, now_ns: number): void {
    const total_ns = group.some_ns + group.full_ns;
    if (total_ns !== group.polled_ns) {
      group.polled_ns = total_ns;
      if (now_ns > group.poll_until_ns) for (const trigger of group.triggers) trigger.begin(now_ns, trigger.state === 'some' ? group.some_ns : group.full_ns);
      group.poll_until_ns = now_ns + group.poll_period_ns * TRIGGER_UPDATES_PER_WINDOW;
    }
    if (now_ns > group.poll_until_ns) {
      group.next_poll_ns = Number.POSITIVE_INFINITY;
      return;
    }
    group.next_poll_ns = now_ns + group.poll_period_ns;
    for (const trigger of group.triggers) {
      if (trigger.update(now_ns, trigger.state === 'some' ? group.some_ns : group.full_ns)) this.accounts.change(container, COUNTER.psi_triggers, 1);
    }
  }

  /** What memory.pressure says now, where it says something new. */
  private tell(container: number, group: Group): void {
    for (let window = 0; window < PSI_WINDOW_COUNT; window++) {
      this.show(container, group, SOME_COUNTERS + window, averageHundredths(group.some_averages[window]));
      this.show(container, group, FULL_COUNTERS + window, averageHundredths(group.full_averages[window]));
    }
    this.show(container, group, SOME_COUNTERS + TOTAL, Math.floor(group.some_ns / 1000));
    this.show(container, group, FULL_COUNTERS + TOTAL, Math.floor(group.full_ns / 1000));
  }

  private show(container: number, group: Group, counter: number, value: number): void {
    const at = counter - SOME_COUNTERS;
    this.accounts.change(container, counter, value - group.shown[at]);
    group.shown[at] = value;
  }
}

/** A timer tick of the simulated machine. */
const TICK_NS = 1_000_000;
