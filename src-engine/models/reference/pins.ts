import type { AxisChoices } from '../../scenario/axes.ts';
import type { Op, Program, StartOp, Target } from '../../scenario/program.ts';
import { parentPath } from './program-facts.ts';

/** A page: where it belongs, who refers to it. */
interface Page {
  /** Areas that refer to a private page; of an object's page nothing is said here. */
  readonly areas: Set<Area>;
  readonly object: PageObject | null;
  touched: boolean;
}

interface PageObject {
  readonly pages: readonly Page[];
  /** Shared anonymous memory goes with the last area that maps it; files stay. */
  readonly anonymous: boolean;
  readonly areas: Set<Area>;
}

interface Area {
  readonly task: Task;
  readonly page_count: number;
  readonly object: PageObject | null;
  /** Private memory: page by index. */
  readonly own: Map<number, Page>;
  readonly mapped: Set<number>;
  readonly locked: Set<number>;
}

interface Task {
  readonly user: number;
  readonly memlock_pages: number;
  readonly privileged: boolean;
  alive: boolean;
  container: Container;
  readonly areas: Map<number, Area>;
}

interface Container {
  readonly path: number;
  readonly parent: Container | null;
  exists: boolean;
  pins_max: number;
  refused: number;
}

/** Pages that one call pinned, for which task's life, charged to which container. */
interface Call {
  readonly handle: number;
  readonly task: Task;
  readonly pages: readonly Page[];
  container: Container;
}

/** What the counters of a container must say. */
export interface PinCounters {
  readonly pins: number;
  readonly pins_max: number;
  readonly locked: number;
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

/**
 * Pins and locks of a scenario on a machine with memory enough, by the rules: everything is counted anew from what is pinned and locked whenever it is asked for. Nothing
 * is ever reclaimed or killed here; a page is resident from its first use until nobody refers to it.
 */
export class PinReplay {
  readonly containers: Container[] = [];
  private readonly tasks: (Task | null)[];
  private readonly program: Program;
  private readonly policy: AxisChoices['pins'];
  private readonly objects: PageObject[] = [];
  private readonly every_page: Page[] = [];
  private calls: Call[] = [];

  constructor(program: Program, policy: AxisChoices['pins']) {
    this.program = program;
    this.policy = policy;
    this.tasks = program.taskNames.map(() => null);
    this.create(0, Number.POSITIVE_INFINITY);
    for (const spec of program.initialContainers) this.create(spec.path, spec.pins_max_pages ?? Number.POSITIVE_INFINITY);
    for (const spec of program.objects) this.objects.push(this.newObject('page_count' in spec ? spec.page_count : 0, false));
    for (const op of program.initialTasks) this.start(op);
  }

  /** Carries out one step. Steps of other kinds than those of memory, tasks, containers and pins are not known. */
  step(op: Op): void {
    switch (op.verb) {
      case 'start':
        this.start(op);
        return;
      case 'read':
      case 'peek':
      case 'write':
      case 'touch':
        this.use(op.task, op.target, op.first_page, op.page_count, op.verb === 'write' || op.verb === 'touch');
        return;
      case 'alloc':
        this.withTask(op.task, (task) => this.mapInto(task, op.area, op.page_count, op.shared ? this.newObject(op.page_count, true) : null));
        return;
      case 'map':
        this.withTask(op.task, (task) => {
          const object = this.objects[op.object];
          if (object !== undefined) this.mapInto(task, op.area, object.pages.length, object);
        });
        return;
      case 'unmap':
        this.withArea(op.task, op.area, (task, area) => this.unmap(task, op.area, area, op.first_page, op.page_count));
        return;
      case 'fork':
        this.fork(op.parent, op.child, op.path);
        return;
      case 'move':
        this.withTask(op.task, (task) => {
          const to = this.containerAt(op.path);
          if (to !== null) task.container = to;
        });
        return;
      case 'exit':
        this.withTask(op.task, (task) => {
          for (const [name, area] of [...task.areas]) this.unmap(task, name, area, 0, -1);
          task.alive = false;
        });
        return;
      case 'set': {
        const container = this.containerAt(op.path);
        if (container !== null) container.pins_max = op.limits.pins_max_pages ?? container.pins_max;
        return;
      }
      case 'create':
        if (this.containerAt(op.container.path) === null) this.create(op.container.path, op.container.pins_max_pages ?? Number.POSITIVE_INFINITY);
        return;
      case 'remove':
        this.remove(op.path);
        return;
      case 'pin':
        this.withTask(op.task, (task) => this.pin(task, op.target, op.first_page, op.page_count, op.via));
        return;
      case 'unpin':
      case 'close':
        this.calls = this.calls.filter(({ handle }) => handle !== op.via);
        return;
      case 'mlock':
        this.withArea(op.task, op.area, (task, area) => this.lock(task, area, placesOf(area.page_count, op.first_page, op.page_count)));
        return;
      case 'send':
        // Little enough to arrive at once: what is refused is refused for good, and what is not leaves nothing on account.
        this.withTask(op.task, (task) => {
          if (op.zerocopy === true) this.sendWithoutCopy(task, Math.floor(op.size_bytes / 4096) + 2);
        });
        return;
      case 'munlock':
        this.withArea(op.task, op.area, (_task, area) => {
          for (const index of placesOf(area.page_count, op.first_page, op.page_count)) area.locked.delete(index);
        });
        return;
      default:
        throw new Error(`no rule for ${op.verb}`);
    }
  }

