import { NO_TASK, PAGE_SIZE_BYTES, ROOT_CONTAINER } from '../../base/ids.ts';
import type { LabError } from '../../base/result.ts';
import { COUNTER } from '../../record/counters.ts';
import { OBJECT_CLASS } from '../../record/events.ts';
import { isPageCache, type MemoryObject } from '../pages/objects.ts';
import type { KernelPolicy } from '../policies/kernel-policy.ts';
import { DENIED, violation } from '../policies/policy.ts';
import type { World } from '../world.ts';

/** `XA_CHUNK_SIZE`: entries of one node of the index. */
export const NODE_ENTRIES = 64;
/** `struct xa_node` of x86-64 (slab radix_tree_node), and `struct buffer_head`. */
export const NODE_BYTES = 576;
export const BUFFER_HEAD_BYTES = 104;
/** Pointer to its owner that each accounted object has. */
const OWNER_POINTER_BYTES = 8;

/** A node of an object's index: whose it is, and how many entries or nodes below it has. */
interface Node {
  readonly account: number;
  entry_count: number;
}

/**
 * The kernel's own memory for page cache (`machine.cache-memory`): nodes of each object's index, charged to the container whose task needs them first (`xas_alloc()`, lib/xarray.c, with
 * XA_FLAGS_ACCOUNT of fs/inode.c), and a buffer head for each page of a file that is written, charged to the page's container (`folio_alloc_buffers()`, fs/buffer.c). Both count in
 * slab_reclaimable. The same in 6.1.192 and 6.12.117.
 *
 * An evicted page of a file leaves a shadow, and a swapped one of tmpfs its slot, in the index: the node stays for it. An index is as high as its last entry asks for: it grows above
 * what is there (`xas_expand()`), and shrinks when only its first child is left (`xas_shrink()`); an entry at 0 alone needs no node. Left out: the shrinker of nodes that hold only
 * shadows, which begins once they are more than an eighth of the container's pages. Charges go over limits; the kernel would reclaim for them.
 */
export class CacheMemory {
  private readonly world: World;
  private readonly policy: KernelPolicy;
  /** By object, then by level and place: `nodes[object][0]` are those that hold pages. */
  private readonly nodes: Map<number, Node>[][] = [];
  /** By page: the account of its buffer head. */
  private readonly buffers = new Map<number, number>();
  private readonly frames: number[] = [];
  private byte_count = 0;

  constructor(world: World, policy: KernelPolicy) {
    this.world = world;
    this.policy = policy;
  }

  get frame_count(): number {
    return this.frames.length;
  }

  /** A task has brought in a page whose entry was empty. */
  entered(object: MemoryObject, page: number, task: number): void {
    if (!isPageCache(object.kind)) return;
    const container = this.world.spaces.container[task];
    const levels = this.levelsOf(object);
    let place = page - object.base_page;
    const height = heightFor(place);
    const is_empty = levels.length === 0 ? !this.world.machine.isEntered(object.base_page) : false;
    while (levels.length < height) {
      const root = is_empty ? [] : [[0, { account: this.charge(container, NODE_BYTES, task), entry_count: 1 }] as const];
      levels.push(new Map(root));
    }
    for (const level of levels) {
      place = Math.floor(place / NODE_ENTRIES);
      const node = level.get(place);
      if (node !== undefined) {
        node.entry_count++;
        return;
      }
      level.set(place, { account: this.charge(container, NODE_BYTES, task), entry_count: 1 });
    }
  }

  /** The entry of a page is empty again: neither the page, nor a shadow, nor a swap slot is left. */
  emptied(object: MemoryObject, page: number): void {
    if (!isPageCache(object.kind)) return;
    const levels = this.levelsOf(object);
    let place = page - object.base_page;
    for (const level of levels) {
      place = Math.floor(place / NODE_ENTRIES);
      const node = level.get(place);
      if (node === undefined || --node.entry_count > 0) break;
      level.delete(place);
      this.uncharge(node.account, NODE_BYTES);
    }
    this.shrink(object, levels);
  }

