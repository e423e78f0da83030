import type { ContainerTree } from '../../containers/tree.ts';
import { LRU } from '../../record/events.ts';
import type { KernelRules } from '../kernel-rules.ts';
import { SWAP_CLUSTER_MAX } from '../reclaim/scan-count.ts';
import type { LruLists } from './lru.ts';
import { LRU_COUNT } from './lru.ts';

const NO_PARENT = -1;

/**
 * Refault distances and the balance of reclaim cost, per lruvec: mm/workingset.c and `lru_note_cost()` of mm/swap.c (6.12).
 * Each lruvec has an age that evictions and activations advance, in it and in its ancestors; an evicted page remembers the age at its eviction.
 */
export class Workingset {
  anon_cost = new Float64Array(16);
  file_cost = new Float64Array(16);
  private nonresident_age = new Float64Array(16);
  private readonly tree: ContainerTree;
  private readonly lru: LruLists;

  private readonly rules: KernelRules;

  constructor(tree: ContainerTree, lru: LruLists, rules: KernelRules) {
    this.tree = tree;
    this.lru = lru;
    this.rules = rules;
  }

  /** `workingset_age_nonresident()`: one page entered the active list or left memory. */
  age(lruvec: number): void {
    const { nonresident_age } = this;
    const { parents } = this.tree;
    for (let at = lruvec; at !== NO_PARENT; at = parents[at]) nonresident_age[at]++;
  }

  /** `workingset_eviction()`: returns the age to leave as the page's shadow (32 bits), and moves on. */
  evict(target: number): number {
    const age = this.nonresident_age[target];
    this.age(target);
    return age >>> 0;
  }

  /** Pages that have been evicted or activated in that lruvec since the shadow was left. */
  refaultDistance(lruvec: number, shadow_age: number): number {
    return ((this.nonresident_age[lruvec] >>> 0) - shadow_age) >>> 0;
  }

  /** Whether a page that `lruvec` lost is a refault when it comes back. */
  isRefault(lruvec: number): boolean {
    return this.rules.orphan_refaults || this.tree.exists[lruvec] === 1;
  }

  /**
   * `workingset_test_recent()`: whether the page would still be resident had the active list been smaller. A removed container's shadows say no. `owner`: the lruvec that it
   * comes back to.
   */
  isRecent(lruvec: number, owner: number, distance: number, file: boolean, swap_free_count: number): boolean {
    if (this.tree.exists[lruvec] === 0) return false;
    const has_swap = swap_free_count > 0 && this.tree.swapRoom(this.rules.evictor_swaps ? lruvec : owner, swap_free_count) > 0;
    return distance <= this.workingsetSize(lruvec, file, has_swap);
  }

  /** Pages that a refaulting page competes with. */
  private workingsetSize(lruvec: number, file: boolean, has_swap: boolean): number {
    let size = this.subtreePages(lruvec, LRU.active_file);
    if (!file) size += this.subtreePages(lruvec, LRU.inactive_file);
    if (has_swap) {
      size += this.subtreePages(lruvec, LRU.active_anon);
      if (file) size += this.subtreePages(lruvec, LRU.inactive_anon);
    }
    return size;
  }

  /** `lruvec_page_state()`: pages on a list of the lruvec and of those below it. */
  subtreePages(lruvec: number, list: number): number {
    let pages = this.lru.pages(lruvec, list);
    const children = this.tree.children[lruvec];
    for (let at = 0; at < children.length; at++) pages += this.subtreePages(children[at], list);
    return pages;
  }

  /** `lru_note_cost()`: charges what reclaim spent on one kind of memory to the lruvec and its ancestors; old costs fade. */
  noteCost(lruvec: number, file: boolean, io_count: number, rotated_count: number): void {
    const cost = this.rules.rotations_cost ? io_count * SWAP_CLUSTER_MAX + rotated_count : io_count;
    if (cost === 0) return;
    for (let at = lruvec; at !== NO_PARENT; at = this.tree.parents[at]) {
      if (file) this.file_cost[at] += cost;
      else this.anon_cost[at] += cost;
      let pages = 0;
      for (let list = 0; list < LRU_COUNT; list++) pages += this.subtreePages(at, list);
      if (this.file_cost[at] + this.anon_cost[at] > Math.floor(pages / 4)) {
        this.file_cost[at] = Math.floor(this.file_cost[at] / 2);
        this.anon_cost[at] = Math.floor(this.anon_cost[at] / 2);
      }
    }
  }

  ensureLruvecs(count: number): void {
    if (count <= this.nonresident_age.length) return;
    const capacity = this.nonresident_age.length * 2;
    const grown = (old: Float64Array) => {
      const fresh = new Float64Array(capacity);
      fresh.set(old);
      return fresh;
    };
    this.nonresident_age = grown(this.nonresident_age);
    this.anon_cost = grown(this.anon_cost);
    this.file_cost = grown(this.file_cost);
  }
}

/** `lru_note_cost_refault()`: a page of the workingset had to be read again. */
export function lruNoteCostRefault(workingset: Workingset, lruvec: number, file: boolean): void {
  workingset.noteCost(lruvec, file, 1, 0);
}
