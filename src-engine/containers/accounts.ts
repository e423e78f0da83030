import { NO_PAGE, NO_TASK } from '../base/ids.ts';
import { COUNTER, COUNTERS } from '../record/counters.ts';
import type { EventLog } from '../record/event-log.ts';
import { KIND } from '../record/events.ts';
import type { Dying } from './dying.ts';
import type { ContainerTree } from './tree.ts';

/** Largest amount that an event's column can tell. */
const AMOUNT_MAX = 2 ** 31 - 1;

/** Changes of counters that no other event tells of: kernel memory, sockets, pins, borrowing. Each change is an `account` event. */
export class Accounts {
  private readonly tree: ContainerTree;
  private readonly log: EventLog;
  private readonly dying: Dying;
  /** Charge units of one page, as the policy of pages has them. */
  private readonly unitsPerPage: () => number;

  constructor(tree: ContainerTree, log: EventLog, dying: Dying, unitsPerPage: () => number) {
    this.tree = tree;
    this.log = log;
    this.dying = dying;
    this.unitsPerPage = unitsPerPage;
  }

  /** Changes a counter by `delta` in its raw unit; `current` stays as it is. */
  change(container: number, counter: number, delta: number, task: number = NO_TASK): void {
    if (delta === 0) return;
    this.tree.add(container, counter, delta);
    this.emit(container, counter, delta, 0, task);
  }

  /** Charges pages to `current` and to a counter that is kept in pages (`current` itself: to nothing else), without a look at limits. */
  charge(container: number, counter: number, page_count: number, task: number = NO_TASK): void {
    this.tree.charge(container, page_count * this.unitsPerPage());
    if (counter !== COUNTER.current) this.tree.add(container, counter, page_count);
    this.emitCharge(container, counter, page_count, 1, task);
  }

  /** Counts pages in a counter that a LimitGate has charged to `current` already, and tells of both. */
  countCharged(container: number, counter: number, page_count: number, task: number = NO_TASK): void {
    if (counter !== COUNTER.current) this.tree.add(container, counter, page_count);
    this.emitCharge(container, counter, page_count, 1, task);
  }

  /** Tells of pages that went into a container's stock (negative: that leave it for a charge that another event tells of); `current` has changed or will not. */
  tellStock(container: number, page_count: number, task: number): void {
    this.emitCharge(container, COUNTER.current, Math.abs(page_count), Math.sign(page_count), task);
  }

  uncharge(container: number, counter: number, page_count: number, task: number = NO_TASK): void {
    this.tree.uncharge(container, page_count * this.unitsPerPage());
    if (counter !== COUNTER.current) this.tree.add(container, counter, -page_count);
    this.emitCharge(container, counter, page_count, -1, task);
  }

  /**
   * Hands an amount of a counter (in its raw unit; of `current`, in pages) from a container that is about to go up to an ancestor, which has been charged for it
   * all along as part of its subtree: nothing is added anywhere, and no limit is looked at.
   */
  inherit(from: number, to: number, counter: number, amount: number): void {
    if (amount === 0) return;
    const { tree } = this;
    const is_charge = counter === COUNTER.current;
    const is_local = COUNTERS[counter].scope === 'local';
    const raw = is_charge ? amount * this.unitsPerPage() : amount;
    for (let at = from; at !== to; at = tree.parents[at]) {
      if (is_charge) tree.usage[at] -= raw;
      else if (!is_local) tree.count_up(at, counter, -raw);
    }
    if (is_local) {
      tree.count_up(from, counter, -raw);
      tree.count_up(to, counter, raw);
    }
    for (let left = raw; left > 0; left -= AMOUNT_MAX) this.log.emit(KIND.inherit, counter, NO_TASK, to, NO_PAGE, Math.min(left, AMOUNT_MAX), from);
  }

  /** Parts of a page are small units: many pages of charge take several events. */
  private emitCharge(container: number, counter: number, page_count: number, sign: number, task: number): void {
    const units = this.unitsPerPage();
    const batch_pages = Math.floor(AMOUNT_MAX / units);
    for (let left = page_count; left > 0; left -= batch_pages) {
      const pages = Math.min(left, batch_pages);
      this.emit(container, counter, sign * pages, sign * pages * units, task);
    }
  }

  private emit(container: number, counter: number, delta: number, units: number, task: number): void {
    this.log.emit(KIND.account, counter, task, container, NO_PAGE, delta, units);
    if (this.tree.exists[container] === 0) this.dying.fell(container);
  }
}
