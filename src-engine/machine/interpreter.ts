import { NO_CONTAINER, NO_PAGE, NO_TASK } from '../base/ids.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { CONTAINER_COUNT_MAX } from '../containers/tree.ts';
import { BLOCK_EVENT_COUNT, ERRNO, FREE, KIND, OBJECT_CLASS, SKIP } from '../record/events.ts';
import type { RecordSink, RunMeta, RunSummary } from '../record/run.ts';
import { createPattern, workloadSeed } from '../scenario/generators.ts';
import type { ContainerSpec, Op, Step, Target } from '../scenario/program.ts';
import { objectsUsedAcrossContainers } from '../scenario/sharing.ts';
import type { Work } from './axis-module.ts';
import { addContainer, createLenders } from './containers.ts';
import { Figures } from './figures.ts';
import { checkInvariants } from './invariants.ts';
import { writeLimits } from './limit-writes.ts';
import { compressingOf } from './pages/anonymous.ts';
import { reserveMapping, truncateObject } from './pages/hugetlb.ts';
import type { Area } from './pages/objects.ts';
import { readPages } from './pages/read-pages.ts';
import { performPeak } from './peak-steps.ts';
import { dropCaches, reclaimOnRequest, sleepFor } from './requests.ts';
import type { SimulateOptions } from './simulate-options.ts';
import { committedPages } from './spaces/overcommit.ts';
import type { World } from './world.ts';

/** Rises whenever the same scenario would give another log. */
export const ENGINE_VERSION = '6';

/** Invariants are checked whenever so many events have been added: once a keyframe, which is once a block. */
const CHECK_INTERVAL_EVENTS = BLOCK_EVENT_COUNT;
/** Accesses between two looks at the outside (progress, cancel); or events, where segments of a socket are no accesses. */
const POLL_INTERVAL_ACCESSES = 65_536;
/** Page indexes drawn from a workload's pattern at a time. */
const PATTERN_BATCH = 4_096;
/** Pages of all objects together, forked areas included. */
const OBJECT_PAGES_MAX = 2 ** 26;

type Ended = Result<'complete' | 'cancelled'>;
type OpOf<V extends Op['verb']> = Extract<Op, { verb: V }>;

const DONE: Work = { advance: () => false };

/** The task that carries an operation out; NO_TASK where nobody of the scenario does. */
const taskOf = (op: Op): number => ('task' in op ? op.task : op.verb === 'fork' ? op.parent : NO_TASK);

/** Carries out the steps of a program on a world, and tells the sink what it did. */
export class Interpreter {
  readonly names: { readonly containers: string[]; readonly tasks: string[]; readonly objects: string[]; readonly samples: string[] };
  private readonly world: World;
  private readonly meta: RunMeta;
  private readonly options: SimulateOptions;
  private readonly figures: Figures;
  private readonly pattern_buffer = new Uint32Array(PATTERN_BATCH);
  private step_index = -1;
  private step_line = 0;
  private access_count = 0;
  private next_poll = POLL_INTERVAL_ACCESSES;
  private next_poll_event = POLL_INTERVAL_ACCESSES;
  private next_check = CHECK_INTERVAL_EVENTS;
  private workload_count = 0;
  private cancelled = false;
  private stopped: Ended | null = null;

  constructor(world: World, sink: RecordSink, meta: RunMeta, options: SimulateOptions) {
    const { program } = world;
    this.world = world;
    this.meta = meta;
    this.options = options;
    this.figures = new Figures(world, sink, meta);
    this.names = {
      containers: [...program.containerPaths],
      tasks: [...program.taskNames],
      objects: world.machine.object_names,
      samples: [...program.sampleNames],
    };
  }

  /** Sets the machine up, carries out all steps, and checks the invariants a last time. */
  run(): Ended {
    this.setUp();
    this.runSteps(this.world.program.steps);
    if (this.stopped !== null) return this.stopped;
    this.checkNow(true);
    if (this.stopped !== null) return this.stopped;
    if (this.cancelled) return ok('cancelled');
    this.emit(KIND.run_end, 0, NO_TASK, NO_CONTAINER, 0, 0);
    return ok('complete');
  }

