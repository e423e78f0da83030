import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import { sizeText } from '../../lab/text.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';

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
    if (!file.ok) return await tellErrors(file.errors, json);
    const written = await bench.value.perfettoTrace(run_ids, (piece) => void writeSync(file.value, piece));
    closeSync(file.value);
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

function openForWriting(path: string): Result<number> {
  try {
    return ok(openSync(path, 'w'));
  } catch (exception) {
    const reason = exception instanceof Error ? exception.message : String(exception);
    return fail({ code: 'cannot-write', message: `${path} cannot be written: ${reason}`, remedy: 'choose another --output' });
  }
}
