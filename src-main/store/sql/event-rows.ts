import { NO_CONTAINER, NO_PAGE, NO_TASK, PAGE_SIZE_BYTES } from '../../../src-engine/base/ids.ts';
import { createBlockDecoder } from '../../../src-engine/record/codec.ts';
import { counterLabel } from '../../../src-engine/record/counter-names.ts';
import { COUNTERS } from '../../../src-engine/record/counters.ts';
import { kindName } from '../../../src-engine/record/describe-event.ts';
import { eventIndex, eventNumber } from '../../../src-engine/record/event-number.ts';
import { ADD, BORROW, createColumns, EVENT_KIND_BY_CODE, type EventColumns, KIND, LRU_NAMES } from '../../../src-engine/record/events.ts';
import { DamagedRecording, intact, lastWhere } from '../../../src-engine/record/run-blocks.ts';
import { codesOf, EVENT_COLUMNS, EVENT_VALUES, type EventsViewSpec, type EventValue } from '../../../src-engine/record/sql-views.ts';
import type { RunFacts } from './run-facts.ts';

/** A value of a row. */
export type Cell = number | string | null;
/** Reads one value of an event. */
type Read = (columns: EventColumns, row: number) => Cell;

const COMMON_COUNT = EVENT_COLUMNS.length;
const KIND_NAMES: readonly string[] = Array.from({ length: 256 }, (_, code) => kindName(code));
/** Kinds whose `page` is a page. */
const HAS_PAGE = Uint8Array.from(KIND_NAMES, (_, code) => (EVENT_KIND_BY_CODE[code]?.columns.page === undefined ? 0 : 1));
const COUNTER_NAMES = COUNTERS.map(counterLabel);

/** Bytes of charge units, parts of a byte included: a double holds them exactly, and so their sums. */
const exactBytes = (units: number, charge_shift: number): number => units * (PAGE_SIZE_BYTES / 2 ** charge_shift);

/** Reads a value of one kind of event as its reading says. */
function reader({ of, reading }: EventValue, { words, reader: { meta, names } }: RunFacts): Read {
  const column = (columns: EventColumns): Int32Array | Uint8Array => columns[of];
  const container = (id: number): Cell => (id < 0 || id === NO_CONTAINER ? null : words.container(id));
  switch (reading.as) {
    case 'number':
      return (columns, row) => column(columns)[row];
    case 'charge':
      return (columns, row) => exactBytes(column(columns)[row], meta.charge_shift);
    case 'limit':
      return (columns, row) => (column(columns)[row] < 0 ? null : column(columns)[row]);
    case 'truth':
      return (columns, row) => (column(columns)[row] === 1 ? 1 : 0);
    case 'bit':
      return (columns, row) => ((column(columns)[row] & reading.mask) === 0 ? 0 : 1);
    case 'number-if':
      return (columns, row) => ((columns.flags[row] & reading.mask) === 0 ? null : column(columns)[row]);
    case 'container-if':
      return (columns, row) => ((columns.flags[row] & reading.mask) === 0 ? null : container(column(columns)[row]));
    case 'list':
      return (columns, row) => LRU_NAMES[column(columns)[row] & 3] ?? null;
    case 'priority':
      return (columns, row) => (column(columns)[row] >> 2) & 15;
    case 'container':
      return (columns, row) => container(column(columns)[row]);
    case 'task':
      return (columns, row) => words.task(column(columns)[row]) || null;
    case 'object':
      return (columns, row) => names.objects[column(columns)[row]] ?? null;
    case 'path':
      return (columns, row) => names.containers[column(columns)[row]] ?? null;
    case 'sample':
      return (columns, row) => names.samples[column(columns)[row]] ?? null;
    case 'counter':
      return (columns, row) => COUNTER_NAMES[column(columns)[row]] ?? null;
    case 'word': {
      const by_code = new Map(Object.entries(reading.words).map(([name, code]) => [code, name]));
      return (columns, row) => by_code.get(column(columns)[row]) ?? String(column(columns)[row]);
    }
  }
}

