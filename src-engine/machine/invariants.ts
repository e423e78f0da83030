import type { LabError } from '../base/result.ts';
import { violation } from '../models/none.ts';
import { COUNTERS } from '../record/counters.ts';
import { LRU_COUNT } from './lru.ts';
import { PAGE } from './machine.ts';
import { PTE } from './objects.ts';
import type { World } from './world.ts';

/**
 * What must hold whatever the model: each resident page on exactly one list, that of its state; lists as long as they say; page tables and map counts agree; swap slots add up;
 * no counter below zero. Then the policy's own law. Null if all holds; else the first that does not, with its two numbers.
 */
export function checkInvariants(world: World): LabError | null {
  return checkLists(world) ?? checkMappings(world) ?? checkSwap(world) ?? checkCounters(world) ?? world.policy.check();
}

function checkLists(world: World): LabError | null {
  const { machine, tree } = world;
  const { lru } = machine;
  let listed = 0;
  let misplaced = -1;
  for (let lruvec = 0; lruvec < tree.count; lruvec++) {
    for (let list = 0; list < LRU_COUNT; list++) {
      const length = lru.walk(lruvec, list, (frame) => {
        const page = machine.frame_page[frame];
        const active = (machine.page_state[page] & PAGE.active) !== 0;
        if (page === -1 || machine.page_frame[page] !== frame || active !== ((list & 1) === 1) || lru.frame_lruvec[frame] !== lruvec) misplaced = frame;
      });
      if (length !== lru.pages(lruvec, list)) return violation(`length of LRU list ${list} of ${tree.paths[lruvec]}`, length, lru.pages(lruvec, list));
      listed += length;
    }
  }
  if (misplaced !== -1) return violation('page of a frame on a list that is not its own', machine.frame_page[misplaced], misplaced);
  return listed === machine.resident_page_count ? null : violation('pages on LRU lists against resident pages', listed, machine.resident_page_count);
}

function checkMappings(world: World): LabError | null {
  const { machine, spaces } = world;
  const mapcount = new Int32Array(machine.frame_page.length);
  for (let task = 0; task < spaces.areas.length; task++) {
    let rss_pages = 0;
    for (const area of spaces.areas[task].values()) {
      for (let index = 0; index < area.page_count; index++) {
        if ((area.bits[index] & PTE.present) === 0) continue;
        const frame = machine.page_frame[spaces.pageOf(area, index)];
        if (frame === -1) return violation(`frame of a page that task ${task} maps`, frame, 0);
        mapcount[frame]++;
        rss_pages++;
      }
    }
    if (rss_pages !== spaces.rss_pages[task]) return violation(`pages mapped by task ${task} against its rss`, rss_pages, spaces.rss_pages[task]);
  }
  const wrong = mapcount.findIndex((count, frame) => count !== machine.frame_mapcount[frame]);
  return wrong === -1 ? null : violation(`page-table entries of frame ${wrong} against its map count`, mapcount[wrong], machine.frame_mapcount[wrong]);
}

function checkSwap(world: World): LabError | null {
  const { machine, tree } = world;
  let swapped = 0;
  for (let page = 0; page < machine.object_page_count; page++) if ((machine.page_state[page] & PAGE.swapped) !== 0) swapped++;
  const used = machine.spec.swap_pages - machine.swap_free_count;
  if (swapped !== used) return violation('swapped pages against swap slots in use', swapped, used);
  return swapped === tree.swap_usage[0] ? null : violation('swap charged to the root against swapped pages', tree.swap_usage[0], swapped);
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
