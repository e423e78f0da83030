import { PAGE_SIZE_BYTES, UNLIMITED_PAGES } from '../../src-engine/base/ids.ts';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { createPattern, workloadSeed } from '../../src-engine/scenario/generators.ts';
import type { LimitsSpec, Op, Program, Step, Target } from '../../src-engine/scenario/program.ts';
import { counterSources } from './counter-files.ts';
import { type GuestPlan, type KernelOptions, type PlannedStep, refusal } from './plan.ts';
import { GUEST_LIMITS, refusals, slabKind, zonesOf } from './refusals.ts';

const TRACE_BUFFER_KIB = 16_384;
const DISK_SPARE_BYTES = 64 * 2 ** 20;
/** Bytes of a disk for each inode that mke2fs makes at most (its `inode_ratio`). */
const INODE_DISK_BYTES = 16_384;
/** Buffer that a sending TCP socket asks for, so that not its own size but the container's limit stops it. */
const TCP_BUFFER_BYTES = 64 * 2 ** 20;

type OpOf<V extends Op['verb']> = Extract<Op, { verb: V }>;

/** Steps as they are executed, repeats unrolled; one more than the guest takes at most. */
export function executedSteps(steps: readonly Step[], into: PlannedStep[] = []): readonly PlannedStep[] {
  for (const step of steps) {
    if (into.length > GUEST_LIMITS.step_count) break;
    if (step.kind === 'op') into.push({ line: step.line, ops: [step.op] });
    else if (step.kind === 'together') into.push({ line: step.line, ops: step.parts });
    else for (let round = 0; round < step.count && into.length <= GUEST_LIMITS.step_count && step.steps.length > 0; round++) executedSteps(step.steps, into);
  }
  return into;
}

/** Objects of a slab cache that were allocated by one step. */
interface Batch {
  readonly number: number;
  readonly task: number;
  readonly count: number;
  freed: number;
}

/** Turns operations into the guest's commands, step after step. */
class Translator {
  readonly errors: LabError[] = [];
  /** Commands for the set-up that steps turned out to need. */
  readonly preparations: string[] = [];
  readonly patterns: Uint32Array[] = [];
  /** Files that the disk must have for their inodes. */
  inode_count = 0;
  private readonly program: Program;
  private readonly options: KernelOptions;
  private pattern_length = 0;
  private workload_count = 0;
  private batch_count = 0;
  private readonly batches = new Map<number, Batch[]>();
  private readonly held = new Map<number, boolean>();
  /** Pages of each task's areas, by `task area`. */
  private readonly areas = new Map<string, number>();
  private readonly pinned_by = new Map<number, number>();
  /** Task at each end of a socket that is connected. */
  private readonly ends = new Map<number, { readonly sender: number; readonly receiver: number }>();
  private readonly task_path = new Map<number, number>();
  private readonly receivers: ReadonlyMap<number, number>;
  private line = 0;

  constructor(program: Program, options: KernelOptions, steps: readonly PlannedStep[]) {
    this.program = program;
    this.options = options;
    const receivers = new Map<number, number>();
    for (const { ops } of steps) {
      for (const op of ops) {
        if (op.verb === 'receive' && !receivers.has(op.object)) receivers.set(op.object, op.task);
        if (op.verb === 'slab') this.held.set(op.object, this.isHeld(op) || this.held.get(op.object) === true);
      }
    }
    this.receivers = receivers;
  }

  private isHeld(op: OpOf<'slab'>): boolean {
    const object = this.program.objects[op.object];
    return op.held || (object?.kind === 'slab' && !object.shrinkable);
  }

  private isInode(object: number): boolean {
    const spec = this.program.objects[object];
    return spec?.kind === 'slab' && slabKind(spec.object_bytes) === 'inode';
  }

  private refuse(message: string, remedy: string): void {
    this.errors.push(refusal(this.line, message, remedy));
  }

  /** The guest's kind of each object and its size. */
  objectLines(): readonly string[] {
    return this.program.objects.flatMap((object, index) => {
      if (object.kind === 'file' || object.kind === 'tmpfs') return [`object ${index} ${object.kind} ${object.page_count}`];
      if (object.kind === 'slab') return [`object ${index} ${slabKind(object.object_bytes)} ${this.held.get(index) === true ? 1 : 0}`];
      return object.kind === 'socket' ? [`object ${index} ${object.protocol} ${object.protocol === 'tcp' ? TCP_BUFFER_BYTES : 0}`] : [];
    });
  }

