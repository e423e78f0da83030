/** What the entry of a page that is not resident remembers, in the bits of its complement; the lruvec that its shadow names stands above them. */
export const GONE = { shadow: 1, swapped: 2, workingset: 4 } as const;
export const GONE_LRUVEC_SHIFT = 8;

/** A page that has just been given a frame; its flags say whether it is dirty, and no more. */
export interface IncomingPage {
  frame: number;
  /** The lruvec that it is charged to. */
  lruvec: number;
  /** Of memory that swap backs: anonymous, tmpfs. */
  swap_backed: boolean;
  /** GONE bits that its entry had; 0 where it was never here. */
  gone: number;
  /** What its shadow says. */
  shadow: number;
}

/** What a page leaves behind when reclaim takes it. */
export interface Shadow {
  /** The lruvec that is asked when it comes back. */
  lruvec: number;
  /** 32 bits that mean something to that lruvec. */
  value: number;
  workingset: boolean;
}

/**
 * How a design of reclaim keeps pages in order: where they stand when they come, what a use of them changes, and what an evicted one leaves. What is taken is the other
 * half of a design (Reclaim). The two: two lists (two-lists.ts), and generations (mglru.ts).
 */
export interface Placement {
  /** Of the page that came in last, where it was a refault: how far back its eviction is, in the design's own measure. */
  refault_distance: number;
  /** Puts a page on a list, and knows a refault. Returns flags of page_add: the list in bits 0-1, and what came of the refault (ADD). */
  admit(incoming: IncomingPage): number;
  /** `folio_mark_accessed()`: a use by read() or write(), or through a mapping that is taken away. */
  markAccessed(frame: number): void;
  /** What the page of a frame leaves behind. `target`: root of the subtree that is reclaimed from. The answer is the same object each time. */
  evicted(frame: number, lruvec: number, target: number): Shadow;
  /** A page has come to a lruvec's list by other ways (unlocked, moved from another lruvec); what is told of it says that it stands on `expected`. */
  arrived(frame: number, expected: number): void;
}
