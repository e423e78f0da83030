import { fail, ok, type Result } from '../base/result.ts';
import { KIND } from '../record/events.ts';
import type { RecordSink, RunMeta, RunNames, RunSummary } from '../record/run.ts';
import { containerOf, readEvent } from './ftrace-events.ts';
import { type FtraceHead, isFurniture, LINE_LENGTH_MAX, parseHead, parseLost, stripWrapping } from './ftrace-lines.ts';
import { decodeTrace, refuseEventless } from './ftrace-refusals.ts';
import { createEventTallies, type EventTally } from './ftrace-tally.ts';
import { hardWrapColumn, physicalLength, WRAP_PROBE_LINE_COUNT } from './ftrace-wrap.ts';
import { MOVED_UP } from './quoted-printable.ts';
import type { TaskTotals, TracePass } from './reclaim-totals.ts';
import { createReclaimTracker, type Slack } from './reclaim-tracker.ts';
import { createTraceWriter } from './trace-writer.ts';

/** Changes when the same text gives other events. */
export const FTRACE_IMPORT_VERSION = 'ftrace-2';

export interface FtraceImportOptions {
  /** Name shown in errors. */
  readonly file: string;
  /** Takes the events. Not called at all for a text that is refused. */
  readonly sink: RecordSink;
  /** Called now and then with the share of the text that is done, 0 to 1. */
  readonly progress?: (share: number) => void;
}

export interface NotUnderstoodLine {
  /** Counts from 1. */
  readonly line: number;
  /** Its first 120 characters. */
  readonly text: string;
}

/** A trace as recorded runs. `lines_used + lines_not_understood = lines_total`. */
export interface ImportedTrace {
  readonly format: 'ftrace';
  readonly lines_total: number;
  /** Lines that an event was read from, and those known to carry none (blank, header, lost-events mark, stack). */
  readonly lines_used: number;
  readonly lines_not_understood: number;
  /** The first 1000 of them. */
  readonly not_understood: readonly NotUnderstoodLine[];
  readonly runs: readonly ImportedRun[];
}

export interface ImportedRun {
  readonly meta: RunMeta;
  readonly names: RunNames;
  readonly summary: RunSummary;
  readonly passes: readonly TracePass[];
  /** By index in names.tasks; tasks that reclaimed only. */
  readonly tasks: ReadonlyMap<number, TaskTotals>;
  readonly slack: Slack;
  /** Events that the kernel dropped, as far as lost-events marks say. */
  readonly lost_event_count: number;
  readonly lost_mark_count: number;
  readonly out_of_order_line_count: number;
  readonly clock_jump_count: number;
  /** Every kind of event with its fields, most frequent first. */
  readonly events: readonly EventTally[];
}

const META: RunMeta = { source: 'trace', model: 'ftrace', charge_shift: 0, seed: 0, memory_pages: 0, engine_version: FTRACE_IMPORT_VERSION };

const SHOWN_LINE_COUNT_MAX = 1000;
const SHOWN_LENGTH_MAX = 120;
/** Physical lines that one event may be broken into. */
export const PIECE_COUNT_MAX = 16;
const PROGRESS_LINE_COUNT = 65_536;

/** A word that a field starts with: what a wrapped line of an event goes on with. */
const FIELD_FIRST = /^\s*[A-Za-z_][\w.-]*(?:=|: )(?:\S|$)/;
/** The end of a list of flags (`LL|__GFP_MOVABLE`) whose beginning was too long for its line. */
const FLAGS_REST = /^\s*[A-Z0-9_|]+(?:$| \w+=)/;
const GRAPH_LINE = /^\s*\d+\)\s.*[|{}]/;
const TRACER_HEADER = /^\s*# tracer: (\S+)/;

/** The event that is being read: its line, and the lines that it goes on in. */
interface Pending {
  text: string;
  head: FtraceHead;
  readonly line: number;
  readonly pieces: NotUnderstoodLine[];
  last_length: number;
}

/** Whether a line reads as the rest of an event that was broken at a space: the event lacks fields, or the line starts with one. */
export function goesOn({ text, head }: Pick<Pending, 'text' | 'head'>, line_text: string): boolean {
  if (FIELD_FIRST.test(line_text) || text.trimEnd().endsWith('=') || readEvent(head.event, text, head.body).role === 'incomplete') return true;
  return FLAGS_REST.test(line_text) && text.includes('|', text.trimEnd().lastIndexOf(' '));
}

/** An event's text with the line that it goes on in: nothing is put between them where a terminal cut it, or where a mail program did between a field's name and its value. */
export function joinPieces(text: string, next: string, was_cut: boolean): string {
  if (was_cut) return text + next;
  const before = text.trimEnd();
  return before.endsWith('=') ? before + next.trimStart() : `${before} ${next.trimStart()}`;
}

/** Lines of `text` from the first on, without their line feeds, until `visit` has seen all or says true. */
function eachLine(text: string, visit: (line: string, offset: number) => boolean): void {
  for (let from = 0; from < text.length; ) {
    const feed = text.indexOf('\n', from);
    const end = feed < 0 ? text.length : feed;
    if (visit(text.slice(from, end), from)) return;
    from = end + 1;
  }
}

function firstLines(text: string, count: number): readonly string[] {
  const lines: string[] = [];
  eachLine(text, (line) => lines.push(line) >= count);
  return lines;
}

