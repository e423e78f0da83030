/*
 * Zipf weights and Walker's alias table. Only + − × ÷ on doubles, which IEEE 754 fixes to the bit, and no Math.pow, which it leaves to each library:
 * the table is the same on every machine.
 */

const LOG_TERM_COUNT = 14;
const EXP_TERM_COUNT = 16;

/** Natural logarithm of a whole number ≥ 1: the power of two apart, the rest by the series of artanh. */
function ln(value: number): number {
  let exponent = 0;
  let mantissa = value;
  while (mantissa > 1.5) {
    mantissa /= 2;
    exponent += 1;
  }
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let sum = 0;
  for (let term = LOG_TERM_COUNT; term >= 0; term -= 1) sum = sum * square + 1 / (2 * term + 1);
  return exponent * Math.LN2 + 2 * ratio * sum;
}

/** e to the power of −`value`, for value ≥ 0: halved once per ln 2, the rest by Taylor's series. */
function expOfMinus(value: number): number {
  const halvings = Math.floor(value / Math.LN2);
  const rest = halvings * Math.LN2 - value;
  let sum = 1;
  for (let term = EXP_TERM_COUNT; term >= 1; term -= 1) sum = 1 + (sum * rest) / term;
  for (let step = 0; step < halvings; step += 1) sum /= 2;
  return sum;
}

/** Weight of the page of a rank (from 1): 1 / rank^skew. */
export function zipfWeight(rank: number, skew: number): number {
  return expOfMinus(skew * ln(rank));
}

/**
 * A table that draws pages with Zipf's weights from two 32-bit words: `slot = word_1 >>> shift`, then the slot itself where word_2 lies below its threshold, else its alias.
 * Slots are a power of two; those beyond the pages have no weight of their own.
 */
export interface ZipfTable {
  readonly shift: number;
  /** Threshold and alias of each slot, side by side for the cache. */
  readonly slots: Uint32Array;
}

/** Builds the table for pages 0..page_count, page k with weight 1/(k+1)^skew (Vose's method). */
export function buildZipfTable(page_count: number, skew: number): ZipfTable {
  // A shift by 32 would be one by 0: one page gets two slots.
  const slot_bits = Math.max(1, 32 - Math.clz32(page_count - 1));
  const slot_count = 2 ** slot_bits;
  const share = new Float64Array(slot_count);
  let total = 0;
  for (let page = 0; page < page_count; page += 1) {
    const weight = zipfWeight(page + 1, skew);
    share[page] = weight;
    total += weight;
  }
  const slots = new Uint32Array(slot_count * 2);
  // Both stacks grow towards each other in one array: slots with less than their even share, and those with more.
  const stack = new Uint32Array(slot_count);
  let small_count = 0;
  let large_start = slot_count;
  for (let slot = 0; slot < slot_count; slot += 1) {
    const scaled = ((share[slot] ?? 0) / total) * slot_count;
    share[slot] = scaled;
    if (scaled < 1) stack[small_count++] = slot;
    else stack[--large_start] = slot;
  }
  while (small_count > 0 && large_start < slot_count) {
    const small = stack[--small_count] ?? 0;
    const large = stack[large_start] ?? 0;
    const small_share = share[small] ?? 0;
    slots[2 * small] = Math.floor(small_share * 2 ** 32);
    slots[2 * small + 1] = large;
    const left = (share[large] ?? 0) - (1 - small_share);
    share[large] = left;
    if (left < 1) {
      large_start += 1;
      stack[small_count++] = large;
    }
  }
  // What is left over has its even share but for rounding. A slot beyond the pages has none, and rounding may not give it one.
  const keep = (slot: number): void => {
    slots[2 * slot] = slot < page_count ? 0xffffffff : 0;
    slots[2 * slot + 1] = slot < page_count ? slot : 0;
  };
  while (small_count > 0) keep(stack[--small_count] ?? 0);
  while (large_start < slot_count) keep(stack[large_start++] ?? 0);
  return { shift: 32 - slot_bits, slots };
}
