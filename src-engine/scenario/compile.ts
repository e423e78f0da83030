import { asNameId, asTaskId, type NameId, PAGE_SIZE_BYTES, type TaskId, UNLIMITED_PAGES } from '../base/ids.ts';
import { nearest } from '../base/nearest.ts';
import { fail, type LabError, ok, type Result } from '../base/result.ts';
import { LIMITS } from './limits.ts';
import type {
  ContainerSpec,
  CostTable,
  Expectation,
  LimitsSpec,
  MachineSpec,
  ObjectSpec,
  Op,
  Program,
  StartOp,
  Step,
  Target,
  WorkloadPattern,
} from './program.ts';
import {
  type BrokenStep,
  type ByteRange,
  MODEL_NAMES,
  modelId,
  type PlainStep,
  type Scenario,
  type ScenarioStep,
  showValue,
  type WorkloadStep,
} from './schema.ts';
import type { Path, Source } from './source.ts';
import { parseTrace, type Trace } from './traces.ts';
import { formatSize, pagesRoundedDown, pagesRoundedUp } from './units.ts';

/** What compiling needs from outside. */
export interface CompileHost {
  /** Bytes of a trace file as the scenario names it. */
  readonly readTrace: (file: string) => Result<Uint8Array>;
}

interface ResolveInput {
  readonly scenario: Scenario;
  readonly source: Source;
  /** Without it traces stay unread and the program is only good for its errors. */
  readonly readTrace?: CompileHost['readTrace'];
}

type Spec<Verb extends PlainStep['verb']> = Extract<PlainStep, { readonly verb: Verb }>;
type LimitKeys = Scenario['containers'] extends ReadonlyMap<string, infer Entry> ? NonNullable<Entry> : never;

/** Numbers for names, in order of first appearance. */
class NameTable {
  readonly names: string[] = [];
  private readonly ids = new Map<string, number>();

  id(name: string): NameId {
    let id = this.ids.get(name);
    if (id === undefined) {
      id = this.names.length;
      this.ids.set(name, id);
      this.names.push(name);
    }
    return asNameId(id);
  }

  has(name: string): boolean {
    return this.ids.has(name);
  }
}

const limitPages = (bytes: number): number => Math.min(pagesRoundedDown(bytes), UNLIMITED_PAGES);

function limitsOf(keys: LimitKeys): LimitsSpec {
  return {
    ...(keys.min === undefined ? {} : { min_pages: limitPages(keys.min) }),
    ...(keys.low === undefined ? {} : { low_pages: limitPages(keys.low) }),
    ...(keys.high === undefined ? {} : { high_pages: limitPages(keys.high) }),
    ...(keys.max === undefined ? {} : { max_pages: limitPages(keys.max) }),
    ...(keys['swap-max'] === undefined ? {} : { swap_max_pages: limitPages(keys['swap-max']) }),
    ...(keys['oom-group'] === undefined ? {} : { oom_group: keys['oom-group'] }),
  };
}

const MIB = 2 ** 20;

function machineOf(machine: Scenario['machine']): MachineSpec {
  const { costs } = machine;
  const table: CostTable = {
    page_touch_ns: costs['page-touch'],
    minor_fault_ns: costs['minor-fault'],
    disk_read_ns: costs['disk-read'],
    disk_write_ns: costs['disk-write'],
    swap_in_ns: costs['swap-in'],
    swap_out_ns: costs['swap-out'],
    page_scan_ns: costs['page-scan'],
    page_copy_ns: costs['page-copy'],
    charge_ns: costs.charge,
    list_step_ns: costs['list-step'],
  };
  const zone_bytes = machine.zone ?? Math.min(machine.memory, Math.max(1, Math.round(machine.memory / 64 / MIB)) * MIB);
  return {
    memory_pages: pagesRoundedDown(machine.memory),
    swap_pages: pagesRoundedDown(machine.swap),
    cpu_count: machine.cpus,
    swappiness: machine.swappiness,
    recursive_protection: machine['recursive-protection'],
    zone_pages: pagesRoundedDown(zone_bytes),
    costs: table,
  };
}

/** Tasks, areas and containers are known from the line that first declares them on; whether they exist at that moment is each model's affair. */
class Resolver {
  readonly errors: LabError[] = [];
  private readonly scenario: Scenario;
  private readonly source: Source;
  private readonly readTrace: CompileHost['readTrace'] | undefined;

