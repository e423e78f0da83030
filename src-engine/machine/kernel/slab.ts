import type { ObjectSpec } from '../../scenario/program.ts';
import { emptyQueue, Links, type Queue } from '../pages/queues.ts';

/** No slab page, no list. */
export const NONE = -1;

/** A kind of object: what `kmem_cache_create()` is told of it. */
export interface SlabCache {
  /** Index among the scenario's objects, which is also its name in RunNames.objects. */
  readonly object: number;
  readonly object_bytes: number;
  readonly objects_per_page: number;
  readonly shrinkable: boolean;
  readonly shrinker_batch: number;
  /** SLAB_ACCOUNT, or the registration of the SLUB set. */
  readonly accounted: boolean;
  /** All its objects, oldest first. */
  readonly all: Queue;
  /** The same, by the task that allocated them. */
  readonly by_task: Map<number, Queue>;
  /** Objects that nobody uses, which a shrinker may free: by container, oldest first (list_lru). */
  readonly lists: Map<number, Queue>;
  /** Objects that passes of reclaim have left over, by container (`nr_deferred`). */
  readonly deferred: Map<number, number>;
}

/** Slab pages from which objects of one cache are allocated: a `struct kmem_cache`. Models with a copy of a cache per container have several pools of it. */
export interface SlabPool {
  readonly cache: SlabCache;
  /** Container that pays for its pages; NOBODY (models/kernel-policy.ts) if they are not tracked by page. */
  payer: number;
  /** Pages with room. */
  readonly partial: Queue;
  page_count: number;
}

type SlabSpec = Extract<ObjectSpec, { readonly kind: 'slab' }>;

/**
 * Slab pages and the objects on them. The rules of allocation, simpler than SLUB's: an object goes to the page of its pool that has had room for longest; a page
 * that loses its last object is freed at once. There are no per-processor slabs and no empty pages kept back; a slab is one page.
 */
export class Slab {
  readonly caches: readonly SlabCache[];
  readonly pools = new Set<SlabPool>();
  page_count = 0;
  object_count = 0;
  private readonly cache_by_object = new Map<number, SlabCache>();
  private readonly order = new Links();
  private readonly task_order = new Links();
  private readonly list_order = new Links();
  private readonly partial_order = new Links();

  /** By object: its page, the task that allocated it, the policy's account, and the container on whose list of unused objects it stands (NONE: in use). */
  private page_of = new Int32Array(64);
  private task_of = new Int32Array(64);
  private account_of = new Int32Array(64);
  private list_of = new Int32Array(64);
  private object_end = 0;
  private readonly free_objects: number[] = [];

  /** By slab page: its frame, its pool, and its objects. */
  private readonly frames: number[] = [];
  private readonly pool_of: SlabPool[] = [];
  private readonly used: number[] = [];
  private readonly free_pages: number[] = [];

  constructor(objects: readonly ObjectSpec[]) {
    const slabs = [...objects.entries()].filter((entry): entry is [number, SlabSpec] => entry[1].kind === 'slab');
    this.caches = slabs.map(([object, { object_bytes, objects_per_page, shrinkable, shrinker_batch, accounted }]) => ({
      object,
      object_bytes,
      objects_per_page,
      shrinkable,
      shrinker_batch,
      accounted,
      all: emptyQueue(),
      by_task: new Map(),
      lists: new Map(),
      deferred: new Map(),
    }));
    for (const cache of this.caches) this.cache_by_object.set(cache.object, cache);
  }

  cacheOf(object: number): SlabCache {
    const cache = this.cache_by_object.get(object);
    // The compiler has checked that the step names a cache.
    if (cache === undefined) throw new Error(`object ${object} is no slab cache`);
    return cache;
  }

  newPool(cache: SlabCache, payer: number): SlabPool {
    const pool: SlabPool = { cache, payer, partial: emptyQueue(), page_count: 0 };
    this.pools.add(pool);
    return pool;
  }

  /** Forgets a pool that has no pages and gets none any more. */
  dropPool(pool: SlabPool): void {
    this.pools.delete(pool);
  }

  /** A page of the pool with room for an object, NONE if all are full. */
  pageWithRoom(pool: SlabPool): number {
    return pool.partial.head;
  }

  /** Makes a slab page of a frame. */
  addPage(pool: SlabPool, frame: number): number {
    const page = this.free_pages.pop() ?? this.frames.length;
    this.frames[page] = frame;
    this.pool_of[page] = pool;
    this.used[page] = 0;
    this.partial_order.ensure(page + 1);
    this.partial_order.append(pool.partial, page);
    pool.page_count++;
    this.page_count++;
    return page;
  }