  /** Counters of each container, by the order in which containers were made. */
  counters(): readonly PinCounters[] {
    return this.containers.map((container) => ({
      pins: sum(this.containers.map((other) => (isWithin(other, container) ? this.ownPins(other) : 0))),
      pins_max: container.refused,
      locked: sum(this.containers.map((other) => (isWithin(other, container) ? this.ownLocked(other) : 0))),
    }));
  }

  /** Pages that are mapped in some locked range. */
  unevictablePages(): number {
    return new Set(this.lifeAreas().flatMap((area) => [...area.locked].filter((index) => area.mapped.has(index)).map((index) => pageOf(area, index)))).size;
  }

  /** Pages that are resident. */
  residentPages(): number {
    const pinned = new Set(this.calls.flatMap(({ pages }) => pages));
    return this.every_page.filter((page) => page.touched && (pinned.has(page) || isReferred(page))).length;
  }

  // What counts

  private ownLocked(container: Container): number {
    return sum(this.lifeAreas().map((area) => (area.task.container === container ? area.locked.size : 0)));
  }

  private ownPins(container: Container): number {
    const calls = this.calls.filter((call) => call.container === container);
    if (this.policy === 'none') return 0;
    if (this.policy === 'cgroup-set') return this.setOf(container).size;
    return sum(calls.map(({ pages }) => pages.length)) + this.ownLocked(container);
  }

  private setOf(container: Container): Set<Page> {
    const pages = new Set(this.calls.filter((call) => call.container === container).flatMap((call) => call.pages));
    for (const area of this.lifeAreas()) {
      if (area.task.container !== container) continue;
      for (const index of area.locked) if (area.mapped.has(index)) pages.add(pageOf(area, index));
    }
    return pages;
  }

  /**
   * Null if `wanted` may be pinned or locked; else whether it is RLIMIT_MEMLOCK that forbids it, or the container whose limit does. `wanted`: the pages, null for each that
   * is yet to be made.
   */
  private refuser(task: Task, kind: 'pin' | 'lock', wanted: readonly (Page | null)[]): Container | 'memlock' | null {
    const count = wanted.length;
    if (this.policy === 'none' || count === 0) return null;
    const pinned = (calls: readonly Call[]): number => sum(calls.map(({ pages }) => pages.length));
    const held =
      kind === 'lock'
        ? sum([...task.areas.values()].map((area) => area.locked.size))
        : this.policy === 'rlimit-user'
          ? pinned(this.calls.filter((call) => call.task.user === task.user && !call.task.privileged))
          : pinned(this.calls.filter((call) => call.task === task));
    if (!task.privileged && held + count > task.memlock_pages) return 'memlock';
    if (this.policy === 'rlimit-process' || this.policy === 'rlimit-user') return null;
    const set = this.setOf(task.container);
    const fresh = this.policy === 'cgroup-set' ? wanted.filter((page) => page === null || !set.has(page)).length : count;
    if (fresh === 0) return null;
    const counters = this.counters();
    for (let at: Container | null = task.container; at !== null; at = at.parent) {
      if ((counters[this.containers.indexOf(at)]?.pins ?? 0) + fresh > at.pins_max) return at;
    }
    return null;
  }

