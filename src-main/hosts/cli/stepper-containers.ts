import { counterLabel } from '../../../src-engine/record/counter-names.ts';
import { COUNTER, type CounterName, type CounterSpec, countersOf, isDying, TRACED_COUNTERS } from '../../../src-engine/record/counters.ts';
import type { ContainerView, RunMeta, StateView } from '../../../src-engine/record/run.ts';
import { countText, sizeTextWith, tailOf } from '../../lab/text.ts';

/** Columns in order of weight: as many as fit are shown. */
const ENGINE_COLUMNS: readonly CounterName[] = [
  'current',
  'limit_max',
  'anon',
  'file',
  'pgscan',
  'pgsteal',
  'shmem',
  'swap',
  'inactive_file',
  'active_file',
  'inactive_anon',
  'active_anon',
  'pgfault',
  'oom_kill',
];
const NAME_WIDTH_MAX = 20;
const CELL_WIDTH_MIN = 10;
const FIGURE_WIDTH = 8;
/** Decimals of amounts of memory: the most with which they fit. */
const DECIMALS = [2, 1, 0] as const;

/** A value in at most FIGURE_WIDTH columns. Values as in ContainerView. */
export function figureText({ scope, unit }: Pick<CounterSpec, 'scope' | 'unit'>, value: number): string {
  if (scope === 'setting' && value < 0) return 'max';
  if (unit === 'percent') return (value / 100).toFixed(2);
  if (unit === 'count') return countText(value).length <= FIGURE_WIDTH ? countText(value) : `${(value / 1e6).toFixed(1)}M`;
  const texts = DECIMALS.map((decimals) => sizeTextWith(decimals)(value));
  return texts.find((text) => text.length <= FIGURE_WIDTH) ?? texts.at(-1) ?? '';
}

/** Containers that exist, and removed ones that still hold something. */
const isShown = (container: ContainerView): boolean => container.exists || isDying(container);

const byId = (state: StateView): ReadonlyMap<number, ContainerView> => new Map(state.containers.map((container) => [container.id, container]));

/** At most `count` containers, in their order: those that changed, then those charged for most. */
function chosen(containers: readonly ContainerView[], count: number, hasChanged: (container: ContainerView) => boolean): readonly ContainerView[] {
  if (containers.length <= count) return containers;
  const weight = (container: ContainerView): number => (hasChanged(container) ? Number.MAX_SAFE_INTEGER : container.counters[COUNTER.current] || 0);
  const kept = new Set([...containers].sort((one, other) => weight(other) - weight(one)).slice(0, count));
  return containers.filter((container) => kept.has(container));
}

/** A table of containers in at most `rows_max` lines of `columns` characters. What rose or fell since `before` has a `+` or `−` behind it. */
export function containerLines(state: StateView, before: StateView, meta: Pick<RunMeta, 'source' | 'model'>, columns: number, rows_max: number): string[] {
  const old = byId(before);
  const all = state.containers.filter(isShown);
  const name_width = Math.min(NAME_WIDTH_MAX, Math.max('container'.length, ...all.map(({ path }) => path.length)));
  const specs: CounterSpec[] = [];
  let width = name_width;
  for (const spec of (meta.source === 'trace' ? TRACED_COUNTERS : ENGINE_COLUMNS).map((name) => countersOf(meta)[COUNTER[name]])) {
    width += cellWidth(spec);
    if (width > columns) break;
    specs.push(spec);
  }
  const hasChanged = ({ id, counters }: ContainerView): boolean =>
    counters.some((value, index) => !Number.isNaN(value) && value !== (old.get(id)?.counters[index] ?? 0));
  const fits = all.length < rows_max ? all.length : rows_max - 2;
  const shown = chosen(all, Math.max(fits, 0), hasChanged);
  const line = ({ id, path, exists, counters }: ContainerView): string => {
    const cells = specs.map((spec) => {
      const value = counters[spec.index];
      const last = old.get(id)?.counters[spec.index] ?? 0;
      if (Number.isNaN(value)) return '- '.padStart(cellWidth(spec));
      const mark = value === last ? ' ' : rose(spec, last, value) ? '+' : '−';
      return `${figureText(spec, value)}${mark}`.padStart(cellWidth(spec));
    });
    return tailOf(exists ? path : `(${path})`, name_width).padEnd(name_width) + cells.join('');
  };
  const head = 'container'.padEnd(name_width) + specs.map((spec) => `${counterLabel(spec)} `.padStart(cellWidth(spec))).join('');
  const more = shown.length < all.length ? [`${all.length - shown.length} more containers`] : [];
  return [head.trimEnd(), ...shown.map((container) => line(container).trimEnd()), ...more].slice(0, rows_max);
}

const cellWidth = (spec: CounterSpec): number => Math.max(CELL_WIDTH_MIN, counterLabel(spec).length + 2);
/** Of limits `max` (−1) is the highest. */
const rose = ({ scope }: CounterSpec, last: number, value: number): boolean => (scope === 'setting' && (value < 0 || last < 0) ? value < 0 : value > last);

const depthOf = (path: string): number => (path === '.' ? 0 : path.split('/').length);

/** Every counter that changed since `before`: `pods/A: current +4KiB`, `pgfault +1`. Deep containers first: their ancestors mostly follow. */
export function changesInWords(state: StateView, before: StateView, meta: Pick<RunMeta, 'source' | 'model'>): string[] {
  const old = byId(before);
  const deepest_first = [...state.containers].sort((one, other) => depthOf(other.path) - depthOf(one.path));
  return deepest_first.flatMap(({ id, path, counters }) => {
    const changes = countersOf(meta).flatMap((spec) => {
      const value = counters[spec.index];
      const last = old.get(id)?.counters[spec.index] ?? 0;
      if (value === last || Number.isNaN(value) || Number.isNaN(last) || (spec.scope === 'setting' && !old.has(id))) return [];
      const label = counterLabel(spec);
      if (spec.scope === 'setting') return [`${label} ${figureText(spec, value)}`];
      return [`${label} ${value > last ? '+' : '−'}${figureText(spec, Math.abs(value - last))}`];
    });
    return changes.map((change, index) => (index === 0 ? `${path}: ${change}` : change));
  });
}
