import { NO_CONTAINER, NO_PAGE, NO_TASK, PAGE_SIZE_BYTES } from '../../base/ids.ts';
import type { LabError } from '../../base/result.ts';
import { COUNTER } from '../../record/counters.ts';
import { ERRNO, KIND, LRU, OBJECT_CLASS, SKIP } from '../../record/events.ts';
import type { Target } from '../../scenario/program.ts';
import type { AxisModule, AxisOp } from '../axis-module.ts';
import { LIMIT_SHOWN_PAGES_MAX } from '../figures.ts';
import { FRAME } from '../pages/frame-flags.ts';
import { type Area, type MemoryObject, NO_PAGE_YET, PTE } from '../pages/objects.ts';
import type { LockedSpace, MmAccount, PinPolicy, PinRequest, PinSet } from '../policies/pin-policy.ts';
import { type PolicyCost, violation } from '../policies/policy.ts';
import type { World } from '../world.ts';

type OpOf<V extends AxisOp<'pins'>['verb']> = Extract<AxisOp<'pins'>, { verb: V }>;

/** Pages of a target that a step means: of an area of a task, or of an object. */
interface Span {
  readonly page_count: number;
  /** Page at a place of the span; null where the task's access will make one of its own. */
  pageAt(at: number): number | null;
  /** Faults the page at a place in, as an access of the task. False: no memory, or the task was killed. */
  faultIn(at: number): boolean;
}

/**
 * Pinned and locked memory (mm/gup.c with FOLL_PIN and FOLL_LONGTERM, mm/mlock.c; Linux 6.12). A driver pins pages through a handle, a file descriptor that outlives
 * mappings and tasks: a pinned page is not reclaimed, moved or freed, and stays charged to whom it is charged, until its last pin is gone. A locked range keeps its pages
 * on the unevictable list as long as it is mapped; locks are the address space's own: a fork does not inherit them, and they end with it.
 *
 * Private memory is faulted in for writing, so that a pin never holds the zero page or a page that a fork shares; shared mappings for reading. A fork after the pin shares the
 * page copy-on-write: who writes first goes on with a copy, and the driver keeps the old page. (Since 2020 the kernel's fork copies pinned pages at once.)
 */
export class Pins implements AxisModule<'pins'> {
  readonly frame_count = 0;
  private readonly world: World;
  private readonly policy: PinPolicy;
  /** By task: the address space of its present life. */
  private readonly mms: MmAccount[] = [];
  /** What is pinned through each handle, call by call. */
  private readonly handles = new Map<number, PinSet[]>();
  /** Zero-copy sends of which something is on its way. */
  private readonly sends = new Set<PinSet>();
  /** Pins of each pinned page. */
  private readonly pin_counts = new Map<number, number>();

  constructor(world: World, policy: PinPolicy) {
    this.world = world;
    this.policy = policy;
  }

  perform(op: AxisOp<'pins'>): void {
    switch (op.verb) {
      case 'pin':
        this.pin(op);
        return;
      case 'unpin':
      case 'close':
        this.release(op.via);
        return;
      case 'mlock':
        this.mlock(op);
        return;
      case 'munlock':
        this.munlock(op);
        return;
    }
  }

  started(task: number): void {
    const { user, memlock_bytes, privileged } = this.world.spaces.credentials[task];
    this.mms[task] = { task, user, memlock_pages: Math.floor(memlock_bytes / PAGE_SIZE_BYTES), privileged, locked_pages: 0, pinned_pages: 0 };
  }

  /** Locks move with the task; what drivers hold pinned for it does not. */
  moving(task: number, to: number): void {
    const mm = this.mms[task];
    const from = this.world.spaces.container[task];
    if (mm.locked_pages === 0) return;
    this.world.accounts.change(from, COUNTER.locked, -mm.locked_pages, task);
    this.world.accounts.change(to, COUNTER.locked, mm.locked_pages, task);
    this.policy.move(this.lockedSpace(task), from, to);
  }

  remove(container: number): void {
    if (this.policy.holds_containers) return;
    for (const set of this.sets()) {
      if (set.account.container !== container) continue;
      this.policy.unpin(set);
      set.account.container = this.world.tree.parents[container];
      this.policy.pin(set);
    }
  }