/** Names by number, looked up once: a scan asks for them at every event. */
function memo(name: (id: number) => string): (id: number) => Cell {
  const known: Cell[] = [];
  return (id) => (known[id] ??= name(id) || null);
}

/** Change of a container's own share of `current` that an event brings, in charge units; `of` is the container that pays it. */
function chargeOf(columns: EventColumns, row: number): number {
  const { kind, a, b, flags } = columns;
  switch (kind[row]) {
    case KIND.account:
      return b[row];
    case KIND.inherit:
      return COUNTER_NAMES[flags[row]] === 'current' ? a[row] : 0;
    case KIND.borrow:
      return (flags[row] & BORROW.current) === 0 ? 0 : a[row];
    default:
      return a[row];
  }
}

/** Kinds that take from a second container, in `b`, what they give to the first. */
const TAKES_FROM_B: ReadonlySet<number> = new Set([KIND.recharge, KIND.inherit]);

/**
 * Fills the columns of a view that stand behind the common ones, and says whether the event belongs to the view at all.
 */
function filler(
  { view, kinds, rows }: EventsViewSpec,
  facts: RunFacts,
  containerName: (id: number) => Cell,
): (columns: EventColumns, row: number, out: Cell[]) => boolean {
  const { charge_shift } = facts.reader.meta;
  if (rows === 'raw') {
    return ({ a, b, flags }, row, out) => {
      out[COMMON_COUNT] = a[row];
      out[COMMON_COUNT + 1] = b[row];
      out[COMMON_COUNT + 2] = flags[row];
      return true;
    };
  }
  if (rows === 'charges' || rows === 'uncharges') {
    const container_at = EVENT_COLUMNS.findIndex(({ name }) => name === 'container');
    const rises = rows === 'charges';
    const falls_by_kind: ReadonlySet<number> = new Set([KIND.page_free, KIND.page_evict, KIND.uncharge]);
    return (columns, row, out) => {
      const kind = columns.kind[row];
      const units = chargeOf(columns, row);
      if (TAKES_FROM_B.has(kind)) {
        if (!rises) out[container_at] = containerName(columns.b[row]);
        out[COMMON_COUNT] = exactBytes(units, charge_shift);
        return units !== 0;
      }
      const signed = falls_by_kind.has(kind) ? -units : units;
      out[COMMON_COUNT] = exactBytes(Math.abs(signed), charge_shift);
      return rises ? signed > 0 : signed < 0;
    };
  }
  const own = view.columns.slice(COMMON_COUNT);
  /** By kind: how each column is read; undefined where the kind has no such value. */
  const reads: (readonly (Read | undefined)[] | undefined)[] = [];
  for (const [index, code] of codesOf(kinds).entries()) {
    const kind = kinds[index];
    reads[code] = own.map(({ name }) => {
      const found = kind === undefined ? undefined : EVENT_VALUES[kind].find((value) => value.name === name);
      return found === undefined ? undefined : reader(found, facts);
    });
  }
  const refaults_only = rows === 'refaults';
  return (columns, row, out) => {
    if (refaults_only && (columns.flags[row] & ADD.refault) === 0) return false;
    const of_kind = reads[columns.kind[row]];
    if (of_kind === undefined) return false;
    for (let index = 0; index < of_kind.length; index++) out[COMMON_COUNT + index] = of_kind[index]?.(columns, row) ?? null;
    return true;
  };
}

