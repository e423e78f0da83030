import { AMOUNT_FORMATS, formatLimit } from '../base/figures.ts';
import { COUNTER, type CounterSpec, shownUnit } from './counters.ts';

/** Why nothing is known of a container that was removed on a real kernel. */
export const NOBODY_READS = 'of a real kernel nobody reads what a removed cgroup still holds';

/** Counters that hold the highest value of another: they never fall, so that what was read of them is a bound. */
const PEAKS: readonly number[] = [COUNTER.peak, COUNTER.tcp_peak];

const amountOf = (spec: CounterSpec, value: number): string => (spec.scope === 'setting' ? formatLimit(value) : AMOUNT_FORMATS[shownUnit(spec)](value));

/** What is known of a counter, all the same, by what was read of it before its container was removed: of a peak the least that it came to, `≥ 8 MiB`. Null where it tells no more than what it was then. */
export const boundOf = (spec: CounterSpec, read_last: number): string | null =>
  PEAKS.includes(spec.index) && !Number.isNaN(read_last) ? `≥ ${amountOf(spec, read_last)}` : null;

/** What was read last of a counter of a container that was removed since, in words; it is no figure of what the counter came to. Null where it was not read. */
export function readLastInWords(spec: CounterSpec, read_last: number): string | null {
  if (Number.isNaN(read_last)) return null;
  const amount = amountOf(spec, read_last);
  return PEAKS.includes(spec.index) ? `it was at least ${amount}, as read last before the removal` : `${amount} was read last before the removal`;
}
