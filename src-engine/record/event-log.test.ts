import { describe, expect, it } from 'vitest';
import { EventLog } from './event-log.ts';
import { createColumns, type EventColumns, KIND, SLEEP } from './events.ts';

/** A log over blocks of four rows, and copies of what it sealed. */
function smallLog(): { log: EventLog; sealed: { columns: EventColumns; count: number }[] } {
  const sealed: { columns: EventColumns; count: number }[] = [];
  const seal = (columns: EventColumns, count: number): EventColumns => {
    sealed.push({ columns, count });
    return createColumns(4);
  };
  return { log: new EventLog({ seal, sample: () => undefined }, createColumns(4)), sealed };
}

describe('EventLog', () => {
  it('seals full blocks and, at the end, what is left', () => {
    const { log, sealed } = smallLog();
    for (let at = 0; at < 6; at++) log.emit(KIND.fault, 0, 1, 2, at, 3, 4);
    expect([log.event_count, log.sealed_event_count]).toEqual([6, 4]);
    log.finish();
    log.finish();
    expect(sealed.map(({ count }) => count)).toEqual([4, 2]);
    expect(Array.from(sealed[1]?.columns.page.subarray(0, 2) ?? [])).toEqual([4, 5]);
  });

  it('carries the clock over spans that a row cannot hold', () => {
    const { log, sealed } = smallLog();
    log.now_ns = 9_000_000_000;
    log.emit(KIND.fault, 0, 0, 0, 0, 0, 0);
    log.finish();
    const rows = sealed.flatMap(({ columns, count }) => Array.from({ length: count }, (_, row) => [columns.kind[row], columns.flags[row], columns.dt_ns[row]]));
    expect(rows).toEqual([
      [KIND.sleep, SLEEP.carry, 4_000_000_000],
      [KIND.sleep, SLEEP.carry, 4_000_000_000],
      [KIND.fault, 0, 1_000_000_000],
    ]);
  });
});
