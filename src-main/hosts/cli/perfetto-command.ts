import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';
import { sizeText } from './text.ts';

export interface PerfettoOptions extends DatabaseOptions {
  readonly output: string;
  readonly json?: boolean;
}

/** `memledger perfetto RUN…`: recorded runs as one trace for ui.perfetto.dev. Nothing is left of a file that could not be finished. */
export async function perfettoCommand(run_ids: readonly number[], { output, json = false, ...database }: PerfettoOptions): Promise<number> {
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  try {
    const file = openForWriting(output);
    if (typeof file !== 'number') return await tellErrors([file], json);
    const written = await bench.value.perfettoTrace(run_ids, (piece) => void writeSync(file, piece));
    closeSync(file);
    if (!written.ok) {
      unlinkSync(output);
      return await tellErrors(written.errors, json);
    }
    if (json) await printJson({ output, size_bytes: written.value });
    else await print(`${output}: ${sizeText(written.value)}; open it in ui.perfetto.dev`);
    return EXIT.ok;
  } finally {
    bench.value.close();
  }
}

function openForWriting(path: string): number | { readonly code: string; readonly message: string; readonly remedy: string } {
  try {
    return openSync(path, 'w');
  } catch (exception) {
    return { code: 'cannot-write', message: `${path} cannot be written: ${(exception as Error).message}`, remedy: 'choose another --output' };
  }
}
