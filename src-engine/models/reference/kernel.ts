import type { AxisChoices, Parameters } from '../../scenario/axes.ts';
import type { Op } from '../../scenario/program.ts';

/** A slab cache as the reference needs it. */
export interface ReferenceCache {
  readonly bytes: number;
  readonly per_page: number;
  readonly shrinkable: boolean;
  readonly accounted: boolean;
}

/** What the engine did during a step that the reference takes as given: what shrinkers freed, whom the killer chose, and which charges of pages succeeded. */
export type KernelGiven =
  | { readonly kind: 'shrunk'; readonly cache: number; readonly list: number; readonly count: number }
  | { readonly kind: 'killed'; readonly task: number }
  | { readonly kind: 'charged' };

export interface KernelCounters {
  kernel: number;
  kmem: number;
  reclaimable_bytes: number;
  unreclaimable_bytes: number;
}

interface Page {
  readonly pool: Pool;
  objects: number;
  /** When it last came to have room. */
  room_since: number;
}

interface Pool {
  readonly cache: number;
  payer: number | null;
}

/** A container's objects under `objcg`; it outlives the container. */
interface Account {
  payer: number;
  charged_pages: number;
  parked: number;
  objects: number;
  dead: boolean;
}

interface SlabObject {
  readonly cache: number;
  readonly task: number;
  readonly page: Page;
  /** Whose account it is on: a pool's payer, an account of `objcg`, or nobody's. */
  readonly on: 'pool' | 'nobody' | Account;
}

const PAGE = 4096;
const POINTER = 8;

/**
 * Who pays for slab, replayed from the rules in the plainest way: objects in one array in the order of their allocation, pages in another, everything else found by
 * looking through them. Tasks and containers are the engine's numbers.
 */
export class KernelReference {
  readonly objects: SlabObject[] = [];
  readonly parents: number[] = [-1];
  readonly task_container: number[];
  readonly alive: boolean[];
  private readonly policy: AxisChoices['kernel'];
  private readonly parameters: Parameters;
  private readonly caches: readonly ReferenceCache[];
  private readonly cpu_of: readonly number[];
  private pages: Page[] = [];
  private readonly pools = new Map<string, Pool>();
  private readonly accounts = new Map<number, Account>();
  /** Accounts of removed containers. */
  private readonly orphans: Account[] = [];
  /** Unused objects by container, in the order in which a shrinker takes them. */
  private readonly lists = new Map<number, SlabObject[]>();
  /** Whether shrinkers tell containers apart. */
  private readonly has_lists: boolean;
  private readonly stocks: { account: Account | null; bytes: number }[];
  private split_later: [container: number, cache: number][] = [];
  private clock = 0;
  private given: KernelGiven[] = [];

  constructor(
    policy: AxisChoices['kernel'],
    parameters: Parameters,
    caches: readonly ReferenceCache[],
    tasks: readonly { readonly container: number; readonly cpu: number }[],
    cpu_count: number,
  ) {
    this.policy = policy;
    this.has_lists = policy === 'opt-in' || policy === 'objcg' || (policy === 'opt-out' && parameters.shrinkers === 'memcg');
    this.parameters = parameters;
    this.caches = caches;
    this.task_container = tasks.map(({ container }) => container);
    this.alive = tasks.map(() => true);
    this.cpu_of = tasks.map(({ cpu }) => cpu);
    this.stocks = Array.from({ length: cpu_count }, () => ({ account: null, bytes: 0 }));
  }

  /** One step's given facts; the operation follows. */
  begin(given: readonly KernelGiven[]): void {
    this.given = [...given];
  }

  /** The step is over: what shrinkers did besides, and the splits that were put off. Returns what was left of the charges that the engine made. */
  end(): number {
    const charges = this.given.filter(({ kind }) => kind === 'charged').length;
    this.untilCharge();
    for (const [container, cache] of this.split_later) this.poolOf(container, cache);
    this.split_later = [];
    return charges;
  }

  create(container: number, parent: number): void {
    this.parents[container] = parent;
    if (this.policy === 'objcg') this.accounts.set(container, { payer: container, charged_pages: 0, parked: 0, objects: 0, dead: false });
  }

  /** Allocates; returns how many objects could be had. */
  allocate(op: Extract<Op, { verb: 'slab' }>, cache: number): number {
    const container = this.task_container[op.task] ?? 0;
    for (let count = 0; count < op.allocate; count++) {
      if (!this.alive[op.task] || !this.allocateOne(op, cache, container)) return count;
    }
    return op.allocate;
  }

