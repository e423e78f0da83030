import type { Route } from '../../router.ts';

type CompareRoute = Extract<Route, { view: 'compare' }>;

/** The comparison that was left last, as it stood. Lives as long as the window. */
let left: CompareRoute | undefined;

/** Keeps how a comparison stands as it is left. */
export function keepComparison(route: CompareRoute): void {
  left = route;
}

/** The comparison that a run and the one beside it were come to from, else one of the two. */
export function comparisonOf(run_id: number, beside_id: number): CompareRoute {
  return left?.run_ids.includes(run_id) === true && left.run_ids.includes(beside_id) ? left : { view: 'compare', run_ids: [beside_id, run_id] };
}
