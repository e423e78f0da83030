import { NO_PAGE } from '../base/ids.ts';
import { type Area, NO_PAGE_YET, PTE } from '../machine/pages/objects.ts';
import type { World } from '../machine/world.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND, OBJECT_CLASS } from '../record/events.ts';
import { moveToOwner } from './class-counters.ts';

/** Bits of memory.move_charge_at_immigrate: anonymous memory with its swap; files, tmpfs and shared memory. */
export const MOVE_CHARGE = { anon: 1, file: 2 } as const;

/** What the move of a task takes along: resident pages, and private pages in swap. */
interface Targets {
  readonly pages: number[];
  readonly swapped: number[];
}

/**
 * Moves a task to another container and, where that one's memory.move_charge_at_immigrate says so, what the old one is charged for of the task's memory: `memcg1_can_attach()` and
 * `memcg1_move_task()` (mm/memcontrol-v1.c, 6.12; gone in 6.13). A page counts if it is charged to the old container itself: one that the task has in its page table, however many
 * others have it as well; one of a file or of shared memory within what the task maps, if nobody has it in a page table (until 6.1 whoever had); a private page in swap. Other tasks
 * that share it are not asked. Unevictable pages move, too.
 *
 * False: there is no room for all of it in the new container, after one pass of reclaim for each page, and the task stays where it is.
 */
export function moveTask(world: World, task: number, to: number): boolean {
  const { spaces, tree, policy } = world;
  const from = spaces.container[task];
  const flags = tree.move_charge[to];
  if (flags === 0 || policy.gate === null) {
    spaces.move(task, to);
    return true;
  }
  const ahead = targetsOf(world, task, from, flags);
  if (!policy.gate.makeRoomAhead(to, ahead.pages.length + ahead.swapped.length, task)) return false;
  spaces.move(task, to);
  // Making room may have taken some of them.
  const { pages, swapped } = targetsOf(world, task, from, flags);
  const { lru } = world.machine;
  for (const page of pages) if (lru.lruvecOf(world.machine.frameOf(page)) === from) moveToOwner(world, page, to);
  for (const page of swapped) moveSlot(world, page, from, to, task);
  return true;
}

/** Walks the task's address space (`get_mctgt_type()` for each place in it): a page that lies at two places is met, and room made for it, twice (`mem_cgroup_count_precharge()`). */
function targetsOf(world: World, task: number, from: number, flags: number): Targets {
  const targets: Targets = { pages: [], swapped: [] };
  for (const area of world.spaces.areas[task].values()) {
    for (let index = 0; index < area.page_count; index++) {
      const page = world.spaces.pageOf(area, index);
      if (page === NO_PAGE_YET) continue;
      if (world.machine.frameOf(page) >= 0) {
        if (isTarget(world, area, index, page, from, flags)) targets.pages.push(page);
      } else if (area.pages !== null && (flags & MOVE_CHARGE.anon) !== 0 && world.machine.isSwapped(page) && world.machine.slotPayer(page) === from)
        targets.swapped.push(page);
    }
  }
  return targets;
}

function isTarget({ machine }: World, area: Area, index: number, page: number, from: number, flags: number): boolean {
  const frame = machine.frameOf(page);
  const { kind } = machine.objectOfFrame(frame);
  const wanted = kind === OBJECT_CLASS.anon ? MOVE_CHARGE.anon : kind === OBJECT_CLASS.file || kind === OBJECT_CLASS.tmpfs ? MOVE_CHARGE.file : 0;
  if ((flags & wanted) === 0 || machine.lru.lruvecOf(frame) !== from) return false;
  return (area.bits[index] & PTE.present) !== 0 || machine.lru.mapcountOf(frame) === 0;
}

/** `mem_cgroup_move_swap_account()`. */
function moveSlot(world: World, page: number, from: number, to: number, task: number): void {
  world.machine.moveSlot(page, to);
  for (const [container, change] of [
    [from, -1],
    [to, 1],
  ] as const)
    world.log.emit(KIND.account, COUNTER.swap, task, container, NO_PAGE, change, 0);
}
