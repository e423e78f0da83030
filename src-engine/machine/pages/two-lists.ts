import { COUNTER } from '../../record/counters.ts';
import { ADD, KIND, LRU } from '../../record/events.ts';
import type { Machine } from '../machine.ts';
import { FRAME } from './frame-flags.ts';
import { GONE, GONE_LRUVEC_SHIFT, type IncomingPage, type Placement, type Shadow } from './placement.ts';
import { lruNoteCostRefault } from './workingset.ts';

/** The classic design: an active and an inactive list of each kind, refault distances, and two uses make a page active (mm/swap.c and mm/workingset.c, 6.12). */
export class TwoLists implements Placement {
  refault_distance = 0;
  private readonly machine: Machine;
  private readonly shadow: Shadow = { lruvec: 0, value: 0, workingset: false };

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** `workingset_refault()`: a page that would still be here had the active list been smaller is active at once. */
  admit({ frame, lruvec, swap_backed, gone, shadow }: IncomingPage): number {
    const { workingset, tree, lru, frame_flags } = this.machine;
    let list: number = swap_backed ? LRU.inactive_anon : LRU.inactive_file;
    let flags = 0;
    const evicted_from = gone >> GONE_LRUVEC_SHIFT;
    if ((gone & GONE.shadow) !== 0 && workingset.isRefault(evicted_from)) {
      const distance = workingset.refaultDistance(evicted_from, shadow);
      const recent = workingset.isRecent(evicted_from, lruvec, distance, !swap_backed, this.machine.swap_free_count);
      this.refault_distance = distance;
      flags |= ADD.refault;
      tree.count_up(lruvec, swap_backed ? COUNTER.workingset_refault_anon : COUNTER.workingset_refault_file, 1);
      if (recent) {
        list++;
        frame_flags[frame] |= FRAME.active;
        flags |= ADD.workingset_activate;
        workingset.age(lruvec);
        tree.count_up(lruvec, swap_backed ? COUNTER.workingset_activate_anon : COUNTER.workingset_activate_file, 1);
        if ((gone & GONE.workingset) !== 0) {
          frame_flags[frame] |= FRAME.workingset;
          flags |= ADD.workingset_restore;
          lruNoteCostRefault(workingset, lruvec, !swap_backed);
          tree.count_up(lruvec, swap_backed ? COUNTER.workingset_restore_anon : COUNTER.workingset_restore_file, 1);
        }
      }
    }
    lru.add(frame, lruvec, list);
    return flags | list;
  }

  /** The first access sets the reference bit, the second activates. */
  markAccessed(frame: number): void {
    const { frame_flags } = this.machine;
    const flags = frame_flags[frame];
    if ((flags & FRAME.referenced) === 0) frame_flags[frame] = flags | FRAME.referenced;
    else if ((flags & FRAME.active) === 0) this.activate(frame, flags);
  }

  /** `workingset_eviction()`: the age of the target's lruvec, which moves on. */
  evicted(frame: number, _lruvec: number, target: number): Shadow {
    const { shadow } = this;
    shadow.lruvec = target;
    shadow.value = this.machine.workingset.evict(target);
    shadow.workingset = (this.machine.frame_flags[frame] & FRAME.workingset) !== 0;
    return shadow;
  }

  /** Lists are what they are called here. */
  arrived(): void {}

  /** Moves a page to its active list and ages the non-resident pages, as `folio_activate` and `workingset_activation` do. */
  private activate(frame: number, flags: number): void {
    const { lru, frame_flags, workingset, tree, log } = this.machine;
    // Marking an unevictable page has no effect: its list is not kept in order.
    if (lru.listOf(frame) === LRU.unevictable) return;
    const lruvec = lru.lruvecOf(frame);
    frame_flags[frame] = (flags | FRAME.active) & ~FRAME.referenced;
    lru.move(frame, lru.listOf(frame) | 1);
    workingset.age(lruvec);
    tree.count_up(lruvec, COUNTER.pgactivate, 1);
    log.emitPage(KIND.activate, lruvec, lru.pageOf(frame), 0);
  }
}
