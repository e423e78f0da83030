/**
 * The yardstick of the throughput figures: least-recently-used replacement and nothing else, on typed arrays, over a given sequence of pages.
 * Returns the number of misses.
 */
export function lruLoop(trace: Uint32Array, page_count: number, capacity_pages: number): number {
  const slot_of_page = new Int32Array(page_count).fill(-1);
  const page_of_slot = new Int32Array(capacity_pages);
  const next = new Int32Array(capacity_pages + 1);
  const prev = new Int32Array(capacity_pages + 1);
  const head = capacity_pages;
  next[head] = head;
  prev[head] = head;
  let used = 0;
  let misses = 0;
  for (let at = 0; at < trace.length; at++) {
    const page = trace[at];
    let slot = slot_of_page[page];
    if (slot !== -1) {
      next[prev[slot]] = next[slot];
      prev[next[slot]] = prev[slot];
    } else {
      misses++;
      if (used < capacity_pages) slot = used++;
      else {
        slot = prev[head];
        next[prev[slot]] = head;
        prev[head] = prev[slot];
        slot_of_page[page_of_slot[slot]] = -1;
      }
      slot_of_page[page] = slot;
      page_of_slot[slot] = page;
    }
    next[slot] = next[head];
    prev[slot] = head;
    prev[next[head]] = slot;
    next[head] = slot;
  }
  return misses;
}
