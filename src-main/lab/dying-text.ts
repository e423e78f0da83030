import { type CounterName, HELD_COUNTERS } from '../../src-engine/record/counters.ts';
import { counterText } from './counter-text.ts';
import type { DyingReport } from './state-report.ts';
import { countText } from './text.ts';

/** What a dying container holds, counter by counter: `current 4MiB`, `file 4MiB`; without those that are told elsewhere. */
export const heldTexts = ({ counters }: DyingReport, told: readonly string[] = []): readonly string[] =>
  HELD_COUNTERS.flatMap((name: CounterName) => {
    const value = counters[name];
    return typeof value === 'number' && value !== 0 && !told.includes(name) ? [`${name} ${counterText(name)(value)}`] : [];
  });

/** A dying container by its path and its number, which tells it from others of its path. */
export const dyingName = ({ container, path }: DyingReport): string => `${path} (${container})`;

/** A dying container with what it still holds: `A (3): current 4MiB, file 4MiB`. */
export const dyingInWords = (dying: DyingReport): string => `${dyingName(dying)}: ${heldTexts(dying).join(', ')}`;

/** Those with most first, up to `listed_max` of them, as `lines` writes them, and how many more there are. */
export function dyingListed(
  dying: readonly DyingReport[],
  listed_max: number,
  lines: (listed: readonly DyingReport[]) => readonly string[] = (listed) => listed.map(dyingInWords),
): readonly string[] {
  const current = ({ counters }: DyingReport): number => (typeof counters.current === 'number' ? counters.current : 0);
  const listed = dying.toSorted((one, other) => current(other) - current(one)).slice(0, listed_max);
  const rest = dying.length - listed.length;
  return [...lines(listed), ...(rest > 0 ? [`and ${countText(rest)} more`] : [])];
}
