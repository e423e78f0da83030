import { reportedName } from '../../src-engine/record/counter-names.ts';
import { COUNTERS } from '../../src-engine/record/counters.ts';
import type { RunReport, SampleReport } from './run-report.ts';
import type { ContainerCounters } from './sample.ts';

/** One counter of one container under every model. */
export interface ComparedCounter {
  /** By model; null where the container does not exist under it. */
  readonly values: Readonly<Record<string, number | null>>;
  /** Difference to the baseline, by model; without the baseline, and without models that lack the container. */
  readonly deltas: Readonly<Record<string, number>>;
}

/** Whether the models have not all the same of it. */
export const differs = ({ values }: ComparedCounter): boolean => new Set(Object.values(values)).size > 1;
/** Whether any model tells it: a trace knows of no container what it is charged. */
export const isKnown = ({ values }: ComparedCounter): boolean => Object.values(values).some((value) => value !== null);

export interface ComparedSample {
  readonly sample: string;
  readonly step: number;
  /** By container and counter; events as `events.oom_kill`. */
  readonly containers: Readonly<Record<string, Readonly<Record<string, ComparedCounter>>>>;
}

export interface Comparison {
  readonly baseline: string;
  readonly samples: readonly ComparedSample[];
}

const COMPARED = COUNTERS.filter(({ scope }) => scope !== 'setting').map((spec) => ({
  name: spec.name,
  is_event: spec.file === 'memory.events',
  key: reportedName(spec),
}));

function counterOf(counters: ContainerCounters | undefined, name: string, is_event: boolean): number | null {
  if (counters === undefined) return null;
  const value = is_event ? counters.events[name] : counters[name];
  return typeof value === 'number' ? value : null;
}

/**
 * Lays runs of one scenario side by side, sample by sample; the first run is the baseline. A sample that a run never reached counts as one without containers.
 */
export function compareRuns(runs: readonly RunReport[]): Comparison {
  const [baseline] = runs;
  const keys = new Map<string, { readonly sample: string; readonly step: number }>();
  for (const { samples } of runs) for (const { sample, step } of samples) keys.set(`${step} ${sample}`, { sample, step });
  const samples = [...keys.values()]
    .sort((a, b) => a.step - b.step)
    .map(({ sample, step }): ComparedSample => {
      const taken = runs.map((run) => ({ model: run.model, at: run.samples.find((one) => one.sample === sample && one.step === step) }));
      const paths = new Set(taken.flatMap(({ at }) => Object.keys(at?.containers ?? {})));
      return { sample, step, containers: Object.fromEntries([...paths].map((path) => [path, compareContainer(path, taken)])) };
    });
  return { baseline: baseline?.model ?? '', samples };
}

type Taken = readonly { readonly model: string; readonly at: SampleReport | undefined }[];

function compareContainer(path: string, taken: Taken): Readonly<Record<string, ComparedCounter>> {
  return Object.fromEntries(
    COMPARED.map(({ name, is_event, key }) => {
      const values = taken.map(({ model, at }) => [model, counterOf(at?.containers[path], name, is_event)] as const);
      const base = values[0]?.[1] ?? null;
      const deltas = values.slice(1).flatMap(([model, value]) => (value === null || base === null ? [] : [[model, value - base] as const]));
      return [key, { values: Object.fromEntries(values), deltas: Object.fromEntries(deltas) }];
    }),
  );
}
