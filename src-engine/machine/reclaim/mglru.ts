import { NO_TASK } from '../../base/ids.ts';
import { COUNTER } from '../../record/counters.ts';
import { ADD, BY_GENERATION, KIND } from '../../record/events.ts';
import type { Machine } from '../machine.ts';
import { FRAME } from '../pages/frame-flags.ts';
import { GONE, GONE_LRUVEC_SHIFT, type IncomingPage, type Placement, type Shadow } from '../pages/placement.ts';
import { ANON, FILE, type GenerationLists, MAX_NR_GENS, MIN_NR_GENS } from './mglru-lists.ts';
import { REFS_MAX, refsOf, refsOfToken, seqOfToken, TierControl, tierOf, tokenOf, withAnotherUse } from './mglru-tiers.ts';

/** Flags of use, which a page loses when it changes its generation (`LRU_REFS_MASK | LRU_REFS_FLAGS`). */
const USES = FRAME.referenced | FRAME.workingset | FRAME.refs;

/**
 * The multi-generational LRU: where pages stand and what an eviction leaves (mm/vmscan.c, mm/swap.c, mm/workingset.c and include/linux/mm_inline.h of 6.12). What is
 * faulted in begins in the youngest generation, anonymous memory and tmpfs in the second youngest, page cache that is read in an old one. Uses by read() move no page: they are counted, and
 * pages of a tier that comes back often are spared at eviction.
 */
export class Generations implements Placement {
  refault_distance = 0;
  readonly lists: GenerationLists;
  readonly tiers = new TierControl();
  private readonly machine: Machine;
  private readonly shadow: Shadow = { lruvec: 0, value: 0, workingset: false };

  constructor(machine: Machine, lists: GenerationLists) {
    this.machine = machine;
    this.lists = lists;
  }

  /** `lru_gen_refault()` and `folio_add_lru()`. */
  admit(incoming: IncomingPage): number {
    const { frame, lruvec, swap_backed, gone } = incoming;
    const { machine, lists } = this;
    const type = swap_backed ? ANON : FILE;
    const flags = this.noteRefault(incoming, type);
    if (machine.in_fault) machine.frame_flags[frame] &= ~(FRAME.refs | FRAME.referenced);
    const seq = lists.seqFor(lruvec, type, machine.in_fault, (gone & GONE.swapped) !== 0);
    lists.addToGeneration(frame, lruvec, type, seq);
    return flags | lists.listOf(frame);
  }

  /** A shadow counts only where the page comes back to the lruvec that lost it: what another container reads anew is no refault of anybody's. */
  private noteRefault({ frame, lruvec, gone, shadow }: IncomingPage, type: number): number {
    if ((gone & GONE.shadow) === 0 || gone >> GONE_LRUVEC_SHIFT !== lruvec) return 0;
    const { tree, frame_flags, in_fault } = this.machine;
    const min_seq = this.lists.minSeq(lruvec, type);
    this.refault_distance = min_seq - seqOfToken(shadow);
    tree.count_up(lruvec, COUNTER.workingset_refault_anon + type, 1);
    if (this.refault_distance !== 0) return ADD.refault;
    const refs = refsOfToken(shadow, (gone & GONE.workingset) !== 0);
    this.tiers.refaulted(lruvec, type, tierOf(refs));
    tree.count_up(lruvec, COUNTER.workingset_activate_anon + type, 1);
    if (!in_fault && refs < REFS_MAX - 1) return ADD.refault | ADD.workingset_activate;
    frame_flags[frame] |= FRAME.refs | FRAME.workingset;
    tree.count_up(lruvec, COUNTER.workingset_restore_anon + type, 1);
    return ADD.refault | ADD.workingset_activate | ADD.workingset_restore;
  }

  /** `folio_inc_refs()`. */
  markAccessed(frame: number): void {
    const { frame_flags } = this.machine;
    if (this.lists.isGenerational(frame)) frame_flags[frame] = withAnotherUse(frame_flags[frame]);
  }

  /** `lru_gen_eviction()`: the page's own lruvec is remembered, whoever it was reclaimed for. */
  evicted(frame: number, lruvec: number): Shadow {
    const { shadow, lists } = this;
    const type = lists.typeOf(frame);
    const refs = refsOf(this.machine.frame_flags[frame]);
    const min_seq = lists.minSeq(lruvec, type);
    this.tiers.evicted(lruvec, type, tierOf(refs));
    shadow.lruvec = lruvec;
    shadow.value = tokenOf(min_seq, refs);
    shadow.workingset = refs > 0;
    return shadow;
  }

  arrived(frame: number, expected: number): void {
    const { lists, machine } = this;
    const list = lists.listOf(frame);
    if (list === expected) return;
    const kind = (list & 1) === 1 ? KIND.activate : KIND.deactivate;
    machine.log.emit(kind, BY_GENERATION, NO_TASK, lists.lruvecOf(frame), lists.pageOf(frame), this.seqOf(frame), 0);
  }

  /** Sequence number of a frame's generation. */
  seqOf(frame: number): number {
    const { lists } = this;
    let seq = lists.maxSeq(lists.lruvecOf(frame));
    while (!lists.isOfGeneration(frame, seq)) seq--;
    return seq;
  }

