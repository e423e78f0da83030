import { NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { CHARGE_BATCH_PAGES } from '../containers/high.ts';
import type { ContainerTree } from '../containers/tree.ts';
import { NO_COST, type PolicyCost, violation } from '../machine/policies/policy.ts';
import type { SocketCharge, SocketPolicy } from '../machine/policies/socket-policy.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import type { EventLog } from '../record/event-log.ts';
import { KIND, MEMORY_EVENT, RECLAIM_REASON } from '../record/events.ts';

/** `HZ` jiffies: how long one mark of pressure lasts. */
export const SOCKET_PRESSURE_NS = 1_000_000_000;
/** `memcg->socket_pressure`, an unsigned long. */
const PRESSURE_BYTES = 8;

/** Marks of pressure on containers: `mem_cgroup_under_socket_pressure()` (6.12). A mark holds for one second exactly, and for the container's descendants as well. */
export class SocketPressure {
  private readonly tree: ContainerTree;
  private readonly log: EventLog;
  /** End of the pressure of each container that is marked. */
  private readonly until_ns = new Map<number, number>();

  constructor(tree: ContainerTree, log: EventLog) {
    this.tree = tree;
    this.log = log;
  }

  mark(container: number, task: number): void {
    this.expire();
    if (!this.until_ns.has(container)) this.log.emit(KIND.socket_pressure, 1, task, container, NO_PAGE, 0, 0);
    this.until_ns.set(container, this.log.now_ns + SOCKET_PRESSURE_NS);
  }

  isOn(container: number): boolean {
    if (this.until_ns.size === 0) return false;
    let at = container;
    while (at !== -1 && (this.until_ns.get(at) ?? 0) <= this.log.now_ns) at = this.tree.parents[at];
    return at !== -1;
  }

  /** Tells of the marks whose time is over. */
  expire(): void {
    for (const [container, until_ns] of this.until_ns) {
      if (until_ns > this.log.now_ns) continue;
      this.until_ns.delete(container);
      this.log.emit(KIND.socket_pressure, 0, NO_TASK, container, NO_PAGE, 0, 0);
    }
  }
}

/**
 * Socket buffers in the one pool of anonymous memory, page cache and kernel memory: `mem_cgroup_charge_skmem()` on the default hierarchy. They count in `sock` and
 * in `current`. When reclaim for a container is harder than low (mm/vmpressure.c), its sockets and those below it must not grow their windows for a second.
 *
 * Parameter `skmem`, where the kernels differ:
 *   posted    as Johannes Weiner posted it in November 2015 (v2). At the hard limit a charge fails without any reclaim, so that the network backs off, and the container whose limit
 *             it is is under pressure for a second (the posting says so without saying how long). What is charged above `high` is reclaimed by a work item, 64 pages a
 *             batch; it runs here at the end of the slice. Pressure is that of reclaim from the whole subtree. TCP only.
 *   mainline  as in Linux 6.12. A sender reclaims, waits and may be killed for it (GFP_KERNEL), and pays for `high` on its way to user space; a packet that arrives is
 *             charged over the limit (GFP_ATOMIC) and leaves `high` to the work item. Pressure is that of reclaim from the container's own lists. UDP is charged, too.
 *
 * While the root is the only container nothing is charged and nothing is marked; the root's own sockets are never tracked.
 */
export class UnifiedSockets implements SocketPolicy {
  readonly id = 'unified';
  private readonly world: World;
  private readonly may_wait: boolean;
  /** Pages by container, its own sockets only. */
  private readonly held = new Map<number, number>();
  private readonly pressure: SocketPressure;
  /** Pages charged while over the `high` of a container, which the work item of that container is to deal with. */
  private readonly high_work = new Map<number, number>();
  private container_count = 0;

  constructor(world: World) {
    this.world = world;
    this.may_wait = world.model.parameters.skmem === 'mainline';
    this.pressure = new SocketPressure(world.tree, world.log);
    const press = (container: number): void => this.press(container, NO_TASK);
    if (this.may_wait) world.vmpressure.onOwnPressure = press;
    else world.vmpressure.onTreePressure = press;
  }

  create(container: number): void {
    if (container !== ROOT_CONTAINER) this.container_count++;
  }

  tracks(container: number, protocol: 'tcp' | 'udp'): boolean {
    return container !== ROOT_CONTAINER && (protocol === 'tcp' || this.may_wait);
  }

  charge(container: number, page_count: number, task: number, context: SocketCharge): boolean {
    const { world } = this;
    if (!this.tryCharge(container, page_count, task, context)) return false;
    this.held.set(container, this.heldPages(container) + page_count);
    if (!world.tree.has_high || (this.may_wait && context === 'send')) return true;
    for (let at = container; at !== -1; at = world.tree.parents[at]) {
      if (world.tree.usage[at] <= world.tree.high[at]) continue;
      this.high_work.set(at, (this.high_work.get(at) ?? 0) + page_count);
      break;
    }
    return true;
  }

  uncharge(container: number, page_count: number): void {
    this.held.set(container, this.heldPages(container) - page_count);
    this.world.unchargePool(container, COUNTER.sock, page_count, NO_TASK);
  }

  underPressure(container: number): boolean {
    return this.pressure.isOn(container);
  }

  chargedPages(container: number): number {
    return this.world.policy.gate === null ? 0 : this.heldPages(container);
  }

  settle(): void {
    this.pressure.expire();
    if (this.high_work.size > 0) {
      const work = [...this.high_work].sort(([one], [other]) => one - other);
      this.high_work.clear();
      for (const [container, pages] of work) for (let left = pages; left > 0; left -= CHARGE_BATCH_PAGES) this.reclaimHigh(container);
    }
  }

  /** What the sockets hold against `sock`, container by container. */
  check(held_pages: ReadonlyMap<number, number>): LabError | null {
    const { tree } = this.world;
    for (let container = 0; container < tree.count; container++) {
      const counted = tree.local(container, COUNTER.sock);
      const held = held_pages.get(container) ?? 0;
      if (counted !== held) return violation(`unified: sock of ${tree.paths[container]} against pages of its sockets`, counted, held);
    }
    return null;
  }

  /** Charges are counted where those of all pages are. */
  cost(): PolicyCost {
    return { ...NO_COST, container_storage_bytes: PRESSURE_BYTES * this.container_count };
  }

  private tryCharge(container: number, page_count: number, task: number, context: SocketCharge): boolean {
    const { world } = this;
    const { sock } = COUNTER;
    if (this.may_wait && context === 'send') return world.chargePool(container, sock, page_count, task, 'blocking');
    // On nobody's behalf from here on: no task is sent to reclaim because of `high`.
    if (this.may_wait) return world.chargePool(container, sock, page_count, NO_TASK, 'forced');
    if (world.chargePool(container, sock, page_count, NO_TASK, 'atomic')) return true;
    this.press(this.limiterOf(container, page_count), task);
    return context === 'forced' && world.chargePool(container, sock, page_count, NO_TASK, 'forced');
  }

  private heldPages(container: number): number {
    return this.held.get(container) ?? 0;
  }

  /** The container whose limit stands in the way of a charge that has failed. */
  private limiterOf(container: number, page_count: number): number {
    const { tree, policy } = this.world;
    const units = page_count * 2 ** policy.charge_shift;
    let at = container;
    while (at !== ROOT_CONTAINER && tree.usage[at] + units <= tree.max[at]) at = tree.parents[at];
    return at;
  }

  private press(container: number, task: number): void {
    if (this.container_count > 0) this.pressure.mark(container, task);
  }

  /** One run of `high_work_func()`: a batch from the container and from every ancestor that is over its `high`. */
  private reclaimHigh(container: number): void {
    const { tree, log, policy } = this.world;
    for (let at = container; at !== -1; at = tree.parents[at]) {
      if (tree.usage[at] <= tree.high[at]) continue;
      tree.count_event(at, COUNTER.high);
      log.emit(KIND.memory_event, MEMORY_EVENT.high, NO_TASK, at, NO_PAGE, 0, 0);
      policy.reclaim(at, CHARGE_BATCH_PAGES, RECLAIM_REASON.high, NO_TASK, undefined);
    }
  }
}
