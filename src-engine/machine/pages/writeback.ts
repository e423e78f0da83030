import { NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../../base/ids.ts';
import type { LabError } from '../../base/result.ts';
import { COUNTER } from '../../record/counters.ts';
import { KIND, LRU, OBJECT_CLASS, SLEEP } from '../../record/events.ts';
import type { WritebackSpec } from '../../scenario/program.ts';
import type { WorldModule } from '../axis-module.ts';
import { violation } from '../policies/policy.ts';
import { writeBack } from '../spaces/shared-writes.ts';
import type { World } from '../world.ts';
import { containerAvail, type DirtyDomain, dirtyLimits, freerunCeiling } from './dirty-limits.ts';
import { FRAME } from './frame-flags.ts';

/** Pages that a task dirties between two looks at the limits (`nr_dirtied_pause` of a new task: 128 KiB). */
const PAUSE_EVERY_PAGES = 32;
/** `MAX_PAUSE`: a fifth of a second. */
const PAUSE_NS_MAX = 200_000_000;

/** A domain with its limits. */
interface Limited extends DirtyDomain {
  /** ROOT_CONTAINER: the machine. */
  readonly container: number;
  readonly thresh: number;
  readonly background: number;
}

/**
 * Dirty pages of files, the flusher that writes them, and writers that wait: balance_dirty_pages() of mm/page-writeback.c (6.12), by the limits of the machine and of the container whose
 * page it is. A container's limits follow from its file pages and its headroom: the least that `max` and `high` of it and of those above it leave. Above the background limit the
 * flusher writes the domain's oldest dirty pages, one after another, as fast as the disk takes them (`disk-write`), while simulated time goes on. Halfway from there to the limit a task
 * that has dirtied 32 pages waits for as long as the disk needs for these, and at the limit until it is no more; at most 200 ms at a time.
 *
 * Simpler than the kernel: writers get the disk's bandwidth as it is, without the estimates and the control line of pos_ratio; writeback takes no page out of file_dirty before it is done;
 * a page's dirt is its owner's, where the kernel asks whose inode it is (the majority of writers). Reclaim writes what it meets, as without.
 */
export class Writeback implements WorldModule {
  readonly frame_count = 0;
  private readonly world: World;
  private readonly spec: WritebackSpec;
  /** Dirty pages by the container on whose list they stand, oldest first. */
  private readonly dirty = new Map<number, Set<number>>();
  private readonly dirtied_by = new Map<number, number>();
  /** Changes of file_dirty not told yet, by container. */
  private readonly untold = new Map<number, number>();
  /** Containers whose limits have been looked at since they were last told. */
  private readonly looked_at = new Map<number, Limited>();
  /** Until when the disk has something to write. */
  private disk_busy_ns = 0;
  private is_flushing = false;

  constructor(world: World, spec: WritebackSpec) {
    this.world = world;
    this.spec = spec;
  }

  /** A task has made a clean page of a file dirty; it may have to wait for that. */
  dirtied(page: number, container: number, task: number): void {
    this.listOf(container).add(page);
    this.note(container, 1);
    if (task === NO_TASK) return;
    const count = (this.dirtied_by.get(task) ?? 0) + 1;
    this.dirtied_by.set(task, count);
    if (count < PAUSE_EVERY_PAGES) return;
    this.dirtied_by.set(task, 0);
    this.balance(container, task, count);
  }

  /** A dirty page has been written, or is no more. */
  cleaned(page: number, container: number): void {
    if (this.listOf(container).delete(page)) this.note(container, -1);
  }

  /** A page goes to another container's lists. */
  moved(page: number, from: number, to: number): void {
    if (!this.listOf(from).delete(page)) return;
    this.listOf(to).add(page);
    this.note(from, -1);
    this.note(to, 1);
  }

  // Limits

  /** The machine as a domain, and the container, where it is one. */
  private domainsOf(container: number): readonly Limited[] {
    const { machine } = this.world;
    const file_pages = this.filePages(ROOT_CONTAINER);
    const whole = this.limited(ROOT_CONTAINER, { avail: machine.pool.free_count + file_pages, dirty: this.dirtyPages(ROOT_CONTAINER) });
    if (container === ROOT_CONTAINER) return [whole];
    const dirty = this.dirtyPages(container);
    const avail = containerAvail({ filepages: this.filePages(container), dirty, headroom: this.headroom(container) }, whole);
    return [whole, this.limited(container, { avail, dirty })];
  }

  private limited(container: number, domain: DirtyDomain): Limited {
    const limited = { ...domain, container, ...dirtyLimits(domain.avail, this.spec.ratio_percent, this.spec.background_ratio_percent) };
    this.looked_at.set(container, limited);
    return limited;
  }

  private filePages(container: number): number {
    const { workingset } = this.world.machine;
    return workingset.subtreePages(container, LRU.inactive_file) + workingset.subtreePages(container, LRU.active_file);
  }

  private dirtyPages(container: number): number {
    const { tree } = this.world;
    let pages = 0;
    for (let at = container; at !== -1; at = tree.next(at, container)) pages += this.dirty.get(at)?.size ?? 0;
    return pages;
  }

  private headroom(container: number): number {
    const { tree, policy } = this.world;
    const units_per_page = 2 ** policy.charge_shift;
    let headroom = Number.POSITIVE_INFINITY;
    for (let at = container; at !== ROOT_CONTAINER; at = tree.parents[at]) {
      const ceiling = Math.min(tree.max[at], tree.high[at]);
      headroom = Math.min(headroom, Math.floor(Math.max(0, ceiling - tree.usage[at]) / units_per_page));
    }
    return headroom;
  }

  // The flusher, and who waits for it

  private balance(container: number, task: number, dirtied_count: number): void {
    const { log, spaces, accounts, program } = this.world;
    const { disk_write_ns } = program.machine.costs;
    let paused_ns = 0;
    for (;;) {
      this.flush();
      const domains = this.domainsOf(container);
      const is_free = domains.every((domain) => domain.dirty <= freerunCeiling(domain));
      const is_full = domains.some((domain) => domain.dirty > domain.thresh);
      if (is_free || (!is_full && paused_ns > 0) || disk_write_ns === 0) break;
      const pause_ns = Math.min(PAUSE_NS_MAX, Math.max(dirtied_count * disk_write_ns, this.disk_busy_ns - log.now_ns));
      log.now_ns += pause_ns;
      paused_ns += pause_ns;
    }
    if (paused_ns === 0) return;
    const payer = spaces.container[task];
    log.emit(KIND.sleep, SLEEP.dirty, task, payer, NO_PAGE, Math.floor(paused_ns / 1000), 0);
    accounts.change(payer, COUNTER.dirty_paused_usec, Math.floor(paused_ns / 1000), task);
  }

  /** Writes what the disk has had time for, of domains above their background limit. */
  private flush(): void {
    const { log, program } = this.world;
    const { disk_write_ns } = program.machine.costs;
    for (;;) {
      const over = this.firstOverBackground();
      if (over === undefined) {
        this.is_flushing = false;
        return;
      }
      // It wakes now; until then the disk was idle.
      if (!this.is_flushing) this.disk_busy_ns = Math.max(this.disk_busy_ns, log.now_ns);
      this.is_flushing = true;
      if (this.disk_busy_ns + disk_write_ns > log.now_ns) return;
      this.disk_busy_ns += disk_write_ns;
      this.write(over.container);
    }
  }

  /** The machine first, then containers as they were made. */
  private firstOverBackground(): Limited | undefined {
    for (const [container, pages] of [...this.dirty].sort(([one], [other]) => one - other)) {
      const over = pages.size === 0 ? undefined : this.domainsOf(container).find((domain) => domain.dirty > domain.background);
      if (over !== undefined) return over;
    }
    return undefined;
  }

  /** The oldest page of the first container with one, in the domain. */
  private write(domain: number): void {
    const { machine, tree, log } = this.world;
    for (let at = domain; at !== -1; at = tree.next(at, domain)) {
      const page = this.dirty.get(at)?.values().next().value;
      if (page === undefined) continue;
      const now_ns = log.now_ns;
      writeBack(machine, machine.objectOfFrame(machine.frameOf(page)), page);
      // The disk takes its time, and nobody waits for it here.
      log.now_ns = now_ns;
      return;
    }
  }

  private listOf(container: number): Set<number> {
    let list = this.dirty.get(container);
    if (list === undefined) {
      list = new Set();
      this.dirty.set(container, list);
    }
    return list;
  }

  private note(container: number, change: number): void {
    this.untold.set(container, (this.untold.get(container) ?? 0) + change);
  }

  // As a module of the world

  /** Between two slices of work: tells what has changed. */
  settle(): void {
    const { accounts, tree } = this.world;
    this.flush();
    for (const [container, change] of this.untold) accounts.change(container, COUNTER.file_dirty, change);
    this.untold.clear();
    for (const [container, { thresh, background }] of this.looked_at) {
      accounts.change(container, COUNTER.dirty_thresh, thresh - tree.local(container, COUNTER.dirty_thresh));
      accounts.change(container, COUNTER.dirty_background_thresh, background - tree.local(container, COUNTER.dirty_background_thresh));
    }
    this.looked_at.clear();
  }

  /** What is listed is what the frames say. */
  check(): LabError | null {
    const { machine } = this.world;
    let listed = 0;
    for (const [container, pages] of this.dirty) {
      listed += pages.size;
      for (const page of pages) {
        const frame = machine.frameOf(page);
        if (frame < 0 || (machine.frame_flags[frame] & FRAME.dirty) === 0) return violation(`page ${page}, listed as dirty, in memory and dirty`, 0, 1);
        if (machine.lru.lruvecOf(frame) !== container) return violation(`container of dirty page ${page}`, container, machine.lru.lruvecOf(frame));
      }
    }
    let found = 0;
    for (let page = 0; page < machine.object_page_count; page++) {
      const frame = machine.frameOf(page);
      if (frame >= 0 && (machine.frame_flags[frame] & FRAME.dirty) !== 0 && machine.objectOfFrame(frame).kind === OBJECT_CLASS.file) found++;
    }
    return found === listed ? null : violation('dirty pages of files against those listed', found, listed);
  }
}
