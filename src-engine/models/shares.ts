/** Weight of a whole page: UB_PAGE_WEIGHT of OpenVZ's kernel/ub/ub_page_bc.c, 2²⁴. */
export const PAGE_WEIGHT_SHIFT = 24;
export const PAGE_WEIGHT = 2 ** PAGE_WEIGHT_SHIFT;

/** One container's part of one page: how often it maps the page, and its share in units of 2⁻²⁴ page. */
export interface Share {
  readonly container: number;
  mapping_count: number;
  units: number;
}

/** The sharers of a page, in the order that the rule keeps. */
export type ShareList = Share[];

/** Told of each change of a container's share, in the order in which the rule makes them. */
export type ShareChange = (container: number, delta: number) => void;

/** How a page is parted among the containers that map it. Its parts always add up to one page. */
export interface ShareRule {
  /** Share that a container gets when it maps the page, 0 if it has one already. */
  newcomerUnits(list: ShareList, container: number): number;
  /** What each sharer would give up for a newcomer, in list order. */
  given(list: ShareList): readonly { readonly container: number; readonly units: number }[];
  /** A container maps the page once more. */
  add(list: ShareList, container: number, changed: ShareChange): void;
  /** A container that is on the list unmaps the page once. */
  remove(list: ShareList, container: number, changed: ShareChange): void;
}

/**
 * RSS fractions of user beancounters (`struct page_beancounter`; OpenVZ's kernel/ub/ub_page_bc.c, before 2.6.32-042stab): shares are powers of two, and only one or two
 * sharers are touched when somebody comes or goes. The list is cyclic, index 0 its head.
 */
export const beancounterShares: ShareRule = {
  newcomerUnits(list, container) {
    if (list.some((share) => share.container === container)) return 0;
    return list.length === 0 ? PAGE_WEIGHT : list[0].units / 2;
  },

  given: (list) => list.slice(0, 1).map(({ container, units }) => ({ container, units: units / 2 })),

  /** `pb_add_ref`: a newcomer takes half of the head's share; the head goes to the tail, the newcomer behind it. */
  add(list, container, changed) {
    if (countOneMore(list, container)) return;
    const head = list.shift();
    let units = PAGE_WEIGHT;
    if (head !== undefined) {
      units = head.units / 2;
      head.units = units;
      list.push(head);
      changed(head.container, -units);
    }
    list.push({ container, mapping_count: 1, units });
    changed(container, units);
  },

  /** `pb_remove_ref`: with a container's last mapping its share goes to the tail of the list (to two sharers, if their shares are half as large). */
  remove(list, container, changed) {
    const leaving = countOneLess(list, container);
    if (leaving === null) return;
    changed(container, -leaving.units);
    for (let takers = 0; takers < 2; takers++) {
      const tail = list.pop();
      if (tail === undefined) return;
      const old_units = tail.units;
      tail.units *= 2;
      list.unshift(tail);
      changed(tail.container, old_units);
      if (old_units >= leaving.units) return;
    }
  },
};

/**
 * Equal shares, as the SoftwareZones page has them in mind: with n sharers everyone pays 1/n of the page; what 2²⁴ leaves when divided by n goes one unit each to those
 * who came first. Every sharer is touched whenever somebody comes or goes: the cost that beancounters avoid.
 */
export const equalShares: ShareRule = {
  newcomerUnits(list, container) {
    if (list.some((share) => share.container === container)) return 0;
    return equalUnits(list.length, list.length + 1);
  },

  given: (list) => list.map(({ container, units }, index) => ({ container, units: units - equalUnits(index, list.length + 1) })),

  add(list, container, changed) {
    if (countOneMore(list, container)) return;
    list.push({ container, mapping_count: 1, units: 0 });
    level(list, changed);
  },

  remove(list, container, changed) {
    const leaving = countOneLess(list, container);
    if (leaving === null) return;
    changed(container, -leaving.units);
    level(list, changed);
  },
};

const equalUnits = (index: number, count: number): number => Math.floor(PAGE_WEIGHT / count) + (index < PAGE_WEIGHT % count ? 1 : 0);

/** Gives everyone on the list an equal share, those who give before those who gain. */
function level(list: ShareList, changed: ShareChange): void {
  const deltas = list.map((share, index) => equalUnits(index, list.length) - share.units);
  for (const gains of [false, true]) {
    list.forEach((share, index) => {
      const delta = deltas[index];
      if (delta === 0 || delta > 0 !== gains) return;
      share.units += delta;
      changed(share.container, delta);
    });
  }
}

/** Counts a mapping of a container that is on the list; false if it is not. */
function countOneMore(list: ShareList, container: number): boolean {
  const known = list.find((share) => share.container === container);
  if (known !== undefined) known.mapping_count++;
  return known !== undefined;
}

/** Counts a mapping less; with the last one takes the share off the list and returns it. */
function countOneLess(list: ShareList, container: number): Share | null {
  const at = list.findIndex((share) => share.container === container);
  const share = list[at];
  if (--share.mapping_count > 0) return null;
  list.splice(at, 1);
  return share;
}