  free(op: Extract<Op, { verb: 'slab' }>, cache: number): void {
    for (let left = op.free; left > 0; left--) {
      const object = this.objects.find((one) => one.cache === cache && one.task === op.task) ?? this.objects.find((one) => one.cache === cache);
      if (object === undefined) return;
      this.release(object, this.cpu_of[op.task] ?? 0);
    }
  }

  remove(container: number): void {
    const parent = this.parents[container] ?? 0;
    if (this.policy === 'objcg') {
      this.handLists(container, parent);
      for (const account of [...this.accounts.values(), ...this.orphans]) if (account.payer === container) account.payer = parent;
      const own = this.accounts.get(container);
      this.accounts.delete(container);
      if (own !== undefined) {
        own.dead = true;
        this.orphans.push(own);
        this.bury(own);
      }
      return;
    }
    const heir = this.policy === 'opt-out' && this.parameters.orphans === 'root' ? 0 : parent;
    if (this.has_lists) this.handLists(container, heir);
    const is_tracked = heir !== 0 || (this.policy === 'opt-out' && this.parameters.root === 'tracked');
    for (const [key, pool] of this.pools) {
      if (pool.payer === container) pool.payer = is_tracked ? heir : null;
      if (key.startsWith(`${container}:`)) this.pools.delete(key);
    }
    for (const page of this.pages) if (page.pool.payer === container) page.pool.payer = is_tracked ? heir : null;
  }

  /** Counters of each container as memory.stat and the v1 counter show them, in pages and bytes. */
  counters(): KernelCounters[] {
    const local: KernelCounters[] = this.parents.map(() => ({ kernel: 0, kmem: 0, reclaimable_bytes: 0, unreclaimable_bytes: 0 }));
    const statOf = (cache: number) => (this.caches[cache]?.shrinkable ? 'reclaimable_bytes' : 'unreclaimable_bytes');
    for (const { pool } of this.pages) {
      const counters = local[pool.payer ?? -1];
      if (counters === undefined || this.policy === 'objcg') continue;
      counters.kmem++;
      if (this.parameters.kmem === 'joint') counters.kernel++;
      counters[statOf(pool.cache)] += PAGE;
    }
    for (const { on, cache } of this.objects) {
      const counters = typeof on === 'object' ? local[on.payer] : undefined;
      if (counters !== undefined) counters[statOf(cache)] += (this.caches[cache]?.bytes ?? 0) + POINTER;
    }
    for (const account of [...this.accounts.values(), ...this.orphans]) {
      const counters = local[account.payer];
      if (counters !== undefined) counters.kernel += account.charged_pages;
    }
    for (let id = local.length - 1; id > 0; id--) {
      const own = local[id];
      const parent = local[this.parents[id] ?? 0];
      if (own === undefined || parent === undefined) continue;
      for (const name of ['kernel', 'kmem', 'reclaimable_bytes', 'unreclaimable_bytes'] as const) parent[name] += own[name];
    }
    return local;
  }

  // Objects

  private allocateOne(op: Extract<Op, { verb: 'slab' }>, cache: number, container: number): boolean {
    const { pool, on } = this.choose(op, cache, container);
    const per_page = this.caches[cache]?.per_page ?? 1;
    const with_room = this.pages.filter((one) => one.pool === pool && one.objects < per_page).sort((a, b) => a.room_since - b.room_since);
    let page = with_room[0];
    if (page === undefined) {
      if (this.policy !== 'objcg' && pool.payer !== null && !this.untilCharge()) return false;
      page = { pool, objects: 0, room_since: this.clock++ };
      this.pages.push(page);
    }
    page.objects++;
    if (typeof on === 'object' && !this.charge(on, cache, this.cpu_of[op.task] ?? 0)) {
      this.leave(page);
      return false;
    }
    const object: SlabObject = { cache, task: op.task, page, on };
    this.objects.push(object);
    if (!op.held && this.caches[cache]?.shrinkable) this.listOf(this.has_lists ? (this.payer(object) ?? 0) : 0).push(object);
    return true;
  }

  /** From which pages an object comes, and on whose account it is. */
  private choose(op: Extract<Op, { verb: 'slab' }>, cache: number, container: number): { pool: Pool; on: SlabObject['on'] } {
    const accounted = this.caches[cache]?.accounted === true;
    const shared = this.poolOf(null, cache);
    if (this.policy === 'none') return { pool: shared, on: 'nobody' };
    if (this.policy === 'objcg') return { pool: shared, on: (accounted && !op.noaccount ? this.accounts.get(container) : undefined) ?? 'nobody' };
    if (this.policy === 'opt-in') return accounted && container !== 0 ? { pool: this.poolOf(container, cache), on: 'pool' } : { pool: shared, on: 'nobody' };
    if (op.noaccount || container === 0) return { pool: shared, on: container === 0 && !op.noaccount && shared.payer === 0 ? 'pool' : 'nobody' };
    if (!op.atomic || this.pools.has(`${container}:${cache}`)) return { pool: this.poolOf(container, cache), on: 'pool' };
    this.split_later.push([container, cache]);
    return { pool: shared, on: 'nobody' };
  }

