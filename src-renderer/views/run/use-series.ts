import { type ComputedRef, computed, onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import type { SeriesRequest, SeriesView } from '../../../src-engine/record/run.ts';
import type { Lab } from '../../lab.ts';
import { seriesKey } from './chart-plan.ts';
import { createLatest } from './latest.ts';

/** Series of a run as they are asked for. */
interface AskedSeries {
  readonly series: Readonly<ShallowRef<ReadonlyMap<string, SeriesView>>>;
  /** Whether `series` is what is asked for now, and not what was asked for before. */
  readonly ready: ComputedRef<boolean>;
}

/** The series that `request` names (undefined: none now), asked anew whenever it changes; the old ones stay until the new are here. */
export function useSeries(lab: Lab, run_id: number, request: () => SeriesRequest | undefined): AskedSeries {
  const series = shallowRef<ReadonlyMap<string, SeriesView>>(new Map());
  const asked = shallowRef<SeriesRequest>();
  const answered = shallowRef<SeriesRequest>();
  let ended = false;
  onScopeDispose(() => {
    ended = true;
  });
  const ask = createLatest<SeriesRequest>(async (wanted) => {
    const answer = ended ? undefined : await lab.ask('series', { ...wanted, run_id, series: [...wanted.series] });
    if (answer === undefined) return;
    series.value = new Map(answer.map((view) => [seriesKey(view.container, view.counter), view]));
    answered.value = wanted;
  });
  watch(
    request,
    (wanted) => {
      if (wanted === undefined || wanted.series.length === 0) return;
      asked.value = wanted;
      ask(wanted);
    },
    { immediate: true },
  );
  return { series, ready: computed(() => asked.value !== undefined && asked.value === answered.value) };
}