  private readonly paths = new NameTable();
  private readonly tasks = new NameTable();
  private readonly areas = new NameTable();
  private readonly samples = new NameTable();
  private readonly pins = new NameTable();
  private readonly objects = new NameTable();
  private readonly models: readonly string[];
  private readonly traces = new Map<string, Result<Trace>>();
  /** Pages of each area of each task; infinity where an error hides the size. */
  private readonly task_areas = new Map<string, Map<string, number>>();

  private step_count = 0;
  private access_count = 0;
  private allocated_page_count = 0;
  private object_page_count = 0;
  /** Limits already reported, so that each speaks once. */
  private readonly exceeded = new Set<string>();

  constructor({ scenario, source, readTrace }: ResolveInput) {
    this.scenario = scenario;
    this.source = source;
    this.readTrace = readTrace;
    this.models = [...new Set([...MODEL_NAMES, ...scenario.models.map(modelId)])];
    this.paths.id('.');
  }

  private report(code: string, path: Path, message: string, remedy?: string, part: 'key' | 'value' = 'value'): void {
    this.errors.push({ code, message, place: this.source.place(path, part), ...(remedy === undefined ? {} : { remedy }) });
  }

  private reportUnknown(what: string, name: string, path: Path, candidates: readonly string[], remedy: string): void {
    const meant = nearest(name, candidates);
    this.report(
      `unknown-${what.replaceAll(' ', '-')}`,
      path,
      `unknown ${what} ${showValue(name)}${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`,
      remedy,
    );
  }

  /** Adds to a total that has a limit; reports the step that first goes over. */
  private count(key: 'step_count' | 'access_count' | 'allocated_page_count' | 'object_page_count', amount: number, path: Path): void {
    this[key] += amount;
    if (this[key] <= LIMITS[key] || this.exceeded.has(key)) return;
    this.exceeded.add(key);
    const sentences = {
      step_count: `the steps come to more than ${LIMITS.step_count} when repeats are counted out`,
      access_count: `the steps come to more than ${LIMITS.access_count} page accesses`,
      allocated_page_count: `the steps allocate more than ${LIMITS.allocated_page_count} pages when repeats are counted out`,
      object_page_count: `the objects and areas together are more than the ${formatSize(LIMITS.object_page_count * PAGE_SIZE_BYTES)} that the lab simulates`,
    };
    this.report('too-many', path, sentences[key], 'ask for less, or repeat less often');
  }

  private id(table: NameTable, what: string, name: string, count_max: number, path: Path): NameId {
    const id = table.id(name);
    if (id >= count_max && !this.exceeded.has(what)) {
      this.exceeded.add(what);
      this.report('too-many', path, `more than ${count_max} ${what}`, 'give fewer names');
    }
    return id;
  }

  // Names: declare and use

  /** Number of a path; its parents get theirs first. */
  private declarePath(container: string, path: Path): NameId {
    const slash = container.lastIndexOf('/');
    if (slash > 0 && !this.paths.has(container)) this.declarePath(container.slice(0, slash), path);
    return this.id(this.paths, 'containers', container, LIMITS.container_count + 1, path);
  }

  private usePath(container: string, path: Path): NameId {
    if (!this.paths.has(container)) {
      this.reportUnknown('container', container, path, this.paths.names, 'declare it under `containers` or `create` it in an earlier step');
      return asNameId(0);
    }
    return this.paths.id(container);
  }

  private declareTask(task: string, path: Path): TaskId {
    if (!this.task_areas.has(task)) this.task_areas.set(task, new Map());
    return asTaskId(this.id(this.tasks, 'tasks', task, LIMITS.task_count, path));
  }

  private useTask(task: string, path: Path): TaskId {
    if (!this.tasks.has(task)) this.reportUnknown('task', task, path, this.tasks.names, 'declare it under `tasks`, or `start` or `fork` it in an earlier step');
    return asTaskId(this.tasks.has(task) ? this.tasks.id(task) : 0);
  }

  private declareArea(area: string, task: string, page_count: number, path: Path): NameId {
    if (this.objects.has(area)) this.report('name-taken', path, `\`${area}\` is the name of an object already`, 'give the area a name of its own');
    const areas = this.task_areas.get(task);
    areas?.set(area, Math.max(page_count, areas.get(area) ?? 0));
    return this.areas.id(area);
  }

