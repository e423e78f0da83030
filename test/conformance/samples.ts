import { COUNTER } from '../../src-engine/record/counters.ts';
import { createColumns } from '../../src-engine/record/events.ts';
import type { EngineSample } from '../../src-engine/record/run.ts';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import { simulate } from '../../src-engine/simulate.ts';

export type Samples = ReadonlyMap<string, EngineSample>;

/** The samples of a scenario's text under a model, by name. A scenario with errors is a fault of the test. */
export function samplesOf(yaml: string, model: string): Samples {
  const parsed = parseScenario(yaml);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  const samples = new Map<string, EngineSample>();
  const columns = createColumns();
  const run = simulate(program.value, model, { seal: () => columns, sample: (sample) => void samples.set(sample.name, sample) });
  if (!run.ok) throw new Error(JSON.stringify(run.errors));
  return samples;
}

/** A counter of a container in a sample, in the engine's own units: charge units, pages, counts. */
export function counterOf(samples: Samples, sample: string, path: string, counter: keyof typeof COUNTER): number {
  const container = samples.get(sample)?.containers.find((candidate) => candidate.path === path && candidate.exists);
  if (container === undefined) throw new Error(`no ${path} in sample ${sample}`);
  return container.counters[COUNTER[counter]];
}