  private poolOf(container: number | null, cache: number): Pool {
    const key = `${container ?? ''}:${cache}`;
    const found = this.pools.get(key);
    if (found !== undefined) return found;
    const pays_root = this.policy === 'opt-out' && this.parameters.root === 'tracked';
    const pool: Pool = { cache, payer: container ?? (pays_root ? 0 : null) };
    this.pools.set(key, pool);
    return pool;
  }

  private release(object: SlabObject, cpu: number): void {
    this.objects.splice(this.objects.indexOf(object), 1);
    for (const list of this.lists.values()) if (list.includes(object)) list.splice(list.indexOf(object), 1);
    const { on } = object;
    if (typeof on === 'object') {
      this.putBack(on, (this.caches[object.cache]?.bytes ?? 0) + POINTER, cpu, true);
      on.objects--;
      this.bury(on);
    }
    this.leave(object.page);
  }

  private leave(page: Page): void {
    if (page.objects === this.caches[page.pool.cache]?.per_page) page.room_since = this.clock++;
    page.objects--;
    if (page.objects === 0) this.pages = this.pages.filter((one) => one !== page);
  }

  // Bytes (objcg)

  private charge(account: Account, cache: number, cpu: number): boolean {
    const size = (this.caches[cache]?.bytes ?? 0) + POINTER;
    const stock = this.stocks[cpu];
    if (stock === undefined) return false;
    if (stock.account === account && stock.bytes >= size) stock.bytes -= size;
    else {
      if (!this.untilCharge()) return false;
      const pages = Math.ceil(size / PAGE);
      account.charged_pages += pages;
      if (pages * PAGE > size) this.putBack(account, pages * PAGE - size, cpu, false);
    }
    account.objects++;
    return true;
  }

  private putBack(account: Account, size: number, cpu: number, gives_back: boolean): void {
    const stock = this.stocks[cpu];
    if (stock === undefined) return;
    const switched = stock.account !== account;
    if (switched) {
      const old = stock.account;
      if (old !== null) {
        old.charged_pages -= Math.floor(stock.bytes / PAGE);
        old.parked += stock.bytes % PAGE;
      }
      stock.account = account;
      stock.bytes = account.parked;
      account.parked = 0;
      if (old !== null) this.bury(old);
    }
    stock.bytes += size;
    if ((switched || gives_back) && stock.bytes > PAGE) {
      account.charged_pages -= Math.floor(stock.bytes / PAGE);
      stock.bytes %= PAGE;
    }
  }

  /** A removed container’s account goes with its last object and stock, or at once if it has none; by then whole pages are parked. */
  private bury(account: Account): void {
    if (!account.dead || account.objects > 0 || this.stocks.some((stock) => stock.account === account)) return;
    account.charged_pages -= account.parked / PAGE;
    account.parked = 0;
  }

  // Given

  /** What the engine did up to its next charge of a page; false if there was none. */
  private untilCharge(): boolean {
    for (let fact = this.given.shift(); fact !== undefined; fact = this.given.shift()) {
      if (fact.kind === 'charged') return true;
      if (fact.kind === 'killed') this.alive[fact.task] = false;
      else this.shrink(fact.cache, fact.list, fact.count);
    }
    return false;
  }

  /** A shrinker freed the first objects of a list. */
  private shrink(cache: number, list: number, count: number): void {
    const objects = this.listOf(list).filter((one) => one.cache === cache);
    if (objects.length < count) throw new Error(`a shrinker freed ${count} objects of cache ${cache}, and container ${list} has ${objects.length} unused`);
    for (const object of objects.slice(0, count)) this.release(object, this.reclaimer_cpu);
  }

  private listOf(container: number): SlabObject[] {
    const list = this.lists.get(container) ?? [];
    this.lists.set(container, list);
    return list;
  }

  /** A removed container's unused objects come before those of its heir. */
  private handLists(from: number, to: number): void {
    this.lists.set(to, [...this.listOf(from), ...this.listOf(to)]);
    this.lists.delete(from);
  }

  /** Processor on which shrinkers run during this step. */
  reclaimer_cpu = 0;

  private payer({ on, page }: SlabObject): number | null {
    if (on === 'pool') return page.pool.payer;
    return on === 'nobody' ? null : on.payer;
  }
}