/** Objects of a run by their first page: which object a page belongs to. Scans go on within one object most of the time. */
function pageFinder({ last }: RunFacts): { find(page: number): boolean; readonly name: () => string; readonly base: () => number } {
  const objects = [...last.objects].sort((x, y) => x.id - y.id);
  const bases: number[] = [];
  let end = 0;
  for (const { page_count } of objects) {
    bases.push(end);
    end += page_count;
  }
  let at = 0;
  let from = 0;
  let to = 0;
  return {
    find(page) {
      if (page >= from && page < to) return true;
      if (page >= end) return false;
      at = lastWhere(bases, (base) => base <= page);
      from = bases[at] ?? 0;
      to = bases[at + 1] ?? end;
      return true;
    },
    name: () => objects[at]?.name ?? '',
    base: () => from,
  };
}

/**
 * What makes the rows of a view over the events with the numbers `from_event` to `to_event` of a run, in order. The same array is yielded each time. Blocks without any of the view's kinds are
 * not read. A run that there is none of has no rows. Throws DamagedRecording.
 */
export function eventRows(spec: EventsViewSpec, factsOf: (run: unknown) => RunFacts | undefined) {
  const codes = codesOf(spec.kinds);
  const wanted = new Uint8Array(256);
  // All kinds: those that only a newer version knows as well.
  if (spec.rows === 'raw') wanted.fill(1);
  for (const code of codes) wanted[code] = 1;
  return function* rows(run_id: unknown, from_given: unknown, to_given: unknown): Generator<Cell[]> {
    const facts = factsOf(run_id);
    if (facts === undefined) return;
    const { reader: run, words } = facts;
    const from_event = eventIndex(numberOr(from_given, 1));
    const to_event = numberOr(to_given, Number.POSITIVE_INFINITY);
    const containerName = memo((id) => words.container(id));
    const taskName = memo((id) => words.task(id));
    const fill = filler(spec, facts, containerName);
    const pages = pageFinder(facts);
    const is_trace = run.meta.source === 'trace';
    const decode = createBlockDecoder(facts.compressor);
    const buffer = createColumns();
    const out: Cell[] = spec.view.columns.map(() => null);
    out[0] = facts.run_id;
    for (let at = lastWhere(run.blocks, (entry) => entry.first_event <= from_event); at < run.blocks.length; at++) {
      const entry = run.blocks[at];
      if (entry === undefined || entry.first_event >= to_event) return;
      if (spec.rows !== 'raw' && !codes.some((code) => (entry.kind_counts[code] ?? 0) > 0)) continue;
      const where = `run ${facts.run_id}, block ${entry.block_index}`;
      const { columns, count } = intact(decode(run.readBlock(entry.block_index), buffer), where);
      if (count !== entry.event_count)
        throw new DamagedRecording({ code: 'record.damaged', message: `The block holds ${count} events, its index says ${entry.event_count}.` }, where);
      const { kind, task, container, page, a, dt_ns } = columns;
      let step = entry.first_step;
      let time_ns = entry.first_time_ns;
      const end = Math.min(count, to_event - entry.first_event);
      for (let row = 0; row < end; row++) {
        time_ns += dt_ns[row];
        const code = kind[row];
        if (code === KIND.step_begin) step = a[row];
        if (wanted[code] === 0 || entry.first_event + row < from_event) continue;
        out[1] = eventNumber(entry.first_event + row);
        out[2] = time_ns;
        out[3] = step < 0 ? null : step;
        out[4] = KIND_NAMES[code];
        out[5] = task[row] === NO_TASK ? null : taskName(task[row]);
        out[6] = container[row] === NO_CONTAINER ? null : containerName(container[row]);
        out[7] = null;
        out[8] = null;
        if (page[row] !== NO_PAGE && (is_trace || HAS_PAGE[code] === 1)) {
          if (is_trace) out[8] = page[row];
          else if (pages.find(page[row])) {
            out[7] = pages.name();
            out[8] = page[row] - pages.base();
          }
        }
        if (fill(columns, row, out)) yield out;
      }
    }
  };
}

/** A parameter of a function; where it was not given, or is no number, the other. */
export const numberOr = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** Bytes of a number of pages. */
export const pageBytes = (pages: number): number => pages * PAGE_SIZE_BYTES;
