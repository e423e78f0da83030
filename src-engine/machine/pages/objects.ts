import { LRU, OBJECT_CLASS } from '../../record/events.ts';

/**
 * A thing that pages belong to: a file, a tmpfs file (or shared anonymous memory), or a private anonymous area of one task.
 * Page `index` of it is page `base_page + index` of the run.
 */
export interface MemoryObject {
  readonly id: number;
  readonly name: string;
  readonly kind: (typeof OBJECT_CLASS)[keyof typeof OBJECT_CLASS];
  readonly base_page: number;
  readonly page_count: number;
  /** Areas that map it or may: the reverse map. */
  readonly areas: Area[];
  /** Task whose anonymous memory it is, −1 for declared objects. */
  readonly owner_task: number;
  /** Container of the first task that used it (its creator), −1 before that. Models that charge tmpfs to its creator look here. */
  creator: number;
  /** Path of the container named by `charge-to`, as index into the program's paths. */
  readonly charge_to: number | undefined;
  /** Whether tasks of several containers use it in this scenario: software zones must know at allocation. */
  readonly used_across_containers: boolean;
  /** Bytes that a page of it takes in zswap, where the scenario says so. */
  readonly compressed_bytes?: number;
}

/** Bits of `Area.bits`, one byte a page: what a page-table entry says. `zero`: it shows the zero page, which is nobody's; none of the others is set then. */
export const PTE = { present: 1, young: 2, write_protected: 4, zero: 8 } as const;

/** A mapping in a task's address space. */
export interface Area {
  readonly task: number;
  readonly name: number;
  readonly page_count: number;
  /** The object whose pages a shared mapping shows; for private anonymous memory where new pages go: −1 after a fork until the first is needed. */
  object: number;
  readonly shared: boolean;
  /** Private memory: page by index, −1 where never touched. Shared mappings know it from the object. */
  readonly pages: Int32Array | null;
  readonly bits: Uint8Array;
  /** Of anonymous memory, as its object has it. */
  readonly compressed_bytes?: number;
  /** By page: 1 where the range is locked (VM_LOCKED). Null before the first lock. */
  locked: Uint8Array | null;
}

export const NO_PAGE_YET = -1;

/** Whether pages of the class live on the anonymous lists: tmpfs is backed by swap as anonymous memory is. */
export const isSwapBacked = (kind: MemoryObject['kind']): boolean => kind !== OBJECT_CLASS.file;

/** Inactive list of a class of pages. */
export const inactiveList = (kind: MemoryObject['kind']): number => (isSwapBacked(kind) ? LRU.inactive_anon : LRU.inactive_file);

/** Pages of a huge page of 2 MiB. */
export const HUGE_PAGE_PAGES = 512;

/** Whether reclaim may take pages of the class. hugetlb and dma-buf pages stand on the unevictable list, and only their object frees them. */
export const isReclaimable = (kind: MemoryObject['kind']): boolean => kind !== OBJECT_CLASS.hugetlb && kind !== OBJECT_CLASS.dmabuf;

/** Whether pages of the class count in `file` and, mapped, in `file_mapped`. */
export const isPageCache = (kind: MemoryObject['kind']): boolean => kind === OBJECT_CLASS.file || kind === OBJECT_CLASS.tmpfs;

/** Pages that become resident together: a huge page of hugetlb, all of a dma-buf, one page of anything else. Chunks begin at the object's first page. */
export function chunkPageCount(object: MemoryObject): number {
  if (object.kind === OBJECT_CLASS.hugetlb) return HUGE_PAGE_PAGES;
  return object.kind === OBJECT_CLASS.dmabuf ? object.page_count : 1;
}

/** Whether the page is the first of its chunk. */
export const isChunkStart = (object: MemoryObject, page: number): boolean => (page - object.base_page) % chunkPageCount(object) === 0;

/** Whether a page is one of the object's. */
export function isPageOf(object: MemoryObject, page: number): boolean {
  return page >= object.base_page && page < object.base_page + object.page_count;
}

/** The child's copy of a private area at a fork: the same pages, none of them mapped yet. */
export function forkedArea({ name, page_count, compressed_bytes }: Area, child: number, pages: Int32Array): Area {
  const bits = new Uint8Array(page_count);
  return {
    task: child,
    name,
    page_count,
    object: -1,
    shared: false,
    pages,
    bits,
    locked: null,
    ...(compressed_bytes === undefined ? {} : { compressed_bytes }),
  };
}
