import { onBeforeUnmount, onMounted, shallowRef } from 'vue';
import { chartSvg } from '../../src-engine/formats/chart-svg.ts';
import type { RunOpened } from '../../src-main/lab/contract.ts';
import { isGuestId } from '../../src-main/lab/guest-ids.ts';
import type { LineChartModel } from './line-chart-model.ts';

/** A chart as it stands in the window, with what a picture of it must say because nothing stands around it there. */
export interface ShownChart {
  readonly title: string;
  /** Scenario, run and model. */
  readonly subtitle: string;
  /** What x counts. */
  readonly x_title: string;
  readonly model: LineChartModel;
  /** Whether `model` is of what the title says; false while it is being read. */
  readonly ready: boolean;
}

const sources = shallowRef<readonly (() => readonly ShownChart[])[]>([]);

/** Tells which charts a view shows while it is mounted: they can be exported. */
export function useShownCharts(charts: () => readonly ShownChart[]): void {
  onMounted(() => {
    sources.value = [...sources.value, charts];
  });
  onBeforeUnmount(() => {
    sources.value = sources.value.filter((source) => source !== charts);
  });
}

/** The charts that the window shows now, from top to bottom. */
export const shownCharts = (): readonly ShownChart[] => sources.value.flatMap((charts) => charts());

/** Which run a chart is of: scenario, number and model. A run of an opened file has no number of its own. */
export const nameOfRun = ({ run, meta }: Pick<RunOpened, 'run' | 'meta'>): string =>
  [run.scenario_name, isGuestId(run.id) ? 'of a shared file' : `run ${run.id}`, meta.model].join(', ');

/** A chart as SVG, over what is zoomed to: the writer's light look, whatever the window's theme. */
export const svgOfShown = ({ title, subtitle, x_title, model }: ShownChart): string => chartSvg({ ...model, title, subtitle, x_title });
