import { type ContainerId, ROOT_CONTAINER } from '../base/ids.ts';
import { COUNTER, COUNTER_COUNT, COUNTERS } from '../record/counters.ts';

/** Largest number of containers of a run, the removed ones included: event columns hold 16 bits. */
export const CONTAINER_COUNT_MAX = 0xfffe;

const NO_PARENT = -1;

/** Units that others in the subtree of a container give up when something is charged. */
export type Relief = (container: number) => number;

/** A charge that adds nothing in all fits, also where the limit is exceeded already. */
const fits = (usage: number, added: number, max: number): boolean => added <= 0 || usage + added <= max;

/**
 * The containers of a machine and their counters. A container's id is never used twice; a parent's id is always smaller than its children's.
 *
 * Charges are hierarchical as in mm/page_counter.c (6.12): a charge counts in the container and every ancestor. Counters of memory.stat are kept where they
 * arise and added up over the subtree when read, as rstat does. The root's own limit cannot be set, as in cgroup v2.
 */
export class ContainerTree {
  count = 0;
  /** Those that have not been removed. */
  live_count = 0;
  readonly paths: string[] = [];
  /** Index of the path in the program. */
  readonly path_ids: number[] = [];
  parents = new Int32Array(16);
  exists = new Uint8Array(16);
  /** Charge of the subtree and its high-water mark, in charge units. */
  usage = new Float64Array(16);
  peak = new Float64Array(16);
  /** The highest charge since an open file of memory.peak was last reset (`local_watermark` of 6.12); that of all time where none ever was. */
  local_peak = new Float64Array(16);
  /** Limits in charge units; Infinity where `max`. */
  max = new Float64Array(16);
  high = new Float64Array(16);
  min = new Float64Array(16);
  low = new Float64Array(16);
  /** Slots of swap charged to the subtree, and the limit on them. */
  swap_usage = new Float64Array(16);
  swap_peak = new Float64Array(16);
  swap_local_peak = new Float64Array(16);
  swap_max = new Float64Array(16);
  swap_high = new Float64Array(16);
  /** memory.zswap.max in pages of compressed memory, and memory.zswap.writeback. */
  zswap_max = new Float64Array(16);
  zswap_writeback = new Uint8Array(16).fill(1);
  /** Of cgroup v1: the limit of memory and swap together, in pages as the counters of memory are there; the soft limit; memory.move_charge_at_immigrate; memory.oom_control. */
  memsw_max = new Float64Array(16);
  soft_limit = new Float64Array(16);
  move_charge = new Uint8Array(16);
  oom_kill_disable = new Uint8Array(16);
  /** Limits of counters of their own, in pages: kernel memory, TCP buffers, pins. */
  kmem_max = new Float64Array(16);
  tcp_max = new Float64Array(16);
  pins_max = new Float64Array(16);
  hugetlb_max = new Float64Array(16);
  hugetlb_rsvd_max = new Float64Array(16);
  oom_group = new Uint8Array(16);
  /** Whether the memory controller is among cgroup.controllers, and among cgroup.subtree_control for those below. */
  has_memory = new Uint8Array(16);
  subtree_memory = new Uint8Array(16);
  live_task_count = new Int32Array(16);
  live_child_count = new Int32Array(16);
  failcnt = new Float64Array(16);
  /** `container * COUNTER_COUNT + counter`: local part of memory.stat, own part of memory.events. */
  private counters = new Float64Array(16 * COUNTER_COUNT);
  readonly children: number[][] = [];
  /** Where each container stands among its parent's children. */
  private positions = new Int32Array(16);
  /** Counter updates of charges: what the accounting itself costs at run time. */
  counter_updates = 0;
  /** Whether any container has ever had a `high`. */
  has_high = false;
  /** Whether any container has ever had a limit of memory and swap together, or a soft limit. */
  has_memsw = false;
  has_soft_limit = false;
  private readonly speculative_peak: boolean;