  /** Pages of an area of a task; infinity where nothing is known because of an error already told. */
  private areaPages(area: string, task: string, path: Path): number {
    const areas = this.task_areas.get(task);
    const page_count = areas?.get(area);
    if (page_count !== undefined) return page_count;
    if (areas !== undefined) {
      const others = [...areas.keys()];
      this.reportUnknown(
        'area',
        area,
        path,
        others,
        others.length === 0 ? `\`${task}\` has no area yet: \`alloc\` or \`map\` one first` : `areas of \`${task}\`: ${others.join(', ')}`,
      );
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Index of an object that is one of `kinds`. */
  private useObject(object: string, kinds: readonly string[], path: Path): number {
    const entry = this.scenario.objects.get(object);
    const right = [...this.scenario.objects].flatMap(([name, other]) => (other === null || kinds.includes(other.kind) ? [name] : []));
    const known = right.length === 0 ? 'there is none: declare one under `objects`' : `known here: ${right.slice(0, 40).join(', ')}`;
    if (entry === undefined) this.reportUnknown('object', object, path, right, known);
    else if (entry !== null && !kinds.includes(entry.kind)) {
      this.report('wrong-kind', path, `\`${object}\` is a ${entry.kind}, and this step takes a ${kinds.join(' or ')}`, known);
    }
    return this.objects.has(object) ? this.objects.id(object) : 0;
  }

  private objectPages(object: string): number {
    const entry = this.scenario.objects.get(object);
    if (entry?.kind === 'file') return pagesRoundedUp(entry.file);
    return entry?.kind === 'tmpfs' ? pagesRoundedUp(entry.tmpfs) : Number.POSITIVE_INFINITY;
  }

  // Ranges and targets

  private pageRange(range: ByteRange | undefined, name: string, page_count: number, path: Path): { readonly first_page: number; readonly page_count: number } {
    const first_page = range === undefined ? 0 : pagesRoundedDown(range.from_bytes);
    const end_page = range?.to_bytes === undefined ? page_count : pagesRoundedUp(range.to_bytes);
    const has = `\`${name}\` has ${formatSize(page_count * PAGE_SIZE_BYTES)}`;
    if (first_page >= page_count)
      this.report('beyond-end', [...path, 'range'], `the range starts at ${formatSize(range?.from_bytes ?? 0)}, and ${has}`, 'choose a range inside');
    else if (end_page > page_count)
      this.report('beyond-end', [...path, 'range'], `the range ends at ${formatSize(range?.to_bytes ?? 0)}, and ${has}`, 'choose a range inside');
    return { first_page, page_count: Number.isFinite(end_page) ? end_page - first_page : 0 };
  }

  private objectRange(object: string, range: ByteRange | undefined, key: string, path: Path) {
    const index = this.useObject(object, ['file', 'tmpfs'], [...path, key]);
    const pages = this.pageRange(range, object, this.objectPages(object), path);
    return { target: { kind: 'object', object: index } satisfies Target, ...pages, known_page_count: pages.page_count };
  }

  /** An area whose end the range leaves open gets page_count −1: how large it is then, each run knows. */
  private areaRange(area: string, task: string, range: ByteRange | undefined, key: string, path: Path) {
    const pages = this.pageRange(range, area, this.areaPages(area, task, [...path, key]), path);
    const name = this.areas.id(area);
    return {
      target: { kind: 'area', area: name } satisfies Target,
      area: name,
      first_page: pages.first_page,
      page_count: range?.to_bytes === undefined ? -1 : pages.page_count,
      known_page_count: pages.page_count,
    };
  }

  /** An object if one has the name, else an area of the task. */
  private anyRange(name: string, task: string, range: ByteRange | undefined, key: string, path: Path) {
    if (this.scenario.objects.has(name)) return this.objectRange(name, range, key, path);
    const areas = [...(this.task_areas.get(task)?.keys() ?? [])];
    if (!areas.includes(name) && nearest(name, areas) === undefined && nearest(name, this.scenario.objects.keys()) !== undefined)
      return this.objectRange(name, range, key, path);
    return this.areaRange(name, task, range, key, path);
  }

  // Steps

  private start(task: string, keys: NonNullable<ReturnType<Scenario['tasks']['get']>>, path: Path): StartOp {
    if (keys.cpu >= this.scenario.machine.cpus) {
      this.report(
        'no-such-cpu',
        [...path, 'cpu'],
        `there is no CPU ${keys.cpu}: the machine has ${this.scenario.machine.cpus}, counted from 0`,
        'raise `machine.cpus`',
      );
    }
    return {
      verb: 'start',
      task: this.declareTask(task, path),
      path: this.usePath(keys.in, [...path, 'in']),
      user: keys.user,
      memlock_bytes: keys.memlock,
      cpu: keys.cpu,
    };
  }

  private trace(step: Extract<WorkloadStep, { readonly workload: 'trace' }>, name: string, page_count: number, path: Path): Uint32Array {
    if (this.readTrace === undefined) return new Uint32Array(0);
    let trace = this.traces.get(step.file);
    if (trace === undefined) {
      const bytes = this.readTrace(step.file);
      trace = bytes.ok ? parseTrace(bytes.value) : bytes;
      this.traces.set(step.file, trace);
    }
    if (!trace.ok) {
      const place = this.source.place([...path, 'file']);
      this.errors.push(...trace.errors.map((error) => ({ ...error, place })));
      return new Uint32Array(0);
    }
    if (trace.value.page_count > page_count) {
      this.report(
        'trace-too-wide',
        [...path, 'file'],
        `the trace needs ${trace.value.page_count} pages, and what it goes over has ${page_count}`,
        `make \`${name}\` at least ${formatSize(trace.value.page_count * PAGE_SIZE_BYTES)}`,
      );
    }
    return trace.value.pages;
  }

  private workload(step: WorkloadStep, path: Path): Op {
    const task = this.useTask(step.by, [...path, 'by']);
    const { target, first_page, page_count, known_page_count } = this.anyRange(step.over, step.by, step.range, 'over', path);
    const finish = (accesses: number, pattern: WorkloadPattern): Op => ({
      verb: 'workload',
      task,
      target,
      first_page,
      page_count,
      accesses,
      write: step.write,
      pattern,
    });
    switch (step.workload) {
      case 'uniform':
      case 'scan':
        return finish(step.accesses, { kind: step.workload });
      case 'zipf':
        return finish(step.accesses, { kind: 'zipf', skew: step.skew });
      case 'loop': {
        const loop_pages = pagesRoundedUp(step.size);
        if (known_page_count > 0 && loop_pages > known_page_count) {
          this.report(
            'beyond-end',
            [...path, 'size'],
            `the loop of ${formatSize(step.size)} is larger than the ${formatSize(known_page_count * PAGE_SIZE_BYTES)} that it goes over`,
            'make the loop smaller',
          );
        }
        return finish(step.accesses, { kind: 'loop', loop_pages });
      }
      case 'trace': {
        const pages = this.trace(step, step.over, known_page_count, path);
        return finish(step.accesses ?? pages.length, { kind: 'trace', file: step.file, pages });
      }
    }
  }

  private expectations(step: Spec<'expect'>, path: Path): Op {
    const expectations = Object.entries(step.expect).flatMap(([container, counters]): readonly Expectation[] => {
      const at = [...path, 'expect', container];
      if (!this.paths.has(container)) {
        this.reportUnknown('container', container, at, this.paths.names, 'declare it under `containers` or `create` it in an earlier step');
        return [];
      }
      return Object.entries(counters).flatMap(([counter, quantity]): readonly Expectation[] =>
        quantity === undefined
          ? []
          : [
              {
                path: this.paths.id(container),
                counter: counter.replace(/^events\./, ''),
                ...quantity,
                line: this.source.place([...at, counter], 'key').line ?? 0,
              },
            ],
      );
    });
    for (const model of step.under ?? []) {
      if (!this.models.includes(model)) this.reportUnknown('model', model, [...path, 'under'], this.models, `models: ${this.models.join(', ')}`);
    }
    return { verb: 'expect', ...(step.under === undefined ? {} : { under: step.under }), expectations };
  }

  /** Containers that `create` makes: missing parents first, as steps of their own. */
  private create(step: Spec<'create'>, path: Path): readonly Op[] {
    if (step.create === '.') {
      this.report('root', [...path, 'create'], 'the root `.` is always there', 'create a container below it');
      return [];
    }
    const names = step.create.split('/');
    const parents = names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join('/'));
    const missing = parents.filter((parent) => !this.paths.has(parent));
    return [
      ...missing.map((parent): Op => ({ verb: 'create', container: { path: this.declarePath(parent, path) } })),
      { verb: 'create', container: { path: this.declarePath(step.create, path), ...limitsOf(step) } },
    ];
  }

  private notRoot(container: string, key: string, path: Path, sentence: string): void {
    if (container === '.') this.report('root', [...path, key], sentence, 'name a container below it');
  }

  private fork(step: Spec<'fork'>, path: Path, times: number): Op {
    const parent = this.useTask(step.fork, [...path, 'fork']);
    const child = this.declareTask(step.as, path);
    if (step.as === step.fork) this.report('name-taken', [...path, 'as'], `\`${step.as}\` cannot be its own child`, 'give the child a name of its own');
    for (const [area, page_count] of this.task_areas.get(step.fork) ?? []) {
      this.declareArea(area, step.as, page_count, path);
      if (Number.isFinite(page_count)) this.count('allocated_page_count', page_count * times, path);
    }
    return { verb: 'fork', parent, child, ...(step.in === undefined ? {} : { path: this.usePath(step.in, [...path, 'in']) }) };
  }

  private usePin(handle: string, path: Path): NameId {
    if (!this.pins.has(handle)) this.reportUnknown('pin', handle, path, this.pins.names, 'make it with `pin … via` in an earlier step');
    return this.pins.id(handle);
  }

  /** Operations of one step; `times` is how often it runs in all. */
  private ops(step: PlainStep, path: Path, times: number): readonly Op[] {
    switch (step.verb) {
      case 'start':
        return [this.start(step.start, step, path)];
      case 'read':
      case 'write': {
        const task = this.useTask(step.by, [...path, 'by']);
        const object = step.verb === 'read' ? step.read : step.write;
        const { target, first_page, page_count } = this.objectRange(object, step.range, step.verb, path);
        this.count('access_count', page_count * times, path);
        return [
          step.verb === 'read'
            ? { verb: 'read', task, target, first_page, page_count }
            : { verb: 'write', task, target, first_page, page_count, sync: step.sync },
        ];
      }
      case 'touch':
      case 'peek': {
        const task = this.useTask(step.by, [...path, 'by']);
        const area = step.verb === 'touch' ? step.touch : step.peek;
        const { target, first_page, page_count, known_page_count } = this.areaRange(area, step.by, step.range, step.verb, path);
        this.count('access_count', known_page_count * times, path);
        return [
          step.verb === 'peek' ? { verb: 'peek', task, target, first_page, page_count } : { verb: 'touch', task, target, first_page, page_count, sync: false },
        ];
      }
      case 'unmap': {
        const task = this.useTask(step.by, [...path, 'by']);
        const { area, first_page, page_count } = this.areaRange(step.unmap, step.by, step.range, 'unmap', path);
        return [{ verb: 'unmap', task, area, first_page, page_count }];
      }
      case 'mlock':
      case 'munlock': {
        const task = this.useTask(step.by, [...path, 'by']);
        const { area, first_page, page_count } = this.areaRange(step.verb === 'mlock' ? step.mlock : step.munlock, step.by, step.range, step.verb, path);
        return [{ verb: step.verb, axis: 'pins', task, area, first_page, page_count }];
      }
      case 'alloc': {
        const task = this.useTask(step.by, [...path, 'by']);
        const page_count = pagesRoundedUp(step.size);
        this.count('object_page_count', page_count, path);
        this.count('allocated_page_count', page_count * times, path);
        return [{ verb: 'alloc', task, area: this.declareArea(step.alloc, step.by, page_count, [...path, 'alloc']), page_count, shared: step.shared }];
      }
      case 'map': {
        const task = this.useTask(step.by, [...path, 'by']);
        const object = this.useObject(step.map, ['file', 'tmpfs'], [...path, 'map']);
        return [{ verb: 'map', task, object, area: this.declareArea(step.as, step.by, this.objectPages(step.map), [...path, 'as']) }];
      }
      case 'fork':
        return [this.fork(step, path, times)];
      case 'move':
        return [{ verb: 'move', task: this.useTask(step.move, [...path, 'move']), path: this.usePath(step.to, [...path, 'to']) }];
      case 'exit':
        return [{ verb: 'exit', task: this.useTask(step.exit, [...path, 'exit']) }];
      case 'set':
        this.notRoot(step.set, 'set', path, 'the root `.` has no limits');
        return [{ verb: 'set', path: this.usePath(step.set, [...path, 'set']), limits: limitsOf(step) }];
      case 'create':
        return this.create(step, path);
      case 'remove':
        this.notRoot(step.remove, 'remove', path, 'the root `.` cannot be removed');
        return [{ verb: 'remove', path: this.usePath(step.remove, [...path, 'remove']) }];
      case 'reclaim':
        return [
          {
            verb: 'reclaim',
            path: this.usePath(step.reclaim, [...path, 'reclaim']),
            page_count: pagesRoundedUp(step.size),
            ...(step.swappiness === undefined ? {} : { swappiness: step.swappiness }),
          },
        ];
      case 'drop-caches':
        return [{ verb: 'drop-caches', what: step['drop-caches'] }];
      case 'sleep':
        return [{ verb: 'sleep', duration_ns: step.sleep }];
      case 'sample':
        return [{ verb: 'sample', name: this.samples.id(step.sample) }];
      case 'expect':
        return [this.expectations(step, path)];
      case 'slab': {
        const object = this.useObject(step.slab, ['slab'], [...path, 'slab']);
        const task = this.useTask(step.by, [...path, 'by']);
        return [
          {
            verb: 'slab',
            axis: 'kernel',
            task,
            object,
            allocate: step.objects ?? 0,
            free: step.free ?? 0,
            atomic: step.flags.includes('atomic'),
            noaccount: step.flags.includes('noaccount'),
          },
        ];
      }
      case 'send':
      case 'receive': {
        const object = this.useObject(step.verb === 'send' ? step.send : step.receive, ['socket'], [...path, step.verb]);
        return [{ verb: step.verb, axis: 'sockets', task: this.useTask(step.by, [...path, 'by']), object, size_bytes: step.size }];
      }
      case 'pin': {
        const task = this.useTask(step.by, [...path, 'by']);
        const { target, first_page, page_count } = this.anyRange(step.pin, step.by, step.range, 'pin', path);
        return [{ verb: 'pin', axis: 'pins', task, target, first_page, page_count, via: this.pins.id(step.via) }];
      }
      case 'unpin':
        return [{ verb: 'unpin', axis: 'pins', via: this.usePin(step.unpin, [...path, 'unpin']) }];
      case 'close':
        return [{ verb: 'close', axis: 'pins', via: this.usePin(step.close, [...path, 'close']) }];
      case 'workload': {
        const op = this.workload(step, path);
        if (op.verb === 'workload') this.count('access_count', op.accesses * times, path);
        return [op];
      }
    }
  }

  /** Makes the names known that a step with an error declares, so that their uses are no errors too. */
  private declareBroken({ raw }: BrokenStep, path: Path): void {
    const name = (key: string): string | undefined => (typeof raw[key] === 'string' ? raw[key] : undefined);
    const task = name('start') ?? (name('fork') === undefined ? undefined : name('as'));
    if (task !== undefined) {
      this.declareTask(task, path);
      for (const [area, page_count] of this.task_areas.get(name('fork') ?? '') ?? []) this.declareArea(area, task, page_count, path);
    }
    const container = name('create');
    if (container !== undefined) this.declarePath(container, path);
    const area = name('alloc') ?? (name('map') === undefined ? undefined : name('as'));
    const by = name('by');
    if (area !== undefined && by !== undefined) this.declareArea(area, by, Number.POSITIVE_INFINITY, path);
    const pin = name('via');
    if (pin !== undefined) this.pins.id(pin);
  }

  private steps(list: readonly ScenarioStep[], path: Path, times: number): readonly Step[] {
    return list.flatMap((step, index): readonly Step[] => {
      const at = [...path, index];
      const line = this.source.place(at).line ?? 0;
      if (step.verb === 'broken') {
        this.declareBroken(step, at);
        return [];
      }
      if (step.verb === 'repeat') return [{ line, kind: 'repeat', count: step.repeat, steps: this.steps(step.steps, [...at, 'steps'], times * step.repeat) }];
      if (step.verb === 'together') {
        this.count('step_count', times, at);
        const parts = step.together.flatMap((part, part_index) =>
          part.verb === 'broken' || part.verb === 'repeat' || part.verb === 'together' ? [] : this.ops(part, [...at, 'together', part_index], times),
        );
        return [{ line, kind: 'together', quantum: step.quantum, parts }];
      }
      const ops = this.ops(step, at, times);
      this.count('step_count', ops.length * times, at);
      return ops.map((op) => ({ line, kind: 'op', op }));
    });
  }

  // The whole

  private initialContainers(): readonly ContainerSpec[] {
    const specs: ContainerSpec[] = [];
    const add = (container: string): void => {
      if (this.paths.has(container)) return;
      const slash = container.lastIndexOf('/');
      if (slash > 0) add(container.slice(0, slash));
      specs.push({ path: this.declarePath(container, ['containers', container]), ...limitsOf(this.scenario.containers.get(container) ?? {}) });
    };
    for (const container of this.scenario.containers.keys()) {
      if (container === '.') this.report('root', ['containers', '.'], 'the root `.` is always there and has no limits', 'remove the entry', 'key');
      else add(container);
    }
    return specs;
  }

  private object(name: string, entry: NonNullable<ReturnType<Scenario['objects']['get']>>): ObjectSpec {
    const path = ['objects', name];
    switch (entry.kind) {
      case 'file':
      case 'tmpfs': {
        const page_count = this.objectPages(name);
        this.count('object_page_count', page_count, path);
        const charge_to = entry.kind === 'tmpfs' ? entry['charge-to'] : undefined;
        return { kind: entry.kind, name, page_count, ...(charge_to === undefined ? {} : { charge_to: this.usePath(charge_to, [...path, 'charge-to']) }) };
      }
      case 'slab': {
        const fit_count = Math.floor(PAGE_SIZE_BYTES / entry.slab);
        const objects_per_page = entry['per-page'] ?? fit_count;
        if (objects_per_page > fit_count)
          this.report(
            'invalid-value',
            [...path, 'per-page'],
            `${objects_per_page} objects of ${entry.slab} bytes do not fit on a page`,
            `at most ${fit_count} do`,
          );
        return { kind: 'slab', name, object_bytes: entry.slab, objects_per_page, shrinkable: entry.shrinkable, accounted: entry.accounted };
      }
      case 'socket':
        return { kind: 'socket', name, protocol: entry.socket };
    }
  }

  resolve(): Program {
    const { scenario } = this;
    if (scenario.machine.zone !== undefined && scenario.machine.zone > scenario.machine.memory) {
      this.report(
        'invalid-value',
        ['machine', 'zone'],
        `a zone of ${formatSize(scenario.machine.zone)} is larger than the memory of ${formatSize(scenario.machine.memory)}`,
        'make the zone smaller',
      );
    }
    const initialContainers = this.initialContainers();
    for (const name of scenario.objects.keys()) this.objects.id(name);
    const initialTasks = [...scenario.tasks].flatMap(([name, keys]): readonly StartOp[] => {
      if (keys !== null) return [this.start(name, keys, ['tasks', name])];
      this.declareTask(name, ['tasks', name]);
      return [];
    });
    const steps = this.steps(scenario.steps, ['steps'], 1);
    // After the steps: a tmpfs file may be charged to a container that they create.
    const objects = [...scenario.objects].flatMap(([name, entry]) => (entry === null ? [] : [this.object(name, entry)]));
    return {
      name: scenario.name,
      seed: scenario.seed,
      machine: machineOf(scenario.machine),
      containerPaths: this.paths.names,
      initialContainers,
      objects,
      taskNames: this.tasks.names,
      initialTasks,
      areaNames: this.areas.names,
      sampleNames: this.samples.names,
      pinNames: this.pins.names,
      steps,
      step_count: this.step_count,
      access_count: this.access_count,
    };
  }
}

/** Resolves every name of a scenario. The program is whole only where there are no errors and `readTrace` was given. */
export function resolveScenario(input: ResolveInput): { readonly program: Program; readonly errors: readonly LabError[] } {
  const resolver = new Resolver(input);
  const program = resolver.resolve();
  return { program, errors: resolver.errors };
}

/** Makes the program that `simulate` runs. Fails where a trace cannot be read or does not fit; all else parseScenario has checked. */
export function compileScenario({ scenario, source }: { readonly scenario: Scenario; readonly source: Source }, { readTrace }: CompileHost): Result<Program> {
  const { program, errors } = resolveScenario({ scenario, source, readTrace });
  return errors.length === 0 ? ok(program) : fail(...errors);
}
