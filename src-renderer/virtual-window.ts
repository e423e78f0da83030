/**
 * Which rows of a long list of equal rows are drawn, and where. A browser's boxes end at some 33 million pixels,
 * so beyond `SCROLL_HEIGHT_MAX_PX` the scroll position stands for a share of the list instead of for pixels.
 */
export const SCROLL_HEIGHT_MAX_PX = 8_000_000;

export interface VirtualWindow {
  /** Height of the scrolled box. */
  readonly height_px: number;
  readonly first_row: number;
  readonly row_count: number;
  /** Top of the first drawn row within the box. */
  readonly offset_px: number;
}

export interface VirtualList {
  readonly row_count: number;
  readonly row_height_px: number;
  /** Height of the visible part, without a sticky header. */
  readonly view_height_px: number;
}

const OVERSCAN_ROWS = 4;

/**
 * By how much the numbers of rows are to be lowered to give their boxes' names, after the drawn rows changed. While old and new overlap it stays: rows that stay keep their boxes.
 * After a jump the new ones take the boxes of the old, in the same order: only what stands in them changes, and none is made or taken away.
 */
export function boxShift(shift: number, before: Pick<VirtualWindow, 'first_row' | 'row_count'>, now: Pick<VirtualWindow, 'first_row' | 'row_count'>): number {
  const overlap = now.first_row < before.first_row + before.row_count && before.first_row < now.first_row + now.row_count;
  return overlap ? shift : shift + now.first_row - before.first_row;
}

/** Height of the scrolled box of a list. */
export function scrollHeight(list: VirtualList): number {
  return Math.min(list.row_count * list.row_height_px, SCROLL_HEIGHT_MAX_PX);
}

/** Pixels of list per pixel of scrolling; 1 unless the list is too long for a box. */
function scrollScale(list: VirtualList): number {
  const full = list.row_count * list.row_height_px - list.view_height_px;
  const scrollable = scrollHeight(list) - list.view_height_px;
  return scrollable > 0 && full > scrollable ? full / scrollable : 1;
}

/** The rows to draw at a scroll position. */
export function windowAt(list: VirtualList, scroll_top_px: number): VirtualWindow {
  const scale = scrollScale(list);
  const list_top_px = scroll_top_px * scale;
  const first_visible = Math.floor(list_top_px / list.row_height_px);
  const first_row = Math.max(0, Math.min(first_visible - OVERSCAN_ROWS, list.row_count - 1));
  const visible = Math.ceil(list.view_height_px / list.row_height_px) + 1;
  const row_count = Math.max(0, Math.min(list.row_count - first_row, visible + (first_visible - first_row) + OVERSCAN_ROWS));
  return { height_px: scrollHeight(list), first_row, row_count, offset_px: scroll_top_px + first_row * list.row_height_px - list_top_px };
}

/** Scroll position at which a row is fully seen, moving as little as needed; `center` puts it in the middle. */
export function scrollTopFor(list: VirtualList, row: number, scroll_top_px: number, align: 'nearest' | 'center'): number {
  const scale = scrollScale(list);
  const top_px = row * list.row_height_px;
  const seen_top_px = scroll_top_px * scale;
  const last_top_px = top_px - list.view_height_px + list.row_height_px;
  let wanted = seen_top_px;
  if (align === 'center') wanted = top_px - (list.view_height_px - list.row_height_px) / 2;
  else if (top_px < seen_top_px) wanted = top_px;
  else if (last_top_px > seen_top_px) wanted = last_top_px;
  return Math.max(0, wanted / scale);
}

/** Scroll position after the wheel moved by pixels of list, so that long lists scroll row by row too. */
export function scrollTopAfterWheel(list: VirtualList, scroll_top_px: number, delta_px: number): number {
  return Math.max(0, scroll_top_px + delta_px / scrollScale(list));
}

/** Scroll position at which the same rows are seen after the visible part got another height, the end no higher than its own; `kept`, where it was seen, still is (−1: none). */
export function scrollTopAfterResize(before: VirtualList, after: VirtualList, scroll_top_px: number, kept = -1): number {
  const top_px = (scroll_top_px * scrollScale(before)) / scrollScale(after);
  const was_seen = kept >= 0 && Math.abs(scrollTopFor(before, kept, scroll_top_px, 'nearest') - scroll_top_px) * scrollScale(before) < before.row_height_px;
  return Math.min(was_seen ? scrollTopFor(after, kept, top_px, 'nearest') : top_px, Math.max(0, scrollHeight(after) - after.view_height_px));
}

/** The first row that is wholly in sight. */
export function firstInSight(list: VirtualList, scroll_top_px: number): number {
  return Math.ceil((scroll_top_px * scrollScale(list)) / list.row_height_px);
}

/** Whether the scroll position stands for more than its pixels. */
export function isScaled(list: VirtualList): boolean {
  return scrollScale(list) !== 1;
}
