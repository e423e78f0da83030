import { formatCount, plural } from '../base/figures.ts';
import { PAGE_SIZE_BYTES, UNLIMITED_PAGES } from '../base/ids.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { counterCalled } from '../record/counter-names.ts';
import { holdBack, isWithin } from './attack.ts';
import { Findings } from './findings.ts';
import { machineOf } from './machine-of.ts';
import type { AttackSpec, ContainerSpec, Expectation, LimitsSpec, ObjectSpec, Op, Program, StartOp, Step, WorkloadPattern } from './program.ts';
import { type BrokenStep, PAGE_KINDS, type PlainStep, type Scenario, type ScenarioStep, type WorkloadStep } from './schema.ts';
import { HUGE_PAGE_BYTES, Scope } from './scope.ts';
import { objectsUsedAcrossContainers } from './sharing.ts';
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
  readonly findings: Findings;
  /** Without it traces stay unread and the program is only good for its errors. */
  readonly readTrace?: CompileHost['readTrace'];
}

type Spec<Verb extends PlainStep['verb']> = Extract<PlainStep, { readonly verb: Verb }>;
type CreateKeys = Scenario['containers'] extends ReadonlyMap<string, infer Entry> ? NonNullable<Entry> : never;
type LimitKeys = Omit<CreateKeys, 'subtree-control'>;

const limitPages = (bytes: number): number => Math.min(pagesRoundedDown(bytes), UNLIMITED_PAGES);

const HUGE_PAGE_PAGES = HUGE_PAGE_BYTES / PAGE_SIZE_BYTES;

/** A limit in whole huge pages of 2 MiB, in pages (`hugetlb_cgroup_write()`). */
const hugePages = (bytes: number): number =>
  bytes === Number.POSITIVE_INFINITY ? UNLIMITED_PAGES : Math.floor(limitPages(bytes) / HUGE_PAGE_PAGES) * HUGE_PAGE_PAGES;

/** Whether containers below have the memory controller, where the scenario says so. */
const subtreeOf = (keys: CreateKeys): Pick<ContainerSpec, 'subtree_memory'> =>
  keys['subtree-control'] === undefined ? {} : { subtree_memory: keys['subtree-control'].includes('memory') };

function limitsOf(keys: LimitKeys, scope: Scope, path: Path): LimitsSpec {
  return {
    ...(keys.min === undefined ? {} : { min_pages: limitPages(keys.min) }),
    ...(keys.low === undefined ? {} : { low_pages: limitPages(keys.low) }),
    ...(keys.high === undefined ? {} : { high_pages: limitPages(keys.high) }),
    ...(keys.max === undefined ? {} : { max_pages: limitPages(keys.max) }),
    ...(keys['swap-max'] === undefined ? {} : { swap_max_pages: limitPages(keys['swap-max']) }),
    ...(keys['swap-high'] === undefined ? {} : { swap_high_pages: limitPages(keys['swap-high']) }),
    ...(keys['zswap-max'] === undefined ? {} : { zswap_max_pages: limitPages(keys['zswap-max']) }),
    ...(keys['zswap-writeback'] === undefined ? {} : { zswap_writeback: keys['zswap-writeback'] }),
    ...(keys['memsw-max'] === undefined ? {} : { memsw_max_pages: limitPages(keys['memsw-max']) }),
    ...(keys['soft-limit'] === undefined ? {} : { soft_limit_pages: limitPages(keys['soft-limit']) }),
    ...(keys['move-charge'] === undefined ? {} : { move_charge: keys['move-charge'] }),
    ...(keys['oom-kill-disable'] === undefined ? {} : { oom_kill_disable: keys['oom-kill-disable'] }),
    ...(keys['oom-group'] === undefined ? {} : { oom_group: keys['oom-group'] }),
    ...(keys['kmem-max'] === undefined ? {} : { kmem_max_pages: limitPages(keys['kmem-max']) }),
    ...(keys['tcp-max'] === undefined ? {} : { tcp_max_pages: limitPages(keys['tcp-max']) }),
    ...(keys['pins-max'] === undefined ? {} : { pins_max_pages: limitPages(keys['pins-max']) }),
    ...(keys['hugetlb-max'] === undefined ? {} : { hugetlb_max_pages: hugePages(keys['hugetlb-max']) }),
    ...(keys['hugetlb-rsvd-max'] === undefined ? {} : { hugetlb_rsvd_max_pages: hugePages(keys['hugetlb-rsvd-max']) }),
    ...(keys['pressure-triggers'] === undefined ? {} : { pressure_triggers: keys['pressure-triggers'] }),
    ...(keys.smemcg === undefined
      ? {}
      : {
          smemcg: Object.entries(keys.smemcg).map(([object, max_bytes]) => ({
            object: scope.useObject(object, PAGE_KINDS, [...path, 'smemcg', object]),
            borrow_max_pages: limitPages(max_bytes),
          })),
        }),
  };
}