  // Steps

  private pin(task: Task, target: Target, first_page: number, page_count: number, handle: number): void {
    const area = target.kind === 'area' ? task.areas.get(target.area) : undefined;
    const object = target.kind === 'object' ? this.objects[target.object] : undefined;
    const length = area?.page_count ?? object?.pages.length;
    if (length === undefined) return;
    const places = placesOf(length, first_page, page_count);
    if (places.length === 0) return;
    const foreseen = places.map((index) => (area === undefined ? (object?.pages[index] ?? null) : this.pageToPin(area, index)));
    const refuser = this.refuser(task, 'pin', foreseen);
    if (refuser !== null) {
      // Only the controller counts what it refuses.
      if (refuser !== 'memlock') refuser.refused++;
      return;
    }
    const pages = places.map((index) => {
      if (area !== undefined) return this.touch(area, index, area.object === null) ?? pageOf(area, index);
      // An object without pages has no places.
      const page = object?.pages[index] as Page;
      page.touched = true;
      return page;
    });
    this.calls.push({ handle, task, pages, container: task.container });
  }

  /** Pages of a send are accounted without a look at them. Who is bound by no RLIMIT_MEMLOCK is not accounted by rlimits. */
  private sendWithoutCopy(task: Task, page_count: number): void {
    const by_rlimit = this.policy === 'rlimit-process' || this.policy === 'rlimit-user';
    if (by_rlimit && (task.privileged || task.memlock_pages === Number.POSITIVE_INFINITY)) return;
    const refuser = this.refuser(
      task,
      'pin',
      Array.from({ length: page_count }, () => null),
    );
    if (refuser !== null && refuser !== 'memlock') refuser.refused++;
  }

  private lock(task: Task, area: Area, places: readonly number[]): void {
    const wanted = places.filter((index) => !area.locked.has(index)).map((index) => this.pageToPin(area, index));
    const refuser = this.refuser(task, 'lock', wanted);
    if (refuser !== null) {
      // Only the controller counts what it refuses.
      if (refuser !== 'memlock') refuser.refused++;
      return;
    }
    for (const index of places) {
      area.locked.add(index);
      this.touch(area, index, area.object === null);
    }
  }

  /** A page of an area that a pin would take as it is; null where the access makes another. */
  private pageToPin(area: Area, index: number): Page | null {
    if (area.object !== null) return pageOf(area, index);
    const page = area.own.get(index);
    return page === undefined || page.areas.size > 1 ? null : page;
  }

  private use(task_id: number, target: Target, first_page: number, page_count: number, write: boolean): void {
    this.withTask(task_id, (task) => {
      if (target.kind === 'object') {
        const pages = this.objects[target.object]?.pages ?? [];
        for (const index of placesOf(pages.length, first_page, page_count)) for (const page of pages.slice(index, index + 1)) page.touched = true;
        return;
      }
      const area = task.areas.get(target.area);
      if (area === undefined) return;
      for (const index of placesOf(area.page_count, first_page, page_count)) this.touch(area, index, write);
    });
  }

  /** A load or store. Returns the page that is there now; null for a load from memory never written. */
  private touch(area: Area, index: number, write: boolean): Page | null {
    if (area.object !== null) {
      area.mapped.add(index);
      const page = pageOf(area, index);
      page.touched = true;
      return page;
    }
    const before = area.own.get(index);
    if (before === undefined && !write) return null;
    area.mapped.add(index);
    if (before !== undefined && !(write && before.areas.size > 1)) return before;
    before?.areas.delete(area);
    const page = this.newPage(null);
    page.touched = true;
    page.areas.add(area);
    area.own.set(index, page);
    return page;
  }

  private mapInto(task: Task, name: number, page_count: number, object: PageObject | null): void {
    const old = task.areas.get(name);
    if (old !== undefined) this.unmap(task, name, old, 0, -1);
    const area: Area = { task, page_count, object, own: new Map(), mapped: new Set(), locked: new Set() };
    object?.areas.add(area);
    task.areas.set(name, area);
  }