  limits(path: number, limits: LimitsSpec): readonly string[] {
    const value = (pages: number): string => (pages >= UNLIMITED_PAGES ? (this.options.cgroup === 1 ? '-1' : 'max') : String(pages * PAGE_SIZE_BYTES));
    const set = (file: string, pages: number | undefined): readonly string[] => (pages === undefined ? [] : [`set ${path} ${file} ${value(pages)}`]);
    if (this.options.cgroup === 1) {
      return [
        ...set('memory.limit_in_bytes', limits.max_pages),
        ...set('memory.memsw.limit_in_bytes', limits.memsw_max_pages),
        ...set('memory.soft_limit_in_bytes', limits.soft_limit_pages),
        ...(limits.move_charge === undefined ? [] : [`set ${path} memory.move_charge_at_immigrate ${limits.move_charge}`]),
        ...(limits.oom_kill_disable === undefined ? [] : [`set ${path} memory.oom_control ${limits.oom_kill_disable ? 1 : 0}`]),
        ...set('memory.kmem.limit_in_bytes', limits.kmem_max_pages),
        ...set('memory.kmem.tcp.limit_in_bytes', limits.tcp_max_pages),
      ];
    }
    return [
      ...set('memory.min', limits.min_pages),
      ...set('memory.low', limits.low_pages),
      ...set('memory.high', limits.high_pages),
      // With zones the size of the node is the limit.
      ...(this.options.accounts.includes('zones') ? [] : set('memory.max', limits.max_pages)),
      ...set('memory.swap.max', limits.swap_max_pages),
      ...(limits.oom_group === undefined ? [] : [`set ${path} memory.oom.group ${limits.oom_group ? 1 : 0}`]),
    ];
  }

  step({ line, ops }: PlannedStep, quantum: number): readonly string[] {
    this.line = line;
    if (ops.length === 1 && ops[0] !== undefined) return this.op(ops[0]);
    const parts = ops.flatMap((op) => this.op(op));
    return [`together ${quantum} ${parts.length}`, ...parts];
  }

  op(op: Op): readonly string[] {
    switch (op.verb) {
      case 'start':
        this.task_path.set(op.task, op.path);
        return [`start ${op.task} ${op.path} ${op.privileged ? 0 : op.user} ${Number.isFinite(op.memlock_bytes) ? op.memlock_bytes : 'max'} ${op.cpu}`];
      case 'read':
      case 'write':
      case 'touch':
      case 'peek': {
        const count = this.countOf(op.task, op.target, op);
        return [`${op.verb} ${op.task} ${numberOf(op.target)} ${op.first_page} ${count} ${op.verb === 'write' && op.sync ? 1 : 0}`];
      }
      case 'alloc':
        this.areas.set(`${op.task} ${op.area}`, op.page_count);
        return [`alloc ${op.task} ${op.area} ${op.page_count} ${op.shared ? 1 : 0}`];
      case 'map':
        this.areas.set(`${op.task} ${op.area}`, this.pagesOf(op.task, { kind: 'object', object: op.object }));
        return [`map ${op.task} ${op.area} ${op.object}`];
      case 'unmap':
        return [`unmap ${op.task} ${op.area} ${op.first_page} ${op.page_count}`];
      case 'fork':
        return this.fork(op);
      case 'move':
        this.task_path.set(op.task, op.path);
        return [`move ${op.task} ${op.path}`];
      case 'exit':
        return [`exit ${op.task}`];
      case 'set':
        return this.limits(op.path, op.limits);
      case 'create':
        return [`mkdir ${op.container.path}`, ...this.limits(op.container.path, op.container)];
      case 'remove':
        return [`rmdir ${op.path}`];
      case 'reclaim':
        return [`reclaim ${op.path} ${op.page_count * PAGE_SIZE_BYTES} ${op.swappiness ?? -1}`];
      case 'drop-caches':
        return [`drop ${{ pagecache: 1, slab: 2, all: 3 }[op.what]}`];
      case 'sleep':
        return [`sleep ${op.duration_ns}`];
      case 'workload':
        return this.workload(op);
      case 'slab':
        return this.slab(op);
      case 'send':
      case 'receive':
        return this.transfer(op);
      case 'pin':
        this.pinned_by.set(op.via, op.task);
        return [`pin ${op.task} ${numberOf(op.target)} ${op.first_page} ${this.countOf(op.task, op.target, op)} ${op.via}`];
      case 'unpin':
      case 'close':
        return [`${op.verb} ${this.pinned_by.get(op.via) ?? 0} ${op.via}`];
      case 'mlock':
      case 'munlock':
        return [`${op.verb} ${op.task} ${op.area} ${op.first_page} ${this.countOf(op.task, { kind: 'area', area: op.area }, op)}`];
      default:
        // A sample, an expectation, a step that is held back: the guest reads its counters as after every step, and has nothing else to do.
        return [];
    }
  }

