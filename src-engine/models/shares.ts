/** Weight of a whole page: UB_PAGE_WEIGHT of OpenVZ's kernel/ub/ub_page_bc.c, 2²⁴. */
export const PAGE_WEIGHT_SHIFT = 24;
export const PAGE_WEIGHT = 2 ** PAGE_WEIGHT_SHIFT;

/** One container's part of one page (`struct page_beancounter`): how often it maps the page, and its share as a shift: `PAGE_WEIGHT >> shift`. */
export interface Share {
  readonly container: number;
  mapping_count: number;
  shift: number;
}

/** The sharers of a page as a cyclic list; index 0 is its head. */
export type ShareList = Share[];

/** Told of each change of a container's share, in the order in which beancounters make them. */
export type ShareChange = (container: number, delta: number) => void;

export const weightOf = (shift: number): number => PAGE_WEIGHT / 2 ** shift;

/** Share that a newcomer to the list gets, 0 if the container is on it already. */
export function shareOfNewcomer(list: ShareList | undefined, container: number): number {
  if (list === undefined || list.length === 0) return PAGE_WEIGHT;
  if (list.some((share) => share.container === container)) return 0;
  return weightOf(list[0].shift + 1);
}

/**
 * `pb_dup_ref`/`pb_add_ref` of the RSS-fraction beancounters: a container maps the page once more. A newcomer takes half of the head's share; the head goes to the
 * tail, the newcomer behind it. The shares always add up to one page.
 */
export function addShare(list: ShareList, container: number, changed: ShareChange): void {
  const known = list.find((share) => share.container === container);
  if (known !== undefined) {
    known.mapping_count++;
    return;
  }
  const head = list.shift();
  let shift = 0;
  if (head !== undefined) {
    shift = head.shift + 1;
    head.shift = shift;
    list.push(head);
    changed(head.container, -weightOf(shift));
  }
  list.push({ container, mapping_count: 1, shift });
  changed(container, weightOf(shift));
}

/** `pb_remove_ref`: a container unmaps the page once. With its last mapping its share goes to the tail of the list (to two sharers, if their shares are half as large). */
export function removeShare(list: ShareList, container: number, changed: ShareChange): void {
  const at = list.findIndex((share) => share.container === container);
  const leaving = list[at];
  if (--leaving.mapping_count > 0) return;
  list.splice(at, 1);
  changed(container, -weightOf(leaving.shift));
  for (let takers = 0; takers < 2; takers++) {
    const tail = list.pop();
    if (tail === undefined) return;
    const old_shift = tail.shift;
    tail.shift--;
    list.unshift(tail);
    changed(tail.container, weightOf(old_shift));
    if (old_shift <= leaving.shift) return;
  }
}
