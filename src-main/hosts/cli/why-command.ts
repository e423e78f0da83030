import { AMOUNT_FORMATS, formatLimit, plainFigures } from '../../../src-engine/base/figures.ts';
import { ok } from '../../../src-engine/base/result.ts';
import { eventNumber } from '../../../src-engine/record/event-number.ts';
import type { CounterWhy, PageWhy } from '../../lab/contract.ts';
import { tableLines } from '../../lab/table-text.ts';
import { countText, TEXT_COLUMNS, wrapped } from '../../lab/text.ts';
import { print, printJson } from './output.ts';
import { eventAsked, type PlayedRunOptions, runTitle, withPlayedRun } from './played-run.ts';

/** At which moment; none: the end of the run. */
export interface WhyOptions extends PlayedRunOptions {
  /** Events before the moment. */
  readonly at?: number;
}

const stepText = (step_index: number): string => (step_index < 0 ? '' : countText(step_index));
const lineText = (line: number): string => (line <= 0 ? '' : `${line}`);

/** A page of an event, `lib:1 234`, as it is asked for: `lib[1,234]`. */
export const pageSubject = (page: string): string => plainFigures(page).replace(/:([\d,]+)$/, '[$1]');

/** A reason as text of at most 72 columns. */
export const whyLines = ({ page, counter }: { readonly page: PageWhy | null; readonly counter: CounterWhy | null }): string[] =>
  page !== null ? pageText(page) : counter !== null ? counterText(counter) : [];

function pageText(why: PageWhy): string[] {
  return [
    wrapped(plainFigures(why.words), TEXT_COLUMNS),
    ...(why.rule === '' ? [] : [wrapped(plainFigures(why.rule), TEXT_COLUMNS)]),
    '',
    ...tableLines(
      [{ head: 'event', right: true }, { head: 'step', right: true }, { head: 'line', right: true }, { head: 'what' }],
      why.links.map((link) => [countText(eventNumber(link.event_index)), stepText(link.step_index), lineText(link.line), plainFigures(link.words)]),
    ),
    ...(why.left_out_count === 0 ? [] : [`and ${countText(why.left_out_count)} older`]),
  ];
}

function counterText(why: CounterWhy): string[] {
  const amount = (value: number): string => plainFigures(why.unit === 'bytes' && value === -1 ? formatLimit(value) : AMOUNT_FORMATS[why.unit](value));
  const { last_change: last } = why;
  return [
    `${why.container} ${why.counter} is ${amount(why.value)}`,
    ...(why.rule === '' ? [] : [wrapped(plainFigures(why.rule), TEXT_COLUMNS)]),
    ...(last === null ? [] : [wrapped(plainFigures(`changed last at event ${countText(eventNumber(last.event_index))}: ${last.words}`), TEXT_COLUMNS)]),
    '',
    ...tableLines(
      [{ head: 'amount', right: true }, { head: 'from event', right: true }, { head: 'step', right: true }, { head: 'line', right: true }, { head: 'what' }],
      why.parts.map((part) => [
        amount(part.amount),
        countText(eventNumber(part.first_event)),
        stepText(part.step_index),
        lineText(part.line),
        plainFigures(part.words),
      ]),
    ),
    ...(why.rest.part_count === 0 ? [] : [`and ${countText(why.rest.part_count)} smaller: ${amount(why.rest.amount)}`]),
  ];
}

/** The answers as JSON: events by their numbers. */
const numbered = <Told extends { readonly event_index: number }>({ event_index, ...told }: Told) => ({ event: eventNumber(event_index), ...told });
const pageJson = (why: PageWhy) => ({ ...why, links: why.links.map(numbered) });
const counterJson = (why: CounterWhy) => ({
  ...why,
  parts: why.parts.map((part) => ({ ...part, first_event: eventNumber(part.first_event), last_event: eventNumber(part.last_event) })),
  last_change: why.last_change && numbered(why.last_change),
});

/** `memledger why RUN page lib[812]`, `memledger why RUN counter A current`: who pays and since when, or what a counter is made of. */
export function whyCommand(run_id: number, about: readonly string[], options: WhyOptions): Promise<number> {
  return withPlayedRun(run_id, options, async (run) => {
    const moment = eventAsked(run, options.at ?? run.opened.event_count, 0);
    if (!moment.ok) return moment;
    const why = await run.play('why', { run_id, about: about.join(' '), event_index: moment.value });
    if (!why.ok) return why;
    const { page, counter } = why.value;
    if (options.json === true)
      await printJson({
        run_id,
        event: moment.value,
        ...(page !== null ? { page: pageJson(page) } : counter === null ? {} : { counter: counterJson(counter) }),
      });
    else {
      await print([runTitle(run), `after event ${countText(moment.value)} of ${countText(run.opened.event_count)}`, '', ...whyLines(why.value)].join('\n'));
    }
    return ok(null);
  });
}
