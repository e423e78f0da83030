import { NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { CHARGE_BATCH_PAGES } from '../containers/high.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND, MEMORY_EVENT, RECLAIM_REASON } from '../record/events.ts';
import { NO_COST, violation } from './none.ts';
import type { PolicyCost } from './policy.ts';
import type { SocketCharge, SocketPolicy } from './sockets.ts';

/** `HZ` jiffies: how long one mark of pressure lasts. */
export const SOCKET_PRESSURE_NS = 1_000_000_000;
/** `memcg->socket_pressure`, an unsigned long. */
const PRESSURE_BYTES = 8;

/**
 * Socket buffers in the one pool of anonymous memory, page cache and kernel memory: `mem_cgroup_charge_skmem()` on the default hierarchy. They count in `sock` and
 * in `current`; what is charged above `high` is reclaimed by a work item, 64 pages a batch, which runs here at the end of the slice. When reclaim from the lists of
 * a container is harder than low (mm/vmpressure.c), its sockets and those below it must not grow their windows for a second.
 *
 * Parameter `skmem`, what happens at the hard limit:
 *   posted    as posted by Johannes Weiner in November 2015 (v2): the charge fails without any reclaim, so that the network backs off, and the group whose limit it was is under
 *             pressure for a second. All work above `high` is the work item's. TCP only.
 *   mainline  as in Linux 6.12: a sender reclaims and waits (GFP_KERNEL), and pays for `high` on its way to user space; a packet that arrives is charged over the limit
 *             (GFP_ATOMIC). Only vmpressure brings pressure. UDP is charged, too.
 *
 * While the root is the only container nothing is charged and nothing is marked; the root's own sockets are never tracked.
 */
export class UnifiedSockets implements SocketPolicy {
  readonly id = 'unified';
  private readonly world: World;
  private readonly may_wait: boolean;
  /** Pages by container, its own sockets only. */
  private readonly held = new Map<number, number>();
  /** End of the pressure of each container that has been marked. */
  private readonly pressed_until_ns = new Map<number, number>();
  /** Pages charged while over the `high` of a container, which the work item of that container is to deal with. */
  private readonly high_work = new Map<number, number>();
  private container_count = 0;

  constructor(world: World) {
    this.world = world;
    this.may_wait = world.model.parameters.skmem === 'mainline';
    world.vmpressure.onOwnPressure = (container) => this.press(container, NO_TASK);
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
    const { log, tree } = this.world;
    if (this.pressed_until_ns.size === 0) return false;
    for (let at = container; at !== -1; at = tree.parents[at]) if ((this.pressed_until_ns.get(at) ?? 0) > log.now_ns) return true;
    return false;
  }

  chargedPages(container: number): number {
    return this.world.policy.gate === null ? 0 : this.heldPages(container);
  }

  settle(): void {
    const { log } = this.world;
    if (this.high_work.size > 0) {
      const work = [...this.high_work].sort(([one], [other]) => one - other);
      this.high_work.clear();
      for (const [container, pages] of work) for (let left = pages; left > 0; left -= CHARGE_BATCH_PAGES) this.reclaimHigh(container);
    }
    for (const [container, until_ns] of this.pressed_until_ns) {
      if (until_ns > log.now_ns) continue;
      this.pressed_until_ns.delete(container);
      log.emit(KIND.socket_pressure, 0, NO_TASK, container, NO_PAGE, 0, 0);
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
    const { log } = this.world;
    if (this.container_count === 0) return;
    const is_pressed = (this.pressed_until_ns.get(container) ?? 0) > log.now_ns;
    if (!is_pressed) log.emit(KIND.socket_pressure, 1, task, container, NO_PAGE, 0, 0);
    this.pressed_until_ns.set(container, log.now_ns + SOCKET_PRESSURE_NS);
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