  /** A page is mapped in a locked range of the task now. */
  pageLocked(task: number, page: number): void {
    this.policy.lockedPage(this.mms[task], this.world.spaces.container[task], page, 1);
  }

  /** It no longer is. */
  pageUnlocked(task: number, page: number): void {
    this.policy.lockedPage(this.mms[task], this.world.spaces.container[task], page, -1);
  }

  /** Locked pages of the task went with their mapping. */
  lockedUnmapped(task: number, page_count: number): void {
    this.countLocked(task, -page_count);
    this.world.log.emit(KIND.unpin, LOCKED, task, this.world.spaces.container[task], NO_PAGE, page_count, 0);
  }

  cost(): PolicyCost {
    return this.policy.cost();
  }

  // Pins

  private pin(op: OpOf<'pin'>): void {
    const { world } = this;
    const { task } = op;
    if (!this.isAlive(task)) return;
    const span = this.spanOf(task, op.target, op.first_page, op.page_count);
    if (span === null) return;
    const container = world.spaces.container[task];
    const places = Array.from({ length: span.page_count }, (_, at) => at);
    const request = this.requestFor('pin', task, span, places);
    if (this.isRefused(request)) return;
    const pages: number[] = [];
    for (const at of places) {
      const page = span.faultIn(at) ? span.pageAt(at) : null;
      if (page !== null) {
        this.addPin(page);
        pages.push(page);
      }
      // Only now: what the task owes for being over `high` must not take the page from under the pin.
      if (page === null || !this.settleHigh(task)) {
        this.giveUp(task, pages);
        return;
      }
    }
    if (!this.policy.admit(request, pages)) {
      this.giveUp(task, pages);
      return;
    }
    const set: PinSet = { account: { mm: this.mms[task], container }, page_count: pages.length, pages };
    const held = world.tree.local(container, COUNTER.pins);
    this.policy.pin(set);
    set.account.mm.pinned_pages += pages.length;
    this.handles.set(op.via, [...(this.handles.get(op.via) ?? []), set]);
    this.tellPages(KIND.pin, task, set, world.tree.local(container, COUNTER.pins) - held);
  }

  /** A call that finds no memory on the way leaves nothing pinned. */
  private giveUp(task: number, pages: readonly number[]): void {
    for (const page of pages) this.dropPin(page);
    this.failed(task, ERRNO.ENOMEM);
  }

  /** The driver lets go of what is pinned through a handle, set by set in the order of the calls. */
  private release(via: number): void {
    const { log, tree } = this.world;
    const sets = this.handles.get(via);
    if (sets === undefined) {
      log.emit(KIND.step_skip, SKIP.nothing_pinned, NO_TASK, NO_CONTAINER, NO_PAGE, 0, 0);
      return;
    }
    this.handles.delete(via);
    for (const set of sets) {
      const { container, mm } = set.account;
      const held = tree.local(container, COUNTER.pins);
      this.policy.unpin(set);
      mm.pinned_pages -= set.pages.length;
      this.tellPages(KIND.unpin, NO_TASK, set, held - tree.local(container, COUNTER.pins));
      for (const page of set.pages) this.dropPin(page);
    }
  }

  /** One event for each run of pages in a row, so that a recording tells each page's pins; what was newly charged stands with the first. */
  private tellPages(kind: number, task: number, { account, pages }: PinSet, charged_pages: number): void {
    const { log } = this.world;
    if (pages.length === 0) log.emit(kind, PINNED, task, account.container, NO_PAGE, 0, charged_pages);
    for (let at = 0; at < pages.length; ) {
      const first = at++;
      while (at < pages.length && pages[at] === pages[at - 1] + 1) at++;
      log.emit(kind, PINNED, task, account.container, pages[first], at - first, first === 0 ? charged_pages : 0);
    }
  }

  private addPin(page: number): void {
    const { machine } = this.world;
    this.pin_counts.set(page, (this.pin_counts.get(page) ?? 0) + 1);
    machine.frame_flags[machine.frameOf(page)] |= FRAME.pinned;
  }

