import { NO_PAGE, ROOT_CONTAINER } from '../../base/ids.ts';
import type { Population } from '../../containers/population.ts';
import { COUNTER } from '../../record/counters.ts';
import { FAULT, FREE, KIND, OBJECT_CLASS } from '../../record/events.ts';
import type { TaskMemory } from '../kernel/task-memory.ts';
import type { Machine } from '../machine.ts';
import { type AnonymousArea, type Compressing, compressingOf, createAnonymous } from '../pages/anonymous.ts';
import { FRAME } from '../pages/frame-flags.ts';
import type { Hugetlb } from '../pages/hugetlb.ts';
import {
  type Area,
  chunkPageCount,
  forkedArea,
  HUGE_PAGE_PAGES,
  isPageCache,
  isPageOf,
  isReclaimable,
  type MemoryObject,
  NO_PAGE_YET,
  PTE,
} from '../pages/objects.ts';
import { DENIED } from '../policies/policy.ts';
import { mapAround } from './fault-around.ts';
import { LockedPages } from './locked-pages.ts';
import { movePayer } from './move-task.ts';
import type { Overcommit } from './overcommit.ts';
import { readEntryBits, writeBack } from './shared-writes.ts';
import type { Credentials, TaskHooks } from './task-hooks.ts';

/** Tasks and what they map. Every access of a task to memory goes through here. */
export class AddressSpaces {
  /** By task: the container that is charged, and the one that it lives in, which may have no memory controller. */
  readonly container: Int32Array;
  readonly cgroup: Int32Array;
  readonly alive: Uint8Array;
  /** The processor that each task runs on. */
  readonly cpu: Uint8Array;
  readonly rss_pages: Float64Array;
  /** Areas by name, of each task. A task keeps its areas in the order in which it mapped them. */
  readonly areas: Map<number, Area>[];
  /** Task that is on its way to another container; −1: none. What it maps is told to the policy as unmapped and mapped again meanwhile. */
  moving_task = -1;
  /** Stacks and page tables of tasks; null where they are not counted. */
  kernel_memory: TaskMemory | null = null;
  hugetlb: Hugetlb | null = null;
  population: Population | null = null;
  overcommit: Overcommit | null = null;
  /** Page-table entries that map a page, of all tasks. */
  mapping_count = 0;
  /** Steps along reverse maps taken so far to tell a container's first and last mapping. */
  rmap_steps = 0;
  /** Of tasks that have started. */
  readonly credentials: Credentials[] = [];
  readonly locked_pages: LockedPages;
  readonly hooks: TaskHooks;
  private readonly machine: Machine;
  private readonly task_names: readonly string[];
  private readonly area_names: readonly string[];

  constructor(machine: Machine, task_names: readonly string[], area_names: readonly string[], hooks: TaskHooks) {
    this.machine = machine;
    this.locked_pages = new LockedPages(machine, hooks, (area, index) => this.pageOf(area, index));
    this.hooks = hooks;
    this.task_names = task_names;
    this.area_names = area_names;
    this.container = new Int32Array(task_names.length).fill(-1);
    this.cgroup = new Int32Array(task_names.length).fill(-1);
    this.alive = new Uint8Array(task_names.length);
    this.cpu = new Uint8Array(task_names.length);
    this.rss_pages = new Float64Array(task_names.length);
    this.areas = task_names.map(() => new Map());
  }

  /** Puts a task to life in a container. `parent` −1: started, not forked. False: there is no memory for its stack. */
  start(task: number, cgroup: number, parent: number, credentials: Credentials): boolean {
    const container = this.machine.tree.memoryOf(cgroup);
    if (this.kernel_memory?.admits(task, container, parent) === false) return false;
    this.container[task] = container;
    this.cgroup[task] = cgroup;
    this.credentials[task] = credentials;
    this.alive[task] = 1;
    this.rss_pages[task] = 0;
    this.areas[task].clear();
    this.machine.tree.live_task_count[cgroup]++;
    this.machine.log.emit(KIND.task_start, 0, task, cgroup, 0, parent, 0);
    this.population?.entered(cgroup);
    this.hooks.started(task, parent);
    return true;
  }

