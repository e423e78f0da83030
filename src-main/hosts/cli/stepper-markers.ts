import { counterLabel } from '../../../src-engine/record/counter-names.ts';
import { type CounterSpec, countersOf } from '../../../src-engine/record/counters.ts';
import type { ContainerView, RunMeta, StateView } from '../../../src-engine/record/run.ts';
import { tableLines } from '../../lab/table-text.ts';
import { countText, wrapped } from '../../lab/text.ts';
import { figureText } from './stepper-containers.ts';

const NAME_WIDTH_MAX = 22;

const byId = ({ containers }: StateView): ReadonlyMap<number, ContainerView> => new Map(containers.map((container) => [container.id, container]));

/** `+4KiB`, `−3`; a step to or from `max` has no size. */
function changeText(spec: CounterSpec, a: number, b: number): string {
  if (spec.scope === 'setting' && (a < 0 || b < 0)) return '';
  return `${b > a ? '+' : '−'}${figureText(spec, Math.abs(b - a))}`;
}

/** Every counter that differs between two moments, container by container, under a line that says which they are. */
export function markerLines(a: StateView, b: StateView, meta: Pick<RunMeta, 'source' | 'model'>, columns: number): string[] {
  const [before, after] = [byId(a), byId(b)];
  const ids = [...new Set([...before.keys(), ...after.keys()])];
  const rows = ids.flatMap((id) =>
    countersOf(meta).flatMap((spec) => {
      const [from, to] = [before.get(id), after.get(id)];
      // A container that is in one of them only is in the other as a new one begins; limits of what is not there are none.
      if (spec.scope === 'setting' && (from === undefined || to === undefined)) return [];
      const [was, is] = [from?.counters[spec.index] ?? 0, to?.counters[spec.index] ?? 0];
      if (was === is || Number.isNaN(was) || Number.isNaN(is)) return [];
      return [[(to ?? from)?.path ?? `#${id}`, counterLabel(spec), figureText(spec, was), figureText(spec, is), changeText(spec, was, is)]];
    }),
  );
  const place = `From marker A, event ${countText(a.event_index)}, to event ${countText(b.event_index)}:`;
  if (rows.length === 0) return wrapped(`${place} no counter differs.`, columns).split('\n');
  return [
    place,
    '',
    ...tableLines(
      [
        { head: 'container', width_max: NAME_WIDTH_MAX },
        { head: 'counter' },
        { head: 'A', right: true },
        { head: 'B', right: true },
        { head: 'B − A', right: true },
      ],
      rows,
    ),
  ];
}
