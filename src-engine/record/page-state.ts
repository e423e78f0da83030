import { ADD, EVICT, type EventRow, KIND, LRU, NO_LRU, OBJECT_CLASS } from './events.ts';

/** What a container is charged for one page, in charge units. */
export interface PageOwner {
  readonly container: number;
  readonly units: number;
}

/** One page at one moment, as its own events tell it. */
export interface PageState {
  /** Containers charged for it, in the order in which they began to pay. */
  owners: readonly PageOwner[];
  /** Its LRU list (LRU), NO_LRU where it is on none: not resident, or on a list of nobody. */
  list: number;
  mapcount: number;
  swapped: boolean;
}

/** A page before its first event. */
export const UNTOUCHED_PAGE: PageState = { owners: [], list: NO_LRU, mapcount: 0, swapped: false };

function withUnits(owners: readonly PageOwner[], container: number, delta: number): readonly PageOwner[] {
  if (delta === 0) return owners;
  const at = owners.findIndex((owner) => owner.container === container);
  if (at < 0) return [...owners, { container, units: delta }];
  const units = owners[at].units + delta;
  return units === 0 ? owners.toSpliced(at, 1) : owners.with(at, { container, units });
}

/** The page after one more of its events, by the rules of RunState. `objectClass`: OBJECT_CLASS of its object. */
export function pageAfter(before: PageState, { kind, flags, container, a, b }: EventRow, objectClass: number): PageState {
  const inactive = objectClass === OBJECT_CLASS.file ? LRU.inactive_file : LRU.inactive_anon;
  switch (kind) {
    case KIND.page_add:
      return { ...before, owners: withUnits(before.owners, container, a), list: inactive + (flags & ADD.lru_mask & 1) };
    case KIND.page_free:
    case KIND.page_evict:
      return {
        ...before,
        owners: withUnits(before.owners, container, -a),
        list: NO_LRU,
        swapped: before.swapped || (kind === KIND.page_evict && (flags & EVICT.swapout) !== 0),
      };
    case KIND.charge:
      return { ...before, owners: withUnits(before.owners, container, a) };
    case KIND.uncharge:
      return { ...before, owners: withUnits(before.owners, container, -a) };
    case KIND.recharge:
      return { ...before, owners: withUnits(withUnits(before.owners, b, -a), container, a) };
    case KIND.activate:
    case KIND.deactivate:
      return before.list === NO_LRU ? before : { ...before, list: inactive + Number(kind === KIND.activate) };
    case KIND.unevictable: {
      const goes = flags === 1;
      if (before.list === NO_LRU || (before.list === LRU.unevictable) === goes) return before;
      return { ...before, list: goes ? LRU.unevictable : inactive };
    }
    case KIND.map:
      return { ...before, mapcount: before.mapcount + 1 };
    case KIND.unmap:
      return before.mapcount === 0 ? before : { ...before, mapcount: before.mapcount - 1 };
    case KIND.swap_free:
      return before.swapped ? { ...before, swapped: false } : before;
    default:
      return before;
  }
}

/** The page after the first `count` of its events. */
export function pageStateAfter(rows: readonly EventRow[], count: number, objectClass: number): PageState {
  let state = UNTOUCHED_PAGE;
  for (let at = 0; at < count; at++) state = pageAfter(state, rows[at], objectClass);
  return state;
}