  /** Ends a task: its mappings go, and with them the anonymous pages that nobody else maps. */
  exit(task: number, killed: boolean): void {
    this.hooks.exiting(task);
    for (const name of [...this.areas[task].keys()]) this.unmapArea(task, name, FREE.exit);
    const cgroup = this.cgroup[task];
    this.alive[task] = 0;
    this.machine.tree.live_task_count[cgroup]--;
    this.machine.log.emit(KIND.task_exit, killed ? 1 : 0, task, cgroup, 0, 0, 0);
    this.population?.left(cgroup);
  }

  /** Moves a task; where that changes who is charged for it, what it maps is told to the policy (move-task.ts). */
  move(task: number, to: number): void {
    const { tree, log } = this.machine;
    const from = this.cgroup[task];
    const payer = tree.memoryOf(to);
    if (payer !== this.container[task]) movePayer(this, this.machine, task, payer);
    this.cgroup[task] = to;
    tree.live_task_count[from]--;
    tree.live_task_count[to]++;
    log.emit(KIND.task_move, 0, task, to, 0, from, 0);
    this.population?.entered(to);
    this.population?.left(from);
  }

  /** A new private (or shared) anonymous area. */
  alloc(task: number, name: number, page_count: number, shared: boolean, is_huge: boolean, compressing: Compressing = {}): MemoryObject {
    const kind = is_huge ? OBJECT_CLASS.hugetlb : shared ? OBJECT_CLASS.tmpfs : OBJECT_CLASS.anon;
    const object = this.createAnonymous({ task, name, page_count, ...compressing }, kind);
    this.addArea(task, name, object, page_count, shared || is_huge, shared || is_huge ? null : new Int32Array(page_count).fill(NO_PAGE_YET));
    return object;
  }

  /** Maps an object, shared. Nothing is faulted in. */
  mapObject(task: number, name: number, object: MemoryObject): void {
    this.addArea(task, name, object, object.page_count, true, null);
  }

  /** `fork()`: private memory is shared until somebody writes; shared mappings are inherited and faulted in on use. False: no memory for stack or page tables. */
  fork(parent: number, child: number, container: number): boolean {
    const { machine } = this;
    this.cpu[child] = this.cpu[parent];
    if (!this.start(child, container, parent, this.credentials[parent])) return false;
    for (const [name, area] of this.areas[parent]) {
      if (area.pages === null) {
        this.addArea(child, name, machine.objects[area.object], area.page_count, true, null);
        continue;
      }
      if (this.overcommit?.admits(parent, area.page_count) === false) {
        this.exit(child, false);
        return false;
      }
      const pages = area.pages.slice();
      const copy = forkedArea(area, child, pages);
      this.areas[child].set(name, copy);
      area.object = -1;
      let last_object = -1;
      for (let index = 0; index < pages.length; index++) {
        const page = pages[index];
        if (page === NO_PAGE_YET) {
          copy.bits[index] = area.bits[index];
          continue;
        }
        last_object = this.link(copy, page, last_object);
        // A page table may take reclaim, or a kill: the page may be gone after it, or one of the two tasks.
        const covered = (area.bits[index] & PTE.present) === 0 || this.kernel_memory?.cover(copy, index, 'blocking') !== false;
        if (!covered || this.alive[parent] === 0) {
          if (this.alive[child] === 1) this.exit(child, false);
          return false;
        }
        if ((area.bits[index] & PTE.present) === 0) continue;
        area.bits[index] |= PTE.write_protected;
        this.setPresent(copy, index, page, PTE.write_protected, FAULT.none);
      }
    }
    return true;
  }

  /** read() of one page of a file or tmpfs object. False: it failed for want of memory, or the task was killed. */
  readPage(task: number, object: MemoryObject, page: number): boolean {
    const { machine } = this;
    machine.log.now_ns += machine.spec.costs.page_touch_ns;
    if (machine.frameOf(page) < 0 && !this.bringIn(task, object, page, false, object.kind === OBJECT_CLASS.file)) return false;
    const frame = machine.frameOf(page);
    machine.markAccessed(frame);
    machine.on_access?.(frame, task);
    return true;
  }

