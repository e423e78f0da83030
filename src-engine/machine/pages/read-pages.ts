import type { Machine } from '../machine.ts';
import { FRAME } from './frame-flags.ts';

/** Accesses whose pages' entries are fetched together. */
const FETCH_BATCH = 64;

/**
 * Reads pages `first_page + pages[0..count)` of an object whose first page is `base_page`. Returns how many were read before the operation ended.
 * `operate` carries out the read of one page, by its index in the object, where it is more than a look at the page's state; false ends the operation.
 */
export function readPages(
  machine: Machine,
  pages: Uint32Array,
  count: number,
  first_page: number,
  base_page: number,
  operate: (index: number) => boolean,
): number {
  for (let from = 0; from < count; from += FETCH_BATCH) {
    const to = Math.min(from + FETCH_BATCH, count);
    machine.fetched = fetchEntries(machine.entries, pages, from, to, first_page);
    const end =
      machine.on_access === null
        ? readSome(machine, pages, from, to, first_page, base_page, operate)
        : readEach(pages, from, to, first_page - base_page, operate);
    if (end < to) return end;
  }
  return count;
}

/**
 * Brings the entries of pages that are read next into the processor's cache: one after another, each read would wait for memory; looked at together, they are
 * fetched side by side. Returns something of all of them, which the caller has to keep, else nothing would be looked at.
 */
function fetchEntries(entries: Int32Array, pages: Uint32Array, from: number, to: number, first_page: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum ^= entries[2 * (first_page + pages[at])];
  return sum;
}

/** Each page the long way, on which accesses are told of. Returns where it ended. */
function readEach(pages: Uint32Array, from: number, to: number, first_index: number, operate: (index: number) => boolean): number {
  for (let at = from; at < to; at++) if (!operate(first_index + pages[at])) return at;
  return to;
}

/** The hottest loop of the engine. A page that is resident and already marked costs one look at its state. Returns where it ended. */
function readSome(
  machine: Machine,
  pages: Uint32Array,
  from: number,
  to: number,
  first_page: number,
  base_page: number,
  operate: (index: number) => boolean,
): number {
  const { entries, frame_flags, log } = machine;
  const touch_ns = machine.spec.costs.page_touch_ns;
  let hit_count = 0;
  for (let at = from; at < to; at++) {
    const page = first_page + pages[at];
    const frame = entries[2 * page];
    if (frame < 0) {
      log.now_ns += hit_count * touch_ns;
      hit_count = 0;
      if (!operate(page - base_page)) return at;
      continue;
    }
    hit_count++;
    const flags = frame_flags[frame];
    if ((flags & FRAME.referenced) === 0) frame_flags[frame] = flags | FRAME.referenced;
    else if ((flags & FRAME.active) === 0) {
      log.now_ns += hit_count * touch_ns;
      hit_count = 0;
      machine.markAccessed(frame);
    }
  }
  log.now_ns += hit_count * touch_ns;
  return to;
}
