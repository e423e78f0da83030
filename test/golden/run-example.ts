import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fail, formatError, type Result } from '../../src-engine/base/result.ts';
import { createRecorder, type Recorder } from '../../src-engine/record/recorder.ts';
import type { EngineSample, ExpectationResult, RunMeta, RunNames } from '../../src-engine/record/run.ts';
import { plainCompressor } from '../../src-engine/record/test-compressor.ts';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import type { Program } from '../../src-engine/scenario/program.ts';
import { modelId } from '../../src-engine/scenario/schema.ts';
import { simulate } from '../../src-engine/simulate.ts';
import { namedCounters, snapshotOfSample } from '../../src-main/lab/sample.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** What is kept of a run to tell whether it is still the same: the log's hash, its length, and what stands in the counters at the end. */
export interface Golden {
  readonly log_sha256: string;
  readonly event_count: number;
  /** Container → counter → shown value at the end; zeros, open limits and what is gone left out. */
  readonly containers: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Example {
  /** Name of the file without `.yaml`. */
  readonly name: string;
  readonly program: Program;
  readonly models: readonly string[];
}

/** The scenarios shipped with the lab, in the order of their names. */
export function examples(): Example[] {
  return readdirSync(EXAMPLES)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const parsed = valueOf(parseScenario(readFileSync(join(EXAMPLES, file), 'utf8'), { file }));
      const program = valueOf(compileScenario(parsed, { readTrace: () => fail({ code: 'no-traces', message: 'the examples need no trace' }) }));
      return { name: basename(file, '.yaml'), program, models: parsed.scenario.models.map(modelId) };
    });
}

/** Runs an example. The recorder checks at the end of every step that the events tell the same as the engine's own counters. */
export function runExample(program: Program, model: string): { readonly golden: Golden; readonly expectations: readonly ExpectationResult[] } {
  const hash = createHash('sha256');
  let recorder: Recorder | undefined;
  let names: RunNames | undefined;
  let samples: EngineSample[] = [];
  let last: EngineSample | undefined;
  const outcome = valueOf(
    simulate(
      program,
      model,
      {
        begin(meta: RunMeta, begun_names: RunNames) {
          names = begun_names;
          recorder = createRecorder(meta, plainCompressor, { hasher: hash });
        },
        seal(columns, count) {
          if (recorder === undefined || names === undefined) throw new Error('a block before the run has begun');
          valueOf(recorder.block(columns, count, names, samples));
          samples = [];
          return columns;
        },
        sample(sample) {
          samples.push(sample);
          last = sample;
        },
      },
      { sample_each_step: true },
    ),
  );
  if (last === undefined) throw new Error('a run without a step');
  const { containers } = snapshotOfSample(last, outcome.meta.charge_shift);
  return {
    golden: {
      log_sha256: hash.digest('hex'),
      event_count: outcome.summary.event_count,
      containers: Object.fromEntries(Object.entries(containers).map(([path, counters]) => [path, nonzero(counters)])),
    },
    expectations: outcome.summary.expectations,
  };
}

/** The golden figures of one example under all its models. */
export function goldenOf({ program, models }: Example): Readonly<Record<string, Golden>> {
  return Object.fromEntries(models.map((model) => [model, runExample(program, model).golden]));
}

/** Where an example's golden figures are kept. */
export const goldenPath = (name: string): string => join(import.meta.dirname, `${name}.json`);

function nonzero({ events, limits, ...plain }: ReturnType<typeof namedCounters>): Record<string, number> {
  const all = { ...plain, ...prefixed('events', events), ...prefixed('limit', limits) };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] !== 0));
}

const prefixed = (prefix: string, values: Readonly<Record<string, number | 'max'>>): Record<string, number | 'max'> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.errors.map(formatError).join('\n'));
  return result.value;
}