  /**
   * `speculative_peak`: a charge that fails further up still raises the peaks below it, as the kernel's does (PC-1); recordings leave that quirk out, because
   * no event shows it.
   */
  constructor(speculative_peak = false) {
    this.speculative_peak = speculative_peak;
  }

  /** A new container below `parent` (−1 for the root). Limits are open. */
  create(path: string, path_id: number, parent: number): ContainerId {
    if (this.count === this.parents.length) this.grow();
    const id = this.count++;
    this.paths.push(path);
    this.path_ids.push(path_id);
    this.children.push([]);
    this.parents[id] = parent;
    this.exists[id] = 1;
    this.live_count++;
    for (const limit of [
      this.max,
      this.high,
      this.swap_max,
      this.swap_high,
      this.zswap_max,
      this.memsw_max,
      this.soft_limit,
      this.kmem_max,
      this.tcp_max,
      this.pins_max,
      this.hugetlb_max,
      this.hugetlb_rsvd_max,
    ])
      limit[id] = Number.POSITIVE_INFINITY;
    this.zswap_writeback[id] = 1;
    this.subtree_memory[id] = 1;
    this.has_memory[id] = parent === NO_PARENT ? 1 : this.has_memory[parent] & this.subtree_memory[parent];
    if (parent !== NO_PARENT) {
      this.positions[id] = this.children[parent].push(id) - 1;
      this.live_child_count[parent] = (this.live_child_count[parent] ?? 0) + 1;
      this.oom_kill_disable[id] = this.oom_kill_disable[parent];
    }
    return id as ContainerId;
  }

  /** Marks a container removed. Its protection ends (offline: min = low = 0); what is still charged to it stays in its ancestors. */
  remove(id: number): void {
    this.exists[id] = 0;
    this.live_count--;
    this.min[id] = 0;
    this.low[id] = 0;
    const parent = this.parents[id];
    if (parent !== NO_PARENT) this.live_child_count[parent]--;
  }

  /** Charges without a look at the limits. */
  charge(container: number, units: number): void {
    const { usage, peak, local_peak, parents } = this;
    let levels = 0;
    for (let at = container; at !== NO_PARENT; at = parents[at]) {
      const now = usage[at] + units;
      usage[at] = now;
      if (now > local_peak[at]) {
        // The one of all time is never below it.
        local_peak[at] = now;
        if (now > peak[at]) peak[at] = now;
      }
      levels++;
    }
    this.counter_updates += levels;
  }

  uncharge(container: number, units: number): void {
    const { usage, parents } = this;
    let levels = 0;
    for (let at = container; at !== NO_PARENT; at = parents[at]) {
      usage[at] -= units;
      levels++;
    }
    this.counter_updates += levels;
  }

  /**
   * Charges, or with a negative number uncharges, the container and its ancestors below the root: for pages that the root is charged for already, with the container
   * that lends them.
   */
  borrow(container: number, units: number): void {
    const { usage, peak, local_peak, parents } = this;
    for (let at = container; parents[at] > NO_PARENT; at = parents[at]) {
      const now = usage[at] + units;
      usage[at] = now;
      this.counter_updates++;
      if (now <= local_peak[at]) continue;
      local_peak[at] = now;
      if (now > peak[at]) peak[at] = now;
    }
  }

  /**
   * The container on the way to the root whose limit `units` more would exceed (equality is allowed), −1 if they fit everywhere.
   * `relief`: what others give up with the charge makes room in the containers that hold them. The first half of `page_counter_try_charge()`; a failure counts in the failing container's failcnt.
   */
  overLimit(container: number, units: number, relief?: Relief): number {
    const { usage, max, parents } = this;
    let at = container;
    while (at !== NO_PARENT && (usage[at] + units <= max[at] || (relief !== undefined && fits(usage[at], units - relief(at), max[at])))) at = parents[at];
    if (at === NO_PARENT) return -1;
    this.failcnt[at]++;
    if (this.speculative_peak) {
      for (let below = container; below !== at; below = parents[below]) {
        this.local_peak[below] = Math.max(this.local_peak[below], usage[below] + units);
        this.peak[below] = Math.max(this.peak[below], usage[below] + units);
      }
    }
    return at;
  }

