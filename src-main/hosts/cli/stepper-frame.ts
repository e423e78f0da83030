import { plainFigures } from '../../../src-engine/base/figures.ts';
import { describeEvent, describePage, kindName } from '../../../src-engine/record/describe-event.ts';
import { eventNumber } from '../../../src-engine/record/event-number.ts';
import { type EventRow, LRU_NAMES } from '../../../src-engine/record/events.ts';
import type { StateView, TaskView } from '../../../src-engine/record/run.ts';
import type { RunWords } from '../../../src-engine/record/run-words.ts';
import { countText, headOf, wrapped, wrappedItems } from '../../lab/text.ts';
import { changesInWords, containerLines } from './stepper-containers.ts';
import { KEY_HELP, type StepperMode, type StepperPrompt } from './stepper-keys.ts';

/** What `memledger step` shows at one cursor. */
export interface StepperView {
  readonly title: string;
  readonly place: string;
  /** The reclaim pass that the cursor stands in; empty for none. */
  readonly pass: string;
  readonly event_count: number;
  readonly words: RunWords;
  readonly state: StateView;
  /** What changes are told against. */
  readonly before: StateView;
  /** Events around the cursor. */
  readonly events: readonly EventRow[];
  /** The event that has just happened; undefined at the start. */
  readonly last: EventRow | undefined;
  /** The scenario's line, or while it is asked for the trace's. */
  readonly source: string;
  readonly show_raw: boolean;
  /** Kinds that the list is limited to, in words; empty for none. */
  readonly filter: string;
  readonly mode: StepperMode;
  /** What a prompt takes where nothing is typed; empty for nothing. */
  readonly offered: string;
  readonly message: string;
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface FrameLine {
  readonly text: string;
  readonly style: 'plain' | 'title' | 'cursor' | 'faint';
}

/** The least that a frame is legible in; on a smaller screen its end is cut. */
export const COLUMNS_MIN = 40;
const ROWS_MIN = 16;
const RAW_LINES = 3;
const CHANGE_LINES = 2;
/** Lines that containers leave to tasks. */
const TASK_ROWS_MIN = 2;
const KIND_WIDTH = 17;
const HELP_KEYS_WIDTH = 18;
/** Lines of a message, at most. */
const MESSAGE_LINES_MAX = 4;
const TEXT_KEYS = 'space PgUp ↑ ↓ scroll   any other key goes on';
const PRIORITY_COUNT = 13;
const KEYS = '. , event  t T step  ] [ notable  } { pass  j jump  / kinds  ? help  q quit';

/** How many rows are left for events on a screen, and thus how many should be fetched. */
export function eventRowCount(view: Pick<StepperView, 'words' | 'state' | 'before' | 'show_raw'>, size: ScreenSize): number {
  return Math.max(size.rows, ROWS_MIN) - headLineCount(view) - middleLines(view, size).length - 2;
}

type Source = Pick<StepperView, 'show_raw' | 'words'>;
/** Lines of text at the cursor: one of the scenario; of a trace, whose lines are long, several or none. */
const sourceLineCount = ({ show_raw, words }: Source): number => (show_raw ? RAW_LINES : words.meta.source === 'trace' ? 0 : 1);
/** Lines above the containers: title, place, bar, pass, source. */
const headLineCount = (view: Source): number => 4 + sourceLineCount(view);

/** Lines of a frame, exactly `size.rows` of them and none wider than `size.columns`. */
export function stepperFrame(view: StepperView, size: ScreenSize): FrameLine[] {
  const columns = Math.max(size.columns, COLUMNS_MIN);
  const foot = footLines(view, columns);
  const body_rows = Math.max(size.rows, ROWS_MIN) - headLineCount(view) - foot.length;
  const body =
    view.mode.kind === 'text'
      ? view.mode.lines.slice(view.mode.top, view.mode.top + body_rows).map(plain)
      : [...middleLines(view, size).map(plain), ...eventLines(view, columns)];
  const lines = [...headLines(view, columns), ...Array.from({ length: body_rows }, (_, row) => body[row] ?? plain('')), ...foot];
  return lines.slice(0, size.rows).map(({ text, style }) => ({ text: headOf(text, size.columns), style }));
}

const plain = (text: string): FrameLine => ({ text, style: 'plain' });

function headLines(view: StepperView, columns: number): FrameLine[] {
  const source = view.source.trim().replace(/\s+/g, ' ');
  const source_lines = Array.from({ length: sourceLineCount(view) }, (_, row) => source.slice(row * columns, (row + 1) * columns));
  const share = view.event_count === 0 ? 1 : view.state.event_index / view.event_count;
  const done = Math.round(share * columns);
  return [
    { text: view.title.padEnd(columns), style: 'title' },
    plain(view.place),
    { text: '━'.repeat(done) + '─'.repeat(columns - done), style: 'faint' },
    plain(view.pass),
    ...source_lines.map(plain),
  ];
}

/** Containers, what changed, and what tasks reclaimed. As many lines for the same containers and tasks, whatever changed, so that nothing jumps. */
function middleLines({ words, state, before }: Pick<StepperView, 'words' | 'state' | 'before'>, size: ScreenSize): string[] {
  const columns = Math.max(size.columns, COLUMNS_MIN);
  const rows_max = Math.floor((Math.max(size.rows, ROWS_MIN) - RAW_LINES) / 2) - CHANGE_LINES;
  const tasks = state.tasks.filter(({ scanned }) => scanned.some((pages) => pages > 0)).map(reclaimInWords);
  const containers = containerLines(state, before, words.meta, columns, rows_max - Math.min(tasks.length, TASK_ROWS_MIN));
  const task_rows = rows_max - containers.length;
  const in_full = tasks.flatMap((task) => wrapped(task, columns).split('\n'));
  const items = changesInWords(state, before, words.meta);
  const changes = items.length === 0 ? [] : wrappedItems(items, columns - 2, '  ').split('\n');
  const more = changes.length > CHANGE_LINES ? ' …' : '';
  return [
    ...containers,
    ...Array.from({ length: CHANGE_LINES }, (_, row) => (changes[row] ?? '') + (row === CHANGE_LINES - 1 ? more : '')),
    ...(in_full.length <= task_rows ? in_full : tasks.slice(0, task_rows)),
  ];
}

/** `init-84 reclaimed 57 of 57: inactive_file p9 1/1 p8 3/3`: by list and priority, reclaimed of scanned. */
function reclaimInWords({ name, scanned, reclaimed }: TaskView): string {
  const sum = (cells: Float64Array): string => countText(cells.reduce((total, cell) => total + cell, 0));
  const lists = LRU_NAMES.flatMap((list, index) => {
    const cells = Array.from({ length: PRIORITY_COUNT }, (_, place) => PRIORITY_COUNT - 1 - place).flatMap((priority) => {
      const cell = index * PRIORITY_COUNT + priority;
      return scanned[cell] === 0 ? [] : [`p${priority} ${reclaimed[cell]}/${scanned[cell]}`];
    });
    return cells.length === 0 ? [] : [`${list} ${cells.join(' ')}`];
  });
  return `${name} reclaimed ${sum(reclaimed)} of ${sum(scanned)}: ${lists.join(', ')}`;
}

/** A task, container and page, as far as the event has them. */
function subject(event: EventRow, words: RunWords): string {
  const page = words.meta.source === 'trace' ? '' : plainFigures(describePage(event, words));
  return [words.task(event.task), words.container(event.container), page].filter((part) => part !== '').join(' ');
}

/** The same in a list. What a trace has only one of goes without saying. */
function listedSubject(event: EventRow, words: RunWords): string {
  const { names, meta } = words;
  if (meta.source !== 'trace') return subject(event, words);
  return [names.tasks.length > 1 ? words.task(event.task) : '', names.containers.length > 1 ? words.container(event.container) : '']
    .filter((part) => part !== '')
    .join(' ');
}

function eventLines({ events, last, words, state, event_count, filter }: StepperView, columns: number): FrameLine[] {
  const index_width = countText(event_count).length;
  const happened =
    last === undefined
      ? 'nothing has happened yet'
      : [kindName(last.kind), subject(last, words), plainFigures(describeEvent(last, words))].filter((part) => part !== '').join(': ');
  const label = `── ${happened} ${filter === '' ? '' : `── only ${filter} `}`;
  const at = events.findLastIndex(({ index }) => index < state.event_index);
  const rows = events.map((event, row): FrameLine => {
    const what = [listedSubject(event, words), plainFigures(describeEvent(event, words))].filter((part) => part !== '').join('  ');
    const text = `${row === at ? '>' : ' '} ${countText(eventNumber(event.index)).padStart(index_width)} ${kindName(event.kind).padEnd(KIND_WIDTH)} ${what}`;
    return { text: text.trimEnd(), style: row === at ? 'cursor' : 'plain' };
  });
  const none: FrameLine[] = events.length === 0 ? [plain('  no such events in this run')] : [];
  return [{ text: headOf(label, columns).padEnd(columns, '─'), style: 'faint' }, ...rows, ...none];
}

/** The keys and what they do, in lines of at most `columns` characters. */
export function helpLines(columns: number): string[] {
  return KEY_HELP.flatMap(([keys, meaning]) => {
    const [first = '', ...rest] = wrapped(meaning, columns, ' '.repeat(HELP_KEYS_WIDTH)).split('\n');
    return [`  ${keys}`.padEnd(HELP_KEYS_WIDTH) + first.trimStart(), ...rest];
  });
}

const PROMPTS: Readonly<Record<StepperPrompt, string>> = { jump: 'jump to', filter: 'kinds', watch: 'watch', why: 'why', bookmark: 'note of the bookmark' };

/** The last lines: what is being typed, what there is to say, how to go on in a text, or the keys. A sentence that is too long for one line takes those that it needs. */
function footLines({ mode, message, offered }: StepperView, columns: number): FrameLine[] {
  if (mode.kind === 'prompt') {
    const instead = offered === '' ? '' : ` (Enter: ${offered})`;
    return [plain(`${PROMPTS[mode.prompt]}${instead}: ${mode.typed}▏`)];
  }
  if (message !== '') return wrapped(message, columns).split('\n').slice(0, MESSAGE_LINES_MAX).map(plain);
  return [{ text: mode.kind === 'text' ? TEXT_KEYS : KEYS, style: 'faint' }];
}

/** How many lines of a text a screen shows. */
export const textRowCount = (view: Source, size: ScreenSize): number => Math.max(size.rows, ROWS_MIN) - headLineCount(view) - 1;
