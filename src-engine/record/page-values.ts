import { LIST_NAMES } from './events.ts';

/** What a page map colours pages by. */
export const PAGE_MAP_MODES = ['owner', 'owners', 'list', 'mapped', 'age'] as const;
export type PageMapMode = (typeof PAGE_MAP_MODES)[number];

/**
 * Values that no mode gives a meaning of its own: neither in memory nor in swap; in swap; in memory, and nobody is charged; charged to several containers (mode `owner` only).
 * All others: the container (`owner`), how many containers are charged (`owners`), the LRU list (`list`, as LRU), how many mappings (`mapped`), the class of its age (`age`).
 */
export const PAGE_VALUE = { absent: 0xffff, swapped: 0xfffe, nobody: 0xfffd, several: 0xfffc } as const;
/** Pages of an object at one event, as a map shows them. */
export interface PageMapView {
  readonly event_index: number;
  readonly page_count: number;
  readonly from_page: number;
  readonly to_page: number;
  /** Pages in each bucket; the last one may hold fewer. */
  readonly bucket_pages: number;
  /**
   * Per bucket the value that most of its pages have; the lower one where two are as many. `absent` only where more than half of them are:
   * else pages of many owners, each of few, would look as if there were none.
   */
  readonly values: Uint16Array;
  /** Per bucket 1 where not all its pages have that value. */
  readonly mixed: Uint8Array;
  /** Per bucket the value that most of its other pages have; without others, the same value again. */
  readonly seconds: Uint16Array;
  /** How many pages of the whole object have each value; together all of them. */
  readonly legend: readonly { readonly value: number; readonly page_count: number }[];
}

/** Where two runs disagree about an object's pages. */
export interface PageDifferenceView {
  readonly page_count: number;
  readonly from_page: number;
  readonly to_page: number;
  readonly bucket_pages: number;
  /** Per bucket, how many of its pages differ. */
  readonly differing: Uint32Array;
  /** Of the whole object. */
  readonly differing_page_count: number;
  /** The first page at or after `from_page` that differs; null if none does. */
  readonly first_differing: number | null;
}

/** Name of an LRU list by its value in the mode `list`. */
export const listName = (value: number): string => LIST_NAMES[value] ?? `list ${value}`;
