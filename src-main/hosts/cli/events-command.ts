import { formatNs, plainFigures } from '../../../src-engine/base/figures.ts';
import { fail, ok, type Result } from '../../../src-engine/base/result.ts';
import { describeEvent, describePage, kindName } from '../../../src-engine/record/describe-event.ts';
import { eventIndex, eventNumber } from '../../../src-engine/record/event-number.ts';
import type { EventRow } from '../../../src-engine/record/events.ts';
import type { TimedEvent } from '../../../src-engine/record/find-events.ts';
import type { RunWords } from '../../../src-engine/record/run-words.ts';
import { eventJson, traceLine } from '../../lab/exports/events-jsonl.ts';
import { type TableColumn, tableLines } from '../../lab/table-text.ts';
import { countText } from '../../lab/text.ts';
import { eventsFrom, indexBefore, type Kinds, kindsNamed } from './event-search.ts';
import { print, printJson } from './output.ts';
import { allPasses } from './passes-command.ts';
import { eventAsked, type PlayedRun, type PlayedRunOptions, runTitle, withPlayedRun } from './played-run.ts';

export interface EventsOptions extends PlayedRunOptions {
  /** Number of an event, as `around`. */
  readonly from?: number;
  readonly step?: number;
  /** Number of a reclaim pass, from 1. */
  readonly pass?: number;
  readonly around?: number;
  readonly count: number;
  readonly kind?: readonly string[];
  /** The trace's own lines. */
  readonly raw?: boolean;
}

interface EventRange {
  readonly from: number;
  readonly to: number;
}

/** Events of a step: from its begin up to the begin of the next. Error: the run has no such step. */
async function rangeOfStep({ play, run_id, opened }: PlayedRun, step: number): Promise<Result<EventRange>> {
  const begins = await play('stepEvents', { run_id, from_step: step, to_step: step + 2 });
  if (!begins.ok) return begins;
  const [from, to = opened.event_count] = begins.value;
  if (step < opened.step_count && from !== undefined) return ok({ from, to });
  return fail({ code: 'no-such-step', message: `Run ${run_id} has no step ${step}.`, remedy: `steps are 0 to ${opened.step_count - 1}` });
}

/** Events of a reclaim pass, begin and end among them. Error: the run has no such pass. */
export async function rangeOfPass(run: PlayedRun, number: number): Promise<Result<EventRange>> {
  const passes = await allPasses(run);
  if (!passes.ok) return passes;
  const pass = passes.value[number - 1];
  if (pass !== undefined) return ok({ from: pass.begin_event, to: pass.end_event === null ? run.opened.event_count : pass.end_event + 1 });
  const count = passes.value.length;
  return fail({
    code: 'no-such-pass',
    message: `Run ${run.run_id} has no reclaim pass ${number}.`,
    ...(count === 0 ? {} : { remedy: `passes are 1 to ${count}` }),
  });
}

async function rangeAsked(run: PlayedRun, { from, step, pass, around, count }: EventsOptions, kinds: Kinds): Promise<Result<EventRange>> {
  const named = from ?? around;
  const asked = named === undefined ? ok(1) : eventAsked(run, named, 1);
  if (!asked.ok) return asked;
  const to = run.opened.event_count;
  if (step !== undefined) return rangeOfStep(run, step);
  if (pass !== undefined) return rangeOfPass(run, pass);
  if (around === undefined) return ok({ from: eventIndex(asked.value), to });
  const begin = await indexBefore(run, Math.min(eventIndex(asked.value), to), Math.floor(count / 2), kinds);
  return begin.ok ? ok({ from: begin.value, to }) : begin;
}

const COLUMNS: readonly TableColumn[] = [
  { head: 'event', right: true },
  { head: 'time', right: true },
  { head: 'kind' },
  { head: 'task', width_max: 14 },
  { head: 'container', width_max: 14 },
  { head: 'page', width_max: 16 },
  { head: 'what' },
];
const TRACE_COLUMNS: readonly TableColumn[] = COLUMNS.map((column) => (column.head === 'page' ? { head: 'line', right: true } : column));

/** Events as a table: one line each. */
export function eventsText(events: readonly TimedEvent[], words: RunWords): string {
  const rows = events.map((event) => [
    countText(eventNumber(event.index)),
    plainFigures(formatNs(event.time_ns)),
    kindName(event.kind),
    words.task(event.task),
    words.container(event.container),
    plainFigures(describePage(event, words)),
    plainFigures(describeEvent(event, words)),
  ]);
  return tableLines(words.meta.source === 'trace' ? TRACE_COLUMNS : COLUMNS, rows).join('\n');
}

/** The trace's own text of these events: each line once, in order. Error: the run was not imported from a text. */
export async function sourceOf({ play, run_id, words }: PlayedRun, events: readonly EventRow[]): Promise<Result<ReadonlyMap<number, string>>> {
  const lines = [...new Set(events.flatMap((event) => traceLine(event, words) ?? []))];
  const found = await play('sourceLines', { run_id, lines });
  return found.ok ? ok(new Map(found.value.map(({ line, text }) => [line, text]))) : found;
}

/** `memledger events RUN`: events in words, or the trace's own lines. */
export function eventsCommand(run_id: number, options: EventsOptions): Promise<number> {
  return withPlayedRun(run_id, options, async (run) => {
    const { words } = run;
    const kinds = kindsNamed(options.kind ?? []);
    if (!kinds.ok) return kinds;
    const range = await rangeAsked(run, options, kinds.value);
    if (!range.ok) return range;
    // One more than is shown tells whether there are more.
    const found = await eventsFrom(run, range.value, options.count + 1, kinds.value);
    if (!found.ok) return found;
    const events = found.value.slice(0, options.count);
    const source = options.raw === true ? await sourceOf(run, events) : ok(new Map<number, string>());
    if (!source.ok) return source;
    const next = found.value[options.count];
    const next_event = next === undefined ? null : eventNumber(next.index);
    if (options.json === true) {
      const shown = events.map((event) => {
        const raw = source.value.get(traceLine(event, words) ?? 0);
        return { ...eventJson(event, words), ...(raw === undefined ? {} : { raw }) };
      });
      await printJson({ run_id, event_count: run.opened.event_count, events: shown, next_event });
    } else if (options.raw === true) {
      await print([...source.value.values()].join('\n'));
    } else {
      const head = `${runTitle(run)}, ${countText(run.opened.event_count)} events`;
      const more = next_event === null ? [] : [`more from event ${countText(next_event)} on (--from ${next_event})`];
      await print([head, '', ...(events.length === 0 ? ['no such events'] : [eventsText(events, words)]), ...more].join('\n'));
    }
    return ok(null);
  });
}