  /** Takes an object from a page with room. It is in use: no shrinker sees it. */
  take(page: number, task: number): number {
    const pool = this.pool_of[page];
    const object = this.free_objects.pop() ?? this.object_end++;
    this.ensureObjects(this.object_end);
    this.page_of[object] = page;
    this.task_of[object] = task;
    this.account_of[object] = NONE;
    this.list_of[object] = NONE;
    if (++this.used[page] === pool.cache.objects_per_page) this.partial_order.remove(pool.partial, page);
    this.order.append(pool.cache.all, object);
    this.task_order.append(queueOf(pool.cache.by_task, task), object);
    this.object_count++;
    return object;
  }

  setAccount(object: number, account: number): void {
    this.account_of[object] = account;
  }

  accountOf(object: number): number {
    return this.account_of[object];
  }

  taskOf(object: number): number {
    return this.task_of[object];
  }

  poolOf(object: number): SlabPool {
    return this.pool_of[this.page_of[object]];
  }

  /** Nobody uses the object any more, it is only kept: it goes to the tail of the container's list. */
  enlist(object: number, container: number): void {
    this.list_of[object] = container;
    this.list_order.append(queueOf(this.poolOf(object).cache.lists, container), object);
  }

  /** Frees an object. Returns the frame of its page if that is empty now and gone with it, else NONE. */
  free(object: number): number {
    const page = this.page_of[object];
    const pool = this.pool_of[page];
    const { cache } = pool;
    this.order.remove(cache.all, object);
    this.task_order.remove(queueOf(cache.by_task, this.task_of[object]), object);
    if (this.list_of[object] !== NONE) this.list_order.remove(queueOf(cache.lists, this.list_of[object]), object);
    this.free_objects.push(object);
    this.object_count--;
    if (this.used[page]-- === cache.objects_per_page) this.partial_order.append(pool.partial, page);
    if (this.used[page] > 0) return NONE;
    this.partial_order.remove(pool.partial, page);
    this.free_pages.push(page);
    pool.page_count--;
    this.page_count--;
    return this.frames[page];
  }

  /** The oldest object of a cache that a task has allocated, else the oldest of the cache; NONE if there is none. */
  oldest(cache: SlabCache, task: number): number {
    const own = cache.by_task.get(task)?.head ?? NONE;
    return own === NONE ? cache.all.head : own;
  }

  /** The object of a container's list that has not been used for longest, NONE if the list is empty. */
  oldestUnused(cache: SlabCache, container: number): number {
    return cache.lists.get(container)?.head ?? NONE;
  }

  /** Objects that a shrinker could free for a container (`count_objects`). */
  freeable(cache: SlabCache, container: number): number {
    return cache.lists.get(container)?.count ?? 0;
  }

  /**
   * A removed container's lists go to the head of another's, and what its shrinkers had deferred with them: `memcg_reparent_list_lrus()` of mm/list_lru.c and
   * `reparent_shrinker_deferred()` of mm/shrinker.c (6.12).
   */
  handLists(from: number, to: number): void {
    for (const cache of this.caches) {
      const queue = cache.lists.get(from);
      if (queue !== undefined) {
        for (const object of this.list_order.ids(queue)) this.list_of[object] = to;
        this.list_order.splice(queue, queueOf(cache.lists, to));
      }
      cache.lists.delete(from);
      const deferred = cache.deferred.get(from) ?? 0;
      if (deferred > 0) cache.deferred.set(to, (cache.deferred.get(to) ?? 0) + deferred);
      cache.deferred.delete(from);
    }
  }

  /** Objects of a cache, oldest first. */
  objectsOf(cache: SlabCache): Generator<number> {
    return this.order.ids(cache.all);
  }

  private ensureObjects(count: number): void {
    for (const links of [this.order, this.task_order, this.list_order]) links.ensure(count);
    if (count <= this.page_of.length) return;
    const grown = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const fresh = new Int32Array(Math.max(count, old.length * 2));
      fresh.set(old);
      return fresh;
    };
    this.page_of = grown(this.page_of);
    this.task_of = grown(this.task_of);
    this.account_of = grown(this.account_of);
    this.list_of = grown(this.list_of);
  }
}

function queueOf(queues: Map<number, Queue>, key: number): Queue {
  const found = queues.get(key);
  if (found !== undefined) return found;
  const queue = emptyQueue();
  queues.set(key, queue);
  return queue;
}
