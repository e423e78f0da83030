/** How much of a run there is to do, and how much of it is done. */
export interface RunWork {
  readonly access_count: number;
  readonly access_total: number;
  /** Step under way, from 0: as many are done. */
  readonly step_index: number;
  readonly step_total: number;
}

/** Share of a run that is done, 0 to 1, by page accesses. A step counts as one of them: a run is not done before its last step is, though it makes none. Null where nothing tells. */
export function shareDone({ access_count, access_total, step_index, step_total }: RunWork): number | null {
  const total = access_total + step_total;
  return total === 0 ? null : (Math.min(access_count, access_total) + Math.max(0, Math.min(step_index, step_total))) / total;
}