  summary(): RunSummary {
    const { log } = this.world;
    return {
      event_count: log.event_count,
      step_count: this.step_index + 1,
      access_count: this.access_count,
      end_ns: log.now_ns,
      expectations: this.figures.expectations,
    };
  }

  private get halted(): boolean {
    return this.cancelled || this.stopped !== null;
  }

  private emit(kind: number, flags: number, task: number, container: number, a: number, b: number): void {
    this.world.log.emit(kind, flags, task, container, NO_PAGE, a, b);
  }

  private setUp(): void {
    const { program, machine } = this.world;
    this.createContainer({ path: 0 as ContainerSpec['path'] });
    this.world.overcommit?.begin();
    const across = program.attack?.used_across_containers ?? objectsUsedAcrossContainers(program);
    program.objects.forEach((spec, index) => {
      if (spec.kind === 'slab' || spec.kind === 'socket') {
        machine.addName(spec.name);
        return;
      }
      machine.createObject({
        kind: CLASS_OF_KIND[spec.kind],
        name: spec.name,
        page_count: spec.page_count,
        owner_task: -1,
        creator: -1,
        charge_to: spec.charge_to,
        ...compressingOf(spec),
        used_across_containers: across[index],
      });
    });
    createLenders(this.world, this.names.containers);
    for (const spec of program.initialContainers) {
      if (this.hasContainerAt(this.parentPath(program.containerPaths[spec.path]))) this.createContainer(spec);
      else this.emit(KIND.container_create_failed, 0, NO_TASK, NO_CONTAINER, spec.path, ERRNO.ENOENT);
    }
    for (const op of program.initialTasks) this.perform(op);
    this.figures.emitCosts();
  }

  private runSteps(steps: readonly Step[]): void {
    for (const step of steps) {
      if (this.halted) return;
      if (step.kind === 'repeat') for (let round = 0; round < step.count && !this.halted; round++) this.runSteps(step.steps);
      else this.runStep(step);
    }
  }

  private runStep(step: Exclude<Step, { kind: 'repeat' }>): void {
    this.step_index++;
    this.step_line = step.line;
    this.emit(KIND.step_begin, 0, NO_TASK, NO_CONTAINER, this.step_index, step.line);
    if (step.kind === 'op') this.finishWork(this.begin(step.op), step.op);
    else this.interleave(step.parts, step.quantum);
    this.world.kernel.stepDone();
    this.readPressure();
    this.figures.emitCosts();
    if (this.world.log.event_count >= this.next_check) this.checkNow();
    if (this.options.sample_each_step === true) this.figures.takeSample(this.step_index, '');
    this.poll();
  }

  /** Reads memory.pressure and cpuset.memory_pressure, for counters to show. */
  private readPressure(): void {
    this.world.pressure.read();
    this.world.cpuset_pressure.read();
  }

  /** Slices of `quantum` operations from each part in turn, in the order given, until all are done. */
  private interleave(parts: readonly Op[], quantum: number): void {
    const running = parts.map((op) => ({ op, work: this.begin(op) }));
    while (running.length > 0 && !this.halted) {
      for (let at = 0; at < running.length; ) {
        const { op, work } = running[at];
        if (work.advance(quantum)) at++;
        else {
          this.settle(op);
          running.splice(at, 1);
        }
        this.look();
      }
    }
  }

  private finishWork(work: Work, op: Op): void {
    while (!this.halted && work.advance(PATTERN_BATCH)) this.look();
    this.settle(op);
    this.look();
  }

  /** The end of an operation: the task goes back to user space, and pays there for a batch of pages charged over `high`. */
  private settle(op: Op): void {
    this.settleHigh(op);
    const task = taskOf(op);
    if (task !== NO_TASK) this.world.pressure.rests(task);
  }

  private settleHigh(op: Op): void {
    if (this.world.machine.settle_due && 'task' in op && this.world.spaces.alive[op.task] === 1)
      this.world.policy.settle(this.world.spaces.container[op.task], op.task);
  }

