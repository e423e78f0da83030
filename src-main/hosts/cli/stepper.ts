import { plainFigures } from '../../../src-engine/base/figures.ts';
import type { LabError, Result } from '../../../src-engine/base/result.ts';
import { ok } from '../../../src-engine/base/result.ts';
import { describePage } from '../../../src-engine/record/describe-event.ts';
import { eventNumber } from '../../../src-engine/record/event-number.ts';
import type { EventRow } from '../../../src-engine/record/events.ts';
import { parseJump } from '../../../src-engine/record/jump.ts';
import type { SeekTarget, StateView } from '../../../src-engine/record/run.ts';
import { countText, TEXT_COLUMNS } from '../../lab/text.ts';
import { type EventSought, eventsFrom, findEvent, indexBefore, type Kinds, kindsNamed } from './event-search.ts';
import { sourceOf } from './events-command.ts';
import { type PlayedRun, runTitle } from './played-run.ts';
import { passText, placeText } from './state-command.ts';
import { COLUMNS_MIN, eventRowCount, type FrameLine, helpLines, type ScreenSize, stepperFrame, textRowCount } from './stepper-frame.ts';
import { actionOf, type Key, type StepperAction, type StepperMode, type StepperPrompt } from './stepper-keys.ts';
import { markerLines } from './stepper-markers.ts';
import { pageSubject, whyLines } from './why-command.ts';

/** The name of a stepper's searches; it has one at a time. */
const SEARCH = 'step';

/** One run and a cursor in it, moved by keys. It knows no terminal. */
export interface Stepper {
  /** Does what a key means. Returns what is left to do for the terminal. */
  press(key: Key): Promise<'draw' | 'quit' | 'suspend' | 'redraw' | null>;
  /** Whether a search that a key began is under way. */
  searching(): boolean;
  /** Ends it; the cursor stays where it is. */
  stop(): void;
  /** What stands on a screen of that size. Errors: the recording is damaged. */
  frame(size: ScreenSize): Promise<Result<readonly FrameLine[]>>;
}

