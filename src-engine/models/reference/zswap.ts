/** What a container has in zswap, and what was counted for it. */
export interface ZswapCounts {
  bytes: number;
  pages: number;
  zswpin: number;
  zswpout: number;
  zswpwb: number;
}

interface Stored {
  readonly page: number;
  readonly bytes: number;
  /** Container whose list it stands on, which pays for it unless that is nobody's. */
  container: number;
  readonly is_paid: boolean;
  spared: boolean;
}

const ROOT = 0;
const PAGE = 4096;
const TRIES = 16;

/**
 * Zswap in the plainest way: what is stored in one array, oldest first, looked through for everything. Told of pages that reclaim takes, in order, it says which of them are stored, and
 * which others are written to swap for them.
 */
export class ZswapReference {
  readonly parents: number[] = [-1];
  readonly removed = new Set<number>();
  /** By container: memory.zswap.max in pages, and memory.zswap.writeback; absent: open, on. */
  readonly max_pages = new Map<number, number>();
  readonly writeback = new Map<number, boolean>();
  readonly counts: ZswapCounts[] = [];
  private stored: Stored[] = [];
  private was_full = false;
  /** Where the worker stands in the tree. */
  private at = -1;
  private readonly memory_pages: number;
  private readonly max_percent: number;
  private readonly accept_percent: number;
  /** Whether containers pay for what they have here. */
  private readonly charged: boolean;

  constructor(memory_pages: number, max_percent: number, accept_percent: number, charged: boolean) {
    this.memory_pages = memory_pages;
    this.max_percent = max_percent;
    this.accept_percent = accept_percent;
    this.charged = charged;
    this.create(ROOT, -1);
  }

  create(container: number, parent: number): void {
    this.parents[container] = parent;
    this.counts[container] = { bytes: 0, pages: 0, zswpin: 0, zswpout: 0, zswpwb: 0 };
  }

  /** Its pages become the parent's, as that one's oldest. */
  remove(container: number): void {
    this.removed.add(container);
    const parent = this.parents[container] ?? ROOT;
    const [its, others] = [this.stored.filter((one) => one.container === container), this.stored.filter((one) => one.container !== container)];
    for (const one of its) {
      one.container = parent;
      if (!one.is_paid) continue;
      this.add(container, -one.bytes, -1);
      this.add(parent, one.bytes, 1);
    }
    this.stored = [...its, ...others];
  }

  /** Reclaim takes a page whose slot is charged to `container`. Returns whether it is stored, and which pages go to swap on the way. */
  evicted(page: number, container: number, bytes: number): { readonly stored: boolean; readonly written: readonly number[] } {
    const written: number[] = [];
    const has_room = this.ancestors(container).every((at) => this.below(at) || !this.isPayer(container));
    const may_go_on = has_room || this.shrink(container, written) === 'written';
    if (!may_go_on || this.isFull() || bytes >= PAGE) {
      if (this.was_full) this.work(written);
      return { stored: false, written };
    }
    const is_paid = this.isPayer(container);
    this.stored.push({ page, bytes, container: is_paid ? container : ROOT, is_paid, spared: false });
    if (is_paid) {
      this.add(container, bytes, 1);
      this.countsOf(container).zswpout++;
    }
    return { stored: true, written };
  }

  /** A swapped page is back. Returns whether it came from here. */
  loaded(page: number): boolean {
    const one = this.stored.find((candidate) => candidate.page === page);
    if (one === undefined) return false;
    if (one.is_paid) this.countsOf(one.container).zswpin++;
    this.drop(page);
    return true;
  }

  /** The page's slot is free. */
  drop(page: number): void {
    const one = this.stored.find((candidate) => candidate.page === page);
    if (one === undefined) return;
    this.stored = this.stored.filter((candidate) => candidate !== one);
    if (one.is_paid) this.add(one.container, -one.bytes, -1);
  }

  private add(container: number, bytes: number, pages: number): void {
    const counts = this.countsOf(container);
    counts.bytes += bytes;
    counts.pages += pages;
  }

  private countsOf(container: number): ZswapCounts {
    return this.counts[container] as ZswapCounts;
  }

  private isPayer(container: number): boolean {
    return this.charged && container !== ROOT;
  }

  /** The container and those above it, the root among them. */
  private ancestors(container: number): number[] {
    return container === -1 ? [] : [container, ...this.ancestors(this.parents[container] ?? -1)];
  }

  private below(container: number): boolean {
    const max = this.max_pages.get(container);
    if (container === ROOT || max === undefined) return true;
    const bytes = this.counts.reduce((sum, counts, id) => (this.ancestors(id).includes(container) ? sum + counts.bytes : sum), 0);
    return max > 0 && Math.floor(bytes / PAGE) < max;
  }

  private get pool_pages(): number {
    return Math.ceil(this.stored.reduce((sum, one) => sum + one.bytes, 0) / PAGE);
  }

  private get limit_pages(): number {
    return Math.floor((this.memory_pages * this.max_percent) / 100);
  }

  private get accept_pages(): number {
    return Math.floor((this.limit_pages * this.accept_percent) / 100);
  }

  private isFull(): boolean {
    if (this.pool_pages >= this.limit_pages) this.was_full = true;
    else if (this.was_full && this.pool_pages <= this.accept_pages) this.was_full = false;
    return this.was_full;
  }

  /** The worker: goes around the tree until the pool is small enough or it has failed too often. */
  private work(written: number[]): void {
    let failures = 0;
    let looked_at = 0;
    for (;;) {
      this.at = this.following(this.at);
      if (this.at === -1) {
        if (looked_at === 0) failures++;
        looked_at = 0;
      } else {
        const outcome = this.removed.has(this.at) ? 'nothing' : this.shrink(this.at, written);
        if (outcome !== 'nothing') looked_at++;
        if (outcome === 'spared') failures++;
      }
      if (failures === TRIES || this.pool_pages <= this.accept_pages) return;
    }
  }

  /** Containers in the order of a walk of the tree: a parent, then each child with all below it. */
  private following(container: number): number {
    const walk = (at: number): number[] => [at, ...this.parents.flatMap((parent, id) => (parent === at ? walk(id) : []))];
    const order = walk(ROOT);
    return order[order.indexOf(container) + 1] ?? -1;
  }

  private shrink(container: number, written: number[]): 'written' | 'spared' | 'nothing' {
    const oldest = this.stored.find((one) => one.container === container);
    const allowed = !this.isPayer(container) || this.ancestors(container).every((at) => this.writeback.get(at) !== false);
    if (oldest === undefined || !allowed) return 'nothing';
    if (!oldest.spared) {
      oldest.spared = true;
      this.stored = [...this.stored.filter((one) => one !== oldest), oldest];
      return 'spared';
    }
    written.push(oldest.page);
    if (oldest.is_paid) this.countsOf(container).zswpwb++;
    this.drop(oldest.page);
    return 'written';
  }
}
