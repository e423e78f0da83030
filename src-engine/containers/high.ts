/** `MEMCG_CHARGE_BATCH` of include/linux/memcontrol.h (6.12): pages charged at a time, the most that a stock keeps, and the unit of throttling. */
export const CHARGE_BATCH_PAGES = 64;
/** Timer ticks a second of the simulated machine, the kernel's CONFIG_HZ. */
export const HZ = 1000;
/** Longest throttling sleep: `MEMCG_MAX_HIGH_DELAY_JIFFIES`, 2 s. */
const DELAY_SECONDS_MAX = 2;
export const HIGH_DELAY_TICKS_MAX = DELAY_SECONDS_MAX * HZ;

/** `calculate_overage()` of mm/memcontrol.c (6.12): how far usage is above `high`, as a fraction of 2²⁰. Both in pages. */
export function overage(usage_pages: number, high_pages: number): bigint {
  if (usage_pages <= high_pages) return 0n;
  return (BigInt(usage_pages - high_pages) << 20n) / BigInt(Math.max(high_pages, 1));
}

/**
 * `calculate_high_delay()` of mm/memcontrol.c (6.12): ticks of penalty for `charged_pages` charged while over by `max_overage` (see `overage`), clamped to 2 s. The product wraps in
 * 64 bits as there, which a `high` of a few pages makes happen: 2,048 pages over a `high` of 0 cost nothing.
 * Delays of 10 ms and less are not slept; see `isSlept`.
 */
export function highDelayTicks(charged_pages: number, max_overage: bigint, hz: number = HZ): number {
  if (max_overage === 0n) return 0;
  const penalty = (BigInt.asUintN(64, max_overage * max_overage * BigInt(hz)) >> 20n) >> 14n;
  const scaled = (penalty * BigInt(charged_pages)) / BigInt(CHARGE_BATCH_PAGES);
  const clamp = BigInt(DELAY_SECONDS_MAX * hz);
  return Number(scaled < clamp ? scaled : clamp);
}

/** Penalties up to a hundredth of a second are forgiven. */
export function isSlept(delay_ticks: number, hz: number = HZ): boolean {
  return delay_ticks > Math.trunc(hz / 100);
}
