import { PAGE_SIZE_BYTES } from '../base/ids.ts';

/** `struct obj_cgroup`: what objects are charged to, so that they need not know when their container goes. */
export interface ObjectCgroup {
  readonly id: number;
  /** Container that pays. */
  payer: number;
  /** Bytes of charged pages that no stock holds (`nr_charged_bytes`). */
  parked_bytes: number;
  /** Objects and page groups charged to it, and stocks that hold it. */
  reference_count: number;
  /** Bytes of objects charged to it, and whole pages. */
  object_bytes: number;
  page_count: number;
  /** Its container has been removed: it goes with its last reference. */
  killed: boolean;
}

/** How a stock charges and uncharges whole pages. */
export interface PageCharger {
  /** False: they cannot be charged. */
  charge(objcg: ObjectCgroup, page_count: number): boolean;
  uncharge(objcg: ObjectCgroup, page_count: number): void;
  /** The stock no longer holds the objcg. */
  put(objcg: ObjectCgroup): void;
}

/**
 * The bytes that one processor holds in stock for one objcg: `struct memcg_stock_pcp` and `consume_obj_stock()`, `refill_obj_stock()`, `drain_obj_stock()`,
 * `obj_cgroup_charge()` of mm/memcontrol.c (6.12).
 */
export class ObjectStock {
  cached: ObjectCgroup | null = null;
  bytes = 0;

  /** Charges `size` bytes: from the stock if they are there, else whole pages, whose rest goes into the stock; bytes in stock stay unused then. */
  charge(objcg: ObjectCgroup, size: number, pages: PageCharger): boolean {
    if (this.cached === objcg && this.bytes >= size) {
      this.bytes -= size;
      return true;
    }
    const rest = size % PAGE_SIZE_BYTES;
    const page_count = Math.ceil(size / PAGE_SIZE_BYTES);
    if (!pages.charge(objcg, page_count)) return false;
    if (rest > 0) this.refill(objcg, PAGE_SIZE_BYTES - rest, pages, false);
    return true;
  }

  /** Uncharges `size` bytes: they go into the stock; whole pages above one page are given back. */
  uncharge(objcg: ObjectCgroup, size: number, pages: PageCharger): void {
    this.refill(objcg, size, pages, true);
  }

  /** Gives whole pages back and parks the rest with the objcg. */
  drain(pages: PageCharger): void {
    const { cached } = this;
    if (cached === null) return;
    const page_count = Math.floor(this.bytes / PAGE_SIZE_BYTES);
    if (page_count > 0) pages.uncharge(cached, page_count);
    cached.parked_bytes += this.bytes % PAGE_SIZE_BYTES;
    this.bytes = 0;
    this.cached = null;
    pages.put(cached);
  }

  private refill(objcg: ObjectCgroup, size: number, pages: PageCharger, may_uncharge: boolean): void {
    let uncharges = may_uncharge;
    if (this.cached !== objcg) {
      this.drain(pages);
      this.cached = objcg;
      objcg.reference_count++;
      this.bytes = objcg.parked_bytes;
      objcg.parked_bytes = 0;
      uncharges = true;
    }
    this.bytes += size;
    if (!uncharges || this.bytes <= PAGE_SIZE_BYTES) return;
    const page_count = Math.floor(this.bytes / PAGE_SIZE_BYTES);
    this.bytes %= PAGE_SIZE_BYTES;
    pages.uncharge(objcg, page_count);
  }
}