  /** Between two slices of work: what modules have put off, progress, cancel, invariants. */
  private look(): void {
    for (const module of this.world.all_modules) module.settle?.();
    const { event_count, now_ns } = this.world.log;
    this.world.pressure.advance(now_ns);
    if (this.access_count >= this.next_poll || event_count >= this.next_poll_event) {
      this.next_poll = this.access_count + POLL_INTERVAL_ACCESSES;
      this.next_poll_event = event_count + POLL_INTERVAL_ACCESSES;
      this.poll();
    }
    if (event_count >= this.next_check) this.checkNow();
  }

  private poll(): void {
    const progress = { event_count: this.world.log.event_count, access_count: this.access_count, step_index: this.step_index };
    if (this.options.poll?.(progress) === true) this.cancelled = true;
  }

  private checkNow(thorough = false): void {
    this.next_check = this.world.log.event_count + CHECK_INTERVAL_EVENTS;
    const broken = checkInvariants(this.world, thorough);
    if (broken === null) return;
    const { program, log } = this.world;
    const where = `scenario «${program.name}», seed ${program.seed}, model ${this.meta.model}, step ${this.step_index}, event ${log.event_count}`;
    this.stopped = fail({
      ...broken,
      message: `${broken.message} (${where})`,
      place: { line: this.step_line },
      remedy: 'this is a fault of the engine: please report it with this line and the scenario',
    });
  }

  /** Starts an operation. What takes long comes back as work to be advanced. */
  private begin(op: Op): Work {
    const task = taskOf(op);
    if (task !== NO_TASK && this.world.spaces.alive[task] === 1) this.world.pressure.runs(task, this.world.spaces.cgroup[task]);
    switch (op.verb) {
      case 'read':
      case 'peek':
        return this.access(op.task, op.target, op.first_page, op.page_count, false, false);
      case 'write':
      case 'touch':
        return this.access(op.task, op.target, op.first_page, op.page_count, true, op.sync);
      case 'workload':
        return this.workload(op);
      case 'send':
      case 'receive':
        return this.isAlive(op.task) ? (this.world.modules.sockets?.begin(op) ?? DONE) : DONE;
      default:
        this.perform(op);
        return DONE;
    }
  }

  private perform(op: Op): void {
    switch (op.verb) {
      case 'start':
        this.start(op);
        return;
      case 'alloc':
        this.alloc(op);
        return;
      case 'map':
        this.map(op);
        return;
      case 'unmap':
        this.unmap(op);
        return;
      case 'fork':
        this.fork(op);
        return;
      case 'move':
        this.move(op);
        return;
      case 'exit':
        if (this.isAlive(op.task)) this.world.spaces.exit(op.task, false);
        return;
      case 'set':
        this.set(op);
        return;
      case 'create':
        this.create(op.container);
        return;
      case 'remove':
        this.remove(op);
        return;
      case 'reclaim': {
        const container = this.containerAt(op.path);
        if (container !== -1) reclaimOnRequest(this.world, container, op.page_count, op.swappiness);
        return;
      }
      case 'drop-caches':
        dropCaches(this.world, op.what);
        return;
      case 'truncate':
        truncateObject(this.world, this.world.objectOf(op.object));
        return;
      case 'sleep':
        sleepFor(this.world, op.duration_ns);
        return;
      case 'held-back':
        this.emit(KIND.step_skip, SKIP.held_back, NO_TASK, NO_CONTAINER, 0, 0);
        return;
      case 'open-peak':
      case 'reset-peak':
      case 'read-peak':
        this.figures.checkPeak(op, performPeak(this.world, op), this.step_index);
        return;
      case 'sample':
        this.readPressure();
        this.emit(KIND.sample, 0, NO_TASK, NO_CONTAINER, op.name, 0);
        this.figures.takeSample(this.step_index, this.world.program.sampleNames[op.name]);
        return;
      case 'expect':
        this.readPressure();
        this.figures.checkExpectations(op, this.step_index);
        return;
      case 'slab':
        this.world.modules.kernel?.perform(op);
        return;
      case 'pin':
      case 'unpin':
      case 'close':
      case 'mlock':
      case 'munlock':
        this.world.modules.pins?.perform(op);
        return;
      default:
        // Accesses and transfers are begun, not performed.
        throw new Error(`cannot perform ${op.verb}`);
    }
  }