  /** write() of one page of a file or tmpfs object; the whole page, so nothing is read first. `sync`: written back at once. */
  writePage(task: number, object: MemoryObject, page: number, sync: boolean): boolean {
    const { machine } = this;
    machine.log.now_ns += machine.spec.costs.page_touch_ns;
    if (machine.frameOf(page) < 0 && !this.bringIn(task, object, page, true, false)) return false;
    const frame = machine.frameOf(page);
    machine.dirty(frame, task);
    // Page cache is marked by reads only (since 4.7); tmpfs by writes too (SGP_WRITE).
    if (object.kind !== OBJECT_CLASS.file) machine.markAccessed(frame);
    if (sync && object.kind === OBJECT_CLASS.file) writeBack(machine, object, page);
    machine.on_access?.(frame, task);
    return true;
  }

  /** A load or store of one page of an area. False: it failed for want of memory, or the task was killed. */
  touch(area: Area, index: number, write: boolean): boolean {
    const { machine } = this;
    machine.log.now_ns += machine.spec.costs.page_touch_ns;
    const bits = area.bits[index];
    if ((bits & PTE.present) !== 0 && !(write && (bits & PTE.write_protected) !== 0)) {
      area.bits[index] = bits | PTE.young;
      if (write) machine.dirty(machine.frameOf(this.pageOf(area, index)), area.task);
      return true;
    }
    if (!write && (bits & PTE.zero) !== 0) return true;
    machine.log.now_ns += machine.spec.costs.minor_fault_ns;
    if (this.kernel_memory?.cover(area, index, 'blocking') === false) return false;
    machine.in_fault = machine.mappings_count;
    const done = area.shared ? this.faultShared(area, index, write) : this.faultPrivate(area, index, write);
    machine.in_fault = false;
    // Only a page that keeps its swap slot has been clean until now.
    if (done && write && !area.shared && machine.swap_cache !== null) machine.dirty(machine.frameOf(this.pageOf(area, index)), area.task);
    return done;
  }

  /** Takes pages out of an area; private pages that nobody else maps are freed. The area itself stays. */
  unmapRange(area: Area, first_page: number, page_count: number, reason: number): void {
    for (let index = first_page; index < first_page + page_count; index++) {
      if ((area.bits[index] & PTE.present) !== 0) {
        this.keepUse(area, index);
        this.clearPresent(area, index);
      }
      area.bits[index] = 0;
      if (area.pages === null) continue;
      const page = area.pages[index];
      if (page === NO_PAGE_YET) continue;
      area.pages[index] = NO_PAGE_YET;
      this.dropReferenceOf(this.machine.objects[this.objectIdOf(page, null)], page, index, reason);
    }
    this.kernel_memory?.uncover(area, first_page, page_count);
    if (area.locked !== null) this.locked_pages.unmapped(area, first_page, page_count);
  }

  /** The page that a pin or lock at this place takes; null where its access makes a new one: memory never touched, and pages that a fork shares. */
  pageForPin(area: Area, index: number): number | null {
    const page = this.pageOf(area, index);
    if (area.shared) return page;
    return page === NO_PAGE_YET || this.isShared(this.machine.objects[this.objectIdOf(page, area)], page, index) ? null : page;
  }

  /** The last pin of a resident page is gone: the page is freed if nothing else refers to it. */
  unpinned(page: number): void {
    const object = this.machine.objectOfFrame(this.machine.frameOf(page));
    if (object.kind === OBJECT_CLASS.anon) this.dropReferenceOf(object, page, page - object.base_page, FREE.unpin);
    else if (object.owner_task !== -1 && object.areas.length === 0) this.machine.freePage(page, FREE.unpin);
    this.hugetlb?.freed(object);
  }

  /** Unmaps a whole area and forgets it; shared anonymous memory that nobody maps any more is freed. */
  unmapArea(task: number, name: number, reason: number): void {
    const area = this.areas[task].get(name);
    if (area === undefined) return;
    this.unmapRange(area, 0, area.page_count, reason);
    this.areas[task].delete(name);
    if (area.pages !== null) this.overcommit?.release(area.page_count, task);
    for (const object of this.machine.objects) {
      const at = object.areas.indexOf(area);
      if (at === -1) continue;
      object.areas.splice(at, 1);
      if (!area.shared || object.areas.length > 0 || object.owner_task === -1) continue;
      this.freeObjectPages(object, reason);
      if (object.kind === OBJECT_CLASS.tmpfs) this.overcommit?.release(object.page_count, task);
      this.hugetlb?.freed(object);
      this.hugetlb?.unreserve(object);
      // Nor does the object hold its creator any more, if that was removed.
      if (object.creator !== -1) this.machine.fell(object.creator);
    }
  }

