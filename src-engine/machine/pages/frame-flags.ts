/**
 * Bits of a frame's state, one byte a frame. Only generations have the last two, and they have no `active`: `refs` counts uses by read() beyond the second (LRU_REFS_MASK),
 * `isolated` is a page that reclaim has taken off its list to look at.
 */
export const FRAME = { active: 1, referenced: 2, dirty: 4, workingset: 8, pinned: 16, refs: 96, isolated: 128 } as const;

/** One use in `FRAME.refs`. */
export const FRAME_REFS_SHIFT = 5;
