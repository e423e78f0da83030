import { COUNTER } from '../record/counters.ts';
import type { Accounts } from './accounts.ts';
import { CHARGE_BATCH_PAGES } from './high.ts';
import type { ContainerTree } from './tree.ts';

const EMPTY = -1;

/**
 * Pages charged ahead of need, in one slot a processor: `struct memcg_stock_pcp` of mm/memcontrol.c (6.12; seven slots from 6.16 on). They count in the usage of the
 * slot's container, which can so exceed what is really used by up to 64 pages a processor. Draining is synchronous here, in the order of the processors.
 */
export class ChargeStock {
  private readonly tree: ContainerTree;
  private readonly accounts: Accounts;
  private readonly container: Int32Array;
  private readonly pages: Int32Array;

  constructor(cpu_count: number, tree: ContainerTree, accounts: Accounts) {
    this.tree = tree;
    this.accounts = accounts;
    this.container = new Int32Array(cpu_count).fill(EMPTY);
    this.pages = new Int32Array(cpu_count);
  }

  /** `consume_stock()`: takes pages from the processor's slot. False: it has not so many of this container. */
  consume(container: number, cpu: number, page_count: number): boolean {
    if (this.container[cpu] !== container || this.pages[cpu] < page_count) return false;
    this.pages[cpu] -= page_count;
    return true;
  }

  /** `refill_stock()`: puts charged pages into the processor's slot. Another container's are given back first; too many are given back all. */
  refill(container: number, cpu: number, page_count: number): void {
    if (this.container[cpu] !== container) {
      this.drainSlot(cpu);
      this.container[cpu] = container;
    }
    this.pages[cpu] += page_count;
    if (this.pages[cpu] > CHARGE_BATCH_PAGES) this.drainSlot(cpu);
  }

  /** `drain_all_stock()`: gives back what is in stock for containers of a subtree. */
  drain(root: number): void {
    for (let cpu = 0; cpu < this.container.length; cpu++)
      if (this.container[cpu] !== EMPTY && this.tree.isWithin(this.container[cpu], root)) this.drainSlot(cpu);
  }

  /** Pages in stock for containers of a subtree. */
  pagesWithin(root: number): number {
    let sum = 0;
    this.container.forEach((container, cpu) => {
      if (container !== EMPTY && this.tree.isWithin(container, root)) sum += this.pages[cpu];
    });
    return sum;
  }

  private drainSlot(cpu: number): void {
    const container = this.container[cpu];
    const page_count = this.pages[cpu];
    this.container[cpu] = EMPTY;
    this.pages[cpu] = 0;
    if (page_count > 0) this.accounts.uncharge(container, COUNTER.current, page_count);
  }
}
