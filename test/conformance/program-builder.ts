import { asNameId, asTaskId, PAGE_SIZE_BYTES, UNLIMITED_PAGES } from '../../src-engine/base/ids.ts';
import type { CostTable, LimitsSpec, MachineSpec, ObjectSpec, Op, Program, Target } from '../../src-engine/scenario/program.ts';

const COSTS: CostTable = {
  page_touch_ns: 100,
  minor_fault_ns: 500,
  disk_read_ns: 80_000,
  disk_write_ns: 80_000,
  swap_in_ns: 60_000,
  swap_out_ns: 60_000,
  zswap_store_ns: 5_000,
  zswap_load_ns: 2_000,
  page_scan_ns: 100,
  page_copy_ns: 500,
  charge_ns: 50,
  list_step_ns: 10,
  segment_ns: 1_000,
  round_trip_ns: 50_000,
};

/** What a built program starts from. Containers and tasks are given by name; a container `P/x` stands after `P`. */
export interface Setting {
  readonly machine: Partial<Omit<MachineSpec, 'costs'>> & { readonly memory_pages: number };
  readonly containers: Readonly<Record<string, LimitsSpec>>;
  /** Paths that steps may create. */
  readonly later_containers?: readonly string[];
  readonly objects: readonly ObjectSpec[];
  /** Task name → container path. */
  readonly tasks: Readonly<Record<string, string>>;
  /** Tasks that steps may start or fork. */
  readonly later_tasks?: readonly string[];
  readonly areas: readonly string[];
  /** oom_score_adj of tasks that start with it. */
  readonly adjustments?: Readonly<Record<string, number>>;
}

/** Names resolved to the numbers that a Program holds, and the verbs that take them. */
export class ProgramBuilder {
  readonly setting: Setting;
  private readonly paths: string[];
  private readonly task_names: string[];

  constructor(setting: Setting) {
    this.setting = setting;
    this.paths = ['.', ...Object.keys(setting.containers), ...(setting.later_containers ?? [])];
    this.task_names = [...Object.keys(setting.tasks), ...(setting.later_tasks ?? [])];
  }

  build(ops: readonly Op[]): Program {
    const { setting } = this;
    return {
      name: 'built',
      seed: 1,
      machine: {
        swap_pages: 0,
        cpu_count: 1,
        swappiness: 60,
        recursive_protection: false,
        zone_pages: 1,
        kernel_memory: false,
        charge_stock: false,
        costs: COSTS,
        ...setting.machine,
      },
      containerPaths: this.paths,
      initialContainers: Object.entries(setting.containers).map(([path, limits]) => ({ path: this.path(path), ...limits })),
      objects: setting.objects,
      taskNames: this.task_names,
      initialTasks: Object.entries(setting.tasks).map(([task, path]) => ({
        verb: 'start',
        task: this.task(task),
        path: this.path(path),
        user: 0,
        memlock_bytes: 0,
        cpu: 0,
        privileged: false,
        ...(setting.adjustments?.[task] === undefined ? {} : { oom_score_adj: setting.adjustments[task] }),
      })),
      areaNames: setting.areas,
      sampleNames: [],
      pinNames: [],
      steps: ops.map((op, index) => ({ kind: 'op', line: index + 1, op })),
      step_count: ops.length,
      access_count: ops.length,
    };
  }

  access(verb: 'read' | 'write', task: string, object: string, first_page = 0, page_count = 1): Op {
    return this.touching(verb, task, { kind: 'object', object: this.object(object) }, first_page, page_count);
  }

  load(verb: 'peek' | 'touch', task: string, area: string, first_page = 0, page_count = 1): Op {
    return this.touching(verb, task, { kind: 'area', area: this.area(area) }, first_page, page_count);
  }

  alloc(task: string, area: string, page_count: number, shared = false): Op {
    return { verb: 'alloc', task: this.task(task), area: this.area(area), page_count, shared };
  }

  map(task: string, object: string, area: string): Op {
    return { verb: 'map', task: this.task(task), object: this.object(object), area: this.area(area) };
  }

  unmap(task: string, area: string, first_page = 0, page_count = -1): Op {
    return { verb: 'unmap', task: this.task(task), area: this.area(area), first_page, page_count };
  }

