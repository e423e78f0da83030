import { exportCommand } from './export-command.ts';
import type { DatabaseOptions } from './record-files.ts';

export interface PerfettoOptions extends DatabaseOptions {
  readonly output: string;
  readonly json?: boolean;
}

/** `memledger perfetto RUN…`: recorded runs as one trace for ui.perfetto.dev; the same as `export --format perfetto`. */
export function perfettoCommand(run_ids: readonly number[], options: PerfettoOptions): Promise<number> {
  return exportCommand(run_ids, { ...options, format: 'perfetto' });
}
