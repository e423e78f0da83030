import { fail, type Result } from '../../../src-engine/base/result.ts';
import { EXPORT_FORMATS, type ExportFormatName } from '../../lab/exports/formats.ts';
import type { WritePiece } from '../../lab/share/write-share.ts';
import { sizeText } from '../../lab/text.ts';
import { createFileWriter, printBytes } from './file-writer.ts';
import { interruptSignal } from './interrupt.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { createProgressLine } from './progress-line.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';

export interface ExportOptions extends DatabaseOptions {
  readonly format?: ExportFormatName | 'png';
  readonly output?: string;
  readonly unicode?: boolean;
  readonly json?: boolean;
}

/** Lets `make` write to a file, or to standard output without one; Ctrl-C gives it up. Returns the exit code. */
export async function writeOut(
  output: string | undefined,
  json: boolean,
  make: (write: WritePiece) => Promise<Result<number | undefined>>,
  after = '',
): Promise<number> {
  const file = output === undefined ? undefined : createFileWriter(output);
  if (file !== undefined && !file.ok) return tellErrors(file.errors, json);
  const interrupt = interruptSignal();
  const progress = createProgressLine();
  try {
    const made = await make(async (bytes, share) => {
      if (file === undefined) await printBytes(bytes);
      else {
        file.value.write(bytes);
        progress.share(output ?? '', share);
      }
      return !interrupt.signal.aborted;
    });
    progress.clear();
    if (!made.ok || made.value === undefined) {
      file?.value.giveUp();
      if (!made.ok) return await tellErrors(made.errors, json);
      process.stderr.write('memledger: interrupted; nothing is left of the file\n');
      return EXIT.interrupted;
    }
    if (file === undefined || output === undefined) return EXIT.ok;
    file.value.finish();
    if (json) await printJson({ output, size_bytes: made.value });
    else await print(`${output}: ${sizeText(made.value)}${after}`);
    return EXIT.ok;
  } finally {
    progress.clear();
    interrupt.release();
  }
}

/** `memledger export RUN… --format F`: recorded runs in a format; without a format the YAML text of a scenario of the library. */
export async function exportCommand(
  numbers: readonly number[],
  { format, output, unicode = false, json = false, ...database }: ExportOptions,
): Promise<number> {
  if (format === 'png') {
    const error = {
      code: 'png-in-window',
      message: 'Pictures of points (PNG) are drawn in the window: nothing here can draw them.',
      remedy: `take --format svg, or open the window: “Export…” in the view of run ${numbers[0] ?? 1} writes PNG, and so does P for every chart that is shown`,
    };
    return tellErrors([error], json);
  }
  if (format !== undefined && output === undefined && 'binary' in EXPORT_FORMATS[format] && process.stdout.isTTY)
    return tellErrors([{ code: 'binary-to-terminal', message: `This format (${format}) is no text.`, remedy: 'give a file with --output' }], json);
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  try {
    if (format !== undefined) {
      const after = format === 'perfetto' ? '; open it in ui.perfetto.dev' : '';
      return await writeOut(output, json, (write) => bench.value.writeExport({ format, run_ids: numbers, unicode }, write), after);
    }
    const [scenario_id = 0, ...more] = numbers;
    const text =
      more.length > 0
        ? fail({ code: 'one-scenario-only', message: 'Without --format one scenario is printed.', remedy: 'give one number, or a format for runs' })
        : await bench.value.scenarioText(scenario_id);
    if (!text.ok) return await tellErrors(text.errors, json);
    const bytes = new TextEncoder().encode(text.value.endsWith('\n') ? text.value : `${text.value}\n`);
    return await writeOut(output, json, async (write) => ((await write(bytes, 1)) ? { ok: true, value: bytes.length } : { ok: true, value: undefined }));
  } finally {
    bench.value.close();
  }
}