  private pagesOf(task: number, target: Target): number {
    if (target.kind === 'area') return this.areas.get(`${task} ${target.area}`) ?? 0;
    const object = this.program.objects[target.object];
    return object !== undefined && 'page_count' in object ? object.page_count : 0;
  }

  /** Pages of a range; −1 in the program is to the end. */
  private countOf(task: number, target: Target, { first_page, page_count }: { readonly first_page: number; readonly page_count: number }): number {
    return page_count < 0 ? this.pagesOf(task, target) - first_page : page_count;
  }

  private fork(op: OpOf<'fork'>): readonly string[] {
    for (const [key, pages] of [...this.areas]) {
      const [task, area] = key.split(' ');
      if (Number(task) === op.parent) this.areas.set(`${op.child} ${area}`, pages);
    }
    const path = op.path ?? this.task_path.get(op.parent);
    if (path !== undefined) this.task_path.set(op.child, path);
    return [`fork ${op.parent} ${op.child} ${op.path ?? -1}`];
  }

  /** The pages come from the generator that the models are given them by, with the same seed. */
  private workload(op: OpOf<'workload'>): readonly string[] {
    const seed = workloadSeed(this.program.seed, this.workload_count++);
    if (this.pattern_length + op.accesses > GUEST_LIMITS.access_count) {
      this.refuse(`the workloads make more than the ${GUEST_LIMITS.access_count} accesses that a guest is given`, 'ask for fewer accesses');
      return [];
    }
    const page_count = this.countOf(op.task, op.target, op);
    const pages = new Uint32Array(op.accesses);
    createPattern(op.pattern, page_count, seed).fill(pages, op.accesses);
    const from = this.pattern_length;
    this.patterns.push(pages);
    this.pattern_length += op.accesses;
    const verb = op.target.kind === 'object' ? (op.write ? 'write' : 'read') : op.write ? 'touch' : 'peek';
    return [`walk ${op.task} ${verb} ${numberOf(op.target)} ${op.first_page} ${op.accesses} ${from}`];
  }

  private slab(op: OpOf<'slab'>): readonly string[] {
    const commands: string[] = [];
    if (op.allocate > 0) {
      if (this.isHeld(op) !== this.held.get(op.object)) this.refuse('objects of one slab cache are either all held or all free to be shrunk', 'use two caches');
      const batch = { number: this.batch_count++, task: op.task, count: op.allocate, freed: 0 };
      this.batches.set(op.object, [...(this.batches.get(op.object) ?? []), batch]);
      this.preparations.push(`batch ${op.object} ${batch.number} ${op.allocate}`);
      if (this.isInode(op.object) && this.held.get(op.object) !== true) this.inode_count += op.allocate;
      commands.push(`grow ${op.task} ${op.object} ${op.allocate} ${batch.number}`);
    }
    let left = op.free;
    for (const batch of this.batches.get(op.object) ?? []) {
      const count = Math.min(left, batch.count - batch.freed);
      if (count === 0) continue;
      if (this.held.get(op.object) !== true && count < batch.count && !this.isInode(op.object))
        this.refuse('the kernel’s unused directory entries go with their directory: as many at once as a step made', 'free whole steps’ worth, oldest first');
      commands.push(`shrink ${op.task} ${op.object} ${batch.number} ${batch.freed} ${count}`);
      batch.freed += count;
      left -= count;
    }
    return commands;
  }

  private transfer(op: OpOf<'send' | 'receive'>): readonly string[] {
    const known = this.ends.get(op.object);
    const commands: string[] = [];
    let ends = known;
    if (ends === undefined) {
      ends = this.endsOf(op);
      this.ends.set(op.object, ends);
      const object = this.program.objects[op.object];
      const is_tcp = object?.kind === 'socket' && object.protocol === 'tcp';
      commands.push(`listen ${ends.receiver} ${op.object}`, `connect ${ends.sender} ${op.object}`, ...(is_tcp ? [`accept ${ends.receiver} ${op.object}`] : []));
    }
    const end = op.verb === 'send' ? ends.sender : ends.receiver;
    if (end !== op.task)
      this.refuse('on a kernel each end of a socket belongs to one task', `let \`${this.program.taskNames[end] ?? ''}\` do it, or use another socket`);
    commands.push(`${op.verb} ${op.task} ${op.object} ${op.size_bytes}`);
    return commands;
  }

  private endsOf(op: OpOf<'send' | 'receive'>): { readonly sender: number; readonly receiver: number } {
    const object = this.program.objects[op.object];
    const path = object?.kind === 'socket' ? object.receiver : undefined;
    const there = path === undefined ? undefined : [...this.task_path].find(([, at]) => at === path)?.[0];
    const receiver = this.receivers.get(op.object) ?? there;
    if (path !== undefined && receiver === undefined)
      this.refuse('no task runs in the container that receives', `start one in \`${this.program.containerPaths[path] ?? ''}\` before`);
    return { sender: op.task, receiver: receiver ?? op.task };
  }
}

