/** Where the cursor stood in a scenario when it was saved for the first time, for the view that is made for it then. */
let kept: { readonly scenario_id: number; readonly cursor: number } | undefined;

/** Keeps where the cursor stands, an offset, while a new scenario becomes one of the library. */
export function keepCursor(scenario_id: number, cursor: number): void {
  kept = { scenario_id, cursor };
}

/** Where the cursor of a scenario stood when it was new; undefined if that is not how one came here. */
export function takeCursor(scenario_id: number | undefined): number | undefined {
  const cursor = kept?.scenario_id === scenario_id ? kept?.cursor : undefined;
  kept = undefined;
  return cursor;
}