  private dropPin(page: number): void {
    const { machine, spaces } = this.world;
    const count = (this.pin_counts.get(page) ?? 0) - 1;
    if (count > 0) {
      this.pin_counts.set(page, count);
      return;
    }
    this.pin_counts.delete(page);
    machine.frame_flags[machine.frameOf(page)] &= ~FRAME.pinned;
    spaces.unpinned(page);
  }

  // Zero-copy sends

  /**
   * `mm_account_pinned_pages()` of net/core/skbuff.c (6.12): a send with MSG_ZEROCOPY accounts for the most pages that so many bytes can lie on, before it looks at one.
   * Null if there is nothing to account; false if it is refused: the call then returns ENOBUFS.
   */
  accountSend(task: number, size_bytes: number): PinSet | null | false {
    const { spaces, log, tree } = this.world;
    const mm = this.mms[task];
    if (!this.policy.accountsSend(mm)) return null;
    const container = spaces.container[task];
    const page_count = zeroCopyPages(size_bytes);
    if (this.isRefused({ kind: 'send', mm, container, page_count, known_pages: [] })) return false;
    const set: PinSet = { account: { mm, container }, page_count, pages: [] };
    const held = tree.local(container, COUNTER.pins);
    this.policy.pin(set);
    mm.pinned_pages += page_count;
    this.sends.add(set);
    log.emit(KIND.pin, SENT, task, container, NO_PAGE, page_count, tree.local(container, COUNTER.pins) - held);
    return set;
  }

  /** The last of a zero-copy send has been acknowledged, or lost with its socket (`mm_unaccount_pinned_pages()`). */
  unaccountSend(set: PinSet): void {
    const { log, tree } = this.world;
    const { container, mm } = set.account;
    const held = tree.local(container, COUNTER.pins);
    this.policy.unpin(set);
    mm.pinned_pages -= set.page_count;
    this.sends.delete(set);
    log.emit(KIND.unpin, SENT, NO_TASK, container, NO_PAGE, set.page_count, held - tree.local(container, COUNTER.pins));
  }

  // Locks

  /**
   * `do_mlock()`: what of the range is not locked yet is held against the limits, then the range is locked, then it is faulted in. Where that fails for want of memory the call
   * fails, and the range stays locked all the same.
   */
  private mlock(op: OpOf<'mlock' | 'munlock'>): void {
    const { spaces, log, tree } = this.world;
    const { task } = op;
    const area = this.areaOf(task, op.area);
    if (area === null || !this.canLock(area)) return;
    const span = this.spanOfArea(area, op.first_page, op.page_count);
    const places = Array.from({ length: span.page_count }, (_, at) => at).filter((at) => area.locked?.[op.first_page + at] !== 1);
    const request = this.requestFor('lock', task, span, places);
    if (this.isRefused(request)) return;
    const container = spaces.container[task];
    const held = tree.local(container, COUNTER.pins);
    spaces.locked_pages.lock(area, op.first_page, span.page_count);
    this.countLocked(task, places.length);
    for (let at = 0; at < span.page_count; at++) {
      if (span.faultIn(at) && this.settleHigh(task)) continue;
      this.failed(task, ERRNO.ENOMEM);
      break;
    }
    log.emit(KIND.pin, LOCKED, task, container, span.pageAt(0) ?? NO_PAGE, places.length, tree.local(container, COUNTER.pins) - held);
  }

  private munlock(op: OpOf<'mlock' | 'munlock'>): void {
    const { spaces, log, tree } = this.world;
    const { task } = op;
    const area = this.areaOf(task, op.area);
    if (area === null) return;
    const container = spaces.container[task];
    const held = tree.local(container, COUNTER.pins);
    const { page_count } = this.spanOfArea(area, op.first_page, op.page_count);
    const unlocked = spaces.locked_pages.unlock(area, op.first_page, page_count);
    if (unlocked === 0) return;
    this.countLocked(task, -unlocked);
    const first = spaces.pageOf(area, op.first_page);
    log.emit(KIND.unpin, LOCKED, task, container, first === NO_PAGE_YET ? NO_PAGE : first, unlocked, held - tree.local(container, COUNTER.pins));
  }

