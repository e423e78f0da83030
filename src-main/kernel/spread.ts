import { COUNTERS } from '../../src-engine/record/counters.ts';
import type { CounterSpread, KernelSpread, SampleSpread } from '../lab/contract.ts';
import type { RunReport } from '../lab/run-report.ts';
import type { ContainerCounters } from '../lab/sample.ts';

const SPREAD = COUNTERS.filter(({ scope }) => scope !== 'setting').map(({ name, file }) => ({ name, is_event: file === 'memory.events' }));

/** Undefined where it was not read, or the container is not there. */
function counterOf(counters: ContainerCounters | undefined, name: string, is_event: boolean): number | undefined {
  const value = is_event ? counters?.events[name] : counters?.[name];
  return typeof value === 'number' ? value : undefined;
}

function spreadOf(values: readonly number[]): CounterSpread {
  const sorted = values.toSorted((x, y) => x - y);
  return { min: sorted[0] ?? 0, median: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}

function sampleSpread(sample: string, step: number, runs: readonly RunReport[]): SampleSpread {
  const taken = runs.map(({ samples }) => samples.find((one) => one.sample === sample && one.step === step));
  const paths = [...new Set(taken.flatMap((one) => Object.keys(one?.containers ?? {})))];
  const containers = paths.map((path) => {
    const counters = SPREAD.flatMap(({ name, is_event }) => {
      const spread = spreadOf(taken.map((one) => counterOf(one?.containers[path], name, is_event)).filter((value) => value !== undefined));
      return spread.max === 0 ? [] : [[is_event ? `events.${name}` : name, spread] as const];
    });
    return [path, Object.fromEntries(counters)] as const;
  });
  return { sample, step, containers: Object.fromEntries(containers) };
}

/** The spread of every kernel that was booted more than once, over its complete runs. */
export function spreadOfRuns(reports: readonly RunReport[]): readonly KernelSpread[] {
  const complete = reports.filter(({ status }) => status === 'complete');
  const models = [...new Set(complete.map(({ model }) => model))];
  return models.flatMap((model) => {
    const runs = complete.filter((run) => run.model === model);
    if (runs.length < 2) return [];
    const samples = (runs[0]?.samples ?? []).map(({ sample, step }) => sampleSpread(sample, step, runs));
    return [{ model, boot_count: runs.length, samples }];
  });
}
