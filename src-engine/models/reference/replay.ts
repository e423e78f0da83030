import type { ContainerSpec, LimitsSpec, Op, Program, Target } from '../../scenario/program.ts';
import type { Fact, PageClass, World } from './facts.ts';
import { takeAround } from './fault-around.ts';
import type { Given } from './given.ts';
import { objectsAttached, objectsUsedAcrossContainers, parentPath } from './program-facts.ts';
import { type Area, byNumber, type Container, type NaiveObject, type Page, pageAt, type Task } from './replay-state.ts';

/** The engine did something that the reference did not expect. */
export class Disagreement extends Error {}

/** The task was killed or its operation failed: nothing more of this operation happens. */
class Stop extends Error {}

/**
 * Carries out a scenario with plain maps and sets and tells the facts. What it does not know itself (what reclaim takes, whom the killer chooses) it takes from
 * the engine's events; that the engine brings in and maps exactly the pages that it expects, in that order, it checks.
 */
export class Replay {
  readonly facts: Fact[] = [];
  readonly containers: Container[] = [];
  readonly tasks: Task[] = [];
  readonly pages: Page[] = [];
  private readonly program: Program;
  private readonly refuses_around: boolean;
  private readonly objects: NaiveObject[] = [];
  private readonly shared_objects: ReadonlySet<number>;
  /** Shared-memory containers by object. */
  private readonly lenders = new Map<number, number>();
  private given: Given[] = [];
  private task_at_work = -1;
  private killed_at_work = false;

  /** `given`: the facts before the first step. `lends`: whether the model makes shared-memory containers. `refuses`: whether it may refuse what a fault maps around itself. */
  constructor(program: Program, given: readonly Given[], lends = false, refuses = false) {
    this.program = program;
    this.refuses_around = refuses;
    this.shared_objects = objectsUsedAcrossContainers(program);
    this.given = [...given];
    this.createContainer({ path: 0 as ContainerSpec['path'] }, null);
    if (lends) {
      for (const object of objectsAttached(program)) {
        this.lenders.set(object, this.containers.length);
        this.containers.push({ path: -1, parent: 0, guarantee_pages: 0, move_charge: 0, exists: true });
      }
    }
    for (const spec of program.initialContainers) {
      const parent = parentPath(program, spec.path);
      if (parent !== null && this.containerOf(parent) !== null) this.createContainer(spec, parent);
    }
    let engine_base = 0;
    for (const spec of program.objects) {
      const has_pages = spec.kind === 'file' || spec.kind === 'tmpfs';
      this.createObject(has_pages ? spec.kind : 'file', has_pages && spec.charge_to !== undefined ? this.containerOf(spec.charge_to) : null, engine_base);
      if (has_pages) engine_base += spec.page_count;
    }
    for (const _ of program.taskNames) this.tasks.push({ alive: false, container: -1, areas: new Map() });
    for (const op of program.initialTasks) this.op(op);
    while (this.given.length > 0) this.takeNext();
  }

  readonly world: World = {
    classOf: (page) => this.page(page).class,
    payerOf: (page) => this.object(this.page(page).object).payer,
    objectOf: (page) => this.page(page).object,
    isShared: (page) => this.shared_objects.has(this.page(page).object),
    lenderOf: (page) => this.lenders.get(this.page(page).object) ?? null,
    parentOf: (container) => this.containers[container]?.parent ?? -1,
    zonePages: () => this.program.machine.zone_pages,
    childrenOf: (container) => this.containers.flatMap((child, id) => (child.parent === container ? [id] : [])),
    guaranteeOf: (container) => this.containers[container]?.guarantee_pages ?? 0,
  };

  /** Whether pages can be in swap. */
  get has_swap(): boolean {
    return this.program.machine.swap_pages > 0;
  }