  /** Takes a page out of every address space (`try_to_unmap`), or out of those of tasks in the subtree of `within`. */
  unmapEverywhere(object: MemoryObject, page: number, within: number): void {
    const index = page - object.base_page;
    for (const area of object.areas) {
      if (!this.mapsPage(area, index, page)) continue;
      if (within === ROOT_CONTAINER || this.machine.tree.isWithin(this.container[area.task], within)) this.clearPresent(area, index);
    }
  }

  /**
   * Page-table entries of the page that were used since last asked; clears the marks (`folio_referenced`). Reclaim on behalf of a container sees the uses of tasks
   * in its subtree (`within`) only, and leaves the others' marks. `visit` is told of each.
   */
  referencedCount(object: MemoryObject, page: number, within: number, visit?: (area: Area, index: number) => void): number {
    if (!this.machine.mappings_count) return 0;
    const index = page - object.base_page;
    let count = 0;
    for (const area of object.areas) {
      if (!this.mapsPage(area, index, page) || (area.bits[index] & PTE.young) === 0) continue;
      if (within !== ROOT_CONTAINER && !this.machine.tree.isWithin(this.container[area.task], within)) continue;
      area.bits[index] &= ~PTE.young;
      count++;
      visit?.(area, index);
    }
    return count;
  }

  /** Mappings of the page by tasks of exactly this container; counts the steps of the walk. */
  mappingCount(object: MemoryObject, page: number, container: number): number {
    const index = page - object.base_page;
    let count = 0;
    for (const area of object.areas) {
      this.rmap_steps++;
      if (this.mapsPage(area, index, page) && this.container[area.task] === container) count++;
    }
    return count;
  }

  /** Tasks that map the page, in the order in which they made their mappings; counts the steps of the walk. */
  mappers(object: MemoryObject, page: number): number[] {
    const index = page - object.base_page;
    const tasks: number[] = [];
    for (const area of object.areas) {
      this.rmap_steps++;
      if (this.mapsPage(area, index, page)) tasks.push(area.task);
    }
    return tasks;
  }

  /** Whether a task in the subtree of `container` maps the page. */
  isMappedWithin(object: MemoryObject, page: number, container: number): boolean {
    const index = page - object.base_page;
    return object.areas.some((area) => this.mapsPage(area, index, page) && this.machine.tree.isWithin(this.container[area.task], container));
  }

  /** The page behind index `index` of an area, NO_PAGE_YET for private memory never touched. */
  pageOf(area: Area, index: number): number {
    return area.pages === null ? this.machine.objects[area.object].base_page + index : area.pages[index];
  }

  private mapsPage(area: Area, index: number, page: number): boolean {
    return (area.bits[index] & PTE.present) !== 0 && (area.pages === null || area.pages[index] === page);
  }

  private faultShared(area: Area, index: number, write: boolean): boolean {
    const { machine } = this;
    const object = machine.objects[area.object];
    const page = object.base_page + index;
    if (object.kind === OBJECT_CLASS.hugetlb) return this.faultHuge(area, index, object);
    if ((area.bits[index] & PTE.present) !== 0) return this.allowWrites(area, index);
    const around_pages = write ? 0 : (machine.spec.fault_around_pages ?? 0);
    const was_resident = machine.frameOf(page) >= 0;
    if (!was_resident) mapAround(machine, area, index, this.container[area.task], around_pages, this.mapAt);
    if (!this.admit(area.task, object, page)) return false;
    let fault: number = FAULT.minor;
    if (machine.frameOf(page) < 0) {
      const major = object.kind === OBJECT_CLASS.file || machine.isSwapped(page);
      if (!this.bringIn(area.task, object, page, write, major)) return false;
      if (major) fault = FAULT.major;
      // mmap_lock is let go while the page is read, and the fault begins anew. Swap is taken to be in memory, as the lab's is.
      if (machine.rules.retried_faults && object.kind === OBJECT_CLASS.file) this.countFault(area.task, page);
    }
    if (write) machine.dirty(machine.frameOf(page), area.task);
    this.setPresent(area, index, page, write ? PTE.young : readEntryBits(object), fault);
    if (was_resident) mapAround(machine, area, index, this.container[area.task], around_pages, this.mapAt);
    return true;
  }