const numberOf = (target: Target): number => (target.kind === 'object' ? target.object : target.area);

/** Commands that say which counters are read. */
function counterLines({ cgroup }: KernelOptions): readonly string[] {
  const sources = counterSources(cgroup);
  const files = [...new Set(sources.map(({ file }) => file))];
  return files.flatMap((file) => [`file ${file}`, ...sources.flatMap((source, index) => (source.file === file ? [`key ${source.key} ${index}`] : []))]);
}

const viewsOf = ({ accounts }: KernelOptions): number => 1 + (accounts.includes('pss') ? 2 : 0) + (accounts.includes('rss') ? 4 : 0);

/** Containers that have children at some time: those keep their tasks in a container of their own. */
function containersWithChildren(program: Program): ReadonlySet<string> {
  return new Set(program.containerPaths.filter((path) => path.includes('/')).map((path) => path.slice(0, path.lastIndexOf('/'))));
}

/**
 * Translates a scenario for the guest. Errors: what the kernel asked for cannot do, each at its place; `memory_bytes` is what the host can spare.
 */
export function planGuest(program: Program, options: KernelOptions, memory_bytes: number): Result<GuestPlan> {
  const steps = executedSteps(program.steps);
  const refused = refusals(program, steps, options, memory_bytes);
  if (refused.length > 0) return fail(...refused);
  const { machine } = program;
  const translator = new Translator(program, options, steps);
  const with_children = containersWithChildren(program);
  const has_sockets = program.objects.some(({ kind }) => kind === 'socket');
  const zones = options.accounts.includes('zones') ? zonesOf(program, steps) : [];
  const swap_bytes = machine.swap_pages * PAGE_SIZE_BYTES;

  const start = program.initialTasks.flatMap((task) => translator.op(task));
  const quanta = quantaOf(program.steps);
  const is_sample = ({ ops }: PlannedStep): boolean => ops.some(({ verb }) => verb === 'sample');
  const told = steps.flatMap((step, index) => [`step ${index}${is_sample(step) ? ' 1' : ''}`, ...translator.step(step, quanta.get(step.ops) ?? 1)]);
  if (translator.errors.length > 0) return fail(...translator.errors);

  const lines = [
    'modules',
    'disks',
    `cgroup ${options.cgroup} ${machine.recursive_protection ? 1 : 0}`,
    ...(options.cgroup === 2 ? [`controllers +memory${zones.length > 0 ? ' +cpuset' : ''}`] : []),
    ...(has_sockets ? ['loopback', `put /proc/sys/net/core/wmem_max ${TCP_BUFFER_BYTES}`] : []),
    `put /proc/sys/vm/swappiness ${machine.swappiness}`,
    ...(swap_bytes === 0 ? [] : [`swap ${swap_bytes}`]),
    ...program.containerPaths.map((path, index) => `container ${index} ${path} ${with_children.has(path) ? 1 : 0}`),
    ...zones.map(({ path }, index) => `node ${path} ${index + 1}`),
    ...translator.objectLines(),
    ...translator.preparations,
    ...counterLines(options),
    `views ${viewsOf(options)}`,
    ...(options.trace ? [`trace ${TRACE_BUFFER_KIB}`] : []),
    'begin',
    ...program.initialContainers.flatMap((container) => [`mkdir ${container.path}`, ...translator.limits(container.path, container)]),
    ...zones.map(({ path }, index) => `set ${path} ${with_children.has(program.containerPaths[path] ?? '') ? 'self-/' : ''}cpuset.mems ${index + 1}`),
    ...start,
    ...told,
  ];
  const file_pages = program.objects.reduce((sum, object) => sum + (object.kind === 'file' ? object.page_count : 0), 0);
  return ok({
    lines,
    steps,
    patterns: joined(translator.patterns),
    disk_bytes: file_pages * PAGE_SIZE_BYTES * 1.05 + translator.inode_count * INODE_DISK_BYTES + DISK_SPARE_BYTES,
    swap_bytes,
    memory_bytes: machine.memory_pages * PAGE_SIZE_BYTES,
    cpu_count: machine.cpu_count,
    node_bytes: zones.map(({ bytes }) => bytes),
  });
}

/** Quantum of each `together`, by its parts. */
function quantaOf(steps: readonly Step[], into = new Map<readonly Op[], number>()): ReadonlyMap<readonly Op[], number> {
  for (const step of steps) {
    if (step.kind === 'together') into.set(step.parts, step.quantum);
    else if (step.kind === 'repeat') quantaOf(step.steps, into);
  }
  return into;
}

function joined(pieces: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
