import { ROOT_CONTAINER } from '../base/ids.ts';
import type { Parameters } from '../scenario/axes.ts';
import { FREE_ZONE } from './zone-map.ts';

/** What user space can see of an owner of zones (/proc/zoneinfo has as much for each zone). */
export interface ZoneOwner {
  /** The root stands for the shared zones. */
  readonly container: number;
  /** Removed already: what lies in its zones is used by nobody in it. */
  readonly removed: boolean;
  readonly zone_count: number;
  readonly empty_zone_count: number;
  readonly free_pages: number;
  readonly inactive_file_pages: number;
}

/** What the kernel lets user space do: the two minor hooks of the SoftwareZones page, beside the out-of-memory notice, and the assignment of zones. */
export interface ZoneControls {
  readonly zone_pages: number;
  /** Zones that nobody owns. */
  readonly free_zone_count: number;
  /** In the order of creation, the shared zones first. */
  owners(): readonly ZoneOwner[];
  /** Directed reclaim: frees up to `page_count` pages in the zones of one owner. Returns pages freed. */
  reclaim(container: number, page_count: number): number;
  /**
   * Gives one zone of `from` (FREE_ZONE: nobody's) to `to`. Pages in it first migrate to the owner's other zones; nothing is reclaimed. False: no zone could be emptied,
   * it is the last one of a living container, or a limit would be passed: a container never owns more zones than its `max`, or an ancestor's, asks for.
   */
  moveZone(from: number, to: number): boolean;
}

/** A user-space program that assigns zones to where they are needed; to be had under the parameter `juggler`. */
export interface Juggler {
  /** A container is out of memory: its zones are full and nothing in them can be reclaimed. The killer is asked next. Returns zones moved to it. */
  outOfMemory(container: number, controls: ZoneControls): number;
}

/**
 * `idle-zones`: moves one zone at a time to the container in need, from where it is missed least:
 * nobody's; else of a removed container; else the owner with the most empty zones; else the one with the most free pages, if these are a whole zone's, once migration has
 * gathered them; else the one with most inactive page cache, if that is a whole zone's, which directed reclaim frees. Memory in use is left alone: then the killer decides.
 */
const idleZones: Juggler = {
  outOfMemory(container, controls) {
    if (controls.free_zone_count > 0 && controls.moveZone(FREE_ZONE, container)) return 1;
    const { zone_pages } = controls;
    const others = controls.owners().filter((owner) => owner.container !== container);
    const most = (owners: readonly ZoneOwner[], of: (owner: ZoneOwner) => number): readonly ZoneOwner[] =>
      owners.filter((owner) => of(owner) > 0).sort((a, b) => of(b) - of(a) || a.container - b.container);
    const wholeZones = (pages: number): number => Math.floor(pages / zone_pages);

    for (const { container: from, removed } of others) {
      if (!removed) continue;
      do if (controls.moveZone(from, container)) return 1;
      while (controls.reclaim(from, zone_pages) > 0);
    }
    const living = others.filter((owner) => !owner.removed);
    for (const owner of most(living, ({ empty_zone_count }) => empty_zone_count)) if (controls.moveZone(owner.container, container)) return 1;
    for (const owner of most(living, ({ free_pages }) => wholeZones(free_pages))) if (controls.moveZone(owner.container, container)) return 1;
    for (const owner of most(living, ({ inactive_file_pages }) => wholeZones(inactive_file_pages))) {
      if (owner.container === ROOT_CONTAINER) continue;
      controls.reclaim(owner.container, zone_pages);
      if (controls.moveZone(owner.container, container)) return 1;
    }
    return 0;
  },
};

/** The juggler that a parameter names; null: user space is not told, zones stay where they were assigned. */
export const JUGGLERS: Readonly<Record<Parameters['juggler'], Juggler | null>> = { none: null, 'idle-zones': idleZones };
