import { COUNTER } from '../../../src-engine/record/counters.ts';
import type { ContainerView, SeriesView } from '../../../src-engine/record/run.ts';
import { type LineChartModel, lineOfSeries, stackable } from '../../charts/line-chart-model.ts';
import { disjoint } from './chart-plan.ts';
import { byId } from './state-tree.ts';

/** What the lines of a chart by container leave out: the root's charge less theirs. */
export interface Others {
  readonly root: number;
  /** Containers that no line shows: neither charted, nor below or above a charted one. */
  readonly container_count: number;
  /** Charted containers whose charges add up. */
  readonly shown: ReadonlySet<number>;
}

/** The rest beside the charted containers; undefined where they show every container, or the root itself is charted. */
export function othersOf(containers: readonly ContainerView[], charted: readonly number[]): Others | undefined {
  const root = containers.find(({ path }) => path === '.')?.id;
  if (root === undefined || charted.includes(root)) return undefined;
  const parents = new Map(containers.map(({ id, parent }) => [id, parent]));
  const chosen = new Set(charted);
  /** From a container up to, and without, the root. */
  const lineage = (id: number): readonly number[] => {
    const ids: number[] = [];
    for (let at: number | undefined = id; at !== undefined && at !== root && at >= 0 && !ids.includes(at); at = parents.get(at)) ids.push(at);
    return ids;
  };
  const above = new Set(charted.flatMap(lineage));
  const container_count = containers.filter(({ id }) => id !== root && !above.has(id) && !lineage(id).some((at) => chosen.has(at))).length;
  return container_count === 0 ? undefined : { root, container_count, shown: disjoint(containers, charted) };
}

/** Bytes charged to the others at one moment; NaN where the root's charge is not known. What a charted container is charged and its line does not tell is theirs. */
export function othersBytes({ root, shown }: Others, containers: readonly ContainerView[]): number {
  const at = byId(containers);
  const current = (id: number): number => at.get(id)?.counters[COUNTER.current] ?? 0;
  return Math.max(
    0,
    [...shown].reduce((rest, id) => rest - (current(id) || 0), current(root)),
  );
}

/** A stacked chart with the others on top, so that it reaches the root's charge. `root` is the root's `current`. */
export function withOthers(
  model: LineChartModel,
  root: SeriesView,
  look: { readonly id: string; readonly label: string; readonly style_index: number },
): LineChartModel {
  const lines = stackable([...model.lines, lineOfSeries(root, look)]);
  const shown = lines.slice(0, -1);
  const rest = lines.slice(-1).map((line) => ({
    ...line,
    points: {
      x: line.points.x,
      y: line.points.y.map((value, at) =>
        Math.max(
          0,
          shown.reduce((left, { points }) => left - (points.y[at] || 0), value),
        ),
      ),
    },
  }));
  return { ...model, lines: [...shown, ...rest] };
}
