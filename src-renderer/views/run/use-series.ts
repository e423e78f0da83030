import { onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import type { SeriesRequest, SeriesView } from '../../../src-engine/record/run.ts';
import type { Lab } from '../../lab.ts';
import { seriesKey } from './chart-plan.ts';
import { createLatest } from './latest.ts';

/** The series that `request` names (undefined: none now), asked anew whenever it changes; the old ones stay until the new are here. */
export function useSeries(lab: Lab, run_id: number, request: () => SeriesRequest | undefined): Readonly<ShallowRef<ReadonlyMap<string, SeriesView>>> {
  const series = shallowRef<ReadonlyMap<string, SeriesView>>(new Map());
  let ended = false;
  onScopeDispose(() => {
    ended = true;
  });
  const ask = createLatest<SeriesRequest>(async (wanted) => {
    const answer = ended ? undefined : await lab.ask('series', { ...wanted, run_id, series: [...wanted.series] });
    if (answer !== undefined) series.value = new Map(answer.map((view) => [seriesKey(view.container, view.counter), view]));
  });
  watch(
    request,
    (wanted) => {
      if (wanted !== undefined && wanted.series.length > 0) ask(wanted);
    },
    { immediate: true },
  );
  return series;
}