  fork(parent: string, child: string, path: string): Op {
    return { verb: 'fork', parent: this.task(parent), child: this.task(child), path: this.path(path) };
  }

  start(task: string, path: string, { user = 0, memlock_pages = 0, privileged = false } = {}): Op {
    return { verb: 'start', task: this.task(task), path: this.path(path), user, memlock_bytes: memlock_pages * PAGE_SIZE_BYTES, cpu: 0, privileged };
  }

  /** Pins pages of an area of the task, or of an object, through a handle. */
  pin(task: string, name: string, via: number, first_page = 0, page_count = -1): Op {
    const is_area = this.setting.areas.includes(name);
    const target: Target = is_area ? { kind: 'area', area: this.area(name) } : { kind: 'object', object: this.object(name) };
    return { verb: 'pin', axis: 'pins', task: this.task(task), target, first_page, page_count, via: asNameId(via) };
  }

  /** Sends bytes into a socket. */
  send(task: string, socket: string, size_bytes: number, zerocopy: boolean): Op {
    return { verb: 'send', axis: 'sockets', task: this.task(task), object: this.object(socket), size_bytes, ...(zerocopy ? { zerocopy } : {}) };
  }

  truncate(object: string): Op {
    return { verb: 'truncate', object: this.object(object) };
  }

  release(verb: 'unpin' | 'close', via: number): Op {
    return { verb, axis: 'pins', via: asNameId(via) };
  }

  lock(verb: 'mlock' | 'munlock', task: string, area: string, first_page = 0, page_count = -1): Op {
    return { verb, axis: 'pins', task: this.task(task), area: this.area(area), first_page, page_count };
  }

  move(task: string, path: string): Op {
    return { verb: 'move', task: this.task(task), path: this.path(path) };
  }

  exit(task: string): Op {
    return { verb: 'exit', task: this.task(task) };
  }

  set(path: string, limits: LimitsSpec): Op {
    return { verb: 'set', path: this.path(path), limits };
  }

  create(path: string, limits: LimitsSpec = {}): Op {
    return { verb: 'create', container: { path: this.path(path), ...limits } };
  }

  remove(path: string): Op {
    return { verb: 'remove', path: this.path(path) };
  }

  reclaim(path: string, page_count: number): Op {
    return { verb: 'reclaim', path: this.path(path), page_count };
  }

  dropCaches(): Op {
    return { verb: 'drop-caches', what: 'all' };
  }

  private touching(verb: 'read' | 'write' | 'peek' | 'touch', task: string, target: Target, first_page: number, page_count: number): Op {
    const common = { task: this.task(task), target, first_page, page_count };
    return verb === 'read' || verb === 'peek' ? { verb, ...common } : { verb, ...common, sync: false };
  }

  private path(name: string) {
    return asNameId(found(this.paths.indexOf(name), name));
  }

  private task(name: string) {
    return asTaskId(found(this.task_names.indexOf(name), name));
  }

  private area(name: string) {
    return asNameId(found(this.setting.areas.indexOf(name), name));
  }

  private object(name: string) {
    return found(
      this.setting.objects.findIndex((object) => object.name === name),
      name,
    );
  }
}

/** The entry of an object that a container attaches, without a limit on what it may borrow. */
export const attached = (object: number) => ({ object, borrow_max_pages: UNLIMITED_PAGES });

function found(index: number, name: string): number {
  if (index === -1) throw new Error(`${name} is not in the setting`);
  return index;
}

/** One operation in a few words, for the report of a failure. */
export function describeOp(op: Op, setting: Setting): string {
  const paths = ['.', ...Object.keys(setting.containers), ...(setting.later_containers ?? [])];
  const tasks = [...Object.keys(setting.tasks), ...(setting.later_tasks ?? [])];
  const words = Object.entries(op).map(([key, value]) => {
    if (key === 'task' || key === 'parent' || key === 'child') return `${key}=${tasks[value as number]}`;
    if (key === 'path') return `path=${paths[value as number]}`;
    if (key === 'area') return `area=${setting.areas[value as number]}`;
    return key === 'verb' ? String(value) : `${key}=${JSON.stringify(value)}`;
  });
  return words.join(' ');
}
