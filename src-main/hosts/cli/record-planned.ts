import { setImmediate } from 'node:timers/promises';
import { countText } from '../../lab/text.ts';
import type { Workbench } from '../../lab/workbench.ts';
import { createProgressLine } from './progress-line.ts';

/** A run that was made and waits to be recorded. */
export interface Planned {
  readonly run_id: number;
  readonly model: string;
  readonly name: string;
}

/** Records many short runs one after another, with progress on standard error, until the signal is given. How each ended stands in the library. */
export async function recordPlanned(bench: Workbench, planned: readonly Planned[], signal: AbortSignal): Promise<void> {
  const progress = createProgressLine();
  for (const [index, { run_id, model, name }] of planned.entries()) {
    if (signal.aborted) break;
    progress.tell(`${countText(index + 1)} of ${countText(planned.length)}: ${name}, ${model}`);
    await bench.record(run_id, { signal, in_place: true });
    // Lets a signal that came meanwhile through.
    await setImmediate();
  }
  progress.clear();
}
