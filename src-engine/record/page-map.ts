import type { PageLedger } from './page-ledger.ts';
import { PAGE_VALUE, type PageDifferenceView, type PageMapMode, type PageMapView } from './page-values.ts';
import type { Sharing } from './sharings.ts';
import { PAGE, type StateTables } from './state-tables.ts';

/** Counts of owners and mappings are shown up to this. */
const PAGE_COUNT_SHOWN_MAX = 0xff00;

/** The class of an age in events: class k holds ages from 2^k − 1 to 2^(k+1) − 2, so that class 0 is the event right before the cursor. */
export const ageClass = (age_events: number): number => 31 - Math.clz32(Math.min(age_events + 1, 0xffffffff));

/** The value of each page of `[base, base + page_count)` in a mode. */
export function pageValues(state: StateTables, ledger: PageLedger, mode: PageMapMode, base: number, page_count: number): Uint16Array {
  const values = new Uint16Array(page_count);
  const { page_state, mapcount } = state;
  const sharings = ledger.readSharings(base, page_count);
  const touched = mode === 'age' ? ledger.readTouched(base, page_count) : undefined;
  const ofSharing = mode === 'owner' ? ledger.sharings.map(ownerValue) : ledger.sharings.map(({ containers }) => containers.length);
  for (let at = 0; at < page_count; at++) {
    const here = page_state[base + at];
    const list = here & PAGE.list_mask;
    const sharing = sharings[at];
    if (list === 0 && sharing === 0) values[at] = (here & PAGE.swapped) !== 0 ? PAGE_VALUE.swapped : PAGE_VALUE.absent;
    else if (mode === 'owner') values[at] = ofSharing[sharing];
    else if (mode === 'owners') values[at] = Math.min(ofSharing[sharing], PAGE_COUNT_SHOWN_MAX);
    else if (mode === 'list') values[at] = list === 0 ? PAGE_VALUE.nobody : list - 1;
    else if (mode === 'mapped') values[at] = Math.min(mapcount[base + at], PAGE_COUNT_SHOWN_MAX);
    else values[at] = ageClass(ledger.event_index - (touched?.[at] ?? 0));
  }
  return values;
}

function ownerValue({ containers }: Sharing): number {
  if (containers.length === 0) return PAGE_VALUE.nobody;
  return containers.length === 1 ? containers[0] : PAGE_VALUE.several;
}

/** How many pages have each value, by value. */
export function legendOf(values: Uint16Array): { value: number; page_count: number }[] {
  const counts = new Uint32Array(0x10000);
  for (let at = 0; at < values.length; at++) counts[values[at]]++;
  const legend: { value: number; page_count: number }[] = [];
  for (let value = 0; value < counts.length; value++) if (counts[value] > 0) legend.push({ value, page_count: counts[value] });
  return legend;
}

/** Pages to a bucket such that at most `bucket_count_max` buckets hold `page_count`. */
export const bucketPages = (page_count: number, bucket_count_max: number): number => Math.max(1, Math.ceil(page_count / Math.max(1, bucket_count_max)));

/** Buckets of the pages `[from, to)` of an object whose pages have the given values. */
export function bucketsOf(
  values: Uint16Array,
  from: number,
  to: number,
  bucket_count_max: number,
): Pick<PageMapView, 'bucket_pages' | 'values' | 'mixed' | 'seconds'> {
  const bucket_pages = bucketPages(to - from, bucket_count_max);
  const bucket_count = Math.ceil((to - from) / bucket_pages);
  const major = new Uint16Array(bucket_count);
  const mixed = new Uint8Array(bucket_count);
  const seconds = new Uint16Array(bucket_count);
  if (bucket_pages === 1) {
    major.set(values.subarray(from, to));
    return { bucket_pages, values: major, mixed, seconds: major };
  }
  const counts = new Uint32Array(0x10000);
  for (let bucket = 0; bucket < bucket_count; bucket++) {
    const start = from + bucket * bucket_pages;
    const end = Math.min(start + bucket_pages, to);
    let best: number = PAGE_VALUE.absent;
    for (let at = start; at < end; at++) {
      const value = values[at];
      const count = ++counts[value];
      if (value !== PAGE_VALUE.absent && (best === PAGE_VALUE.absent || count > counts[best] || (count === counts[best] && value < best))) best = value;
    }
    if (counts[PAGE_VALUE.absent] * 2 > end - start) best = PAGE_VALUE.absent;
    major[bucket] = best;
    mixed[bucket] = counts[best] < end - start ? 1 : 0;
    counts[best] = 0;
    let second = best;
    for (let at = start; at < end; at++) if (counts[values[at]] > counts[second]) second = values[at];
    seconds[bucket] = second;
    for (let at = start; at < end; at++) counts[values[at]] = 0;
  }
  return { bucket_pages, values: major, mixed, seconds };
}

/** Counts of differing pages per bucket. `left` and `right`: one key per page, equal where the runs agree. */
export function differenceOf(
  left: Uint32Array | Uint16Array,
  right: Uint32Array | Uint16Array,
  from: number,
  to: number,
  bucket_count_max: number,
): PageDifferenceView {
  const page_count = left.length;
  const bucket_pages = bucketPages(to - from, bucket_count_max);
  const differing = new Uint32Array(Math.ceil((to - from) / bucket_pages));
  let differing_page_count = 0;
  let first_differing: number | null = null;
  for (let page = 0; page < page_count; page++) {
    if (left[page] === right[page]) continue;
    differing_page_count++;
    if (page < from) continue;
    first_differing ??= page;
    if (page < to) differing[Math.floor((page - from) / bucket_pages)]++;
  }
  return { page_count, from_page: from, to_page: to, bucket_pages, differing, differing_page_count, first_differing };
}