  private readonly mapAt = (area: Area, index: number, page: number): void =>
    this.setPresent(area, index, page, readEntryBits(this.machine.objects[area.object]), FAULT.none);

  /** A write through an entry that only reads: a fault that changes no mapping. */
  private allowWrites(area: Area, index: number): boolean {
    const page = this.pageOf(area, index);
    area.bits[index] = (area.bits[index] & ~PTE.write_protected) | PTE.young;
    this.countFault(area.task, page);
    if (area.shared) this.machine.dirty(this.machine.frameOf(page), area.task);
    return true;
  }

  /** `hugetlb_fault()`: one fault maps all of a huge page, or nothing. */
  private faultHuge(area: Area, index: number, object: MemoryObject): boolean {
    const { machine } = this;
    const first = index - (index % HUGE_PAGE_PAGES);
    let fault: number = FAULT.minor;
    for (let at = first; at < Math.min(first + HUGE_PAGE_PAGES, area.page_count); at++) {
      if ((area.bits[at] & PTE.present) !== 0) continue;
      const page = object.base_page + at;
      const admitted = this.admit(area.task, object, page) && (machine.frameOf(page) >= 0 || this.bringIn(area.task, object, page, true, false));
      if (!admitted) {
        for (let mapped = first; mapped < at; mapped++) if ((area.bits[mapped] & PTE.present) !== 0) this.clearPresent(area, mapped);
        return false;
      }
      this.setPresent(area, at, page, PTE.young, fault);
      fault = FAULT.none;
    }
    return true;
  }

  private faultPrivate(area: Area, index: number, write: boolean): boolean {
    const { machine } = this;
    const { task } = area;
    // faultPrivate is only called for areas with `pages` of their own.
    const pages = area.pages as Int32Array;
    const page = pages[index];
    if (page === NO_PAGE_YET) return write ? this.faultFresh(area, index, pages) : this.faultZero(area, index);
    const object = machine.objects[this.objectIdOf(page, area)];
    const was_present = (area.bits[index] & PTE.present) !== 0;
    if (!was_present) {
      const was_resident = machine.frameOf(page) >= 0;
      if (!this.admit(task, object, page) || !(was_resident || this.bringIn(task, object, page, write && !this.isShared(object, page, index), true)))
        return false;
      this.setPresent(area, index, page, PTE.young | (this.isShared(object, page, index) ? PTE.write_protected : 0), was_resident ? FAULT.minor : FAULT.major);
    } else if (write && !this.isShared(object, page, index)) return this.allowWrites(area, index);
    if (!write || (area.bits[index] & PTE.write_protected) === 0) return true;
    // The fault that brought the page back goes on to copy it: one fault, counted already.
    return this.copyOnWrite(area, index, pages, object, was_present ? FAULT.cow : FAULT.none);
  }

  /** A load from memory never written: the zero page is mapped, which is neither charged nor counted in the task's rss. */
  private faultZero(area: Area, index: number): boolean {
    area.bits[index] = PTE.zero;
    this.countFault(area.task, NO_PAGE);
    return true;
  }

  private faultFresh(area: Area, index: number, pages: Int32Array): boolean {
    const object = this.ownObject(area, index);
    const page = object.base_page + index;
    if (!this.admit(area.task, object, page) || !this.bringIn(area.task, object, page, true, false)) return false;
    pages[index] = page;
    this.setPresent(area, index, page, PTE.young, FAULT.minor);
    return true;
  }