  private unmap(task: Task, name: number, area: Area, first_page: number, page_count: number): void {
    const places = placesOf(area.page_count, first_page, page_count);
    for (const index of places) {
      area.own.get(index)?.areas.delete(area);
      area.own.delete(index);
      area.mapped.delete(index);
      area.locked.delete(index);
    }
    if (places.length < area.page_count) return;
    area.object?.areas.delete(area);
    task.areas.delete(name);
  }

  private start(op: StartOp): void {
    const container = this.containerAt(op.path);
    if (this.tasks[op.task]?.alive === true || container === null) return;
    const memlock_pages = Math.floor(op.memlock_bytes / 4096);
    this.tasks[op.task] = { user: op.user, memlock_pages, privileged: op.privileged, alive: true, container, areas: new Map() };
  }

  private fork(parent_id: number, child_id: number, path: number | undefined): void {
    this.withTask(parent_id, (parent) => {
      const container = path === undefined ? parent.container : this.containerAt(path);
      if (this.tasks[child_id]?.alive === true || container === null) return;
      const child: Task = { ...parent, container, areas: new Map() };
      this.tasks[child_id] = child;
      for (const [name, area] of parent.areas) {
        const copy: Area = { ...area, task: child, own: new Map(area.own), mapped: new Set(area.object === null ? area.mapped : []), locked: new Set() };
        for (const page of copy.own.values()) page.areas.add(copy);
        copy.object?.areas.add(copy);
        child.areas.set(name, copy);
      }
    });
  }

  private create(path: number, pins_max: number): void {
    const parent_path = parentPath(this.program, path);
    const parent = parent_path === null ? null : this.containerAt(parent_path);
    if (parent === null && parent_path !== null) return;
    this.containers.push({ path, parent, exists: true, pins_max, refused: 0 });
  }

  private remove(path: number): void {
    const container = this.containerAt(path);
    if (container === null) return;
    const has_tasks = this.tasks.some((task) => task?.alive === true && task.container === container);
    if (has_tasks || this.containers.some((child) => child.exists && child.parent === container)) return;
    container.exists = false;
    // Without a controller no container is held: its parent shows what was pinned from it.
    if (this.policy !== 'rlimit-process' && this.policy !== 'rlimit-user') return;
    for (const call of this.calls) if (call.container === container && container.parent !== null) call.container = container.parent;
  }

  // Looking up

  private withTask(id: number, then: (task: Task) => void): void {
    const task = this.tasks[id];
    if (task?.alive === true) then(task);
  }

  private withArea(id: number, name: number, then: (task: Task, area: Area) => void): void {
    this.withTask(id, (task) => {
      const area = task.areas.get(name);
      if (area !== undefined) then(task, area);
    });
  }

  private containerAt(path: number): Container | null {
    return this.containers.find((container) => container.exists && container.path === path) ?? null;
  }

  private lifeAreas(): readonly Area[] {
    return this.tasks.flatMap((task) => (task?.alive === true ? [...task.areas.values()] : []));
  }

  private newObject(page_count: number, anonymous: boolean): PageObject {
    const pages: Page[] = [];
    const object: PageObject = { pages, anonymous, areas: new Set() };
    for (let index = 0; index < page_count; index++) pages.push(this.newPage(object));
    return object;
  }

  private newPage(object: PageObject | null): Page {
    const page: Page = { areas: new Set(), object, touched: false };
    this.every_page.push(page);
    return page;
  }
}

function pageOf(area: Area, index: number): Page {
  const page = area.object === null ? area.own.get(index) : area.object.pages[index];
  if (page === undefined) throw new Error(`no page ${index}`);
  return page;
}

const isReferred = (page: Page): boolean => (page.object === null ? page.areas.size > 0 : !page.object.anonymous || page.object.areas.size > 0);

const placesOf = (length: number, first: number, count: number): readonly number[] =>
  Array.from({ length: Math.max(0, (count === -1 ? length : Math.min(length, first + count)) - first) }, (_, at) => first + at);

function isWithin(container: Container, ancestor: Container): boolean {
  return container === ancestor || (container.parent !== null && isWithin(container.parent, ancestor));
}
