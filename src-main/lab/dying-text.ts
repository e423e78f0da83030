import { HOLDING_COUNTERS } from '../../src-engine/record/counters.ts';
import { counterText } from './counter-text.ts';
import type { DyingReport } from './state-report.ts';
import { countText } from './text.ts';

const CLASSES = ['anon', 'file', 'shmem'] as const;

/** A dying container with what it still holds: `A (3): current 4MiB, file 4MiB`. Its number tells it from others of its path. */
export function dyingInWords({ container, path, counters }: DyingReport): string {
  const held = ['current', ...CLASSES, ...HOLDING_COUNTERS.filter((name) => name !== 'current')].flatMap((name) => {
    const value = counters[name];
    return typeof value === 'number' && value !== 0 ? [`${name} ${counterText(name)(value)}`] : [];
  });
  return `${path} (${container}): ${held.join(', ')}`;
}

/** Those with most first, up to `listed_max` of them, and how many more there are. */
export function dyingListed(dying: readonly DyingReport[], listed_max: number): readonly string[] {
  const current = ({ counters }: DyingReport): number => (typeof counters.current === 'number' ? counters.current : 0);
  const listed = dying.toSorted((one, other) => current(other) - current(one)).slice(0, listed_max);
  const rest = dying.length - listed.length;
  return [...listed.map(dyingInWords), ...(rest > 0 ? [`and ${countText(rest)} more`] : [])];
}
