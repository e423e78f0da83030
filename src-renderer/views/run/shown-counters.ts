import { AMOUNT_FORMATS } from '../../../src-engine/base/figures.ts';
import { counterLabel } from '../../../src-engine/record/counter-names.ts';
import { ACCOUNT_COUNTERS_FROM, COUNTER, COUNTERS, type CounterSpec, shownUnit, TRACED_COUNTERS } from '../../../src-engine/record/counters.ts';
import { boundOf, NOBODY_READS, readLastInWords } from '../../../src-engine/record/read-last.ts';
import type { ContainerView } from '../../../src-engine/record/run.ts';
import { bytesTitle, formatDelta, formatLimit } from '../../format.ts';

/** Counters that the events of a kernel trace feed. */
export const TRACE_COUNTERS: readonly CounterSpec[] = TRACED_COUNTERS.map((name) => COUNTERS[COUNTER[name]]);

/** What stands in place of a counter that a run does not know. */
const UNKNOWN = '–';

/** Writes a counter's value: bytes, a limit (`max` for −1), a count, or – where it is not known. Values as in ContainerView. */
export function formatCounter(spec: CounterSpec, value: number): string {
  if (Number.isNaN(value)) return UNKNOWN;
  if (spec.scope === 'setting') return formatLimit(value);
  return AMOUNT_FORMATS[shownUnit(spec)](value);
}

/** What a counter reads where nothing has touched it: the upper limits are `max`. */
export const nothingOf = ({ scope, name }: CounterSpec): number => (scope === 'setting' && name !== 'limit_min' && name !== 'limit_low' ? -1 : 0);
/** A counter of a container; of one that is not there, what it would begin with. */
export const counterIn = (container: ContainerView | undefined, spec: CounterSpec): number => container?.counters[spec.index] ?? nothingOf(spec);

/** Whether a run on a real kernel removed the container, so that nobody can read its counters any more. */
export const isBeyondReading = (container: ContainerView | undefined): container is ContainerView =>
  container?.exists === false && container.read_last !== undefined;

/** Of a container that is beyond reading: a counter as far as it is known, `≥ 8 MiB` or –, and why not further, with what was read of it last. */
export function beyondReading({ path, read_last }: ContainerView, spec: CounterSpec): { readonly text: string; readonly title: string } {
  const read = read_last?.[spec.index] ?? Number.NaN;
  const why = `Not known: ${path} was removed, and ${NOBODY_READS}`;
  const told = readLastInWords(spec, read);
  return { text: boundOf(spec, read) ?? UNKNOWN, title: told === null ? why : `${why}; ${told}` };
}

/** Exact value of a counter, for a title. */
export function counterTitle(spec: CounterSpec, value: number): string {
  if (Number.isNaN(value)) return `Not known: ${counterLabel(spec)} was not read here`;
  if (spec.scope === 'setting' && value < 0) return 'max';
  return shownUnit(spec) === 'bytes' ? bytesTitle(value) : formatCounter(spec, value);
}

/** How a value changed. A step to or from `max` has no size. */
export interface Change {
  readonly direction: 'up' | 'down';
  /** `+4 KiB`, `−3`, or `from max`. */
  readonly text: string;
}

/** Change of a counter between two values; undefined where it stayed. */
export function changeOf(spec: CounterSpec, before: number | undefined, now: number): Change | undefined {
  if (before === undefined || before === now || Number.isNaN(before) || Number.isNaN(now)) return undefined;
  if (spec.scope === 'setting' && (before < 0 || now < 0))
    return { direction: now < 0 ? 'up' : 'down', text: now < 0 ? `was ${formatLimit(before)}` : 'was max' };
  return { direction: now > before ? 'up' : 'down', text: formatDelta(now - before, AMOUNT_FORMATS[shownUnit(spec)]) };
}

/** A row of the full counter list. */
export interface CounterRow {
  readonly spec: CounterSpec;
  readonly value: number;
  readonly change: Change | undefined;
}

/**
 * Counters that say nothing in any container of some states: 0, and of the limits that came with kernel memory, sockets and pins `max`. With a run's last state and
 * what `moved` before it, these are the counters that its scenario never touched, and few besides.
 */
export function idleCounters(containers: readonly ContainerView[], moved: ReadonlySet<number> = new Set()): ReadonlySet<number> {
  const saysNothing = ({ index, scope }: CounterSpec, value: number): boolean =>
    Number.isNaN(value) || (scope === 'setting' ? index >= ACCOUNT_COUNTERS_FROM && value < 0 : value === 0);
  const isIdle = (spec: CounterSpec): boolean => !moved.has(spec.index) && containers.every(({ counters }) => saysNothing(spec, counters[spec.index] ?? 0));
  return new Set(COUNTERS.filter(isIdle).map(({ index }) => index));
}

/** Counters of one container, of those that its run knows, whose name, file or meaning holds `filter`; `before` is the same container at the last position. */
export function counterRows(
  now: ContainerView,
  before: ContainerView | undefined,
  filter: string,
  hide_zero: boolean,
  known: readonly CounterSpec[] = COUNTERS,
): readonly CounterRow[] {
  const wanted = filter.trim().toLowerCase();
  return known.flatMap((spec) => {
    const value = now.counters[spec.index] ?? 0;
    const change = changeOf(spec, before?.counters[spec.index], value);
    if (hide_zero && (value === 0 || Number.isNaN(value)) && change === undefined) return [];
    if (wanted !== '' && ![counterLabel(spec), spec.file, spec.meaning].some((text) => text.toLowerCase().includes(wanted))) return [];
    return [{ spec, value, change }];
  });
}
