import { LIST_COUNT } from '../machine/pages/lru.ts';
import type { World } from '../machine/world.ts';
import { moveToOwner } from './class-counters.ts';

/**
 * Removal policy `recharge`: what a removed container is charged for goes to those who use it (Yosry Ahmed, “memory recharging for offline memcgs”, RFC, July 2023,
 * not merged). A page that somebody maps goes to a mapper's container when its own goes (patch 3); any other page stays with the dying container until a task
 * reads, writes or faults it in, and then goes to that task's container (patches 4 and 5). Nobody is killed for such a charge: at a limit it reclaims and then gives up,
 * and the page stays where it is.
 *
 * Synchronous where the posting uses a work queue. A page whose mappers have no room is tried again at its next access, not by a timer. The posting's hooks
 * (folio_mark_accessed, folio_mark_dirty) meet a use through a mapping when the mapping goes; here the fault that makes it counts. The posting cannot walk the unevictable
 * list, and waits for another series that gives it one; here locked pages are walked like others.
 */
export function rechargeMapped(world: World, container: number): void {
  const { lru } = world.machine;
  for (let list = 0; list < LIST_COUNT; list++) {
    for (let frame = lru.tail(container, list); frame !== -1; ) {
      const next = lru.towardsHead(frame);
      world.removal_list_steps++;
      if (lru.mapcountOf(frame) > 0) rechargeToMapper(world, frame);
      frame = next;
    }
  }
}

/** As long as containers are dying, pages that are accessed are looked at: their charge may go to who accesses them. */
export function rechargeDeferred(world: World, dying_count: number): void {
  const { machine, tree, spaces } = world;
  machine.on_access =
    dying_count === 0
      ? null
      : (frame, task) => {
          if (tree.exists[machine.lru.lruvecOf(frame)] === 0) moveCharge(world, frame, spaces.container[task], task);
        };
}

/** The first mapper, in the order in which the mappings were made, whose container has room for the page. */
function rechargeToMapper(world: World, frame: number): void {
  const { machine, spaces } = world;
  const page = machine.lru.pageOf(frame);
  for (const task of spaces.mappers(machine.objectOfFrame(frame), page)) if (moveCharge(world, frame, spaces.container[task], task)) return;
}

/** Charges a page to another container, if need be after reclaim there. False: that container has no room, and the page stays where it is. */
function moveCharge(world: World, frame: number, to: number, task: number): boolean {
  const { machine, tree, policy } = world;
  const page = machine.lru.pageOf(frame);
  const from = machine.lru.lruvecOf(frame);
  const locked_before = machine.locked_page;
  machine.locked_page = page;
  // What the old container gives up makes room in the ancestors that both have.
  const has_room = policy.gate === null || policy.gate.makeRoom(to, 1, task, false, (at) => (tree.isWithin(from, at) ? 1 : 0));
  machine.locked_page = locked_before;
  if (!has_room) return false;
  world.pages_reparented++;
  moveToOwner(world, page, to);
  return true;
}
