import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { COUNTER_COUNT, COUNTERS } from './counters.ts';

/** Bytes of an amount of charge. One page is `1 << charge_shift` units; parts of a byte are dropped. */
export const bytesOfUnits = (units: number, charge_shift: number): number => Math.floor(units * (PAGE_SIZE_BYTES / 2 ** charge_shift));

/** Factor from a counter's raw unit to what is shown, by counter: charge and pages are shown in bytes; all others as they are. */
export function shownFactors(charge_shift: number): Float64Array {
  const factors = new Float64Array(COUNTER_COUNT);
  for (const { index, unit } of COUNTERS) factors[index] = unit === 'pages' ? PAGE_SIZE_BYTES : unit === 'charge' ? PAGE_SIZE_BYTES / 2 ** charge_shift : 1;
  return factors;
}

const IS_LIMIT = COUNTERS.map(({ scope }) => scope === 'setting');

/** A counter as it is shown: in the shown unit; −1 for a limit of max. */
export const shownValue = (counter: number, raw: number, factors: Float64Array): number =>
  IS_LIMIT[counter] && raw < 0 ? -1 : Math.floor(raw * factors[counter]);