  private countLocked(task: number, delta: number): void {
    const container = this.world.spaces.container[task];
    this.mms[task].locked_pages += delta;
    this.world.accounts.change(container, COUNTER.locked, delta, task);
    this.policy.lock(this.mms[task], container, delta);
  }

  /** Mappings of huge pages and of devices' memory cannot be reclaimed anyway: `mlock_fixup()` leaves them as they are. */
  private canLock(area: Area): boolean {
    const kind = area.object === -1 ? OBJECT_CLASS.anon : this.world.machine.objects[area.object].kind;
    return kind !== OBJECT_CLASS.hugetlb && kind !== OBJECT_CLASS.dmabuf;
  }

  // What calls have in common

  private isAlive(task: number): boolean {
    if (this.world.spaces.alive[task] === 1) return true;
    this.world.log.emit(KIND.step_skip, SKIP.task_dead, task, NO_CONTAINER, NO_PAGE, 0, 0);
    return false;
  }

  private areaOf(task: number, name: number): Area | null {
    if (!this.isAlive(task)) return null;
    const area = this.world.spaces.areas[task].get(name);
    if (area === undefined) this.world.log.emit(KIND.step_skip, SKIP.no_area, task, NO_CONTAINER, NO_PAGE, 0, 0);
    return area ?? null;
  }

  private spanOf(task: number, target: Target, first_page: number, page_count: number): Span | null {
    if (target.kind === 'object') return this.spanOfObject(task, this.world.objectOf(target.object), first_page, page_count);
    const area = this.areaOf(task, target.area);
    return area === null ? null : this.spanOfArea(area, first_page, page_count);
  }

  private spanOfObject(task: number, object: MemoryObject, first_page: number, page_count: number): Span {
    const { spaces } = this.world;
    return {
      page_count: page_count === -1 ? object.page_count - first_page : page_count,
      pageAt: (at) => object.base_page + first_page + at,
      faultIn: (at) => spaces.readPage(task, object, object.base_page + first_page + at),
    };
  }

  private spanOfArea(area: Area, first_page: number, page_count: number): Span {
    const { spaces } = this.world;
    const length = area.page_count - first_page;
    return {
      page_count: Math.max(0, page_count === -1 ? length : Math.min(length, page_count)),
      pageAt: (at) => spaces.pageForPin(area, first_page + at),
      faultIn: (at) => spaces.touch(area, first_page + at, !area.shared),
    };
  }

  /** After one access of the task: it settles what it owes for being over `high`. False: the operation ends. */
  private settleHigh(task: number): boolean {
    const { spaces, machine, policy } = this.world;
    if (machine.settle_due) policy.settle(spaces.container[task], task);
    return spaces.alive[task] === 1;
  }

  private requestFor(kind: PinRequest['kind'], task: number, span: Span, places: readonly number[]): PinRequest {
    const known_pages = places.map((at) => span.pageAt(at)).filter((page) => page !== null);
    return { kind, mm: this.mms[task], container: this.world.spaces.container[task], page_count: places.length, known_pages };
  }

  private isRefused(request: PinRequest): boolean {
    const refusal = this.policy.refuses(request);
    if (refusal === null) return false;
    const { world } = this;
    const { task } = request.mm;
    const { limit, container, limit_pages, errno } = refusal;
    world.log.emit(KIND.pin_refused, errno, task, container, NO_PAGE, request.page_count, Math.min(limit_pages, LIMIT_SHOWN_PAGES_MAX));
    if (limit === 'pins-max') world.accounts.change(container, COUNTER.pins_max, 1, task);
    this.failed(task, errno);
    return true;
  }

  /** The call returns an error, if its task still lives to see it. */
  private failed(task: number, errno: number): void {
    const { log, spaces } = this.world;
    if (spaces.alive[task] === 1) log.emit(KIND.op_fail, errno, task, spaces.container[task], NO_PAGE, 0, 0);
  }

  // Laws

  private sets(): readonly PinSet[] {
    return [...[...this.handles.values()].flat(), ...this.sends];
  }

