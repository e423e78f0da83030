import { formatCount, formatNs, plainFigures, plural } from '../../../src-engine/base/figures.ts';
import { ok, type Result } from '../../../src-engine/base/result.ts';
import { eventNumber } from '../../../src-engine/record/event-number.ts';
import { RECLAIM_REASON } from '../../../src-engine/record/events.ts';
import { outermostPasses } from '../../../src-engine/record/passes.ts';
import type { ReclaimPass } from '../../../src-engine/record/run.ts';
import { type TableColumn, tableLines } from '../../lab/table-text.ts';
import { countText } from '../../lab/text.ts';
import { print, printJson } from './output.ts';
import { eventAsked, type PlayedRun, type PlayedRunOptions, runTitle, withPlayedRun } from './played-run.ts';

/** A pass with its place among all passes of the run, from 1. */
export interface NumberedPass extends ReclaimPass {
  readonly number: number;
}

/** Every reclaim pass of a run, in order of its begin. */
export async function allPasses({ play, run_id, opened }: PlayedRun): Promise<Result<readonly NumberedPass[]>> {
  const passes = await play('passes', { run_id, from_event: 0, to_event: opened.event_count, limit: opened.event_count });
  return passes.ok ? ok(passes.value.map((pass, index) => ({ ...pass, number: index + 1 }))) : passes;
}

const REASON_NAMES = new Map(Object.entries(RECLAIM_REASON).map(([name, code]) => [code as number, name.replace('trace_', '')]));
/** Why a pass ran, in one word. */
export const reasonName = (reason: number): string => REASON_NAMES.get(reason) ?? String(reason);

const COLUMNS: readonly TableColumn[] = [
  { head: '#', right: true },
  { head: 'event', right: true },
  { head: 'time', right: true },
  { head: 'task', width_max: 14 },
  { head: 'container', width_max: 14 },
  { head: 'why' },
  { head: 'scan', right: true },
  { head: 'reclaim', right: true },
  { head: 'slab', right: true },
  { head: 'prio', right: true },
  { head: 'took', right: true },
];

/** Passes as a table. `took` of a pass that the recording ends in reads `open`. */
export function passesText(passes: readonly NumberedPass[], { words }: Pick<PlayedRun, 'words'>): string {
  const rows = passes.map((pass) => [
    String(pass.number),
    countText(eventNumber(pass.begin_event)),
    plainFigures(formatNs(pass.begin_ns)),
    words.task(pass.task),
    words.container(pass.container),
    reasonName(pass.reason),
    countText(pass.scanned_page_count),
    countText(pass.reclaimed_page_count),
    countText(pass.slab_shrink_count),
    String(pass.priority_min),
    pass.end_event === null ? 'open' : plainFigures(formatNs(pass.end_ns - pass.begin_ns)),
  ]);
  return tableLines(COLUMNS, rows).join('\n');
}

/** A pass as JSON, with names, and the numbers of its first and last event. Pages are counts. */
export function passJson(pass: NumberedPass | ReclaimPass, { words }: Pick<PlayedRun, 'words'>): Readonly<Record<string, unknown>> {
  const { container, task, reason, begin_event, end_event, ...rest } = pass;
  return {
    ...rest,
    begin_event: eventNumber(begin_event),
    end_event: end_event === null ? null : eventNumber(end_event),
    task: words.task(task),
    container: words.container(container),
    reason: reasonName(reason),
  };
}

/** `68 reclaim passes, 3,613 pages scanned, 3,613 reclaimed`. */
export const sumsText = (passes: number, scanned: number, reclaimed: number): string =>
  plainFigures(`${plural(passes, 'reclaim pass', 'reclaim passes')}, ${plural(scanned, 'page')} scanned, ${formatCount(reclaimed)} reclaimed`);

export interface PassesOptions extends PlayedRunOptions {
  /** Number of the first event at which a pass may begin. */
  readonly from?: number;
  readonly limit?: number;
}

/** `memledger passes RUN`: reclaim passes as spans, with what each scanned and reclaimed. */
export function passesCommand(run_id: number, options: PassesOptions): Promise<number> {
  return withPlayedRun(run_id, options, async (run) => {
    const asked = options.from === undefined ? ok(1) : eventAsked(run, options.from, 1);
    if (!asked.ok) return asked;
    const passes = await allPasses(run);
    if (!passes.ok) return passes;
    const { from = 1, limit = passes.value.length, json = false } = options;
    const all = passes.value.filter(({ begin_event }) => eventNumber(begin_event) >= from);
    const shown = all.slice(0, limit);
    const sum = (of: (pass: NumberedPass) => number): number => outermostPasses(all).reduce((total, pass) => total + of(pass), 0);
    const scanned = sum((pass) => pass.scanned_page_count);
    const reclaimed = sum((pass) => pass.reclaimed_page_count);
    if (json) {
      await printJson({ run_id, passes_total: all.length, nr_scanned: scanned, nr_reclaimed: reclaimed, passes: shown.map((pass) => passJson(pass, run)) });
      return ok(null);
    }
    const head = `${runTitle(run)}\n${sumsText(all.length, scanned, reclaimed)}`;
    const rest = all[limit];
    const more = rest === undefined ? [] : [`${countText(all.length - shown.length)} more (--from ${eventNumber(rest.begin_event)})`];
    await print([head, ...(shown.length === 0 ? [] : ['', passesText(shown, run)]), ...more].join('\n'));
    return ok(null);
  });
}