/** Opens a stepper with the cursor at an event. Errors: the recording is damaged. */
export async function createStepper(run: PlayedRun, event_index: number): Promise<Result<Stepper>> {
  const { opened, words, play, run_id } = run;
  const scenario_lines = opened.scenario_text?.split(/\r?\n/) ?? [];
  const is_trace = opened.meta.source === 'trace';
  const first = await play('seek', { run_id, target: { event: event_index } });
  if (!first.ok) return first;
  let state: StateView = first.value;
  let before: StateView = state;
  let mode: StepperMode = { kind: 'move' };
  let message = '';
  let kinds: Kinds = null;
  let filter = '';
  let show_raw = false;
  let watched = '';
  let marker_a: StateView | undefined;
  let marker_b: StateView | undefined;
  /** As the last frame was; the first key comes after it. */
  let screen: ScreenSize = { columns: TEXT_COLUMNS, rows: 0 };

  const tell = ([error]: readonly LabError[]): void => {
    message = error === undefined ? '' : plainFigures(`${error.message}${error.remedy === undefined ? '' : ` (${error.remedy})`}`);
  };

  async function seek(target: SeekTarget): Promise<void> {
    const answer = await play('seek', { run_id, target: 'by' in target ? { ...target, from_event: state.event_index } : target });
    if (!answer.ok) return tell(answer.errors);
    if (answer.value.event_index === state.event_index) {
      const { event_index: at } = state;
      message = at === opened.event_count ? 'This is the end of the run.' : at === 0 ? 'This is the start of the run.' : 'The cursor stands there already.';
      return;
    }
    before = state;
    state = answer.value;
  }

  let is_searching = false;
  /** Runs what may take long and is ended by its name. */
  async function searched<T>(search: (name: string) => Promise<Result<T>>): Promise<Result<T>> {
    is_searching = true;
    try {
      return await search(SEARCH);
    } finally {
      is_searching = false;
    }
  }

  /** Goes to the next or previous event that fits; says `none` where there is no such. */
  async function goTo(delta: 1 | -1, sought: Omit<EventSought, 'search'>, none: string): Promise<void> {
    const cursor = state.event_index;
    // Looking back: before the event that the cursor stands at.
    const range = delta > 0 ? { from: cursor, to: opened.event_count } : { from: 0, to: Math.max(0, cursor - 1) };
    const found = await searched((search) => findEvent(run, range, delta, { ...sought, search }));
    if (!found.ok) return tell(found.errors);
    if (found.value === undefined) message = none;
    else await seek({ event: eventNumber(found.value) });
  }

  async function find(delta: 1 | -1): Promise<void> {
    if (kinds === null) {
      message = 'Say first which kinds of events to look for, with /.';
      return;
    }
    await goTo(delta, { kinds }, `No ${filter} ${delta > 0 ? 'after' : 'before'} the cursor.`);
  }

  /** Takes what is to be watched, if it is there, and says its value. */
  async function watchFor(typed: string): Promise<void> {
    if (typed === '') return;
    const answer = await searched((search) => play('watchValues', { run_id, watches: [typed], event_index: state.event_index, search }));
    if (!answer.ok) return tell(answer.errors);
    const [row] = answer.value;
    if (row === undefined || row.error !== null) return tell(row?.error == null ? [] : [row.error]);
    watched = row.text;
    message = plainFigures(`${row.text}: ${row.value ?? ''}`);
  }

  async function continueTo(delta: 1 | -1): Promise<void> {
    if (watched === '') {
      message = 'Say first what to watch, with W.';
      return;
    }
    const found = await searched((search) => play('watch', { run_id, watch: watched, from_event: state.event_index, direction: delta, search }));
    if (!found.ok) return tell(found.errors);
    const { hit, text } = found.value;
    if (hit === null) {
      message = `${text} does not change ${delta > 0 ? 'after' : 'before'} the cursor.`;
      return;
    }
    await seek({ event: eventNumber(hit.event_index) });
    message = plainFigures(`${text}: ${hit.before} -> ${hit.after}`);
  }

  /** What `why` explains if nothing is typed: the page of the event that has just happened, or a counter of its container. */
  async function offeredWhy(): Promise<string> {
    const last = await lastEvent();
    const event = last.ok ? last.value : undefined;
    // What an event of a trace has in place of a page is its line.
    const page = event === undefined || is_trace ? '' : describePage(event, words);
    if (page !== '') return pageSubject(page);
    const container = event === undefined ? '' : words.container(event.container);
    // An event of no container, such as the beginning of a step: the first container of the tree.
    const path = container === '' ? state.containers.find(({ exists, parent }) => exists && parent >= 0)?.path : container;
    // Of a trace only what its shrinks tell is known.
    return path === undefined ? '' : `${path} ${is_trace ? 'pgscan' : 'current'}`;
  }

  async function explain(about: string): Promise<void> {
    if (about === '') return;
    const answer = await searched((search) => play('why', { run_id, about, event_index: state.event_index, search }));
    if (!answer.ok) return tell(answer.errors);
    mode = { kind: 'text', lines: whyLines(answer.value).flatMap((line) => line.split('\n')), top: 0 };
  }

  async function bookmark(note: string): Promise<void> {
    const added = await run.bookmark(run_id, state.event_index, note);
    if (!added.ok) return tell(added.errors);
    message = `Event ${countText(state.event_index)} is bookmarked.`;
  }

  function showMarkers(): void {
    if (marker_a === undefined) message = 'Set marker A first, with m.';
    else mode = { kind: 'text', lines: markerLines(marker_a, marker_b ?? state, opened.meta, screen.columns), top: 0 };
  }

  function toggleMarker(name: 'A' | 'B'): void {
    const is_set = (name === 'A' ? marker_a : marker_b) !== undefined;
    if (name === 'A') marker_a = is_set ? undefined : state;
    else marker_b = is_set ? undefined : state;
    message = is_set ? `Marker ${name} is taken away.` : `Marker ${name} is at event ${countText(state.event_index)}.`;
  }

  /** Where the markers stand, for the line that says where the cursor is. */
  const markersText = (): string =>
    [['A', marker_a] as const, ['B', marker_b] as const]
      .flatMap(([name, at]) => (at === undefined ? [] : [`, ${name} at ${countText(at.event_index)}`]))
      .join('');

  function scroll(by: 'line' | 'page', delta: 1 | -1): void {
    if (mode.kind !== 'text') return;
    const rows = textRowCount({ words, show_raw }, screen);
    const top = mode.top + delta * (by === 'line' ? 1 : rows);
    mode = { ...mode, top: Math.max(0, Math.min(top, mode.lines.length - rows)) };
  }

  /** Goes to the next or previous event whose row has every word that is looked for, as the window does. */
  async function findText(sought: string, delta: 1 | -1): Promise<void> {
    await goTo(delta, { query: sought }, `No event ${delta > 0 ? 'after' : 'before'} the cursor has “${sought}”.`);
  }

  async function submit(prompt: StepperPrompt, typed: string): Promise<void> {
    mode = { kind: 'move' };
    if (prompt === 'watch') return watchFor(typed.trim());
    if (prompt === 'why') return explain(typed.trim() === '' ? await offeredWhy() : typed.trim());
    if (prompt === 'bookmark') return bookmark(typed.trim());
    if (prompt === 'filter') {
      const names = typed.split(/[\s,]+/).filter((name) => name !== '');
      const named = kindsNamed(names);
      if (!named.ok) return tell(named.errors);
      kinds = named.value;
      filter = names.join(' ');
      return;
    }
    if (typed.trim() === '') return;
    const jump = parseJump(typed, { ...opened, event_index: state.event_index, step_index: state.step_index, time_ns: state.time_ns });
    if ('problem' in jump) message = plainFigures(jump.problem);
    else if ('find' in jump) await findText(jump.find, jump.delta);
    else await seek(jump.request);
  }

  async function act(action: StepperAction): Promise<void> {
    if (action.do === 'move') await seek({ by: action.by, delta: action.delta });
    else if (action.do === 'first') await seek({ event: 0 });
    else if (action.do === 'last') await seek({ event: opened.event_count });
    else if (action.do === 'find') await find(action.delta);
    else if (action.do === 'continue') await continueTo(action.delta);
    else if (action.do === 'mode') mode = action.mode;
    else if (action.do === 'help') mode = { kind: 'text', lines: helpLines(screen.columns), top: 0 };
    else if (action.do === 'scroll') scroll(action.by, action.delta);
    else if (action.do === 'marker-a') toggleMarker('A');
    else if (action.do === 'marker-b') toggleMarker('B');
    else if (action.do === 'markers') showMarkers();
    else if (action.do === 'submit') await submit(action.prompt, action.typed);
    else if (action.do === 'toggle-raw' && is_trace) show_raw = !show_raw;
    else if (action.do === 'toggle-raw') message = 'Only imported traces have lines of their own.';
  }

  async function lastEvent(): Promise<Result<EventRow | undefined>> {
    if (state.event_index === 0) return ok(undefined);
    const rows = await play('events', { run_id, from_event: state.event_index - 1, count: 1 });
    return rows.ok ? ok(rows.value[0]) : rows;
  }

  async function sourceText(last: EventRow | undefined): Promise<Result<string>> {
    if (!is_trace) return ok(scenario_lines[state.step_line - 1] ?? '');
    if (!show_raw || last === undefined) return ok('');
    const found = await sourceOf(run, [last]);
    return found.ok ? ok([...found.value.values()][0] ?? '') : found;
  }

  async function eventsAround(count: number): Promise<Result<readonly EventRow[]>> {
    const cursor = state.event_index;
    const from = await indexBefore(run, cursor, Math.ceil(count / 2), kinds);
    if (!from.ok) return from;
    // Near the end of the run what is missing after the cursor is made up for before it.
    const start = kinds === null ? Math.max(0, Math.min(from.value, opened.event_count - count)) : from.value;
    return eventsFrom(run, { from: start, to: opened.event_count }, count, kinds);
  }

  return ok({
    async press(key) {
      const action = actionOf(key, mode);
      if (action === null) return null;
      if (action.do === 'quit' || action.do === 'suspend' || action.do === 'redraw') return action.do;
      message = '';
      if (mode.kind === 'text' && action.do !== 'scroll') mode = { kind: 'move' };
      await act(action);
      return 'draw';
    },
    searching: () => is_searching,
    stop: () => void play('cancelSearch', { search: SEARCH }),
    async frame(size) {
      screen = { ...size, columns: Math.max(size.columns, COLUMNS_MIN) };
      // Changes are told from marker A on, where there is one.
      const told_from = marker_a ?? before;
      const last = await lastEvent();
      if (!last.ok) return last;
      const source = await sourceText(last.value);
      if (!source.ok) return source;
      const events = await eventsAround(eventRowCount({ words, state, before: told_from, show_raw }, size));
      if (!events.ok) return events;
      return ok(
        stepperFrame(
          {
            title: runTitle(run),
            place: placeText(state, run) + markersText(),
            pass: passText(state, run),
            event_count: opened.event_count,
            words,
            state,
            before: told_from,
            events: events.value,
            last: last.value,
            source: source.value,
            show_raw,
            filter,
            mode,
            offered: mode.kind === 'prompt' && mode.prompt === 'why' ? await offeredWhy() : '',
            message,
          },
          size,
        ),
      );
    },
  });
}