  /** `xas_shrink()`: a root that has only its first child gives way to it. */
  private shrink(object: MemoryObject, levels: Map<number, Node>[]): void {
    for (let root = levels.at(-1)?.get(0); levels.length > 0; root = levels.at(-1)?.get(0)) {
      if (root !== undefined) {
        const below = levels.at(-2);
        const has_first = below === undefined ? this.world.machine.isEntered(object.base_page) : below.has(0);
        if (root.entry_count > 1 || !has_first) return;
        this.uncharge(root.account, NODE_BYTES);
      }
      levels.pop();
    }
  }

  /** A resident page has been written. `lruvec`: whose it is. */
  dirtied(object: MemoryObject, page: number, lruvec: number, task: number): void {
    if (object.kind !== OBJECT_CLASS.file || this.buffers.has(page)) return;
    this.buffers.set(page, this.charge(lruvec, BUFFER_HEAD_BYTES, task));
  }

  /** A page is resident no more (`try_to_free_buffers()`). */
  left(page: number): void {
    const account = this.buffers.get(page);
    if (account === undefined) return;
    this.buffers.delete(page);
    this.uncharge(account, BUFFER_HEAD_BYTES);
  }

  /** The end of a step: as many frames as the bytes fill are taken. */
  stepDone(): void {
    const { policy } = this.world;
    const page_count = Math.ceil(this.byte_count / PAGE_SIZE_BYTES);
    while (this.frames.length < page_count) {
      const frame = policy.allocateUnlisted(ROOT_CONTAINER, NO_TASK);
      if (frame === DENIED) return;
      this.frames.push(frame);
    }
    while (this.frames.length > page_count) policy.releaseUnlisted(this.frames.pop() ?? DENIED);
  }

  /** Nodes hold what the machine's entries say, buffer heads are of resident pages, and the bytes are those of both. */
  check(): LabError | null {
    const { machine } = this.world;
    let node_count = 0;
    for (const [id, levels] of this.nodes.entries()) {
      const object = machine.objects[id];
      let entries = 0;
      let last = 0;
      for (let page = object.base_page; page < object.base_page + object.page_count; page++) {
        if (!machine.isEntered(page)) continue;
        entries++;
        last = page - object.base_page;
      }
      if (levels !== undefined && levels.length !== heightFor(last))
        return violation(`height of the index of ${object.name}, and what its last entry asks for`, levels.length, heightFor(last));
      for (const level of levels ?? []) {
        let held = 0;
        for (const node of level.values()) held += node.entry_count;
        if (held !== entries) return violation(`entries in the nodes of ${object.name} against pages, shadows and slots`, held, entries);
        entries = level.size;
        node_count += level.size;
      }
    }
    for (const page of this.buffers.keys()) if (machine.frameOf(page) < 0) return violation(`buffer head of page ${page}, which is not resident`, 1, 0);
    const bytes = node_count * (NODE_BYTES + OWNER_POINTER_BYTES) + this.buffers.size * (BUFFER_HEAD_BYTES + OWNER_POINTER_BYTES);
    return bytes === this.byte_count ? null : violation('bytes of nodes and buffer heads against those counted', bytes, this.byte_count);
  }

  private levelsOf(object: MemoryObject): Map<number, Node>[] {
    this.nodes[object.id] ??= [];
    return this.nodes[object.id];
  }

  private charge(container: number, size: number, task: number): number {
    const bytes = size + OWNER_POINTER_BYTES;
    this.byte_count += bytes;
    return this.policy.chargeBytes(container, COUNTER.slab_reclaimable, bytes, task);
  }

  private uncharge(account: number, size: number): void {
    const bytes = size + OWNER_POINTER_BYTES;
    this.byte_count -= bytes;
    this.policy.unchargeBytes(account, COUNTER.slab_reclaimable, bytes, NO_TASK);
  }
}

/** Levels of nodes that an index needs for an entry at this place. */
function heightFor(place: number): number {
  let height = 0;
  for (let rest = place; rest > 0; rest = Math.floor(rest / NODE_ENTRIES)) height++;
  return height;
}