  /** A write to a page that others still map: the writer gets a copy of its own and is charged for it. */
  private copyOnWrite(area: Area, index: number, pages: Int32Array, from: MemoryObject, fault: number): boolean {
    const { machine } = this;
    const { task } = area;
    const old_page = pages[index];
    const object = this.ownObject(area, index);
    const page = object.base_page + index;
    machine.locked_page = old_page;
    const admitted = this.admit(task, object, page) && this.bringIn(task, object, page, true, false);
    machine.locked_page = -1;
    if (!admitted) return false;
    machine.log.now_ns += machine.spec.costs.page_copy_ns;
    if ((area.bits[index] & PTE.present) !== 0) this.clearPresent(area, index);
    pages[index] = page;
    this.setPresent(area, index, page, PTE.young, fault);
    this.dropReferenceOf(from, old_page, index, FREE.cow);
    return true;
  }

  /** Asks the policy whether the task may map the page; the page stays where it is meanwhile. */
  private admit(task: number, object: MemoryObject, page: number): boolean {
    const { machine } = this;
    const locked_before = machine.locked_page;
    if (locked_before === -1) machine.locked_page = page;
    const admitted = machine.policy.admit(this.container[task], object, page, task);
    machine.locked_page = locked_before;
    return admitted && this.alive[task] === 1;
  }

  private bringIn(task: number, object: MemoryObject, page: number, dirty: boolean, major: boolean): boolean {
    const container = this.container[task];
    if (object.creator === -1) object.creator = container;
    if (!isReclaimable(object.kind)) return this.bringInChunk(task, object, page);
    const frame = this.machine.bringIn(object, page, task, container, dirty, major);
    return frame !== DENIED && this.alive[task] === 1;
  }

  /** Makes the whole chunk of a page resident, where reclaim does not look, or nothing of it. */
  private bringInChunk(task: number, object: MemoryObject, page: number): boolean {
    const { machine } = this;
    const chunk_pages = chunkPageCount(object);
    const first = page - ((page - object.base_page) % chunk_pages);
    if (object.kind === OBJECT_CLASS.hugetlb && this.hugetlb?.fault(task, object, page) === false) return false;
    for (let at = first; at < Math.min(first + chunk_pages, object.base_page + object.page_count); at++) {
      const frame = machine.bringIn(object, at, task, this.container[task], true, false);
      if (frame !== DENIED) machine.setUnevictable(at);
      if (frame !== DENIED && this.alive[task] === 1) continue;
      for (let brought = first; brought <= at; brought++) if (machine.frameOf(brought) >= 0) machine.freePage(brought, FREE.truncate);
      this.hugetlb?.freed(object);
      return false;
    }
    return true;
  }

  /** A minor fault that changed no mapping of a page. */
  private countFault(task: number, page: number): void {
    const { machine } = this;
    const container = this.container[task];
    machine.tree.count_up(container, COUNTER.pgfault, 1);
    machine.log.emit(KIND.fault, FAULT.minor, task, container, page, 0, 0);
  }

  private setPresent(area: Area, index: number, page: number, bits: number, fault: number): void {
    const { machine } = this;
    const { task } = area;
    const container = this.container[task];
    const frame = machine.frameOf(page);
    const object = machine.objects[machine.lru.objectOf(frame)];
    area.bits[index] = PTE.present | bits;
    this.rss_pages[task]++;
    this.mapping_count++;
    if (fault !== FAULT.none) machine.tree.count_up(container, COUNTER.pgfault, 1);
    if (fault === FAULT.major) machine.tree.count_up(container, COUNTER.pgmajfault, 1);
    if (machine.lru.changeMapcount(frame, 1) === 1 && isPageCache(object.kind)) machine.tree.count_up(machine.lru.lruvecOf(frame), COUNTER.file_mapped, 1);
    machine.log.emit(KIND.map, fault, task, container, page, 0, 0);
    machine.policy.map(container, object, page, task);
    if (area.locked !== null && area.locked[index] === 1) this.locked_pages.enter(task, page);
    if (fault !== FAULT.none) machine.on_access?.(frame, task);
  }

  /** A page of a file or tmpfs that was used through a mapping is marked accessed when the mapping goes (`zap_pte_range`). */
  private keepUse(area: Area, index: number): void {
    const { machine } = this;
    if ((area.bits[index] & PTE.young) === 0 || !machine.mappings_count) return;
    const frame = machine.frameOf(this.pageOf(area, index));
    if (machine.objectOfFrame(frame).kind !== OBJECT_CLASS.anon) machine.markAccessed(frame);
  }

