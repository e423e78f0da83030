import { AMOUNT_FORMATS } from '../../../src-engine/base/figures.ts';
import { counterLabel } from '../../../src-engine/record/counter-names.ts';
import { COUNTERS, COUNTERS_V1, type CounterSpec, isDying, shownUnit } from '../../../src-engine/record/counters.ts';
import { NOBODY_READS } from '../../../src-engine/record/read-last.ts';
import type { ContainerView, StateView } from '../../../src-engine/record/run.ts';
import { type Change, changeOf, formatCounter, isBeyondReading, nothingOf } from '../run/shown-counters.ts';
import { heldWords } from '../run/state-tree.ts';

/** One counter of one container in every run. */
export interface CompareRow {
  readonly path: string;
  readonly spec: CounterSpec;
  /** One value per run; undefined where the run has no such container at the cursor. */
  readonly values: readonly (number | undefined)[];
  readonly differs: boolean;
}

export interface CompareFilter {
  readonly text: string;
  readonly differences_only: boolean;
  /** Rows whose value is 0 (or `max`) in every run. */
  readonly with_zeros: boolean;
}

/** The containers of a state by path: those that exist, else the one of that path that was there last (it may still hold charge). */
export function byPath(state: StateView | undefined): ReadonlyMap<string, ContainerView> {
  const table = new Map<string, ContainerView>();
  for (const container of state?.containers ?? []) if (container.exists || table.get(container.path)?.exists !== true) table.set(container.path, container);
  return table;
}

/** Paths of all the states, in the order of the first that has them. */
export const pathsOf = (tables: readonly ReadonlyMap<string, ContainerView>[]): readonly string[] => [...new Set(tables.flatMap((table) => [...table.keys()]))];

/** Rows of the comparison: containers × counters, filtered. A container that one run lacks differs where another's counter is not zero. */
export function compareRows(states: readonly (StateView | undefined)[], filter: CompareFilter): readonly CompareRow[] {
  const tables = states.map(byPath);
  const terms = filter.text
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '');
  return pathsOf(tables).flatMap((path) =>
    COUNTERS.flatMap((spec): readonly CompareRow[] => {
      const v1 = COUNTERS_V1[spec.index];
      const text = `${path} ${counterLabel(spec)} ${spec.name} ${spec.file} ${spec.meaning} ${v1.file} ${v1.meaning}`.toLowerCase();
      if (!terms.every((term) => text.includes(term))) return [];
      const values = tables.map((table) => table.get(path)?.counters[spec.index]);
      const nothing = nothingOf(spec);
      // What a run on a kernel does not know (NaN) differs from nothing.
      const known = values.filter((value) => !Number.isNaN(value));
      const differs = known.some((value) => (value ?? nothing) !== (known[0] ?? nothing));
      if (filter.differences_only && !differs) return [];
      if (!filter.with_zeros && !differs && known.every((value) => value === undefined || value === nothing)) return [];
      return [{ path, spec, values, differs }];
    }),
  );
}

/** Where a path's container was removed: `dying` where something is still charged to it in every run that has the path, else `dying 1/4`; `removed` where only a real kernel knows; and in words. */
export interface DyingMark {
  readonly mark: string;
  readonly words: string;
}

/** `dying`, or `dying 1/4`. */
const shareMark = (word: string, count: number, of: number): string => (count === of ? word : `${word} ${count}/${of}`);

/** The marks of paths that are dying, or beyond reading, in some run. `titles`: of the runs. */
export function dyingMarks(states: readonly (StateView | undefined)[], titles: readonly string[]): ReadonlyMap<string, DyingMark> {
  const tables = states.map(byPath);
  const marks = new Map<string, DyingMark>();
  for (const path of pathsOf(tables)) {
    const present = tables.flatMap((table, run) => {
      const container = table.get(path);
      return container === undefined ? [] : [{ container, title: titles[run] ?? '' }];
    });
    const dying = present.filter(({ container }) => isDying(container));
    const unread = present.filter(({ container }) => isBeyondReading(container));
    if (dying.length + unread.length === 0) continue;
    const holding = dying.map(({ container, title }) => `${heldWords(container)} under ${title}`).join(', ');
    marks.set(path, {
      mark: dying.length > 0 ? shareMark('dying', dying.length, present.length) : shareMark('removed', unread.length, present.length),
      words: [
        ...(dying.length > 0 ? [`${path} was removed and is dying; it still holds ${holding}`] : []),
        ...unread.map(({ title }) => `${path} was removed under ${title}; ${NOBODY_READS}`),
      ].join('; '),
    });
  }
  return marks;
}

/** Letters that a run's column must have room for: of its and the baseline's longest value, and of its longest difference to the baseline. */
export interface ColumnLetters {
  readonly value: number;
  readonly delta: number;
}

/** The largest figure of each unit is the longest: the thousands of others need not be written out. */
export function columnLetters(rows: readonly CompareRow[], baseline: number, run: number): ColumnLetters {
  const largest = new Map<string, { readonly spec: CounterSpec; value: number; delta: number }>();
  let is_limit_beside_max = false;
  for (const { spec, values } of rows) {
    const nothing = nothingOf(spec);
    const value = values[run] || nothing;
    const base = values[baseline] || nothing;
    if (value < 0 !== base < 0) is_limit_beside_max = true;
    const unit = shownUnit(spec);
    const most = largest.get(unit) ?? { spec, value: 0, delta: 0 };
    most.value = Math.max(most.value, value, base);
    most.delta = Math.max(most.delta, Math.abs(value - base));
    largest.set(unit, most);
  }
  const longest = (key: 'value' | 'delta'): number =>
    Math.max(0, ...[...largest.values()].map((most) => AMOUNT_FORMATS[shownUnit(most.spec)](most[key]).length));
  const value = longest('value');
  return { value, delta: Math.max(is_limit_beside_max ? BASELINE_HAS.length + value : 0, 1 + longest('delta')) };
}

const BASELINE_HAS = 'baseline ';

/** How a run's value stands to the baseline's; undefined where they are equal. */
export function deltaTo(row: CompareRow, baseline: number, run: number): Change | undefined {
  const nothing = nothingOf(row.spec);
  const delta = changeOf(row.spec, row.values[baseline] ?? nothing, row.values[run] ?? nothing);
  if (delta === undefined || !delta.text.startsWith('was')) return delta;
  // Between runs nothing "was": the baseline has it.
  return { ...delta, text: `${BASELINE_HAS}${formatCounter(row.spec, row.values[baseline] ?? nothing)}` };
}
