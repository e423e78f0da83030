import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';
import { formatCount, plural } from '../../src-engine/base/figures.ts';
import { fail, type LabError, ok, type Result } from '../../src-engine/base/result.ts';
import { type ImportedRun, type ImportedTrace, importFtrace } from '../../src-engine/formats/ftrace-import.ts';
import { type RunSummaryJson, summariseRun } from '../../src-engine/formats/ftrace-summary.ts';
import type { RunNames, RunSummary } from '../../src-engine/record/run.ts';
import type { Database } from '../store/database.ts';
import { processIdentity } from '../store/process-identity.ts';
import { createRunStore, type RunEnd } from '../store/runs.ts';
import { storeError } from '../store/store-error.ts';
import type { ImportReport, ImportSlack } from './contract.ts';
import { openRecording, type Recording } from './recording.ts';

/** An import: its account of the lines, and what the trace says of reclaim, run by run. */
export interface TraceImport {
  readonly report: ImportReport;
  readonly summaries: readonly RunSummaryJson[];
}

export interface ImportOptions {
  /** Told the share of the text that is done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Longest trace that is read at once: V8’s longest string has 2^29 characters. */
export const TRACE_BYTES_MAX = 2 ** 29 - 2 ** 16;
const EMPTY: RunNames = { containers: [], tasks: [], objects: [], samples: [] };

/** Writes a trace's events into a recording. Synchronous. Errors: the text is no trace; the disk is full. */
export function recordTrace(bytes: Uint8Array, file: string, recording: Recording, { onProgress }: ImportOptions = {}): Result<ImportedTrace> {
  let trouble: LabError | null = null;
  let names = EMPTY;
  const imported = importFtrace(bytes, {
    file,
    sink: {
      begin(meta, live_names) {
        names = live_names;
        trouble = recording.begin(meta, names);
      },
      seal(columns, count) {
        trouble ??= recording.block(columns, count, names, { step_count: 0, access_count: 0 });
        return columns;
      },
      sample: () => undefined,
    },
    ...(onProgress === undefined ? {} : { progress: onProgress }),
  });
  return trouble === null ? imported : fail(trouble);
}

/** How a run ends that was imported whole. */
export function completeEnd(summary: RunSummary, recording: Recording, wall_ms: number): RunEnd {
  return { status: 'complete', wall_ms: Math.round(wall_ms), complete: { ...summary, log_sha256: recording.logHash() } };
}

/**
 * Where a trace's own sums do not add up: passes that say they reclaimed more than their shrinks, and those that say less, each kind for itself, for added up they would make each
 * other good. Both figures are of those passes only.
 */
function slackOf({ passes }: ImportedRun): readonly ImportSlack[] {
  return (['more', 'less'] as const).flatMap((way) => {
    const off = passes.filter(
      ({ nr_reclaimed, nr_reclaimed_stated: stated }) => stated !== null && (way === 'more' ? stated > nr_reclaimed : stated < nr_reclaimed),
    );
    if (off.length === 0) return [];
    const who = plural(off.length, 'reclaim pass says it reclaimed', 'reclaim passes say they reclaimed');
    return {
      what: `pages that ${who}, and the ${way === 'more' ? 'fewer' : 'more'} that ${off.length === 1 ? 'its' : 'their'} shrinks add up to`,
      stated: off.reduce((sum, { nr_reclaimed_stated }) => sum + (nr_reclaimed_stated ?? 0), 0),
      found: off.reduce((sum, { nr_reclaimed }) => sum + nr_reclaimed, 0),
      unit: 'pages' as const,
    };
  });
}

const timesText = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** What a reader of an imported trace should know of it. */
function notesOf({ slack, lost_event_count, lost_mark_count, out_of_order_line_count, clock_jump_count }: ImportedRun): readonly string[] {
  const { passes_without_end, ends_without_begin } = slack;
  const lost = lost_event_count > 0 ? `${formatCount(lost_event_count)} of them as far as the marks say` : 'how many the marks do not say';
  return [
    ...(passes_without_end > 0 ? [`${plural(passes_without_end, 'reclaim pass has its', 'reclaim passes have their')} begin in the trace, not the end`] : []),
    ...(ends_without_begin > 0
      ? [`${plural(ends_without_begin, 'pass or shrinker has its', 'passes or shrinkers have their')} end in the trace, not the begin`]
      : []),
    ...(lost_mark_count > 0 ? [`the kernel lost events ${timesText(lost_mark_count)}, ${lost}`] : []),
    ...(out_of_order_line_count > 0 ? [`${plural(out_of_order_line_count, 'line is out of order by its time', 'lines are out of order by their times')}`] : []),
    ...(clock_jump_count > 0 ? [`the clock jumped ${timesText(clock_jump_count)}`] : []),
  ];
}

/**
 * Imports a kernel's trace as a run and keeps its text beside it. A text that is refused leaves nothing behind.
 * Errors: the text is no trace or too large; the database cannot be written.
 */
export async function importTrace(database: Database, file_name: string, bytes: Uint8Array, options: ImportOptions = {}): Promise<Result<TraceImport>> {
  if (bytes.length > TRACE_BYTES_MAX) {
    const message = `${file_name} is ${formatCount(bytes.length)} bytes long; a trace of up to ${formatCount(TRACE_BYTES_MAX)} bytes can be read at once.`;
    return fail({ code: 'trace-too-large', message, place: { file: file_name }, remedy: 'cut it, for example with `split --line-bytes=500M`' });
  }
  const runs = createRunStore(database);
  try {
    const started_ms = performance.now();
    const attachment_id = await runs.addAttachment(basename(file_name), bytes);
    const run_id = await runs.create({
      scenario_id: null,
      scenario_name: basename(file_name),
      revision_id: null,
      base_dir: null,
      source: 'trace',
      model: 'ftrace',
      recorder: processIdentity(),
      attachment_id,
    });
    const recording = openRecording(database, run_id, null);
    const imported = recordTrace(bytes, file_name, recording, options);
    if (!imported.ok) {
      await runs.end(run_id, { status: 'failed', wall_ms: 0, ...(imported.errors[0] === undefined ? {} : { error: imported.errors[0] }) });
      await runs.remove(run_id);
      return imported;
    }
    const { runs: imported_runs, ...lines } = imported.value;
    // The format gives one run a text; what it holds of several tasks and containers stands in that run.
    for (const { summary } of imported_runs) await runs.end(run_id, completeEnd(summary, recording, performance.now() - started_ms));
    const summaries = imported_runs.map(summariseRun);
    const report = {
      ...lines,
      title: 'ftrace',
      run_ids: [run_id],
      scenario_ids: [],
      known_scenarios: [],
      slack: imported_runs.flatMap(slackOf),
      notes: imported_runs.flatMap(notesOf),
    };
    return ok({ report, summaries });
  } catch (exception) {
    return fail(storeError(exception, database.path));
  }
}