  /** Puts a page into another generation, without the uses that it had, and tells of it. `last`: at the tail, where it is looked at first when its turn comes. */
  moveTo(frame: number, seq: number, last: boolean): void {
    const { lists, machine } = this;
    const lruvec = lists.lruvecOf(frame);
    const type = lists.typeOf(frame);
    const before = lists.listOf(frame);
    machine.frame_flags[frame] &= ~USES;
    lists.remove(frame);
    if (last) lists.addToGenerationLast(frame, lruvec, type, seq);
    else lists.addToGeneration(frame, lruvec, type, seq);
    const after = lists.listOf(frame);
    const kind = after === before ? KIND.generation : (after & 1) === 1 ? KIND.activate : KIND.deactivate;
    machine.log.emit(kind, after === before ? 0 : BY_GENERATION, NO_TASK, lruvec, lists.pageOf(frame), seq, 0);
  }

  /** `folio_activate()`: to the youngest generation, counted in pgactivate. */
  activate(frame: number): void {
    const { lists, machine } = this;
    const lruvec = lists.lruvecOf(frame);
    const type = lists.typeOf(frame);
    machine.frame_flags[frame] &= ~USES;
    lists.remove(frame);
    lists.addToGeneration(frame, lruvec, type, lists.maxSeq(lruvec));
    machine.tree.count_up(lruvec, COUNTER.pgactivate, 1);
    machine.log.emit(KIND.activate, 0, NO_TASK, lruvec, lists.pageOf(frame), lists.maxSeq(lruvec), 0);
  }

  /** `folio_update_gen()`: a page was used through page tables. Whether it was not among the youngest already. */
  promote(frame: number): boolean {
    const { lists, machine } = this;
    const max_seq = lists.maxSeq(lists.lruvecOf(frame));
    if (lists.isOfGeneration(frame, max_seq)) {
      machine.frame_flags[frame] &= ~USES;
      return false;
    }
    this.moveTo(frame, max_seq, false);
    return true;
  }

  /** A neighbour of a page that reclaim looks at was used as well: it is made young, or, if it is being looked at itself, marked. */
  promoteNeighbour(frame: number): void {
    const { lists, machine } = this;
    if ((machine.frame_flags[frame] & FRAME.isolated) !== 0) machine.frame_flags[frame] |= FRAME.referenced;
    else if (!lists.isOfGeneration(frame, lists.maxSeq(lists.lruvecOf(frame)))) this.activate(frame);
  }

  /**
   * `try_to_inc_min_seq()`: the oldest generations that are empty go, so that two always stay. `isolated_type` and `isolated_pages`: what has been taken off the oldest generation of a
   * type to be looked at, and stands there until that is done. Whether any went.
   */
  dropEmpty(lruvec: number, can_swap: boolean, isolated_type: number, isolated_pages: number): boolean {
    const { lists } = this;
    const max_seq = lists.maxSeq(lruvec);
    const before = [lists.minSeq(lruvec, ANON), lists.minSeq(lruvec, FILE)];
    const min = before.map((seq, type) => {
      if (type === ANON && !can_swap) return seq;
      let at = seq;
      while (at + MIN_NR_GENS <= max_seq) {
        const isolated = type === isolated_type && at === seq ? isolated_pages : 0;
        if (lists.generationPages(lruvec, type, at) > isolated) break;
        at++;
      }
      return at;
    });
    let [anon = 0, file = 0] = min;
    if (can_swap) {
      anon = Math.min(anon, file);
      file = Math.max(anon, before[FILE] ?? 0);
    }
    let dropped = false;
    for (const [type, seq] of [anon, file].entries()) {
      if (seq === before[type]) continue;
      this.tiers.carryOver(lruvec, type);
      lists.setMinSeq(lruvec, type, seq);
      dropped = true;
    }
    return dropped;
  }

  /** `inc_max_seq()`: a new youngest generation. What was the second youngest counts as inactive from now on. `promoted_pages`: what the walk of page tables found used. */
  beginGeneration(lruvec: number, can_swap: boolean, promoted_pages: number, task: number): void {
    const { lists, machine } = this;
    for (const type of [FILE, ANON]) if (lists.generationCount(lruvec, type) === MAX_NR_GENS) this.mergeOldest(lruvec, type, can_swap);
    const max_seq = lists.maxSeq(lruvec);
    this.tellGeneration(lruvec, max_seq - 1, KIND.deactivate);
    // Without swap, old anonymous pages stay where they are, and the generation that begins is theirs as well: what is cold becomes hot, as in the kernel.
    this.tellGeneration(lruvec, max_seq + 1, KIND.activate);
    lists.beginGeneration(lruvec);
    machine.log.emit(KIND.generation_begin, 0, task, lruvec, 0, max_seq + 1, promoted_pages);
  }

  /** `inc_min_seq()`: what the oldest generation still holds goes to the next one's tail. Anonymous pages that cannot be swapped stay on their list. */
  private mergeOldest(lruvec: number, type: number, can_swap: boolean): void {
    const { lists } = this;
    const min_seq = lists.minSeq(lruvec, type);
    if (type === FILE || can_swap) {
      for (let frame = lists.generationTail(lruvec, type, min_seq); frame !== -1; frame = lists.generationTail(lruvec, type, min_seq))
        this.moveTo(frame, min_seq + 1, true);
    }
    this.tiers.carryOver(lruvec, type);
    lists.setMinSeq(lruvec, type, min_seq + 1);
  }

  private tellGeneration(lruvec: number, seq: number, kind: typeof KIND.activate | typeof KIND.deactivate): void {
    const { lists, machine } = this;
    for (const type of [ANON, FILE])
      for (let frame = lists.generationTail(lruvec, type, seq); frame !== -1; frame = lists.towardsGenerationHead(frame))
        machine.log.emit(kind, BY_GENERATION, NO_TASK, lruvec, lists.pageOf(frame), seq, 0);
  }
}