  /** `page_counter_try_charge()`: returns the container whose limit failed, or −1 after a charge. */
  tryCharge(container: number, units: number): number {
    const failed = this.overLimit(container, units);
    if (failed === -1) this.charge(container, units);
    return failed;
  }

  /** The container on the way to the root whose limit of memory and swap together `pages` more would exceed; −1 if they fit. Its counter is the sum of the two others'. */
  overMemsw(container: number, pages: number): number {
    if (!this.has_memsw) return -1;
    for (let at = container; at !== NO_PARENT; at = this.parents[at]) if (this.memswUsage(at) + pages > this.memsw_max[at]) return at;
    return -1;
  }

  /** Memory and swap charged to the subtree, in pages: what is swapped leaves the one and comes to the other (`memcg1_swapout()`, 6.12). */
  memswUsage(container: number): number {
    return this.usage[container] + this.swap_usage[container];
  }

  /** Charge units that still fit below the container's own limits. */
  margin(container: number): number {
    const room = this.max[container] - this.usage[container];
    return Math.max(0, this.has_memsw ? Math.min(room, this.memsw_max[container] - this.memswUsage(container)) : room);
  }

  /** Adds to a counter of memory.stat. */
  count_up(container: number, counter: number, delta: number): void {
    this.counters[container * COUNTER_COUNT + counter] += delta;
  }

  /** Adds to a counter as its scope has it: where it arises, or in the ancestors as well. */
  add(container: number, counter: number, delta: number): void {
    if (COUNTERS[counter].scope !== 'hierarchy') this.count_up(container, counter, delta);
    else for (let at = container; at !== NO_PARENT; at = this.parents[at]) this.count_up(at, counter, delta);
  }

  /** Adds to a counter of memory.events: in the container and all its ancestors. */
  count_event(container: number, counter: number): void {
    for (let at = container; at !== NO_PARENT; at = this.parents[at]) this.counters[at * COUNTER_COUNT + counter]++;
  }

  chargeSwap(container: number): void {
    for (let at = container; at !== NO_PARENT; at = this.parents[at]) {
      const now = ++this.swap_usage[at];
      if (now <= this.swap_local_peak[at]) continue;
      this.swap_local_peak[at] = now;
      if (now > this.swap_peak[at]) this.swap_peak[at] = now;
    }
  }

  unchargeSwap(container: number): void {
    for (let at = container; at !== NO_PARENT; at = this.parents[at]) this.swap_usage[at]--;
  }

  /** Free slots below every swap limit on the way to the root. */
  swapRoom(container: number, free_slot_count: number): number {
    let room = free_slot_count;
    for (let at = container; at !== NO_PARENT; at = this.parents[at]) room = Math.min(room, this.swap_max[at] - this.swap_usage[at]);
    return room;
  }

  /** The container's own part of a counter of memory.stat. */
  local(container: number, counter: number): number {
    return this.counters[container * COUNTER_COUNT + counter];
  }

  /** A counter of memory.stat over the subtree. */
  subtree(container: number, counter: number): number {
    let sum = this.counters[container * COUNTER_COUNT + counter];
    for (const child of this.children[container] ?? []) sum += this.subtree(child, counter);
    return sum;
  }

  /** Containers from this one up to the root, both counted: as many counters as a hierarchical charge changes. */
  levelsOf(container: number): number {
    let levels = 0;
    for (let at = container; at !== NO_PARENT; at = this.parents[at]) levels++;
    return levels;
  }

  /** The container that is charged for what tasks of this one use: the nearest with the memory controller, as `task_css()` has it. */
  memoryOf(container: number): number {
    let at = container;
    while (this.has_memory[at] === 0) at = this.parents[at];
    return at;
  }