  // Tasks

  private isAlive(task: number): boolean {
    if (this.world.spaces.alive[task] === 1) return true;
    this.emit(KIND.step_skip, SKIP.task_dead, task, NO_CONTAINER, 0, 0);
    return false;
  }

  private containerAt(path: number, task: number = NO_TASK): number {
    const container = this.world.container_by_path[path];
    if (container === -1) this.emit(KIND.step_skip, SKIP.no_container, task, NO_CONTAINER, 0, 0);
    return container;
  }

  private areaOf(task: number, name: number): Area | null {
    const area = this.world.spaces.areas[task].get(name);
    if (area === undefined) this.emit(KIND.step_skip, SKIP.no_area, task, NO_CONTAINER, 0, 0);
    return area ?? null;
  }

  private start(op: OpOf<'start'>): void {
    if (this.world.spaces.alive[op.task] === 1) {
      this.emit(KIND.step_skip, SKIP.task_exists, op.task, NO_CONTAINER, 0, 0);
      return;
    }
    const container = this.containerAt(op.path, op.task);
    if (container === -1) return;
    this.world.spaces.cpu[op.task] = op.cpu;
    if (!this.world.spaces.start(op.task, container, -1, op)) this.world.log.emit(KIND.op_fail, ERRNO.ENOMEM, NO_TASK, container, NO_PAGE, 0, 0);
  }

  private fork(op: OpOf<'fork'>): void {
    const { spaces } = this.world;
    if (!this.isAlive(op.parent)) return;
    if (spaces.alive[op.child] === 1) {
      this.emit(KIND.step_skip, SKIP.task_exists, op.child, NO_CONTAINER, 0, 0);
      return;
    }
    const container = op.path === undefined ? spaces.cgroup[op.parent] : this.containerAt(op.path, op.child);
    if (container !== -1 && !spaces.fork(op.parent, op.child, container) && spaces.alive[op.parent] === 1) this.opFailed(op.parent, ERRNO.ENOMEM);
  }

  private move(op: OpOf<'move'>): void {
    if (!this.isAlive(op.task)) return;
    const container = this.containerAt(op.path, op.task);
    if (container === -1 || container === this.world.spaces.cgroup[op.task]) return;
    const { policy, spaces } = this.world;
    if (policy.moveTask === undefined) spaces.move(op.task, container);
    else if (!policy.moveTask(op.task, container)) this.opFailed(op.task, ERRNO.ENOMEM);
  }

  private alloc(op: OpOf<'alloc'>): void {
    const { spaces, machine } = this.world;
    if (!this.isAlive(op.task)) return;
    if (machine.object_page_count + op.page_count > OBJECT_PAGES_MAX) {
      this.opFailed(op.task, ERRNO.ENOMEM);
      return;
    }
    spaces.unmapArea(op.task, op.area, FREE.unmap);
    const committed = op.hugetlb === undefined ? committedPages({ is_file: false, is_shared: op.shared, is_writable: true, page_count: op.page_count }) : 0;
    if (committed > 0 && this.world.overcommit?.admits(op.task, committed) === false) {
      this.opFailed(op.task, ERRNO.ENOMEM);
      return;
    }
    const object = spaces.alloc(op.task, op.area, op.page_count, op.shared, op.hugetlb !== undefined, compressingOf(op));
    if (op.hugetlb === 'reserved') reserveMapping(this.world, op.task, op.area, object);
  }

  private map(op: OpOf<'map'>): void {
    const { spaces } = this.world;
    if (!this.isAlive(op.task)) return;
    spaces.unmapArea(op.task, op.area, FREE.unmap);
    const object = this.world.objectOf(op.object);
    spaces.mapObject(op.task, op.area, object);
    if (object.kind === OBJECT_CLASS.hugetlb && op.noreserve !== true) reserveMapping(this.world, op.task, op.area, object);
  }

