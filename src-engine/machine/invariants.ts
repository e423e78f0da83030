import type { LabError } from '../base/result.ts';
import { COUNTERS } from '../record/counters.ts';
import { LIST_NAMES } from '../record/events.ts';
import { LIST_COUNT, placeOf } from './pages/lru.ts';
import { PTE } from './pages/objects.ts';
import { violation } from './policies/policy.ts';
import type { World } from './world.ts';

/**
 * What must hold whatever the model: each resident page on exactly one list, that of its state; lists as long as they say; page tables and map counts agree; swap slots add up;
 * no counter below zero. Then the policy's own law. `thorough`: links of the lists as well. Null if all holds; else the first that does not, with its two numbers.
 */
export function checkInvariants(world: World, thorough: boolean): LabError | null {
  const broken = checkLists(world, thorough) ?? checkMappings(world) ?? checkSwap(world) ?? checkFrames(world) ?? checkCounters(world) ?? world.policy.check();
  return world.all_modules.reduce((found, module) => found ?? module.check(), broken);
}

/** Holds the number of frames on each list, as their own states have it, against the lists' lengths. At the end of a run the lists are also walked link by link. */
function checkLists(world: World, walk_links: boolean): LabError | null {
  const { machine, tree } = world;
  const { lru } = machine;
  const { counts, stray_count } = lru.census(machine.frame_flags);
  if (stray_count > 0) return violation('frames whose active flag is not that of their list', stray_count, 0);
  let listed = 0;
  for (let lruvec = 0; lruvec < tree.count; lruvec++) {
    for (let list = 0; list < LIST_COUNT; list++) {
      const count = counts[placeOf(lruvec, list)];
      const length = walk_links ? walkList(world, lruvec, list) : count;
      if (length !== count || length !== lru.pages(lruvec, list))
        return violation(`pages on ${LIST_NAMES[list]} of ${tree.paths[lruvec]}`, count, lru.pages(lruvec, list));
      listed += count;
    }
  }
  if (listed !== machine.resident_page_count) return violation('frames in use against resident pages', listed, machine.resident_page_count);
  return null;
}

/** Length of a list link by link; −1 if a frame on it is not where its page says. */
function walkList(world: World, lruvec: number, list: number): number {
  const { machine } = world;
  let lost = false;
  const length = machine.lru.walk(lruvec, list, (frame) => {
    if (machine.frameOf(machine.lru.pageOf(frame)) !== frame || machine.lru.lruvecOf(frame) !== lruvec || machine.lru.listOf(frame) !== list) lost = true;
  });
  return lost ? -1 : length;
}

function checkMappings(world: World): LabError | null {
  const { machine, spaces } = world;
  if (spaces.areas.every((areas) => areas.size === 0) && spaces.mapping_count === 0) return null;
  const mapcount = new Int32Array(machine.lru.frame_count);
  for (let task = 0; task < spaces.areas.length; task++) {
    let rss_pages = 0;
    for (const area of spaces.areas[task].values()) {
      for (let index = 0; index < area.page_count; index++) {
        if ((area.bits[index] & PTE.present) === 0) continue;
        const frame = machine.frameOf(spaces.pageOf(area, index));
        if (frame < 0) return violation(`frame of a page that task ${task} maps`, frame, 0);
        mapcount[frame]++;
        rss_pages++;
      }
    }
    if (rss_pages !== spaces.rss_pages[task]) return violation(`pages mapped by task ${task} against its rss`, rss_pages, spaces.rss_pages[task]);
  }
  const wrong = mapcount.findIndex((count, frame) => count !== machine.lru.mapcountOf(frame));
  return wrong === -1 ? null : violation(`page-table entries of frame ${wrong} against its map count`, mapcount[wrong], machine.lru.mapcountOf(wrong));
}

function checkSwap(world: World): LabError | null {
  const { machine, tree } = world;
  if (machine.spec.swap_pages === 0) return null;
  let swapped = machine.swap_cache?.page_count ?? 0;
  for (let page = 0; page < machine.object_page_count; page++) if (machine.isSwapped(page)) swapped++;
  const used = machine.spec.swap_pages - machine.swap_free_count;
  if (swapped !== used) return violation('swapped pages against swap slots in use', swapped, used);
  return swapped === tree.swap_usage[0] ? null : violation('swap charged to the root against swapped pages', tree.swap_usage[0], swapped);
}

/** Every frame is free, holds a resident page, or is a module's. Where memory is charged by place the frames are its zones', which the policy checks. */
function checkFrames(world: World): LabError | null {
  const { machine, policy, all_modules } = world;
  if (policy.gate === null) return null;
  const taken = machine.lru.frame_count - machine.pool.free_count;
  const held = all_modules.reduce((sum, module) => sum + module.frame_count, machine.resident_page_count);
  return taken === held ? null : violation('frames taken against resident pages and those that modules hold', taken, held);
}

function checkCounters(world: World): LabError | null {
  const { tree } = world;
  for (let container = 0; container < tree.count; container++) {
    if (tree.usage[container] < 0) return violation(`charge of ${tree.paths[container]}`, tree.usage[container], 0);
    for (const spec of COUNTERS) {
      const value = tree.local(container, spec.index);
      if (value < 0) return violation(`${spec.name} of ${tree.paths[container]}`, value, 0);
    }
  }
  return null;
}
