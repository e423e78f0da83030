/** `DEFAULT_SEEKS` of include/linux/shrinker.h: what it costs to bring an object back. */
export const DEFAULT_SEEKS = 2;

export interface ShrinkRequest {
  /** Objects that could be freed. */
  readonly freeable: number;
  /** Scan priority of the reclaim pass: 12 (gentle) down to 0. */
  readonly priority: number;
  readonly seeks: number;
  /** Objects left over from earlier passes in which they did not fill a batch. */
  readonly deferred: number;
  readonly batch: number;
}

export interface ShrinkPlan {
  /** Objects that the pass adds to what was deferred. */
  readonly delta: number;
  /** Objects that the pass would look at. */
  readonly total: number;
  /** Calls of the shrinker, and objects that it is told to look at in all of them. */
  readonly call_count: number;
  readonly scanned: number;
  /** What is left for later passes. */
  readonly deferred: number;
}

/**
 * `do_shrink_slab()` of mm/shrinker.c (6.12): how many objects of a cache one pass of reclaim looks at. The shrinker is taken to look at as many as it is told,
 * also where it has fewer.
 */
export function shrinkPlan({ freeable, priority, seeks, deferred, batch }: ShrinkRequest): ShrinkPlan {
  const delta = seeks === 0 ? Math.floor(freeable / 2) : Math.floor((Math.floor(freeable / 2 ** priority) * 4) / seeks);
  const total = Math.min(Math.floor(deferred / 2 ** priority) + delta, 2 * freeable);
  let left = total;
  let call_count = 0;
  while (left > 0 && (left >= batch || left >= freeable)) {
    left -= Math.min(batch, left);
    call_count++;
  }
  const scanned = total - left;
  return { delta, total, call_count, scanned, deferred: Math.min(Math.max(deferred + delta - scanned, 0), 2 * freeable) };
}
