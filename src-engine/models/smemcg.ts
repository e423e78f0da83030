import { NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { CONTAINER_COUNT_MAX } from '../containers/tree.ts';
import { chunkPageCount, isChunkStart, type MemoryObject, PTE } from '../machine/pages/objects.ts';
import { type PolicyCost, violation } from '../machine/policies/policy.ts';
import { SWAP_CLUSTER_MAX } from '../machine/reclaim/scan-count.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { BORROW, ERRNO, KIND, OBJECT_CLASS } from '../record/events.ts';
import type { LimitsSpec } from '../scenario/program.ts';
import { type Account, reclaimMapped } from './mapped-reclaim.ts';
import { StaticPolicy } from './static.ts';

/** Bytes: counter and limit of a pair ⟨smemcg, memcg⟩; an entry of the set that tells a container's first mapping of a page from the next (key and count). */
const PAIR_BYTES = 16;
const MAPPING_BYTES = 16;

/** What one container may and does borrow of one shared-memory container. */
interface Pair {
  readonly max_pages: number;
  readonly borrowed_pages: number;
}

/** A shared-memory container with the containers that have attached it. */
interface Lender {
  readonly container: number;
  readonly object: MemoryObject;
  readonly pairs: Map<number, Pair>;
}

/**
 * Shared-memory containers (Chris Li, “Shared Memory Cgroup Controllers”, linux-mm, May 2023): a shared object that some container attaches has a container of its own that
 * pays for its pages as long as the object lives, whoever brings them in. A container that attached it borrows what its tasks map of it. Everything else is
 * paid for as under static ownership, removal included.
 *
 * Parameter `current: borrow` (the posting's detailed policy): what is borrowed counts into `current` of the borrower and its ancestors below the root; not of the root, which
 * has the shared-memory container's charge already. `current: whole` (its simple policy): all of the shared-memory container's charge counts there for each container that attached
 * it, used or not, and no pair has a counter or a limit. In a common ancestor, what two children borrow counts twice.
 *
 * Parameter `maps`: a page that tasks of a borrower map several times is borrowed once, which takes a set of pages; or each time. The thread leaves it open.
 *
 * Only mappings borrow; read() and write() charge the shared-memory container and borrow nothing. Tasks below a container that attached it borrow on its account, on the
 * nearest one's. A page that a driver holds pinned is in use as well, with `pins: smemcg`. Who has not attached it uses it free. The mapping that would exceed a pair's limit fails, and so does the page that would exceed the
 * object's, after reclaim in it; for neither is anybody killed. Over its own limit a borrower reclaims its own memory, then takes mappings of borrowed pages from its own tasks
 * (a page that nobody else maps is then freed); then it kills, its own tasks only. What a charge of one container adds to another's `current` under `whole`
 * is not held against the other's limit before that charges something itself.
 */
export class SmemcgPolicy extends StaticPolicy {
  override readonly id = 'smemcg';
  private readonly is_whole: boolean;
  private readonly counts_each: boolean;
  /** By the object's place in the program, as attachments name it, and by its id. */
  private readonly lenders_by_spec = new Map<number, Lender>();
  private readonly lenders = new Map<number, Lender>();
  /** Mappings of a page by tasks of a borrower, by `mappingKey`; not kept where each counts. */
  private readonly mappings = new Map<number, number>();
  /** Pages that drivers hold on the account of a borrower, by `mappingKey`: how often. Each is one more use of the page, as a mapping is. */
  private readonly held = new Map<number, number>();
  private share_updates = 0;
  private hash_lookups = 0;

  /** A page is the target's if one of the subtree borrows it; unmapping it there is enough. */
  private readonly account: Account = {
    units_per_page: 1,
    isChargedTo: (object, page, target) => {
      const lender = this.lenders.get(object.id);
      return lender !== undefined && this.attachedWithin(lender, target).some((container) => this.world.spaces.isMappedWithin(object, page, container));
    },
    isWhole: () => false,
  };

  constructor(world: World) {
    super(world, (container, page_count, reason, task) => this.reclaim(container, page_count, reason, task, undefined));
    this.is_whole = world.model.parameters.current === 'whole';
    this.counts_each = world.model.parameters.maps === 'each';
  }

  lend(program_object: number, object: MemoryObject, container: number): void {
    const lender: Lender = { container, object, pairs: new Map() };
    this.lenders_by_spec.set(program_object, lender);
    this.lenders.set(object.id, lender);
  }

  /** What tasks of the subtree map already is borrowed from now on; a container above that had borrowed it for them gives it back. */
  attach(container: number, objects: NonNullable<LimitsSpec['smemcg']>): void {
    for (const { object, borrow_max_pages: max_pages } of objects) {
      const lender = this.lenders_by_spec.get(object);
      // Every object that a scenario attaches has been lent before the first container was created.
      if (lender === undefined) continue;
      const pair = lender.pairs.get(container);
      if (pair !== undefined) {
        lender.pairs.set(container, { ...pair, max_pages });
        continue;
      }
      const mapped = this.mappedWithin(lender, container);
      for (const { page, at } of mapped) this.unmap(at, lender.object, page);
      lender.pairs.set(container, { max_pages, borrowed_pages: 0 });
      for (const { page, at } of mapped) this.map(at, lender.object, page, NO_TASK);
      if (this.is_whole) this.owe(lender, container, NO_PAGE, this.heldPages(lender));
    }
  }

  override charge(container: number, object: MemoryObject, page: number, task: number): number {
    const lender = this.lenders.get(object.id);
    if (lender === undefined) return super.charge(container, object, page, task);
    const borrower = this.is_whole ? this.borrowerOf(lender, container) : -1;
    const has_room = this.makeRoomForWhole(lender, borrower, isChunkStart(object, page) ? chunkPageCount(object) : 1, task);
    if (!has_room || !this.chargeTo(lender.container, object, page, task, false))
      return this.deny(object.kind === OBJECT_CLASS.hugetlb ? ERRNO.ENOSPC : ERRNO.ENOMEM);
    if (this.is_whole) for (const attached of lender.pairs.keys()) this.owe(lender, attached, page, 1);
    if (borrower !== -1) this.gate.charged(borrower, task);
    return lender.container;
  }

  override uncharge(object: MemoryObject, page: number, frame: number): number {
    const lender = this.lenders.get(object.id);
    if (lender !== undefined && this.is_whole) for (const attached of lender.pairs.keys()) this.owe(lender, attached, page, -1);
    return super.uncharge(object, page, frame);
  }

  override admit(container: number, object: MemoryObject, page: number, task: number): boolean {
    const lender = this.is_whole ? undefined : this.lenders.get(object.id);
    if (lender === undefined) return true;
    const borrower = this.borrowerOf(lender, container);
    const pair = lender.pairs.get(borrower);
    if (pair === undefined || this.isBorrowed(borrower, page)) return true;
    return pair.borrowed_pages < pair.max_pages && this.gate.makeRoom(borrower, 1, task);
  }

  override map(container: number, object: MemoryObject, page: number, task: number): void {
    const lender = this.is_whole ? undefined : this.lenders.get(object.id);
    if (lender === undefined) return;
    const borrower = this.borrowerOf(lender, container);
    if (borrower === -1 || !this.isFirst(borrower, page, 1)) return;
    this.owe(lender, borrower, page, 1);
    this.gate.charged(borrower, task);
  }

  override unmap(container: number, object: MemoryObject, page: number): void {
    const lender = this.is_whole ? undefined : this.lenders.get(object.id);
    if (lender === undefined) return;
    const borrower = this.borrowerOf(lender, container);
    if (borrower !== -1 && this.isFirst(borrower, page, -1)) this.owe(lender, borrower, page, -1);
  }

  overBorrowed(container: number, pages: readonly number[]): { readonly container: number; readonly limit_pages: number } | null {
    for (const { borrower, pair, pages: fresh } of this.newlyBorrowed(container, pages))
      if (pair.borrowed_pages + fresh.length > pair.max_pages) return { container: borrower, limit_pages: pair.max_pages };
    return null;
  }

  admitHeld(container: number, pages: readonly number[], task: number): boolean {
    if (this.overBorrowed(container, pages) !== null) return false;
    return this.newlyBorrowed(container, pages).every(({ borrower, pages: fresh }) => this.gate.makeRoom(borrower, fresh.length, task));
  }

  hold(container: number, pages: readonly number[]): readonly number[] {
    return pages.map((page) => {
      const lender = this.lenderOf(page);
      const borrower = lender === undefined ? -1 : this.borrowerOf(lender, container);
      if (lender === undefined || borrower === -1) return -1;
      const key = mappingKey(borrower, page);
      this.held.set(key, (this.held.get(key) ?? 0) + 1);
      if (this.isFirst(borrower, page, 1)) this.owe(lender, borrower, page, 1);
      return borrower;
    });
  }

  /** A borrower that has been removed owes nothing any more. */
  letGo(borrowers: readonly number[], pages: readonly number[]): void {
    for (const [at, page] of pages.entries()) {
      const borrower = borrowers[at];
      const lender = this.lenderOf(page);
      if (lender === undefined || borrower === -1 || !lender.pairs.has(borrower)) continue;
      const key = mappingKey(borrower, page);
      const count = (this.held.get(key) ?? 0) - 1;
      if (count > 0) this.held.set(key, count);
      else this.held.delete(key);
      if (this.isFirst(borrower, page, -1)) this.owe(lender, borrower, page, -1);
    }
  }

  override reclaim(container: number, page_count: number, reason: number, task: number, swappiness: number | undefined): number {
    const { reclaim } = this.world;
    let reclaimed = reclaim.tryToFree(container, page_count, reason, task, swappiness);
    if (container === ROOT_CONTAINER) return reclaimed;
    const wanted = Math.max(page_count, SWAP_CLUSTER_MAX);
    const lenders = [...this.lenders.values()].filter((lender) => this.attachedWithin(lender, container).length > 0);
    if (!this.is_whole && lenders.length > 0 && reclaimed < wanted) {
      const lruvecs = lenders.map((lender) => lender.container);
      return reclaimed + reclaimMapped(this.world, container, wanted - reclaimed, reason, task, this.account, lruvecs);
    }
    for (const lender of lenders) {
      if (reclaimed < wanted && this.heldPages(lender) > 0) reclaimed += reclaim.tryToFree(lender.container, wanted - reclaimed, reason, task, swappiness);
    }
    return reclaimed;
  }

  /** Its pairs are dropped: nothing of what it borrowed is left with it. What it owns itself goes as under static ownership. */
  override remove(container: number): void {
    for (const lender of this.lenders.values()) {
      if (!lender.pairs.has(container)) continue;
      // No task is left in it, and so no mapping: only the whole charge can still count there, or what drivers hold.
      if (this.is_whole) this.owe(lender, container, NO_PAGE, -this.heldPages(lender));
      else this.forgetHeld(lender, container);
      lender.pairs.delete(container);
    }
    super.remove(container);
  }

  /** The payer that `charge-to` names has nothing to do with an attached object. */
  override holds(container: number): boolean {
    return this.charge_to.holds(container, (object) => !this.lenders.has(object.id));
  }

  /** `current` is what a container owns, and below the root what it borrows: the page tables tell that anew. */
  override check(): LabError | null {
    const { machine, tree } = this.world;
    const owned = Float64Array.from({ length: tree.count }, (_, container) => machine.lru.allPages(container));
    const owed = new Float64Array(tree.count);
    for (const lender of this.lenders.values()) {
      for (const [container, pair] of lender.pairs) {
        const pages = this.borrowedAnew(lender, container);
        if (pages !== pair.borrowed_pages)
          return violation(`smemcg: pages that ${tree.paths[container]} borrows of ${lender.object.name} against its mappings`, pair.borrowed_pages, pages);
        owed[container] += this.is_whole ? this.heldPages(lender) : pages;
      }
    }
    for (let container = tree.count - 1; container > 0; container--) {
      owned[tree.parents[container]] += owned[container];
      owed[tree.parents[container]] += owed[container];
    }
    for (let container = 0; container < tree.count; container++) {
      const expected = owned[container] + this.world.chargedUnlistedPages(container) + (container === ROOT_CONTAINER ? 0 : owed[container]);
      if (expected !== tree.usage[container])
        return violation(`smemcg: charge of ${tree.paths[container]} against pages owned and borrowed in its subtree`, tree.usage[container], expected);
    }
    return null;
  }

  override cost(): PolicyCost {
    const cost = super.cost();
    const pair_count = [...this.lenders.values()].reduce((count, { pairs }) => count + pairs.size, 0);
    return {
      ...cost,
      page_storage_bytes: cost.page_storage_bytes + MAPPING_BYTES * this.mappings.size,
      container_storage_bytes: cost.container_storage_bytes + (this.is_whole ? 0 : PAIR_BYTES * pair_count),
      share_updates: this.share_updates,
      hash_lookups: this.hash_lookups,
    };
  }

  /** Changes what a container owes: its borrow counter and `current`, or under `whole` only that. */
  private owe(lender: Lender, container: number, page: number, page_count: number): void {
    const { tree, log } = this.world;
    if (page_count === 0) return;
    this.share_updates++;
    tree.borrow(container, page_count);
    if (!this.is_whole) {
      const pair = lender.pairs.get(container) as Pair;
      lender.pairs.set(container, { ...pair, borrowed_pages: pair.borrowed_pages + page_count });
      tree.add(container, COUNTER.borrow, page_count);
    }
    log.emit(KIND.borrow, this.is_whole ? BORROW.current : BORROW.current | BORROW.counter, NO_TASK, container, page, page_count, lender.container);
  }

  /** Room for pages more of the lender's charge in every container that has all of it, on the way from who brings them in (−1: nobody) to the root. */
  private makeRoomForWhole(lender: Lender, borrower: number, page_count: number, task: number): boolean {
    for (let at = borrower; at > ROOT_CONTAINER; at = this.world.tree.parents[at]) {
      if (!this.gate.makeRoom(at, page_count * this.attachedWithin(lender, at).length, task)) return false;
    }
    return true;
  }

  /** Pages charged to a lender; what processors have in stock for it is lent to nobody. */
  private heldPages(lender: Lender): number {
    return this.world.machine.lru.allPages(lender.container);
  }

  /** The container on whose account a task of `container` borrows: itself or the nearest above that attached the lender; −1: none did. */
  private borrowerOf(lender: Lender, container: number): number {
    for (let at = container; at !== -1; at = this.world.tree.parents[at]) if (lender.pairs.has(at)) return at;
    return -1;
  }

  private attachedWithin(lender: Lender, container: number): number[] {
    return [...lender.pairs.keys()].filter((at) => this.world.tree.isWithin(at, container));
  }

  /** Whether one mapping more or less is the first or last that counts. */
  private isFirst(borrower: number, page: number, delta: 1 | -1): boolean {
    if (this.counts_each) return true;
    this.hash_lookups++;
    const key = mappingKey(borrower, page);
    const before = this.mappings.get(key) ?? 0;
    if (before + delta === 0) this.mappings.delete(key);
    else this.mappings.set(key, before + delta);
    return delta === 1 ? before === 0 : before === 1;
  }

  private isBorrowed(borrower: number, page: number): boolean {
    if (this.counts_each) return false;
    this.hash_lookups++;
    return this.mappings.has(mappingKey(borrower, page));
  }

  /** Every mapping of the lender's object by tasks in the subtree of `container`, with the container that the task is in. */
  private mappedWithin(lender: Lender, container: number): { readonly page: number; readonly at: number }[] {
    const { spaces, tree } = this.world;
    return lender.object.areas.flatMap((area) => {
      const at = spaces.container[area.task];
      if (!tree.isWithin(at, container)) return [];
      return [...area.bits].flatMap((bits, index) => ((bits & PTE.present) === 0 ? [] : [{ page: lender.object.base_page + index, at }]));
    });
  }

  /** Pages that a container borrows, as the page tables and drivers have it. */
  private borrowedAnew(lender: Lender, container: number): number {
    if (this.is_whole) return 0;
    const mapped = this.mappedWithin(lender, container).filter(({ at }) => this.borrowerOf(lender, at) === container);
    const used = [...mapped.map(({ page }) => page), ...this.heldBy(lender, container)];
    return this.counts_each ? used.length : new Set(used).size;
  }

  /** Pages that drivers hold on a borrower's account, each as often as they do. */
  private heldBy(lender: Lender, borrower: number): number[] {
    const pages = Array.from({ length: lender.object.page_count }, (_, index) => lender.object.base_page + index);
    return pages.flatMap((page) => new Array<number>(this.held.get(mappingKey(borrower, page)) ?? 0).fill(page));
  }

  /** What drivers hold on a borrower's account is borrowed no more. */
  private forgetHeld(lender: Lender, borrower: number): void {
    for (const page of this.heldBy(lender, borrower)) {
      if (this.isFirst(borrower, page, -1)) this.owe(lender, borrower, page, -1);
      this.held.delete(mappingKey(borrower, page));
    }
  }

  /** The lender to whose object a page belongs, where use is borrowed. */
  private lenderOf(page: number): Lender | undefined {
    if (this.is_whole) return undefined;
    return [...this.lenders.values()].find(({ object }) => page >= object.base_page && page < object.base_page + object.page_count);
  }

  /** By lender: the pages that a use by `container` would borrow and that are not borrowed yet. */
  private newlyBorrowed(container: number, pages: readonly number[]): { readonly borrower: number; readonly pair: Pair; readonly pages: readonly number[] }[] {
    return [...Map.groupBy(pages, (page) => this.lenderOf(page))].flatMap(([lender, of_lender]) => {
      const borrower = lender === undefined ? -1 : this.borrowerOf(lender, container);
      const pair = lender?.pairs.get(borrower);
      return pair === undefined ? [] : [{ borrower, pair, pages: of_lender.filter((page) => !this.isBorrowed(borrower, page)) }];
    });
  }
}

const mappingKey = (borrower: number, page: number): number => page * (CONTAINER_COUNT_MAX + 1) + borrower;
