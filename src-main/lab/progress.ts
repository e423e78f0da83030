import type { LabNotice } from './contract.ts';

/** How far a recording is. */
export interface RunProgress {
  readonly event_count: number;
  readonly access_count: number;
  readonly access_total: number;
  readonly step_index: number;
  readonly step_total: number;
  readonly elapsed_ms: number;
}

/** Share of a run that is done, 0 to 1: by page accesses, or by steps where the scenario makes none. */
export function shareDone({ access_count, access_total, step_index, step_total }: RunProgress): number {
  const share = access_total > 0 ? access_count / access_total : step_total > 0 ? step_index / step_total : 0;
  return Math.min(1, share);
}

/** Milliseconds left at the pace so far; null while nothing is done yet. */
export function leftMs(progress: RunProgress): number | null {
  const share = shareDone(progress);
  return share <= 0 ? null : Math.round(progress.elapsed_ms * (1 / share - 1));
}

/** Page accesses a second so far. */
export function accessesPerSecond({ access_count, elapsed_ms }: RunProgress): number {
  return elapsed_ms <= 0 ? 0 : Math.round((access_count * 1000) / elapsed_ms);
}

/** The notice that a window gets of it. */
export function progressNotice(run_id: number, model: string, progress: RunProgress): Extract<LabNotice, { readonly kind: 'run-progress' }> {
  const { elapsed_ms: _elapsed_ms, ...counts } = progress;
  return { kind: 'run-progress', run_id, model, ...counts, accesses_per_s: accessesPerSecond(progress), left_ms: leftMs(progress) };
}