/**
 * Imports ftrace text (`trace`, `trace_pipe`, `trace-cmd report`, `perf script`, console dump; quoted and wrapped as mails have it) as a recorded run.
 *
 * Every event carries in `page` the line it comes from. Each begin of a reclaim pass is a step. The time of a gap longer than `dt_ns` holds is carried by `sleep` events.
 * Errors: text that is no trace (binary, compressed, empty, of another tracer); then nothing was written. Lines that are not understood are no error, they are listed.
 */
export function importFtrace(input: string | Uint8Array, options: FtraceImportOptions): Result<ImportedTrace> {
  const { file, sink, progress } = options;
  const decoded = typeof input === 'string' ? { text: input } : decodeTrace(input, file);
  if ('error' in decoded) return fail(decoded.error);
  // Same length, so that offsets and columns hold. Tabs and hard spaces come from editors and HTML mails.
  const text = decoded.text.replaceAll('\t', ' ').replaceAll('\u00a0', ' ');

  const wrap_column = hardWrapColumn(firstLines(text, WRAP_PROBE_LINE_COUNT));
  const writer = createTraceWriter(sink, META);
  const tracker = createReclaimTracker(writer);
  const tallies = createEventTallies();
  const not_understood: NotUnderstoodLine[] = [];
  let line_count = 0;
  let used_count = 0;
  let not_understood_count = 0;
  let header_count = 0;
  let event_line_count = 0;
  let lost_event_count = 0;
  let lost_mark_count = 0;
  let tracer = '';
  let pending: Pending | null = null;

  const shown = (line: number, line_text: string): NotUnderstoodLine => ({ line, text: line_text.slice(0, SHOWN_LENGTH_MAX) });

  const refuseLine = (piece: NotUnderstoodLine): void => {
    not_understood_count += 1;
    if (not_understood.length < SHOWN_LINE_COUNT_MAX) not_understood.push(piece);
  };

  const flush = (): void => {
    if (pending === null) return;
    const { head, text: event_text, line, pieces } = pending;
    pending = null;
    const reading = readEvent(head.event, event_text, head.body);
    if (reading.role === 'incomplete') {
      if (head.event === '' && tracer === '' && event_text.includes('<-', head.body)) tracer = 'function';
      refuseLine(shown(line, event_text));
      for (const piece of pieces) refuseLine(piece);
      return;
    }
    used_count += 1 + pieces.length;
    event_line_count += 1;
    writer.at(line, head);
    tallies.take(head.event, event_text, head.body);
    tracker.take(line, head, reading, containerOf(event_text, head.body));
  };

  /** Whether a line that starts no event belongs to the one before it; then it is joined. */
  const continues = (line_text: string, length: number): boolean => {
    if (pending === null || pending.pieces.length >= PIECE_COUNT_MAX || pending.text.length + line_text.length > LINE_LENGTH_MAX) return false;
    const was_cut = wrap_column > 0 && pending.last_length === wrap_column;
    if (!was_cut && !goesOn(pending, line_text)) return false;
    const joined = joinPieces(pending.text, line_text, was_cut);
    const head = parseHead(joined);
    if (head === null) return false;
    pending.text = joined;
    pending.head = head;
    pending.pieces.push(shown(line_count, line_text));
    pending.last_length = length;
    return true;
  };

  eachLine(text, (raw, offset) => {
    line_count += 1;
    if (raw === MOVED_UP) {
      used_count += 1;
      return false;
    }
    if (progress !== undefined && line_count % PROGRESS_LINE_COUNT === 0) progress(offset / text.length);
    const line_text = stripWrapping(raw);
    const head = parseHead(line_text);
    if (head !== null) {
      flush();
      pending = { text: line_text, head, line: line_count, pieces: [], last_length: physicalLength(raw) };
      return false;
    }
    const lost = parseLost(line_text);
    if (lost !== null || isFurniture(line_text)) {
      flush();
      used_count += 1;
      if (lost === null) {
        if (line_text.trim() !== '') header_count += 1;
        tracer = TRACER_HEADER.exec(line_text)?.[1] ?? tracer;
        return false;
      }
      lost_mark_count += 1;
      lost_event_count += lost;
      // Before the first event there is no run yet, and perhaps none will come.
      if (event_line_count > 0) {
        writer.at(line_count);
        writer.put(KIND.trace_other, {});
      }
      return false;
    }
    if (continues(line_text, physicalLength(raw))) return false;
    flush();
    if (tracer === '' && GRAPH_LINE.test(line_text)) tracer = 'function_graph';
    refuseLine(shown(line_count, line_text));
    return false;
  });
  flush();
  progress?.(1);

  if (event_line_count === 0) return fail(refuseEventless({ file, tracer, first_line: not_understood[0] ?? null, header_count }));

  const { passes, tasks, slack } = tracker.finish();
  writer.finish();
  const summary: RunSummary = { event_count: writer.eventCount(), step_count: passes.length, access_count: 0, end_ns: writer.endNs(), expectations: [] };
  const run: ImportedRun = {
    meta: META,
    names: writer.names,
    summary,
    passes,
    tasks,
    slack,
    lost_event_count,
    lost_mark_count,
    out_of_order_line_count: writer.outOfOrderCount(),
    clock_jump_count: writer.clockJumpCount(),
    events: tallies.finish(),
  };
  return ok({ format: 'ftrace', lines_total: line_count, lines_used: used_count, lines_not_understood: not_understood_count, not_understood, runs: [run] });
}
