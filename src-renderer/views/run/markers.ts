import { counterLabel } from '../../../src-engine/record/counter-names.ts';
import { COUNTERS, type CounterSpec } from '../../../src-engine/record/counters.ts';
import { costInWords } from '../../../src-engine/record/describe-event.ts';
import { COST } from '../../../src-engine/record/events.ts';
import type { StateView } from '../../../src-engine/record/run.ts';
import { formatBytes, formatCount, formatDelta, formatNs } from '../../format.ts';
import { changeOf, counterIn, formatCounter } from './shown-counters.ts';
import { byId } from './state-tree.ts';

/** What differs between two markers: a counter of a container, or a cost of the model. */
export interface MarkerDelta {
  /** Path of the container; `model` for costs. */
  readonly where: string;
  readonly what: string;
  readonly a: string;
  readonly b: string;
  readonly delta: string;
}

function costDeltas(a: StateView, b: StateView): MarkerDelta[] {
  return Object.entries(COST).flatMap(([name, index]) => {
    const [before, after] = [a.costs[index] ?? 0, b.costs[index] ?? 0];
    const format = name.endsWith('_bytes') ? formatBytes : formatCount;
    return before === after
      ? []
      : [{ where: 'model', what: costInWords(index), a: format(before), b: format(after), delta: formatDelta(after - before, format) }];
  });
}

/** Every counter and cost that differs between two states, container by container. A container that is in one of them only is in the other as a new one begins. */
export function markerDeltas(a: StateView, b: StateView, known: readonly CounterSpec[] = COUNTERS): readonly MarkerDelta[] {
  const [before, after] = [byId(a.containers), byId(b.containers)];
  const ids = [...new Set([...before.keys(), ...after.keys()])].sort((x, y) => x - y);
  const counters = ids.flatMap((id) =>
    known.flatMap((spec) => {
      const [was, is] = [counterIn(before.get(id), spec), counterIn(after.get(id), spec)];
      const change = changeOf(spec, was, is);
      if (change === undefined) return [];
      const where = (after.get(id) ?? before.get(id))?.path ?? `#${id}`;
      return [{ where, what: counterLabel(spec), a: formatCounter(spec, was), b: formatCounter(spec, is), delta: change.text }];
    }),
  );
  return [...counters, ...costDeltas(a, b)];
}

/** Where a marker stands: `event 1,234, step 2, 5.2 ms`; `event 1, before the first step, 0 ns`. */
export const markerPlace = ({ event_index, step_index, time_ns }: StateView): string =>
  `event ${formatCount(event_index)}, ${step_index < 0 ? 'before the first step' : `step ${formatCount(step_index)}`}, ${formatNs(time_ns)}`;

/** What differs between two markers as plain text, under a heading that says of what and where they stand. */
export const markersText = (title: string, a: StateView, b: StateView, known: readonly CounterSpec[]): string =>
  deltasText(`${title}: A at ${markerPlace(a)}; B at ${markerPlace(b)}`, markerDeltas(a, b, known));

/** The table as plain text in columns, to paste into a mail. */
export function deltasText(title: string, deltas: readonly MarkerDelta[]): string {
  const rows = [{ where: 'container', what: 'counter', a: 'A', b: 'B', delta: 'B − A' }, ...deltas];
  const width = (key: keyof MarkerDelta): number => Math.max(...rows.map((row) => row[key].length));
  const [where, what, a, b, delta] = [width('where'), width('what'), width('a'), width('b'), width('delta')];
  const line = (row: MarkerDelta): string =>
    `${row.where.padEnd(where)}  ${row.what.padEnd(what)}  ${row.a.padStart(a)}  ${row.b.padStart(b)}  ${row.delta.padStart(delta)}`;
  return `${[title, '', ...rows.map(line)].join('\n')}\n`.replaceAll(/[\u202f\u00a0]/g, ' ');
}
