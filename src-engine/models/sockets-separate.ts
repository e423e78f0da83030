import { NO_PAGE, NO_TASK, ROOT_CONTAINER } from '../base/ids.ts';
import type { LabError } from '../base/result.ts';
import { NO_COST, type PolicyCost, violation } from '../machine/policies/policy.ts';
import type { SocketCharge, SocketPolicy } from '../machine/policies/socket-policy.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND } from '../record/events.ts';

/** `struct page_counter` as its fields are listed for 6.12: usage, limits, watermarks, protection and parent, sixteen words without padding. */
const COUNTER_BYTES = 128;

/**
 * Buffers of TCP in a hierarchical counter of their own with a limit of its own: memory.kmem.tcp of cgroup v1 (Linux 3.3 to 6.12, `mem_cgroup_charge_skmem()` without the
 * default hierarchy). Neither `current` nor `sock` moves, other memory of the container is neither reclaimed for it nor helped by it, and over the limit the
 * charge fails whatever memory is left. A socket is under pressure from a charge of its container that failed until one that succeeds.
 *
 * As in Linux up to 4.8, UDP is on nobody's account. The root's sockets are not tracked. Parameter `tcp`: a kernel tracks only containers that have been given a limit.
 */
export class SeparateSockets implements SocketPolicy {
  readonly id = 'separate';
  private readonly world: World;
  private readonly only_limited: boolean;
  /** Containers whose last charge failed (`tcpmem_pressure`). */
  private readonly pressed = new Set<number>();
  private counter_updates = 0;
  private container_count = 0;

  constructor(world: World) {
    this.world = world;
    this.only_limited = world.model.parameters.tcp === 'limited';
  }

  create(): void {
    this.container_count++;
  }

  tracks(container: number, protocol: 'tcp' | 'udp'): boolean {
    if (container === ROOT_CONTAINER || protocol !== 'tcp') return false;
    return !this.only_limited || this.world.tree.tcp_max[container] !== Number.POSITIVE_INFINITY;
  }

  charge(container: number, page_count: number, task: number, context: SocketCharge): boolean {
    const limiter = this.overLimit(container, page_count);
    if (limiter !== -1) {
      this.world.accounts.change(limiter, COUNTER.tcp_failcnt, 1, task);
      this.press(container, true, task);
      if (context !== 'forced') return false;
    } else this.press(container, false, task);
    this.add(container, page_count, task);
    return true;
  }

  uncharge(container: number, page_count: number): void {
    this.add(container, -page_count, NO_TASK);
  }

  underPressure(container: number): boolean {
    return this.pressed.has(container);
  }

  chargedPages(): number {
    return 0;
  }

  settle(): void {}

  /** What the sockets hold against the counter, over each subtree. */
  check(held_pages: ReadonlyMap<number, number>): LabError | null {
    const { tree } = this.world;
    const expected = new Float64Array(tree.count);
    for (const [container, pages] of held_pages) for (let at = container; at !== -1; at = tree.parents[at]) expected[at] += pages;
    const wrong = expected.findIndex((pages, container) => pages !== tree.local(container, COUNTER.tcp));
    return wrong === -1
      ? null
      : violation(`separate: tcp of ${tree.paths[wrong]} against pages of its subtree’s sockets`, tree.local(wrong, COUNTER.tcp), expected[wrong]);
  }

  cost(): PolicyCost {
    return { ...NO_COST, counter_updates: this.counter_updates, container_storage_bytes: COUNTER_BYTES * this.container_count };
  }

  private add(container: number, page_count: number, task: number): void {
    const { tree, accounts } = this.world;
    accounts.change(container, COUNTER.tcp, page_count, task);
    for (let at = container; at !== -1; at = tree.parents[at]) {
      this.counter_updates++;
      accounts.change(at, COUNTER.tcp_peak, Math.max(0, tree.local(at, COUNTER.tcp) - tree.local(at, COUNTER.tcp_peak)), task);
    }
  }

  /** The container on the way to the root whose limit would be exceeded; −1: none. */
  private overLimit(container: number, page_count: number): number {
    const { tree } = this.world;
    for (let at = container; at !== -1; at = tree.parents[at]) if (tree.local(at, COUNTER.tcp) + page_count > tree.tcp_max[at]) return at;
    return -1;
  }

  private press(container: number, pressed: boolean, task: number): void {
    if (this.pressed.has(container) === pressed) return;
    if (pressed) this.pressed.add(container);
    else this.pressed.delete(container);
    this.world.log.emit(KIND.socket_pressure, pressed ? 1 : 0, task, container, NO_PAGE, 0, 0);
  }
}