  private unmap(op: OpOf<'unmap'>): void {
    const { spaces } = this.world;
    if (!this.isAlive(op.task)) return;
    const area = this.areaOf(op.task, op.area);
    if (area === null) return;
    const page_count = op.page_count === -1 ? area.page_count - op.first_page : op.page_count;
    if (op.first_page === 0 && page_count === area.page_count) spaces.unmapArea(op.task, op.area, FREE.unmap);
    else spaces.unmapRange(area, op.first_page, page_count, FREE.unmap);
  }

  private opFailed(task: number, errno: number, page: number = NO_PAGE): void {
    this.world.log.emit(KIND.op_fail, errno, task, task === NO_TASK ? NO_CONTAINER : this.world.spaces.container[task], page, 0, 0);
  }

  // Accesses

  private access(task: number, target: Target, first_page: number, page_count: number, write: boolean, sync: boolean): Work {
    if (!this.isAlive(task)) return DONE;
    const size = this.targetPages(task, target);
    const operate = this.operator(task, target, write, sync);
    if (operate === null) return DONE;
    let at = first_page;
    const end = page_count === -1 ? size : Math.min(size, first_page + page_count);
    return {
      advance: (count) => {
        const stop = Math.min(end, at + count);
        for (; at < stop; at++) {
          this.access_count++;
          if (!operate(at)) return false;
        }
        return at < end;
      },
    };
  }

  private targetPages(task: number, target: Target): number {
    if (target.kind === 'object') return this.world.objectOf(target.object).page_count;
    return this.world.spaces.areas[task].get(target.area)?.page_count ?? 0;
  }

  /** The function that accesses one page of a target, by index. It answers false when the operation ends there: out of memory, or killed. */
  private operator(task: number, target: Target, write: boolean, sync: boolean): ((index: number) => boolean) | null {
    const { spaces, machine, policy } = this.world;
    const settled = (succeeded: boolean, page: number): boolean => {
      if (!succeeded) {
        this.accessFailed(task, target, page);
        return false;
      }
      if (machine.settle_due) policy.settle(spaces.container[task], task);
      return spaces.alive[task] === 1;
    };
    if (target.kind === 'area') {
      const area = this.areaOf(task, target.area);
      return area === null ? null : (index) => settled(spaces.touch(area, index, write), NO_PAGE);
    }
    const object = this.world.objectOf(target.object);
    const base = object.base_page;
    if (write) return (index) => settled(spaces.writePage(task, object, base + index, sync), base + index);
    return (index) => settled(spaces.readPage(task, object, base + index), base + index);
  }

  /** A page could not be had. Where write() fails with ENOSPC a fault is a SIGBUS (VM_FAULT_SIGBUS); no task of a scenario has a handler, so that it dies of it. */
  private accessFailed(task: number, target: Target, page: number): void {
    const { spaces, machine } = this.world;
    const errno = machine.denial_errno;
    machine.denial_errno = ERRNO.ENOMEM;
    if (spaces.alive[task] === 0) return;
    const is_sigbus = target.kind === 'area' && errno === ERRNO.ENOSPC;
    this.opFailed(task, is_sigbus ? ERRNO.SIGBUS : errno, page);
    if (is_sigbus) spaces.exit(task, true);
  }

  private workload(op: OpOf<'workload'>): Work {
    if (!this.isAlive(op.task)) return DONE;
    const operate = this.operator(op.task, op.target, op.write, false);
    if (operate === null) return DONE;
    const size = this.targetPages(op.task, op.target);
    const page_count = op.page_count === -1 ? size - op.first_page : op.page_count;
    const pattern = createPattern(op.pattern, page_count, workloadSeed(this.world.program.seed, this.workload_count++));
    const { pattern_buffer, world } = this;
    const hot = op.target.kind === 'object' && !op.write ? world.objectOf(op.target.object) : null;
    let left = op.accesses;
    return {
      advance: (count) => {
        const batch = Math.min(count, left, PATTERN_BATCH);
        pattern.fill(pattern_buffer, batch);
        left -= batch;
        const done =
          hot === null
            ? this.operateAll(batch, op.first_page, operate)
            : readPages(world.machine, pattern_buffer, batch, hot.base_page + op.first_page, hot.base_page, operate);
        this.access_count += done;
        return done === batch && left > 0;
      },
    };
  }