  /** Carries out one operation; `given` are the facts of its step. */
  step(op: Op, given: readonly Given[]): void {
    this.given = [...given];
    this.facts.push({ kind: 'step' });
    try {
      this.op(op);
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
    this.task_at_work = -1;
    while (this.given.length > 0) this.takeNext();
  }

  /** Entries in page tables that show the page. */
  mappingCount(page: Page): number {
    let count = 0;
    for (const { areas } of this.tasks) for (const area of areas.values()) for (const index of area.present.keys()) if (pageAt(area, index) === page) count++;
    return count;
  }

  rssPages(task: number): number {
    let count = 0;
    for (const area of this.tasks[task]?.areas.values() ?? []) count += area.present.size;
    return count;
  }

  /** Private pages of the task that are in swap. */
  swapPages(task: number): number {
    let count = 0;
    for (const area of this.tasks[task]?.areas.values() ?? []) {
      if (area.object === null) for (const page of area.pages.values()) if (page.swapped) count++;
    }
    return count;
  }

  private op(op: Op): void {
    switch (op.verb) {
      case 'start':
        return this.start(op.task, op.path);
      case 'read':
      case 'write':
      case 'peek':
      case 'touch':
        return this.access(op.task, op.target, op.first_page, op.page_count, op.verb === 'write' || op.verb === 'touch', 'sync' in op && op.sync);
      case 'alloc':
        return this.alloc(op.task, op.area, op.page_count, op.shared);
      case 'map':
        return this.mapObject(op.task, op.area, op.object);
      case 'unmap':
        return this.unmapRange(op.task, op.area, op.first_page, op.page_count);
      case 'fork':
        return this.fork(op.parent, op.child, op.path);
      case 'move':
        return this.move(op.task, op.path);
      case 'exit':
        return this.exit(op.task);
      case 'create':
        return this.create(op.container);
      case 'remove':
        return this.remove(op.path);
      case 'drop-caches':
        return this.dropCaches(op.what);
      case 'set':
        this.attach(this.containerOf(op.path), op.limits);
        return this.setMoveCharge(this.containerOf(op.path), op.limits);
      case 'reclaim':
      case 'sleep':
      case 'sample':
      case 'expect':
        return;
      default:
        throw new Error(`the reference does not know the verb ${op.verb}`);
    }
  }

  // Tasks

  private start(id: number, path: number): void {
    const container = this.containerOf(path);
    const task = this.task(id);
    if (task.alive || container === null) return;
    task.alive = true;
    task.container = container;
  }

  private fork(parent_id: number, child_id: number, path: number | undefined): void {
    const parent = this.task(parent_id);
    const child = this.task(child_id);
    const container = path === undefined ? parent.container : this.containerOf(path);
    if (!parent.alive || child.alive || container === null) return;
    child.alive = true;
    child.container = container;
    for (const [name, area] of parent.areas) {
      const pages = area.object === null ? new Map(area.pages) : area.pages;
      const copy: Area = { object: area.object, page_count: area.page_count, pages, present: new Map() };
      child.areas.set(name, copy);
      if (area.object !== null) {
        area.object.area_count++;
        continue;
      }
      for (const index of [...area.present.keys()].sort(byNumber)) {
        area.present.set(index, 'read-only');
        this.map(child_id, copy, index, 'read-only');
      }
    }
  }

  private move(id: number, path: number): void {
    const task = this.task(id);
    const to = this.containerOf(path);
    if (!task.alive || to === null || to === task.container) return;
    // What makes room for charges that come along is taken before anything moves; where there is none the task stays.
    while (this.given.length > 0 && this.given[0]?.kind !== 'recharge' && this.given[0]?.kind !== 'fail') this.takeNext();
    if (this.given[0]?.kind === 'fail') return;
    this.tellMove(task, to);
    const mapped = [...task.areas.values()].flatMap((area) => [...area.present.keys()].sort(byNumber).map((index) => pageAt(area, index).id));
    for (const page of mapped) this.facts.push({ kind: 'unmap', page, container: task.container, moving: true });
    for (const page of mapped) this.facts.push({ kind: 'map', page, container: to, moving: true });
    task.container = to;
  }

  private tellMove(task: Task, to: number): void {
    const pages = new Set<Page>();
    const swapped = new Set<Page>();
    for (const area of task.areas.values()) {
      for (const [index, page] of area.pages) {
        if (index >= area.page_count) continue;
        if (page.resident && (area.present.has(index) || this.mappingCount(page) === 0)) pages.add(page);
        if (page.swapped && area.object === null) swapped.add(page);
      }
    }
    const flags = this.containers[to]?.move_charge ?? 0;
    this.facts.push({ kind: 'task-moves', from: task.container, to, flags, pages: [...pages].map(({ id }) => id), swapped: [...swapped].map(({ id }) => id) });
  }

  private exit(id: number): void {
    const task = this.task(id);
    if (!task.alive) return;
    for (const name of [...task.areas.keys()]) this.dropArea(task, name);
    task.alive = false;
  }

  // Memory

  private alloc(id: number, name: number, page_count: number, shared: boolean): void {
    const task = this.task(id);
    if (!task.alive) return;
    this.dropArea(task, name);
    const object = shared ? this.createObject('shared-anon', task.container, null) : null;
    if (object !== null) object.area_count++;
    task.areas.set(name, { object, page_count, pages: object?.pages ?? new Map(), present: new Map() });
  }

  private mapObject(id: number, name: number, object_index: number): void {
    const task = this.task(id);
    if (!task.alive) return;
    this.dropArea(task, name);
    const object = this.object(object_index);
    const spec = this.program.objects[object_index];
    if (spec === undefined || !('page_count' in spec)) throw new Error('only files and tmpfs can be mapped');
    object.area_count++;
    task.areas.set(name, { object, page_count: spec.page_count, pages: object.pages, present: new Map() });
  }

  private access(id: number, target: Target, first_page: number, page_count: number, write: boolean, sync: boolean): void {
    const task = this.task(id);
    if (!task.alive) return;
    this.task_at_work = id;
    this.killed_at_work = false;
    if (target.kind === 'object') {
      const object = this.object(target.object);
      const spec = this.program.objects[target.object];
      const end = page_count === -1 && spec !== undefined && 'page_count' in spec ? spec.page_count : first_page + page_count;
      for (let index = first_page; index < end; index++) {
        const page = this.pageOfObject(object, index);
        this.makeResident(page, task.container);
        this.use(page, task.container);
        if (write) page.dirty = !(sync && page.class === 'file');
      }
      return;
    }
    const area = task.areas.get(target.area);
    if (area === undefined) return;
    const end = page_count === -1 ? area.page_count : first_page + page_count;
    for (let index = first_page; index < end; index++) {
      if (area.object === null) this.accessPrivate(id, area, index, write);
      else this.accessShared(id, area, area.object, index, write);
    }
  }

  private accessShared(id: number, area: Area, object: NaiveObject, index: number, write: boolean): void {
    const page = this.pageOfObject(object, index);
    if (page.resident) this.noticeLoss(page, id);
    if (!area.present.has(index)) {
      // What has to be read in is mapped after what is around it, what is there before.
      const before = this.given.slice(
        0,
        this.given.findIndex((fact) => fact.kind === 'map' || fact.kind === 'page-in'),
      );
      const was_resident = page.resident && !before.some((fact) => fact.kind === 'evict' && fact.engine_page === page.engine_page);
      if (!write && !was_resident) this.mapAround(id, area, object, index);
      this.makeResident(page, this.task(id).container);
      this.takeUntilMap(page, id);
      this.makeSure(page.resident, page, 'is gone before it is mapped');
      this.map(id, area, index, 'writable');
      this.use(page, this.task(id).container);
      if (!write && was_resident) this.mapAround(id, area, object, index);
    }
    if (write) page.dirty = true;
  }

  private mapAround(id: number, area: Area, object: NaiveObject, index: number): void {
    const map = (at: number): void => {
      this.given.shift();
      this.map(id, area, at, 'writable');
    };
    const hands = { given: () => this.given, takeNext: () => this.takeNext(), pageAt: (at: number) => this.pageOfObject(object, at), map };
    const { fault_around_pages: stretch_pages = 0 } = this.program.machine;
    const missed = takeAround({ task: id, area, index, stretch_pages, may_refuse: this.refuses_around, ...hands });
    if (missed !== null) throw new Disagreement(`task ${id} should map page ${missed} around a fault; the engine does not`);
  }

  private accessPrivate(id: number, area: Area, index: number, write: boolean): void {
    const { container } = this.task(id);
    let page = area.pages.get(index);
    if (page === undefined) {
      // A load from memory never written sees the zero page, which is nobody's.
      if (!write) return;
      page = this.createPage('anon', -1, null);
      this.makeResident(page, container);
      area.pages.set(index, page);
      this.takeUntilMap(page, id);
      this.map(id, area, index, 'writable');
      return;
    }
    this.noticeLoss(page, id);
    if (!area.present.has(index)) {
      this.makeResident(page, container);
      this.takeUntilMap(page, id);
      this.map(id, area, index, this.referenceCount(page) > 1 ? 'read-only' : 'writable');
      this.use(page, container);
    }
    if (!write || area.present.get(index) === 'writable') return;
    if (this.referenceCount(page) === 1) {
      area.present.set(index, 'writable');
      return;
    }
    const copy = this.createPage('anon', -1, null);
    this.makeResident(copy, container);
    this.takeUntilMap(copy, id);
    if (area.present.has(index)) this.unmap(id, area, index);
    area.pages.set(index, copy);
    this.map(id, area, index, 'writable');
    this.dropIfUnreferenced(page);
  }

  private unmapRange(id: number, name: number, first_page: number, page_count: number): void {
    const task = this.task(id);
    const area = task.areas.get(name);
    if (!task.alive || area === undefined) return;
    if (first_page === 0 && (page_count === -1 || page_count >= area.page_count)) return this.dropArea(task, name);
    const end = page_count === -1 ? area.page_count : first_page + page_count;
    for (let index = first_page; index < end; index++) this.dropPage(task, area, index);
  }

  private dropArea(task: Task, name: number): void {
    const area = task.areas.get(name);
    if (area === undefined) return;
    for (let index = 0; index < area.page_count; index++) this.dropPage(task, area, index);
    task.areas.delete(name);
    if (area.object === null) return;
    area.object.area_count--;
    if (area.object.class === 'shared-anon' && area.object.area_count === 0) for (const page of area.object.pages.values()) this.free(page);
  }

  private dropPage(task: Task, area: Area, index: number): void {
    if (area.present.has(index)) this.unmap(this.tasks.indexOf(task), area, index);
    const page = area.pages.get(index);
    if (area.object !== null || page === undefined) return;
    area.pages.delete(index);
    this.dropIfUnreferenced(page);
  }

  private dropCaches(what: 'pagecache' | 'slab' | 'all'): void {
    if (what === 'slab') return;
    for (const page of this.pages) if (page.class === 'file' && page.resident && !page.dirty && this.mappingCount(page) === 0) this.free(page);
  }

  private makeResident(page: Page, container: number): void {
    this.noticeLoss(page, this.task_at_work);
    if (page.resident) return;
    this.facts.push({ kind: 'want', page: page.id, container });
    this.takeUntilPageIn(page);
    // A task that dies while it is charged still brings the page in; its own memory goes with it.
    if (this.killed_at_work && (page.class === 'anon' || page.class === 'shared-anon')) throw new Stop();
    this.facts.push({ kind: 'insert', page: page.id, container, again: page.swapped });
    page.resident = true;
    page.dirty = false;
    page.swapped = false;
    if (this.killed_at_work) throw new Stop();
  }

  private map(id: number, area: Area, index: number, mode: 'writable' | 'read-only'): void {
    area.present.set(index, mode);
    this.facts.push({ kind: 'map', page: pageAt(area, index).id, container: this.task(id).container, moving: false });
  }

  private unmap(id: number, area: Area, index: number): void {
    area.present.delete(index);
    this.facts.push({ kind: 'unmap', page: pageAt(area, index).id, container: this.task(id).container, moving: false });
  }

  private use(page: Page, container: number): void {
    if (this.containers.some(({ exists }) => !exists)) this.facts.push({ kind: 'use', page: page.id, container });
  }

  private free(page: Page): void {
    if (page.resident) this.facts.push({ kind: 'free', page: page.id });
    page.resident = false;
    page.swapped = false;
  }

  private dropIfUnreferenced(page: Page): void {
    if (this.referenceCount(page) === 0) this.free(page);
  }

  /** Areas that have the private page at some index, in the page table or not. */
  private referenceCount(page: Page): number {
    let count = 0;
    for (const { areas } of this.tasks) for (const area of areas.values()) if ([...area.pages.values()].includes(page)) count++;
    return count;
  }

  // Containers

  /** A container that the model cannot have takes a number too, and is gone at once. */
  private createContainer({ path, min_pages = 0, ...limits }: ContainerSpec, parent: number | null): void {
    this.attach(this.containers.length, limits);
    const exists = !this.given.some((fact) => fact.kind === 'no-container' && fact.path === path);
    this.containers.push({
      path,
      parent: parent === null ? -1 : (this.containerOf(parent) ?? 0),
      guarantee_pages: min_pages,
      move_charge: limits.move_charge ?? 0,
      exists,
    });
  }

  private attach(container: number | null, { smemcg = [] }: LimitsSpec): void {
    if (container !== null) for (const { object } of smemcg) this.facts.push({ kind: 'attach', container, object });
  }

  private setMoveCharge(container: number | null, { move_charge }: LimitsSpec): void {
    const found = container === null ? undefined : this.containers[container];
    if (found !== undefined && move_charge !== undefined) found.move_charge = move_charge;
  }

  private create(spec: ContainerSpec): void {
    const { path } = spec;
    if (this.containerOf(path) !== null) return;
    const parent = parentPath(this.program, path);
    if (parent === null || this.containerOf(parent) === null) return;
    this.createContainer(spec, parent);
  }

  private remove(path: number): void {
    const id = this.containerOf(path);
    if (id === null) return;
    const container = this.containers[id];
    const has_tasks = this.tasks.some((task) => task.alive && task.container === id);
    const has_children = this.containers.some((child) => child.exists && child.parent === id);
    if (container === undefined || has_tasks || has_children) return;
    while (this.given.length > 0) this.takeNext();
    container.exists = false;
    this.facts.push({ kind: 'remove', container: id, parent: container.parent });
  }

  private containerOf(path: number): number | null {
    const id = this.containers.findIndex((container) => container.exists && container.path === path);
    return id === -1 ? null : id;
  }

  // What is given

  /** Takes the next given fact. */
  private takeNext(): void {
    const fact = this.given.shift();
    if (fact === undefined) return;
    switch (fact.kind) {
      case 'evict':
        return this.evict(this.pageByEngine(fact.engine_page));
      case 'reclaim-unmap':
        return this.unmapEverywhere(this.pageByEngine(fact.engine_page), (id) => id === fact.task);
      case 'removal-free':
        return this.free(this.pageByEngine(fact.engine_page));
      case 'kill':
        this.exit(fact.task);
        if (fact.task === this.task_at_work) this.killed_at_work = true;
        return;
      case 'fail':
        if (fact.task === this.task_at_work) throw new Stop();
        return;
      case 'recharge':
        this.facts.push({ kind: 'recharge', page: this.pageByEngine(fact.engine_page).id, container: fact.container });
        return;
      case 'zone':
      case 'limit-met':
        this.facts.push(fact);
        return;
      case 'no-container':
        return;
      default:
        // A fork maps at once what the reference has mapped already.
        if (fact.kind === 'map' && this.isMapped(this.pageByEngine(fact.engine_page), fact.task)) return;
        throw new Disagreement(`the engine has ${fact.kind} of page ${fact.engine_page} by task ${fact.task}, which nothing in the scenario asks for`);
    }
  }

  private takeUntilPageIn(page: Page): void {
    const at = this.given.findIndex((fact) => fact.kind === 'page-in');
    const expected = this.given[at];
    // Without it the step must end in a failure or a kill.
    while (this.given.length > 0 && this.given[0] !== expected) this.takeNext();
    this.given.shift();
    if (expected === undefined && this.killed_at_work) throw new Stop();
    if (expected === undefined || expected.kind !== 'page-in' || (page.engine_page !== null && page.engine_page !== expected.engine_page)) {
      throw new Disagreement(`page ${page.engine_page ?? `of class ${page.class}`} should become resident; the engine has ${JSON.stringify(expected)}`);
    }
    page.engine_page = expected.engine_page;
  }

  private takeUntilMap(page: Page, task: number): void {
    while (this.given.length > 0) {
      const fact = this.given[0];
      if (fact?.kind === 'map' && fact.engine_page === page.engine_page && fact.task === task) {
        this.given.shift();
        return;
      }
      this.takeNext();
      if (this.killed_at_work) throw new Stop();
    }
    throw new Disagreement(`task ${task} should map page ${page.engine_page}; the engine does not`);
  }

  /** If the next page or mapping that the engine makes is this very page, reclaim must have taken it: the facts until then come first. Only of a page that is there. */
  private noticeLoss(page: Page, task: number): void {
    const at = this.given.findIndex((fact) => fact.kind === 'page-in' || fact.kind === 'map');
    const next = this.given[at];
    if (next === undefined || !('engine_page' in next) || next.engine_page !== page.engine_page) return;
    if (next.kind === 'map' && 'task' in next && next.task !== task) return;
    while (this.given[0] !== next) this.takeNext();
    if (this.killed_at_work && next.kind === 'map') throw new Stop();
  }

  private evict(page: Page): void {
    this.makeSure(page.resident, page, 'is evicted, but it is not resident');
    this.makeSure(page.class !== 'file' || !page.swapped, page, 'is a file page and cannot be swapped');
    this.unmapEverywhere(page, () => true);
    this.free(page);
    page.swapped = page.class !== 'file';
  }

  private unmapEverywhere(page: Page, of_task: (task: number) => boolean): void {
    this.tasks.forEach((task, id) => {
      if (!of_task(id)) return;
      for (const area of task.areas.values()) {
        for (const index of [...area.present.keys()]) if (pageAt(area, index) === page) this.unmap(id, area, index);
      }
    });
  }

  private isMapped(page: Page, task: number): boolean {
    for (const area of this.task(task).areas.values()) for (const index of area.present.keys()) if (pageAt(area, index) === page) return true;
    return false;
  }

  // Lookups

  private makeSure(condition: boolean, page: Page, message: string): void {
    if (!condition) throw new Disagreement(`page ${page.engine_page} (${page.class}) ${message}`);
  }

  private createObject(page_class: PageClass, payer: number | null, engine_base: number | null): NaiveObject {
    const object: NaiveObject = { id: this.objects.length, class: page_class, payer, pages: new Map(), engine_base, area_count: 0 };
    this.objects.push(object);
    return object;
  }

  private createPage(page_class: PageClass, object: number, engine_page: number | null): Page {
    const page: Page = { id: this.pages.length, class: page_class, object, engine_page, resident: false, swapped: false, dirty: false };
    this.pages.push(page);
    return page;
  }

  private pageOfObject(object: NaiveObject, index: number): Page {
    const known = object.pages.get(index);
    if (known !== undefined) return known;
    const page = this.createPage(object.class, object.id, object.engine_base === null ? null : object.engine_base + index);
    object.pages.set(index, page);
    return page;
  }

  private pageByEngine(engine_page: number): Page {
    // Private pages get a fresh number each time an index is used anew, so that the last page of a number is meant.
    const page = this.pages.findLast((candidate) => candidate.engine_page === engine_page);
    if (page === undefined) throw new Disagreement(`the engine speaks of page ${engine_page}, which was never brought in`);
    return page;
  }

  private page(id: number): Page {
    return this.pages[id] as Page;
  }

  private object(id: number): NaiveObject {
    // Private pages have no object of their own; nobody else uses them.
    return this.objects[id] ?? { id: -1, class: 'anon', payer: null, pages: new Map(), engine_base: null, area_count: 0 };
  }

  private task(id: number): Task {
    return this.tasks[id] as Task;
  }
}
