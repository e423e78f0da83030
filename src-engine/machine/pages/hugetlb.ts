import { NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../../base/ids.ts';
import type { LabError } from '../../base/result.ts';
import { COUNTER } from '../../record/counters.ts';
import { ERRNO, FREE, KIND, OBJECT_CLASS } from '../../record/events.ts';
import type { WorldModule } from '../axis-module.ts';
import { violation } from '../policies/policy.ts';
import type { World } from '../world.ts';
import { HUGE_PAGE_PAGES, type MemoryObject } from './objects.ts';

/** Nobody is charged. */
const NOBODY = -1;

/** Who is charged for each huge page of an object. */
interface HugePages {
  readonly object: MemoryObject;
  /** Containers by huge page: for the page itself, and for its reservation. */
  readonly faulted: Int32Array;
  readonly reserved: Int32Array;
  /** 1 where the reservation was charged with the fault, for nobody had reserved the page before: it goes with the page. */
  readonly with_page: Uint8Array;
}

/**
 * The hugetlb controller: mm/hugetlb_cgroup.c and its callers in mm/hugetlb.c (6.12). Two counters of huge pages of 2 MiB beside all memory counters, under every model:
 * `hugetlb` of what has been faulted in, `hugetlb_rsvd` of what has been reserved. mmap() reserves what it maps and nobody has reserved yet, and fails with ENOMEM over the
 * limit of reservations; with MAP_NORESERVE it reserves nothing, and the fault is charged in both. A fault over its limit is a SIGBUS. Whoever reserves or faults first is charged, whoever uses the page later;
 * the charge goes when the file is truncated, or the mapping of anonymous huge pages goes, not when a task does.
 *
 * A removed container's faults become its parent's; its reservations stay with it and keep it in memory.
 *
 * Left out: the pool (nr_hugepages): huge pages come from free memory, so that a reservation keeps none free. Reservations are of whole objects.
 */
export class Hugetlb implements WorldModule {
  readonly frame_count = 0;
  private readonly world: World;
  private readonly files = new Map<number, HugePages>();

  constructor(world: World) {
    this.world = world;
  }

  /** `hugetlb_reserve_pages()` for a mapping of the whole object. False: over the limit, and nothing has been reserved. */
  reserve(task: number, object: MemoryObject): boolean {
    const pages = this.pagesOf(object);
    const container = this.world.spaces.container[task];
    const missing = [...pages.reserved.keys()].filter((chunk) => pages.reserved[chunk] === NOBODY);
    if (missing.length === 0) return true;
    if (!this.charge(container, COUNTER.hugetlb_rsvd, missing.length, task)) return false;
    for (const chunk of missing) pages.reserved[chunk] = container;
    return true;
  }

  /** `alloc_hugetlb_folio()`: charges the huge page of a page that is about to be brought in. False: over a limit; to the task that faults it is a SIGBUS. */
  fault(task: number, object: MemoryObject, page: number): boolean {
    const { spaces, machine } = this.world;
    const pages = this.pagesOf(object);
    const chunk = chunkOf(object, page);
    const container = spaces.container[task];
    const reserves = pages.reserved[chunk] === NOBODY;
    const charged = !reserves || this.charge(container, COUNTER.hugetlb_rsvd, 1, task);
    if (charged && this.charge(container, COUNTER.hugetlb, 1, task)) {
      pages.faulted[chunk] = container;
      if (!reserves) return true;
      pages.reserved[chunk] = container;
      pages.with_page[chunk] = 1;
      return true;
    }
    if (charged && reserves) this.uncharge(container, COUNTER.hugetlb_rsvd);
    machine.denial_errno = ERRNO.ENOSPC;
    return false;
  }

  /** Pages of an object have been freed (`free_huge_folio()`): huge pages of which none is resident are charged to nobody any more. */
  freed(object: MemoryObject): void {
    const pages = this.files.get(object.id);
    if (pages === undefined) return;
    for (const [chunk, container] of pages.faulted.entries()) {
      if (container === NOBODY || this.isResident(object, chunk)) continue;
      pages.faulted[chunk] = NOBODY;
      this.uncharge(container, COUNTER.hugetlb);
      if (pages.with_page[chunk] === 1) this.release(pages, chunk);
    }
  }

  /** The object is truncated, or the last mapping of anonymous huge pages is gone: what was reserved is given back (`hugetlb_unreserve_pages()`). */
  unreserve(object: MemoryObject): void {
    const pages = this.files.get(object.id);
    if (pages === undefined) return;
    for (const chunk of pages.reserved.keys()) if (pages.reserved[chunk] !== NOBODY && pages.with_page[chunk] === 0) this.release(pages, chunk);
  }

  /** `hugetlb_cgroup_css_offline()`. */
  remove(container: number): void {
    const { accounts, tree } = this.world;
    const parent = tree.parents[container];
    let count = 0;
    for (const { faulted } of this.files.values()) {
      for (const [chunk, owner] of faulted.entries()) {
        if (owner !== container) continue;
        faulted[chunk] = parent;
        count++;
      }
    }
    accounts.inherit(container, parent, COUNTER.hugetlb, count * HUGE_PAGE_PAGES);
  }

  /** The counters are what the charges of all huge pages add up to; what is resident is charged, and reserved. */
  check(): LabError | null {
    const { tree } = this.world;
    const faulted = new Float64Array(tree.count);
    const reserved = new Float64Array(tree.count);
    for (const pages of this.files.values()) {
      for (const chunk of pages.faulted.keys()) {
        if (pages.faulted[chunk] !== NOBODY) faulted[pages.faulted[chunk]] += HUGE_PAGE_PAGES;
        if (pages.reserved[chunk] !== NOBODY) reserved[pages.reserved[chunk]] += HUGE_PAGE_PAGES;
        const is_resident = this.isResident(pages.object, chunk);
        if (is_resident !== (pages.faulted[chunk] !== NOBODY))
          return violation(`hugetlb: huge page ${chunk} of ${pages.object.name}, resident and charged`, Number(is_resident), pages.faulted[chunk]);
      }
    }
    for (let container = tree.count - 1; container > 0; container--) {
      faulted[tree.parents[container]] += faulted[container];
      reserved[tree.parents[container]] += reserved[container];
    }
    for (let container = 0; container < tree.count; container++) {
      const counted = tree.local(container, COUNTER.hugetlb);
      if (counted !== faulted[container]) return violation(`hugetlb: charge of ${tree.paths[container]}`, counted, faulted[container]);
      const held = tree.local(container, COUNTER.hugetlb_rsvd);
      if (held !== reserved[container]) return violation(`hugetlb: reservations of ${tree.paths[container]}`, held, reserved[container]);
    }
    return null;
  }

  private pagesOf(object: MemoryObject): HugePages {
    const found = this.files.get(object.id);
    if (found !== undefined) return found;
    const count = Math.ceil(object.page_count / HUGE_PAGE_PAGES);
    const pages = { object, faulted: new Int32Array(count).fill(NOBODY), reserved: new Int32Array(count).fill(NOBODY), with_page: new Uint8Array(count) };
    this.files.set(object.id, pages);
    return pages;
  }

  private isResident(object: MemoryObject, chunk: number): boolean {
    const first = object.base_page + chunk * HUGE_PAGE_PAGES;
    const end = Math.min(first + HUGE_PAGE_PAGES, object.base_page + object.page_count);
    for (let page = first; page < end; page++) if (this.world.machine.frameOf(page) >= 0) return true;
    return false;
  }

  private release(pages: HugePages, chunk: number): void {
    const container = pages.reserved[chunk];
    pages.reserved[chunk] = NOBODY;
    pages.with_page[chunk] = 0;
    this.uncharge(container, COUNTER.hugetlb_rsvd);
  }

  /** `__hugetlb_cgroup_charge_cgroup()`: tries the container and all above it. A refusal counts in hugetlb.events of the task's container and those above it, the root left out. */
  private charge(container: number, counter: number, chunk_count: number, task: number): boolean {
    const { tree, accounts } = this.world;
    const limits = counter === COUNTER.hugetlb ? tree.hugetlb_max : tree.hugetlb_rsvd_max;
    const page_count = chunk_count * HUGE_PAGE_PAGES;
    for (let at = container; at !== -1; at = tree.parents[at]) {
      if (tree.local(at, counter) + page_count <= limits[at]) continue;
      for (let told = container; told !== ROOT_CONTAINER; told = tree.parents[told]) accounts.change(told, COUNTER.hugetlb_max, 1, task);
      return false;
    }
    accounts.change(container, counter, page_count, task);
    return true;
  }

  private uncharge(container: number, counter: number): void {
    this.world.accounts.change(container, counter, -HUGE_PAGE_PAGES, NO_TASK);
  }
}

const chunkOf = (object: MemoryObject, page: number): number => Math.floor((page - object.base_page) / HUGE_PAGE_PAGES);

/** Reserves what a task has just mapped; where that fails its mmap() does, with ENOMEM, and nothing is mapped. */
export function reserveMapping(world: World, task: number, area: number, object: MemoryObject): void {
  const { hugetlb, spaces, log } = world;
  if (hugetlb.reserve(task, object)) return;
  spaces.unmapArea(task, area, FREE.unmap);
  log.emit(KIND.op_fail, ERRNO.ENOMEM, task, spaces.container[task], NO_PAGE, 0, 0);
}

/**
 * `truncate(0)`, or the end of a file whose last name goes: its pages leave all address spaces and are freed, what lies in swap is given back, and reservations with it. A page
 * that a driver has pinned stays.
 */
export function truncateObject(world: World, object: MemoryObject): void {
  const { machine, spaces, hugetlb } = world;
  for (let page = object.base_page; page < object.base_page + object.page_count; page++) {
    if (machine.frameOf(page) >= 0) spaces.unmapEverywhere(object, page, ROOT_CONTAINER);
    else machine.forgetShadow(page);
  }
  spaces.freeObjectPages(object, FREE.truncate);
  if (object.kind === OBJECT_CLASS.hugetlb) {
    hugetlb.freed(object);
    hugetlb.unreserve(object);
  }
}