/** Turns steps into operations, one after another, and keeps the scope as it goes. */
class Resolver {
  private readonly scenario: Scenario;
  private readonly source: Source;
  private readonly findings: Findings;
  private readonly readTrace: CompileHost['readTrace'] | undefined;
  private readonly scope: Scope;
  private readonly traces = new Map<string, Result<Trace>>();

  constructor({ scenario, source, findings, readTrace }: ResolveInput) {
    this.scenario = scenario;
    this.source = source;
    this.findings = findings;
    this.readTrace = readTrace;
    this.scope = new Scope(scenario, findings);
  }

  // Steps

  private start(task: string, keys: NonNullable<ReturnType<Scenario['tasks']['get']>>, path: Path): StartOp {
    if (keys.cpu >= this.scenario.machine.cpus) {
      this.findings.report(
        'no-such-cpu',
        [...path, 'cpu'],
        `there is no CPU ${keys.cpu}: the machine has ${this.scenario.machine.cpus}, counted from 0`,
        'raise `machine.cpus`',
      );
    }
    return {
      verb: 'start',
      task: this.scope.declareTask(task, path),
      path: this.scope.usePath(keys.in, [...path, 'in']),
      user: keys.user,
      memlock_bytes: keys.memlock,
      cpu: keys.cpu,
      privileged: keys.privileged,
      ...(keys['oom-score-adj'] === 0 ? {} : { oom_score_adj: keys['oom-score-adj'] }),
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
      this.findings.add(trace.errors.map((error) => ({ ...error, place })));
      return new Uint32Array(0);
    }
    if (trace.value.page_count > page_count) {
      this.findings.report(
        'trace-too-wide',
        [...path, 'file'],
        `the trace needs ${plural(trace.value.page_count, 'page')}, and what it goes over has ${formatCount(page_count)}`,
        `make \`${name}\` at least ${formatSize(trace.value.page_count * PAGE_SIZE_BYTES)}`,
      );
    }
    return trace.value.pages;
  }