  private clearPresent(area: Area, index: number): void {
    const { machine } = this;
    const page = this.pageOf(area, index);
    const frame = machine.frameOf(page);
    const object = machine.objects[machine.lru.objectOf(frame)];
    area.bits[index] = 0;
    this.rss_pages[area.task]--;
    this.mapping_count--;
    if (machine.lru.changeMapcount(frame, -1) === 0 && isPageCache(object.kind)) machine.tree.count_up(machine.lru.lruvecOf(frame), COUNTER.file_mapped, -1);
    machine.log.emit(KIND.unmap, 0, area.task, this.container[area.task], page, 0, 0);
    machine.policy.unmap(this.container[area.task], object, page);
    if (area.locked !== null && area.locked[index] === 1) this.locked_pages.leave(area.task, page);
  }

  /** Whether an area besides one refers to a private page, mapped or swapped. */
  private isShared(object: MemoryObject, page: number, index: number): boolean {
    let count = 0;
    for (const area of object.areas) if (area.pages !== null && area.pages[index] === page) count++;
    return count > 1;
  }

  private dropReferenceOf(object: MemoryObject, page: number, index: number, reason: number): void {
    for (const area of object.areas) if (area.pages !== null && area.pages[index] === page) return;
    this.freeUnlessPinned(page, reason);
  }

  /** Frees what is left of shared anonymous memory. */
  freeObjectPages(object: MemoryObject, reason: number): void {
    for (let page = object.base_page; page < object.base_page + object.page_count; page++) this.freeUnlessPinned(page, reason);
  }

  /** A page that has lost its last user is freed, in memory or in swap; a pinned one stays, and stays charged, until its last pin is gone. */
  private freeUnlessPinned(page: number, reason: number): void {
    const { machine } = this;
    const frame = machine.frameOf(page);
    if (frame < 0) {
      if (machine.isSwapped(page)) machine.dropSwapped(page);
    } else if ((machine.frame_flags[frame] & FRAME.pinned) === 0) machine.freePage(page, reason);
  }

  /** Object of a private page: by its frame while resident, else by searching the bases. */
  private objectIdOf(page: number, area: Area | null): number {
    const { machine } = this;
    const frame = machine.frameOf(page);
    if (frame >= 0) return machine.lru.objectOf(frame);
    return area !== null && area.object !== -1 && isPageOf(machine.objects[area.object], page) ? area.object : machine.objectIdOf(page);
  }

  /**
   * The object for a new private page of an area; after a fork a new one, so that a page of it can stand beside the shared one at the same index; so too where a driver still
   * has the page pinned that was there before.
   */
  private ownObject(area: Area, index: number): MemoryObject {
    const { machine } = this;
    if (area.object !== -1) {
      const own = machine.objects[area.object];
      if (machine.frameOf(own.base_page + index) < 0) return own;
    }
    const object = this.createAnonymous(area, OBJECT_CLASS.anon);
    area.object = object.id;
    object.areas.push(area);
    return object;
  }

  private createAnonymous(area: AnonymousArea, kind: MemoryObject['kind']): MemoryObject {
    return createAnonymous(this.machine, area, `${this.task_names[area.task]}:${this.area_names[area.name]}`, kind, this.container[area.task]);
  }

  private addArea(task: number, name: number, object: MemoryObject, page_count: number, shared: boolean, pages: Int32Array | null): void {
    const area: Area = { task, name, page_count, object: object.id, shared, pages, bits: new Uint8Array(page_count), locked: null, ...compressingOf(object) };
    this.areas[task].set(name, area);
    object.areas.push(area);
  }

  /** Adds an inherited area to the reverse map of the object of one of its pages; pages of one object mostly come in a row. */
  private link(area: Area, page: number, last_object: number): number {
    const id = last_object !== -1 && isPageOf(this.machine.objects[last_object], page) ? last_object : this.objectIdOf(page, null);
    const { areas } = this.machine.objects[id];
    if (id !== last_object && !areas.includes(area)) areas.push(area);
    return id;
  }
}