  private operateAll(batch: number, first_page: number, operate: (index: number) => boolean): number {
    for (let at = 0; at < batch; at++) if (!operate(first_page + this.pattern_buffer[at])) return at;
    return batch;
  }

  // Containers

  private createContainer(spec: ContainerSpec): void {
    const { tree, program, policy } = this.world;
    const path = program.containerPaths[spec.path];
    const parent = path === '.' ? -1 : this.world.container_by_path[this.parentPath(path)];
    const container = addContainer(this.world, path, spec.path, parent, spec);
    if (policy.create(container)) {
      this.world.container_by_path[spec.path] = container;
      for (const module of this.world.all_modules) module.create?.(container);
    } else {
      tree.remove(container);
      this.world.pressure.remove(container);
      this.emit(KIND.container_create_failed, 0, NO_TASK, NO_CONTAINER, spec.path, ERRNO.ENOMEM);
      this.emit(KIND.container_remove, 0, NO_TASK, container, 0, 0);
    }
  }

  private hasContainerAt(path: number): boolean {
    return this.world.container_by_path[path] !== -1;
  }

  private parentPath(path: string): number {
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
    return this.world.program.containerPaths.indexOf(parent);
  }

  private create(spec: ContainerSpec): void {
    const { tree, program } = this.world;
    if (this.world.container_by_path[spec.path] !== -1) {
      this.emit(KIND.step_skip, SKIP.container_exists, NO_TASK, this.world.container_by_path[spec.path], 0, 0);
      return;
    }
    if (!this.hasContainerAt(this.parentPath(program.containerPaths[spec.path]))) {
      this.emit(KIND.step_skip, SKIP.no_container, NO_TASK, NO_CONTAINER, 0, 0);
      return;
    }
    if (tree.count >= CONTAINER_COUNT_MAX) {
      this.stopped = fail({
        code: 'too-many-containers',
        message: `a run can hold ${CONTAINER_COUNT_MAX} containers, removed ones included`,
        place: { line: this.step_line },
        remedy: 'repeat the step less often',
      });
      return;
    }
    this.createContainer(spec);
  }

  private remove(op: OpOf<'remove'>): void {
    const { tree, policy } = this.world;
    const container = this.containerAt(op.path);
    if (container === -1) return;
    if (tree.live_task_count[container] > 0 || tree.live_child_count[container] > 0) {
      this.emit(KIND.step_skip, SKIP.container_busy, NO_TASK, container, 0, 0);
      return;
    }
    for (const module of this.world.all_modules) module.remove?.(container);
    this.world.pressure.remove(container);
    this.world.cpuset_pressure.remove(container);
    policy.gate?.drainStock(container);
    policy.remove(container);
    tree.remove(container);
    this.world.container_by_path[op.path] = -1;
    this.emit(KIND.container_remove, 0, NO_TASK, container, Math.floor(tree.usage[container] / 2 ** this.meta.charge_shift), 0);
    this.world.dying.removed(container);
  }

  private set(op: OpOf<'set'>): void {
    const container = this.containerAt(op.path);
    if (container === -1) return;
    const limits = writeLimits(this.world, container, op.limits);
    if (limits.max_pages === undefined && limits.high_pages === undefined) return;
    if (!this.world.policy.resize(container, NO_TASK, limits)) this.world.log.emit(KIND.op_fail, ERRNO.ENOMEM, NO_TASK, container, NO_PAGE, 0, 0);
  }
}

/** Class of a declared object with pages. */
const CLASS_OF_KIND = { file: OBJECT_CLASS.file, tmpfs: OBJECT_CLASS.tmpfs, hugetlb: OBJECT_CLASS.hugetlb, 'dma-buf': OBJECT_CLASS.dmabuf } as const;
