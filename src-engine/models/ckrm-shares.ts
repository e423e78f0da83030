import type { ContainerTree } from '../containers/tree.ts';

/** Defaults of the CKRM memory controller: allocation fails above this share of the limit; a class that reaches `shrink_at` is shrunk to `shrink_to`, so often per interval. */
export const FAIL_OVER_PERCENT = 110;
export const SHRINK_AT_PERCENT = 90;
export const SHRINK_TO_PERCENT = 80;
export const SHRINK_COUNT = 10;
export const SHRINK_INTERVAL_NS = 10e9;

/** A share of a limit, in whole pages. */
export const percentOf = (pages: number, percent: number): number => Math.floor((pages * percent) / 100);

/** What a child's `my` of its parent's `total` shares comes to in pages: `pg_guar` and `pg_limit` of a child, and what a parent has unused (ckrm_memcore.c, 2.6.12). */
export const pagesOfShares = (my: number, parent_pages: number, total: number): number => Math.floor((my * parent_pages) / total);

/**
 * What classes use of their own guarantee and what they borrow (`add_use_count`, `sub_use_count` of ckrm_mem_inline.h): beyond the part of its guarantee that it has not
 * given to children, or without a guarantee, a class borrows page by page from its parent, which may have to borrow it itself.
 */
export class CkrmShares {
  private readonly tree: ContainerTree;
  private readonly totals: number[] = [];
  private readonly borrows: number[] = [];
  private readonly loans: number[] = [];

  constructor(tree: ContainerTree) {
    this.tree = tree;
  }

  /** Pages that the class has charged: its own and what it lent. */
  total(container: number): number {
    return this.totals[container] ?? 0;
  }

  borrowed(container: number): number {
    return this.borrows[container] ?? 0;
  }

  lent(container: number): number {
    return this.loans[container] ?? 0;
  }

  /** Guarantee not given to children, in pages; null without a guarantee (CKRM_SHARE_DONTCARE). */
  unused(container: number): number | null {
    const { tree } = this;
    if (tree.min[container] === 0) return null;
    const given = tree.children[container].reduce((sum, child) => sum + (tree.exists[child] === 1 ? tree.min[child] : 0), 0);
    return Math.max(0, tree.min[container] - given);
  }

  charge(container: number): void {
    this.totals[container] = this.total(container) + 1;
    const parent = this.tree.parents[container];
    const unused = this.unused(container);
    if (parent === -1 || (unused !== null && this.total(container) <= unused)) return;
    this.borrows[container] = this.borrowed(container) + 1;
    this.loans[parent] = this.lent(parent) + 1;
    this.charge(parent);
  }

  /** Borrowed pages are returned first. */
  uncharge(container: number): void {
    this.totals[container] = this.total(container) - 1;
    if (this.borrowed(container) === 0) return;
    const parent = this.tree.parents[container];
    this.borrows[container] = this.borrowed(container) - 1;
    this.loans[parent] = this.lent(parent) - 1;
    this.uncharge(parent);
  }

  /** `ckrm_mem_share_compare`: positive where the first class has more of its guarantee available. One without guarantee loses; equal guarantees are equal. */
  compare(one: number, other: number): number {
    const { tree } = this;
    if (tree.min[one] === tree.min[other]) return 0;
    const [mine, theirs] = [this.unused(one), this.unused(other)];
    if (mine === null) return -1;
    return theirs === null ? 1 : mine - theirs;
  }
}
