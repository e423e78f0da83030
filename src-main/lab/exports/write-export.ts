import { setImmediate } from 'node:timers/promises';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import { chartSvg } from '../../../src-engine/formats/chart-svg.ts';
import { perfettoTrace } from '../../../src-engine/formats/perfetto.ts';
import { DamagedRecording } from '../../../src-engine/record/run-blocks.ts';
import { scenarioLines, stepOnLine } from '../../../src-engine/record/step-texts.ts';
import type { Database } from '../../store/database.ts';
import { zstd } from '../compressor.ts';
import type { WritePiece } from '../share/write-share.ts';
import { samplesCsv, seriesCsv, stepsCsv } from './csv.ts';
import { eventLines } from './events-jsonl.ts';
import { type ExportRun, openExportRuns } from './export-runs.ts';
import { EXPORT_FORMATS, type ExportFormatName } from './formats.ts';
import { containersChart, gatherReport } from './report.ts';
import { reportHtml } from './report-html.ts';
import { reportText } from './report-text.ts';

export interface ExportRequest {
  readonly format: ExportFormatName;
  /** In the order in which they are shown; the first is the baseline. */
  readonly run_ids: readonly number[];
  /** Of the text report: letters beyond ASCII as they are. */
  readonly unicode?: boolean;
}

/** Pieces of an export with the work that each stands for, out of `total`. */
interface Pieces {
  readonly pieces: Iterable<{ readonly bytes: Uint8Array; readonly work: number }>;
  readonly total: number;
}

const utf8 = new TextEncoder();
const whole = (text: string): Pieces => ({ pieces: [{ bytes: utf8.encode(text), work: 1 }], total: 1 });

function* encoded(texts: Iterable<string>): Generator<{ readonly bytes: Uint8Array; readonly work: number }> {
  for (const text of texts) yield { bytes: utf8.encode(text), work: 1 };
}

async function piecesOf(runs: readonly ExportRun[], { format, unicode = false }: ExportRequest): Promise<Result<Pieces>> {
  const [first] = runs;
  if (first === undefined) return fail({ code: 'no-runs', message: 'There is nothing to export.', remedy: 'name a run' });
  const event_count = runs.reduce((sum, { player }) => sum + player.event_count, 0);
  const { single } = EXPORT_FORMATS[format] as { readonly single?: boolean };
  if (single === true && runs.length > 1)
    return fail({ code: 'one-run-only', message: `A file of this format (${format}) holds one run.`, remedy: 'export them one after another' });
  switch (format) {
    case 'yaml':
      return first.text === null
        ? fail({ code: 'no-scenario-text', message: `Run ${first.row.id} is an imported trace: it has no scenario.`, remedy: 'export its events instead' })
        : ok(whole(first.text));
    case 'csv':
      return ok({
        pieces: encoded(samplesCsv(runs)),
        total: 1 + runs.reduce((sum, { report, player }) => sum + (report.samples.length || player.step_count), 0),
      });
    case 'csv-steps':
      return ok({ pieces: encoded(stepsCsv(runs)), total: 1 + runs.reduce((sum, { player }) => sum + player.step_count, 0) });
    case 'csv-series':
      return ok({ pieces: encoded(seriesCsv(runs)), total: 1 + runs.reduce((sum, { last }) => sum + last.containers.length * 16, 0) });
    case 'jsonl':
      return ok({ pieces: eventPieces(runs), total: event_count });
    case 'perfetto':
      return ok({ pieces: perfettoPieces(runs), total: runs.reduce((sum, { reader }) => sum + reader.blocks.length + 1, 0) });
    case 'svg': {
      const chart = containersChart(first);
      return chart === null
        ? fail({ code: 'no-chart', message: `Run ${first.row.id} has nothing to chart: nothing in it tells what a container is charged.` })
        : ok(whole(chartSvg(chart)));
    }
    case 'html':
    case 'text': {
      const report = await gatherReport(runs);
      if (!report.ok) return report;
      return ok(whole(format === 'html' ? reportHtml(report.value) : reportText(report.value, { unicode })));
    }
  }
}

function* eventPieces(runs: readonly ExportRun[]): Generator<{ readonly bytes: Uint8Array; readonly work: number }> {
  for (const { text, event_count } of eventLines(runs)) yield { bytes: utf8.encode(text), work: event_count };
}

function* perfettoPieces(runs: readonly ExportRun[]): Generator<{ readonly bytes: Uint8Array; readonly work: number }> {
  const drawn = runs.map(({ row, reader, words, text }) => {
    const lines = scenarioLines(text);
    const stepText = (line: number): string => stepOnLine(lines, line) || `line ${line}`;
    return { title: `${row.model}: ${row.scenario_name} (run ${row.id})`, reader, words, stepText };
  });
  for (const bytes of perfettoTrace(drawn, zstd)) yield { bytes, work: 1 };
}

/**
 * Writes runs in a format, piece by piece; between pieces other work may pass. What is exported twice has the same bytes. Answers the size in bytes; undefined where `write` said to stop.
 * Errors: no-such-run, run-empty, a damaged recording; what the format cannot hold.
 */
export async function writeExport(
  databaseOf: (run_id: number) => Database | undefined,
  request: ExportRequest,
  write: WritePiece,
): Promise<Result<number | undefined>> {
  try {
    const runs = await openExportRuns(databaseOf, request.run_ids);
    if (!runs.ok) return runs;
    const made = await piecesOf(runs.value, request);
    if (!made.ok) return made;
    let size_bytes = 0;
    let done = 0;
    for (const { bytes, work } of made.value.pieces) {
      size_bytes += bytes.length;
      done += work;
      if (!(await write(bytes, Math.min(1, done / made.value.total)))) return ok(undefined);
      await setImmediate();
    }
    return ok(size_bytes);
  } catch (exception) {
    if (exception instanceof DamagedRecording) return fail(exception.error);
    throw exception;
  }
}