  private workload(step: WorkloadStep, path: Path): Op {
    const task = this.scope.useTask(step.by, [...path, 'by']);
    const { target, first_page, page_count, known_page_count } = this.scope.anySpan(step.over, step.by, step.range, 'over', path);
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
          this.findings.report(
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
      const path_id = this.scope.usePath(container, at, 'key');
      return Object.entries(counters).flatMap(([counter, quantity]): readonly Expectation[] =>
        quantity === undefined
          ? []
          : [
              {
                path: path_id,
                counter: counterCalled(counter)?.name ?? counter,
                ...quantity,
                line: this.source.place([...at, counter], 'key').line ?? 0,
              },
            ],
      );
    });
    for (const model of step.under ?? []) this.scope.useModel(model, [...path, 'under']);
    return { verb: 'expect', ...(step.under === undefined ? {} : { under: step.under }), expectations };
  }

  /** Containers that `create` makes: missing parents first, as steps of their own. */
  private create(step: Spec<'create'>, path: Path): readonly Op[] {
    if (step.create === '.') {
      this.findings.report('root', [...path, 'create'], 'the root `.` is always there', 'create a container below it');
      return [];
    }
    const names = step.create.split('/');
    const parents = names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join('/'));
    const missing = parents.filter((parent) => !this.scope.paths.has(parent));
    return [
      ...missing.map((parent): Op => ({ verb: 'create', container: { path: this.scope.declarePath(parent, path) } })),
      { verb: 'create', container: { path: this.scope.declarePath(step.create, path), ...limitsOf(step, this.scope, path), ...subtreeOf(step) } },
    ];
  }

  private notRoot(container: string, key: string, path: Path, sentence: string): void {
    if (container === '.') this.findings.report('root', [...path, key], sentence, 'name a container below it');
  }

  private fork(step: Spec<'fork'>, path: Path, times: number): Op {
    const parent = this.scope.useTask(step.fork, [...path, 'fork']);
    const child = this.scope.declareTask(step.as, path);
    if (step.as === step.fork)
      this.findings.report('name-taken', [...path, 'as'], `\`${step.as}\` cannot be its own child`, 'give the child a name of its own');
    for (const [area, page_count] of this.scope.areasOf(step.fork)) {
      this.scope.declareArea(area, step.as, page_count, path);
      if (Number.isFinite(page_count)) this.scope.count('allocated_page_count', page_count * times, path);
    }
    return { verb: 'fork', parent, child, ...(step.in === undefined ? {} : { path: this.scope.usePath(step.in, [...path, 'in']) }) };
  }

  private notHuge(name: string, path: Path): void {
    this.findings.report('noreserve', [...path, 'noreserve'], `\`${name}\` is no huge memory: only that is reserved`, 'leave it out');
  }

  private zeroCopyOf(socket: string, path: Path): void {
    const entry = this.scenario.objects.get(socket);
    if (entry?.kind === 'socket' && entry.socket !== 'tcp')
      this.findings.report('zerocopy-of-udp', [...path, 'zerocopy'], `\`${socket}\` is no tcp socket: only those send without a copy here`, 'leave it out');
  }

  /** Operations of one step; `times` is how often it runs in all. */
  private ops(step: PlainStep, path: Path, times: number): readonly Op[] {
    switch (step.verb) {
      case 'start':
        return [this.start(step.start, step, path)];
      case 'read':
      case 'write': {
        const task = this.scope.useTask(step.by, [...path, 'by']);
        const object = step.verb === 'read' ? step.read : step.write;
        const { target, first_page, page_count } = this.scope.objectSpan(object, step.range, step.verb, path);
        this.scope.count('access_count', page_count * times, path);
        return [
          step.verb === 'read'
            ? { verb: 'read', task, target, first_page, page_count }
            : { verb: 'write', task, target, first_page, page_count, sync: step.sync },
        ];
      }
      case 'touch':
      case 'peek': {
        const task = this.scope.useTask(step.by, [...path, 'by']);
        const area = step.verb === 'touch' ? step.touch : step.peek;
        const { target, first_page, page_count, known_page_count } = this.scope.areaSpan(area, step.by, step.range, step.verb, path);
        this.scope.count('access_count', known_page_count * times, path);
        return [
          step.verb === 'peek' ? { verb: 'peek', task, target, first_page, page_count } : { verb: 'touch', task, target, first_page, page_count, sync: false },
        ];
      }
      case 'unmap': {
        const task = this.scope.useTask(step.by, [...path, 'by']);
        const { target, first_page, page_count } = this.scope.areaSpan(step.unmap, step.by, step.range, 'unmap', path);
        return [{ verb: 'unmap', task, area: target.area, first_page, page_count }];
      }
      case 'mlock':
      case 'munlock': {
        const task = this.scope.useTask(step.by, [...path, 'by']);
        const { target, first_page, page_count } = this.scope.areaSpan(step.verb === 'mlock' ? step.mlock : step.munlock, step.by, step.range, step.verb, path);
        return [{ verb: step.verb, axis: 'pins', task, area: target.area, first_page, page_count }];
      }
      case 'alloc': {
        const task = this.scope.useTask(step.by, [...path, 'by']);
        const page_count = step.hugetlb ? Math.ceil(pagesRoundedUp(step.size) / HUGE_PAGE_PAGES) * HUGE_PAGE_PAGES : pagesRoundedUp(step.size);
        if (step.noreserve && !step.hugetlb) this.notHuge(step.alloc, path);
        this.scope.count('object_page_count', page_count, path);
        this.scope.count('allocated_page_count', page_count * times, path);
        return [
          {
            verb: 'alloc',
            task,
            area: this.scope.declareArea(step.alloc, step.by, page_count, [...path, 'alloc']),
            page_count,
            shared: step.shared,
            ...(step.compressed === undefined ? {} : { compressed_bytes: step.compressed }),
            ...(step.hugetlb ? { hugetlb: step.noreserve ? 'noreserve' : 'reserved' } : {}),
          },
        ];
      }
      case 'map': {
        const task = this.scope.useTask(step.by, [...path, 'by']);
        const object = this.scope.useObject(step.map, PAGE_KINDS, [...path, 'map']);
        if (step.noreserve && this.scenario.objects.get(step.map)?.kind !== 'hugetlb') this.notHuge(step.map, path);
        const area = this.scope.declareArea(step.as, step.by, this.scope.objectPages(step.map), [...path, 'as']);
        return [{ verb: 'map', task, object, area, ...(step.noreserve ? { noreserve: true } : {}) }];
      }
      case 'truncate': {
        return [{ verb: 'truncate', object: this.scope.useObject(step.truncate, PAGE_KINDS, [...path, 'truncate']) }];
      }
      case 'fork':
        return [this.fork(step, path, times)];
      case 'move':
        return [{ verb: 'move', task: this.scope.useTask(step.move, [...path, 'move']), path: this.scope.usePath(step.to, [...path, 'to']) }];
      case 'exit':
        return [{ verb: 'exit', task: this.scope.useTask(step.exit, [...path, 'exit']) }];
      case 'set':
        this.notRoot(step.set, 'set', path, 'the root `.` has no limits');
        return [{ verb: 'set', path: this.scope.usePath(step.set, [...path, 'set']), limits: limitsOf(step, this.scope, path) }];
      case 'create':
        return this.create(step, path);
      case 'remove':
        this.notRoot(step.remove, 'remove', path, 'the root `.` cannot be removed');
        return [{ verb: 'remove', path: this.scope.usePath(step.remove, [...path, 'remove']) }];
      case 'reclaim':
        return [
          {
            verb: 'reclaim',
            path: this.scope.usePath(step.reclaim, [...path, 'reclaim']),
            page_count: pagesRoundedUp(step.size),
            ...(step.swappiness === undefined ? {} : { swappiness: step.swappiness }),
          },
        ];
      case 'drop-caches':
        return [{ verb: 'drop-caches', what: step['drop-caches'] }];
      case 'sleep':
        return [{ verb: 'sleep', duration_ns: step.sleep }];
      case 'open-peak': {
        const container = this.scope.usePath(step.of, [...path, 'of']);
        return [{ verb: 'open-peak', handle: this.scope.peaks.id(step['open-peak']), path: container, of_swap: step.file === 'swap', contract: step.contract }];
      }
      case 'reset-peak':
        return [{ verb: 'reset-peak', handle: this.scope.usePeak(step['reset-peak'], [...path, 'reset-peak']) }];
      case 'read-peak': {
        const handle = this.scope.usePeak(step['read-peak'], [...path, 'read-peak']);
        if (step.is === undefined) return [{ verb: 'read-peak', handle }];
        return [{ verb: 'read-peak', handle, expectation: { ...step.is, line: this.source.place([...path, 'is']).line ?? 0 } }];
      }
      case 'sample':
        return [{ verb: 'sample', name: this.scope.samples.id(step.sample) }];
      case 'expect':
        return [this.expectations(step, path)];
      case 'slab': {
        const object = this.scope.useObject(step.slab, ['slab'], [...path, 'slab']);
        const task = this.scope.useTask(step.by, [...path, 'by']);
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
            held: step.flags.includes('held'),
          },
        ];
      }
      case 'send':
      case 'receive': {
        const object = this.scope.useObject(step.verb === 'send' ? step.send : step.receive, ['socket'], [...path, step.verb]);
        const task = this.scope.useTask(step.by, [...path, 'by']);
        const zerocopy = step.verb === 'send' && step.zerocopy;
        if (zerocopy) this.zeroCopyOf(step.send, path);
        return [{ verb: step.verb, axis: 'sockets', task, object, size_bytes: step.size, ...(zerocopy ? { zerocopy } : {}) }];
      }
      case 'pin': {
        const task = this.scope.useTask(step.by, [...path, 'by']);
        const { target, first_page, page_count } = this.scope.anySpan(step.pin, step.by, step.range, 'pin', path);
        return [{ verb: 'pin', axis: 'pins', task, target, first_page, page_count, via: this.scope.pins.id(step.via) }];
      }
      case 'unpin':
        return [{ verb: 'unpin', axis: 'pins', via: this.scope.usePin(step.unpin, [...path, 'unpin']) }];
      case 'close':
        return [{ verb: 'close', axis: 'pins', via: this.scope.usePin(step.close, [...path, 'close']) }];
      case 'workload': {
        const op = this.workload(step, path);
        if (op.verb === 'workload') this.scope.count('access_count', op.accesses * times, path);
        return [op];
      }
    }
  }

  /** Makes the names known that a step with an error declares, so that their uses are no errors too. */
  private declareBroken({ raw }: BrokenStep, path: Path): void {
    const name = (key: string): string | undefined => (typeof raw[key] === 'string' ? raw[key] : undefined);
    const task = name('start') ?? (name('fork') === undefined ? undefined : name('as'));
    if (task !== undefined) {
      this.scope.declareTask(task, path);
      for (const [area, page_count] of this.scope.areasOf(name('fork') ?? '')) this.scope.declareArea(area, task, page_count, path);
    }
    const container = name('create');
    if (container !== undefined) this.scope.declarePath(container, path);
    const area = name('alloc') ?? (name('map') === undefined ? undefined : name('as'));
    const by = name('by');
    if (area !== undefined && by !== undefined) this.scope.declareArea(area, by, Number.POSITIVE_INFINITY, path);
    const pin = name('via');
    if (pin !== undefined) this.scope.pins.id(pin);
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
        this.scope.count('step_count', times, at);
        const parts = step.together.flatMap((part, part_index) =>
          part.verb === 'broken' || part.verb === 'repeat' || part.verb === 'together' ? [] : this.ops(part, [...at, 'together', part_index], times),
        );
        return [{ line, kind: 'together', quantum: step.quantum, parts }];
      }
      const ops = this.ops(step, at, times);
      this.scope.count('step_count', ops.length * times, at);
      return ops.map((op) => ({ line, kind: 'op', op }));
    });
  }

  // The whole

  private initialContainers(): readonly ContainerSpec[] {
    const specs: ContainerSpec[] = [];
    const add = (container: string): void => {
      if (this.scope.paths.has(container)) return;
      const slash = container.lastIndexOf('/');
      if (slash > 0) add(container.slice(0, slash));
      const path = ['containers', container];
      const keys = this.scenario.containers.get(container) ?? {};
      specs.push({ path: this.scope.declarePath(container, path), ...limitsOf(keys, this.scope, path), ...subtreeOf(keys) });
    };
    for (const container of this.scenario.containers.keys()) {
      if (container === '.') this.findings.report('root', ['containers', '.'], 'the root `.` is always there and has no limits', 'remove the entry', 'key');
      else add(container);
    }
    return specs;
  }

  private object(name: string, entry: NonNullable<ReturnType<Scenario['objects']['get']>>): ObjectSpec {
    const path = ['objects', name];
    switch (entry.kind) {
      case 'file':
      case 'tmpfs':
      case 'hugetlb':
      case 'dma-buf': {
        const page_count = this.scope.objectPages(name);
        this.scope.count('object_page_count', page_count, path);
        const charge_to = entry.kind === 'tmpfs' ? entry['charge-to'] : undefined;
        return {
          kind: entry.kind,
          name,
          page_count,
          ...(charge_to === undefined ? {} : { charge_to: this.scope.usePath(charge_to, [...path, 'charge-to']) }),
          ...(entry.max === undefined ? {} : { max_pages: limitPages(entry.max) }),
          ...(entry.kind === 'tmpfs' && entry.compressed !== undefined ? { compressed_bytes: entry.compressed } : {}),
        };
      }
      case 'slab': {
        const { bytes } = entry.slab;
        const fit_count = Math.floor(PAGE_SIZE_BYTES / bytes);
        const objects_per_page = entry['per-page'] ?? fit_count;
        if (objects_per_page > fit_count)
          this.findings.report(
            'invalid-value',
            [...path, 'per-page'],
            `${objects_per_page} objects of ${bytes} bytes do not fit on a page`,
            `at most ${fit_count} do`,
          );
        return {
          kind: 'slab',
          name,
          object_bytes: bytes,
          objects_per_page,
          shrinkable: entry.shrinkable,
          shrinker_batch: entry.batch ?? entry.slab.batch,
          accounted: entry.accounted,
        };
      }
      case 'socket':
        return {
          kind: 'socket',
          name,
          protocol: entry.socket,
          ...(entry.receiver === undefined ? {} : { receiver: this.scope.usePath(entry.receiver, [...path, 'receiver']) }),
          ...(entry.sndbuf === undefined ? {} : { sndbuf_bytes: entry.sndbuf }),
          ...(entry.rcvbuf === undefined ? {} : { rcvbuf_bytes: entry.rcvbuf }),
        };
    }
  }

  /** After the steps: attacker and victim may be containers that they create. */
  private attack(program: Program): AttackSpec | undefined {
    const { attack } = this.scenario;
    if (attack === undefined) return undefined;
    for (const attacker of attack.attacker) {
      if (isWithin(attack.victim, attacker)) {
        const sentence = `the victim \`${attack.victim}\` lies in the attacker’s container \`${attacker}\``;
        this.findings.report('victim-is-attacker', ['attack', 'victim'], sentence, 'name a container outside');
      }
    }
    return {
      attackers: attack.attacker.map((attacker, index) => this.scope.usePath(attacker, ['attack', 'attacker', index])),
      commanded_tasks: attack.commands.map((task, index) => this.scope.useTask(task, ['attack', 'commands', index])),
      victim: this.scope.usePath(attack.victim, ['attack', 'victim']),
      ...(attack.from === undefined ? {} : { from: this.scope.useSample(attack.from, ['attack', 'from']) }),
      held_back: attack['held-back'],
      used_across_containers: objectsUsedAcrossContainers(program),
    };
  }

  resolve(): Program {
    const { scenario } = this;
    if (scenario.machine.zone !== undefined && scenario.machine.zone > scenario.machine.memory) {
      this.findings.report(
        'invalid-value',
        ['machine', 'zone'],
        `a zone of ${formatSize(scenario.machine.zone)} is larger than the memory of ${formatSize(scenario.machine.memory)}`,
        'make the zone smaller',
      );
    }
    if (scenario.machine.zswap && scenario.machine.swap === 0) {
      this.findings.report(
        'invalid-value',
        ['machine', 'zswap'],
        'zswap takes pages on their way to swap, and the machine has no swap',
        'give it some, as in swap: 64MiB',
      );
    }
    const initialContainers = this.initialContainers();
    const initialTasks = [...scenario.tasks].flatMap(([name, keys]): readonly StartOp[] => {
      if (keys !== null) return [this.start(name, keys, ['tasks', name])];
      this.scope.declareTask(name, ['tasks', name]);
      return [];
    });
    const steps = this.steps(scenario.steps, ['steps'], 1);
    // After the steps: a tmpfs file may be charged to a container that they create.
    const objects = [...scenario.objects].flatMap(([name, entry]) => (entry === null ? [] : [this.object(name, entry)]));
    const program: Program = {
      name: scenario.name,
      seed: scenario.seed,
      machine: machineOf(scenario.machine),
      containerPaths: this.scope.paths.names,
      initialContainers,
      objects,
      taskNames: this.scope.tasks.names,
      initialTasks,
      areaNames: this.scope.areas.names,
      sampleNames: this.scope.samples.names,
      pinNames: this.scope.pins.names,
      steps,
      step_count: this.scope.totals.step_count,
      access_count: this.scope.totals.access_count,
    };
    const attack = this.attack(program);
    if (attack === undefined) return program;
    return attack.held_back ? holdBack(program, attack) : { ...program, attack };
  }
}

/** Resolves every name of a scenario. What is wrong goes to `findings`; the program is whole only where there was nothing, and `readTrace` was given. */
export function resolveScenario(input: ResolveInput): Program {
  return new Resolver(input).resolve();
}

/** Makes the program that `simulate` runs. Fails where a trace cannot be read or does not fit; all else parseScenario has checked. */
export function compileScenario({ scenario, source }: { readonly scenario: Scenario; readonly source: Source }, { readTrace }: CompileHost): Result<Program> {
  const findings = new Findings(source);
  const program = resolveScenario({ scenario, source, findings, readTrace });
  const errors = findings.inOrder();
  return errors.length === 0 ? ok(program) : fail(...errors);
}
