import { ADD, type EventRow, KIND } from './events.ts';

/** How often things happened to a page, up to some event. */
export interface PageCounts {
  /** Times that a container came to be charged for it, or for more of it. */
  readonly charged: number;
  readonly evicted: number;
  readonly refaulted: number;
  readonly freed: number;
  readonly faults: number;
  /** Pins of drivers that take it in and are not released; locks (mlock); zero-copy sends that are not acknowledged. */
  readonly pins: number;
  readonly locks: number;
  readonly sends: number;
}

/** What a pin or its release is of, by the flags of its event. */
const HELD_BY = ['pins', 'locks', 'sends'] as const;

/** What the events of a page say of it, in their order. */
export function countPageEvents(events: Iterable<EventRow>): { readonly counts: PageCounts; readonly mapped_by: readonly { task: number; times: number }[] } {
  const counts = { charged: 0, evicted: 0, refaulted: 0, freed: 0, faults: 0, pins: 0, locks: 0, sends: 0 };
  const mappers = new Map<number, number>();
  const map = (task: number, by: number): void => {
    const times = (mappers.get(task) ?? 0) + by;
    if (times > 0) mappers.set(task, times);
    else mappers.delete(task);
  };
  for (const { kind, flags, task, a } of events) {
    switch (kind) {
      case KIND.page_add:
        if (a > 0) counts.charged++;
        if ((flags & ADD.refault) !== 0) counts.refaulted++;
        break;
      case KIND.charge:
      case KIND.recharge:
        counts.charged++;
        break;
      case KIND.page_evict:
        counts.evicted++;
        break;
      case KIND.page_free:
        counts.freed++;
        break;
      case KIND.map:
        map(task, 1);
        if (flags !== 0) counts.faults++;
        break;
      case KIND.unmap:
        map(task, -1);
        break;
      case KIND.fault:
        counts.faults++;
        break;
      case KIND.pin:
        counts[HELD_BY[flags] ?? 'pins']++;
        break;
      case KIND.unpin:
        counts[HELD_BY[flags] ?? 'pins']--;
        break;
      default:
        break;
    }
  }
  return { counts, mapped_by: [...mappers].sort(([x], [y]) => x - y).map(([task, times]) => ({ task, times })) };
}
