import { NO_CONTAINER, NO_PAGE, NO_TASK } from '../base/ids.ts';
import { FramePool } from '../machine/pages/frame-pool.ts';
import type { EventLog } from '../record/event-log.ts';
import { KIND } from '../record/events.ts';

/** Owner of a zone that is nobody's. */
export const FREE_ZONE = -1;

/** A contiguous range of frames that has one owner. */
export interface Zone {
  readonly index: number;
  readonly pool: FramePool;
  /** Container that owns it; the root: a shared zone; FREE_ZONE: nobody's. */
  owner: number;
  /** Frames of kernel memory and the like, which can neither be reclaimed nor migrated. */
  unmovable_count: number;
}

/** Whether no page lies in a zone: only then can it change hands without more ado. */
export const isEmpty = (zone: Zone): boolean => zone.pool.free_count === zone.pool.frame_count;

/** Bits of page->flags in which a page can carry the number of its zone: those of the node number, of which fake NUMA nodes make zones (CONFIG_NODES_SHIFT is at most 10). */
const LOOKUP_BITS_MAX = 10;

/**
 * What it takes to find the zone of a page when it is freed: ceil(log2 zones) bits of page->flags, which cost nothing while they are free there. Where they are too few
 * the number leaves the page, and a table says for each zone-sized section of memory which zone it is: an entry of one byte for up to 256 zones, else of two
 * (`section_to_node_table` under NODE_NOT_IN_PAGE_FLAGS, mm/sparse.c; it took the place of `zone_table` in 2006).
 */
export function zoneLookup(zone_count: number, bits_max: number = LOOKUP_BITS_MAX): { readonly bits: number; readonly table_bytes: number } {
  const bits = Math.ceil(Math.log2(Math.max(1, zone_count)));
  return bits <= bits_max ? { bits, table_bytes: 0 } : { bits: 0, table_bytes: zone_count * (zone_count <= 256 ? 1 : 2) };
}

/** Memory cut into zones of equal size, and who owns which. What is left over at the end of memory is no zone and stays unused. */
export class ZoneMap {
  readonly zones: readonly Zone[];
  readonly zone_pages: number;
  private readonly log: EventLog;
  /** By owner, in the order of memory. */
  private readonly owned = new Map<number, Zone[]>();

  constructor(memory_pages: number, zone_pages: number, log: EventLog) {
    this.zone_pages = zone_pages;
    this.log = log;
    this.zones = Array.from({ length: Math.floor(memory_pages / zone_pages) }, (_, index) => ({
      index,
      pool: new FramePool(index * zone_pages, zone_pages),
      owner: FREE_ZONE,
      unmovable_count: 0,
    }));
    this.owned.set(FREE_ZONE, [...this.zones]);
  }

  /** Zone of a frame that policies handed out. */
  at(frame: number): Zone {
    return this.zones[Math.floor(frame / this.zone_pages)];
  }

  /** Zones of one owner. */
  of(owner: number): readonly Zone[] {
    return this.owned.get(owner) ?? [];
  }

  /** Owners that have zones, nobody not counted, in the order of their ids. */
  owners(): readonly number[] {
    return [...this.owned].flatMap(([owner, zones]) => (owner !== FREE_ZONE && zones.length > 0 ? [owner] : [])).sort((a, b) => a - b);
  }

  /** Frames in the owner's zones that hold nothing. */
  freePages(owner: number): number {
    return this.of(owner).reduce((sum, zone) => sum + zone.pool.free_count, 0);
  }

  /** A free frame in the owner's zones, the first in memory that has one; −1 if all are full. */
  take(owner: number): number {
    for (const zone of this.of(owner)) if (zone.pool.free_count > 0) return zone.pool.take();
    return -1;
  }

  /** Gives a zone to another owner, with what lies in it. */
  assign(zone: Zone, owner: number): void {
    const old_owner = zone.owner;
    this.owned.set(
      old_owner,
      this.of(old_owner).filter((other) => other !== zone),
    );
    this.owned.set(
      owner,
      [...this.of(owner), zone].sort((a, b) => a.index - b.index),
    );
    zone.owner = owner;
    this.log.emit(KIND.zone_assign, 0, NO_TASK, owner === FREE_ZONE ? NO_CONTAINER : owner, NO_PAGE, zone.index, old_owner);
  }
}
