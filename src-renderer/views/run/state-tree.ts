import { AMOUNT_FORMATS, formatBytes } from '../../../src-engine/base/figures.ts';
import { COUNTER, COUNTERS, type CounterName, type CounterSpec, HELD_COUNTERS, isDying, shownUnit } from '../../../src-engine/record/counters.ts';
import type { ContainerView } from '../../../src-engine/record/run.ts';

/** A container as a row of the tree. */
export interface TreeRow {
  readonly container: ContainerView;
  readonly depth: number;
  /** Last part of the path; the root reads `.`. */
  readonly name: string;
  readonly has_children: boolean;
  readonly expanded: boolean;
}

/** Columns that the state tree may have. */
const TREE_COUNTERS: readonly CounterName[] = [
  'current',
  'limit_max',
  'limit_high',
  'anon',
  'file',
  'shmem',
  'kernel',
  'sock',
  'kmem',
  'tcp',
  'pins',
  'borrow',
  'inactive_anon',
  'active_anon',
  'inactive_file',
  'active_file',
  'pgscan',
  'pgsteal',
  'workingset_refault_file',
  'swap',
  'max',
  'oom_kill',
];

/** Columns of a run's tree, by the names in `specs`: what a container is charged and its hard limit in any case, memory.high where one is set, and of the others those that are not idle. `last`: the containers as the run left them. */
export function treeSpecs(last: readonly ContainerView[], idle: ReadonlySet<number>, specs: readonly CounterSpec[] = COUNTERS): readonly CounterSpec[] {
  const isShown = (name: CounterName): boolean => {
    if (name === 'current' || name === 'limit_max') return true;
    if (name === 'limit_high') return last.some(({ counters }) => (counters[COUNTER.limit_high] ?? -1) >= 0);
    return !idle.has(COUNTER[name]);
  };
  return TREE_COUNTERS.filter(isShown).map((name) => specs[COUNTER[name]]);
}

/** What a dying container holds, in words: `4 MiB file, 1 MiB kernel`. */
export function heldWords({ counters }: ContainerView): string {
  const amount = (name: CounterName): number => counters[COUNTER[name]] ?? 0;
  // The file pages have the tmpfs among them.
  const held = HELD_COUNTERS.filter((name) => name !== 'current' && name !== 'shmem' && amount(name) > 0);
  if (held.length === 0) return formatBytes(amount('current'));
  return held.map((name) => `${AMOUNT_FORMATS[shownUnit(COUNTERS[COUNTER[name]])](amount(name))} ${name}`).join(', ');
}

/** Shown: those that exist, and removed ones that something is still charged to (dying, as cgroup.stat calls them). */
const isShown = (container: ContainerView): boolean => container.exists || isDying(container);

/** The containers as rows, children under their parent, in order of creation; what lies under a collapsed one is left out. */
export function treeRows(containers: readonly ContainerView[], collapsed: ReadonlySet<number>): readonly TreeRow[] {
  const children = new Map<number, ContainerView[]>();
  const ids = new Set(containers.map((container) => container.id));
  const tops: ContainerView[] = [];
  for (const container of containers) {
    if (!isShown(container)) continue;
    if (container.parent === container.id || !ids.has(container.parent)) tops.push(container);
    else children.set(container.parent, [...(children.get(container.parent) ?? []), container]);
  }
  const rows: TreeRow[] = [];
  const add = (container: ContainerView, depth: number): void => {
    const below = children.get(container.id) ?? [];
    const expanded = !collapsed.has(container.id);
    rows.push({
      container,
      depth,
      name: container.path === '.' ? '.' : (container.path.split('/').at(-1) ?? container.path),
      has_children: below.length > 0,
      expanded,
    });
    if (expanded) for (const child of below) add(child, depth + 1);
  };
  for (const top of tops) add(top, 0);
  return rows;
}

/** Where an arrow key leads in the tree, as in any tree: right opens or enters, left closes or leaves. */
export function treeMove(
  rows: readonly TreeRow[],
  selected_id: number,
  key: 'up' | 'down' | 'left' | 'right',
): { readonly select: number } | { readonly toggle: number } | undefined {
  const at = rows.findIndex((row) => row.container.id === selected_id);
  if (at === -1) return rows.length === 0 ? undefined : { select: rows[0].container.id };
  const row = rows[at];
  const target = (index: number) => (index >= 0 && index < rows.length ? { select: rows[index].container.id } : undefined);
  if (key === 'up') return target(at - 1);
  if (key === 'down') return target(at + 1);
  if (key === 'right') return row.has_children ? (row.expanded ? target(at + 1) : { toggle: selected_id }) : undefined;
  if (row.has_children && row.expanded) return { toggle: selected_id };
  return target(rows.findLastIndex((other, index) => index < at && other.depth < row.depth));
}

/** Containers by id. */
export const byId = (containers: readonly ContainerView[] | undefined): ReadonlyMap<number, ContainerView> =>
  new Map(containers?.map((container) => [container.id, container]) ?? []);

/**
 * The container to look at first: the leaf whose `current` moves most over the run; of equal ones the first. Every container begins empty,
 * so that its peak says how far. `peaks` are the containers at the run's end; those removed by then are left out. The root's id if it is alone.
 */
export function liveliestLeaf(peaks: readonly ContainerView[]): number {
  const existing = peaks.filter((container) => container.exists);
  const parents = new Set(existing.map((container) => container.parent));
  const peakOf = (container: ContainerView): number => container.counters[COUNTER.peak] || 0;
  const leaves = existing.filter((container) => !parents.has(container.id));
  return leaves.reduce((best, leaf) => (peakOf(leaf) > peakOf(best) ? leaf : best), leaves[0])?.id ?? 0;
}

/**
 * The containers worth a line of their own in a chart at first: those below the root that are charged for most, at most `count`; in order of id.
 * `peaks` are the containers at the run's end.
 */
export function chartedContainers(peaks: readonly ContainerView[], count: number): readonly number[] {
  const candidates = peaks.filter((container) => container.path !== '.');
  const shown = candidates.length === 0 ? peaks : candidates;
  return [...shown]
    .sort((a, b) => (b.counters[COUNTER.peak] || 0) - (a.counters[COUNTER.peak] || 0) || a.id - b.id)
    .slice(0, count)
    .map((container) => container.id)
    .sort((a, b) => a - b);
}

/** The charted containers with the selected one among them: it takes the line of the one with the lowest peak, so that the others keep their colours. The root is no rival. */
export function withSelected(peaks: readonly ContainerView[], charted: readonly number[], selected_id: number): readonly number[] {
  const known = byId(peaks);
  const selected = known.get(selected_id);
  if (charted.length === 0 || selected === undefined || selected.path === '.' || charted.includes(selected_id)) return charted;
  const peakOf = (id: number): number => known.get(id)?.counters[COUNTER.peak] || 0;
  const least = charted.reduce((lowest, id) => (peakOf(id) <= peakOf(lowest) ? id : lowest));
  return charted.map((id) => (id === least ? selected_id : id));
}