  private lockedSpace(task: number): LockedSpace {
    const { spaces } = this.world;
    const mapped_pages: number[] = [];
    for (const area of spaces.areas[task].values()) {
      for (let index = 0; area.locked !== null && index < area.page_count; index++)
        if (area.locked[index] === 1 && (area.bits[index] & PTE.present) !== 0) mapped_pages.push(spaces.pageOf(area, index));
    }
    return { mm: this.mms[task], container: spaces.container[task], mapped_pages };
  }

  /**
   * Pinned pages are resident and as often pinned as handles say; pages mapped in locked ranges are on the unevictable list and no others of them; the counters are what
   * all that is pinned and locked gives.
   */
  check(): LabError | null {
    const sets = this.sets();
    const spaces = this.mms
      .map((mm) => mm.task)
      .filter((task) => this.world.spaces.alive[task] === 1)
      .map((task) => this.lockedSpace(task));
    return this.checkPinned(sets) ?? this.checkLocked(spaces) ?? this.checkCounter(sets, spaces);
  }

  private checkPinned(sets: readonly PinSet[]): LabError | null {
    const { machine } = this.world;
    const counts = new Map<number, number>();
    for (const { pages } of sets) for (const page of pages) counts.set(page, (counts.get(page) ?? 0) + 1);
    for (const [page, count] of counts) {
      const frame = machine.frameOf(page);
      if (frame < 0 || (machine.frame_flags[frame] & FRAME.pinned) === 0) return violation(`pins: frame of pinned page ${page}, marked so`, frame, 1);
      if (this.pin_counts.get(page) !== count) return violation(`pins: pins of page ${page} against the handles’`, this.pin_counts.get(page) ?? 0, count);
    }
    let marked_count = 0;
    for (let frame = 0; frame < machine.lru.frame_count; frame++)
      if (machine.lru.pageOf(frame) !== -1 && (machine.frame_flags[frame] & FRAME.pinned) !== 0) marked_count++;
    return marked_count === counts.size ? null : violation('pins: frames marked as pinned against pinned pages', marked_count, counts.size);
  }

  private checkLocked(spaces: readonly LockedSpace[]): LabError | null {
    const { machine, tree } = this.world;
    const { mapped } = this.world.spaces.locked_pages;
    const counts = new Map<number, number>();
    const locked_pages = new Float64Array(tree.count);
    for (const { mm, container, mapped_pages } of spaces) {
      locked_pages[container] += mm.locked_pages;
      for (const page of mapped_pages) counts.set(page, (counts.get(page) ?? 0) + 1);
    }
    for (const [page, count] of counts) {
      if (mapped.get(page) !== count) return violation(`pins: locked mappings of page ${page}`, mapped.get(page) ?? 0, count);
      const list = machine.lru.listOf(machine.frameOf(page));
      if (list !== LRU.unevictable) return violation(`pins: list of page ${page}, which is locked`, list, LRU.unevictable);
    }
    if (mapped.size !== counts.size) return violation('pins: pages with locked mappings', mapped.size, counts.size);
    const wrong = locked_pages.findIndex((pages, container) => tree.local(container, COUNTER.locked) !== pages);
    return wrong === -1 ? null : violation(`pins: locked of ${tree.paths[wrong]}`, tree.local(wrong, COUNTER.locked), locked_pages[wrong]);
  }

  private checkCounter(sets: readonly PinSet[], spaces: readonly LockedSpace[]): LabError | null {
    const { tree } = this.world;
    const expected = new Float64Array(tree.count);
    for (const [container, pages] of this.policy.expected(sets, spaces)) expected[container] += pages;
    for (let container = tree.count - 1; container > 0; container--) expected[tree.parents[container]] += expected[container];
    const wrong = expected.findIndex((pages, container) => tree.local(container, COUNTER.pins) !== pages);
    return wrong === -1 ? null : violation(`pins: pins of ${tree.paths[wrong]}`, tree.local(wrong, COUNTER.pins), expected[wrong]);
  }
}

/** Flags of pin and unpin. */
const PINNED = 0;
const LOCKED = 1;
const SENT = 2;

/** Pages that a zero-copy send accounts for: so many bytes begin and end in the middle of a page at worst. */
export const zeroCopyPages = (size_bytes: number): number => Math.floor(size_bytes / PAGE_SIZE_BYTES) + 2;
