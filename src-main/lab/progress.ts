import { type RunWork, shareDone } from '../../src-engine/base/share-done.ts';
import type { LabNotice } from './contract.ts';

/** How far a recording is. */
export interface RunProgress extends RunWork {
  readonly event_count: number;
  readonly elapsed_ms: number;
}

/** Milliseconds left at the pace so far; null while nothing is done yet, and once all accesses are made but not all steps: how long those take, the pace does not tell. */
export function leftMs(progress: RunProgress): number | null {
  const { access_count, access_total, step_index, step_total } = progress;
  if (access_total > 0 && access_count >= access_total && step_index < step_total) return null;
  const share = shareDone(progress) ?? 0;
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