  isWithin(container: number, ancestor: number): boolean {
    let at = container;
    while (at !== NO_PARENT && at !== ancestor) at = this.parents[at];
    return at === ancestor;
  }

  /** The next container of the subtree of `root` in pre-order after `at`; −1 at the end. Removed containers are visited too: they may still hold pages. */
  next(at: number, root: number): number {
    const first_child = this.children[at]?.[0];
    if (first_child !== undefined) return first_child;
    let node = at;
    while (node !== root) {
      const parent = this.parents[node];
      const siblings = this.children[parent] ?? [];
      const sibling = siblings[this.positions[node] + 1];
      if (sibling !== undefined) return sibling;
      node = parent;
    }
    return -1;
  }

  /** Every counter of every container as shown (subtree sums), in raw units, for a sample. */
  snapshot(): Float64Array[] {
    const rows: Float64Array[] = [];
    for (let id = 0; id < this.count; id++) rows.push(this.counters.slice(id * COUNTER_COUNT, (id + 1) * COUNTER_COUNT));
    for (let id = this.count - 1; id > ROOT_CONTAINER; id--) {
      const parent_row = rows[this.parents[id]];
      for (const spec of COUNTERS) if (spec.scope === 'local') parent_row[spec.index] += rows[id][spec.index];
    }
    for (let id = 0; id < this.count; id++) {
      const row = rows[id];
      row[COUNTER.current] = this.usage[id];
      row[COUNTER.peak] = this.peak[id];
      row[COUNTER.swap] = this.swap_usage[id];
    }
    return rows;
  }

  private grow(): void {
    const capacity = this.parents.length * 2;
    const int32 = (old: Int32Array) => withCapacity(new Int32Array(capacity), old);
    const float64 = (old: Float64Array) => withCapacity(new Float64Array(capacity), old);
    const uint8 = (old: Uint8Array) => withCapacity(new Uint8Array(capacity), old);
    this.parents = int32(this.parents);
    this.exists = uint8(this.exists);
    this.positions = int32(this.positions);
    this.usage = float64(this.usage);
    this.peak = float64(this.peak);
    this.local_peak = float64(this.local_peak);
    this.swap_peak = float64(this.swap_peak);
    this.swap_local_peak = float64(this.swap_local_peak);
    this.max = float64(this.max);
    this.high = float64(this.high);
    this.min = float64(this.min);
    this.low = float64(this.low);
    this.swap_usage = float64(this.swap_usage);
    this.swap_max = float64(this.swap_max);
    this.swap_high = float64(this.swap_high);
    this.zswap_max = float64(this.zswap_max);
    this.zswap_writeback = uint8(this.zswap_writeback);
    this.memsw_max = float64(this.memsw_max);
    this.soft_limit = float64(this.soft_limit);
    this.move_charge = uint8(this.move_charge);
    this.oom_kill_disable = uint8(this.oom_kill_disable);
    this.kmem_max = float64(this.kmem_max);
    this.tcp_max = float64(this.tcp_max);
    this.pins_max = float64(this.pins_max);
    this.hugetlb_max = float64(this.hugetlb_max);
    this.hugetlb_rsvd_max = float64(this.hugetlb_rsvd_max);
    this.oom_group = uint8(this.oom_group);
    this.has_memory = uint8(this.has_memory);
    this.subtree_memory = uint8(this.subtree_memory);
    this.live_task_count = int32(this.live_task_count);
    this.live_child_count = int32(this.live_child_count);
    this.failcnt = float64(this.failcnt);
    this.counters = withCapacity(new Float64Array(capacity * COUNTER_COUNT), this.counters);
  }
}

function withCapacity<T extends { set(values: ArrayLike<number>): void }>(fresh: T, old: ArrayLike<number>): T {
  fresh.set(old);
  return fresh;
}
