import { Interpreter } from '../../src-engine/machine/interpreter.ts';
import { World } from '../../src-engine/machine/world.ts';
import { resolveModel } from '../../src-engine/models/model.ts';
import type { EventRow } from '../../src-engine/record/events.ts';
import { createColumns } from '../../src-engine/record/events.ts';
import { createRecorder } from '../../src-engine/record/recorder.ts';
import type { EngineSample, RunMeta, StateView } from '../../src-engine/record/run.ts';
import { createRunWords, type RunWords } from '../../src-engine/record/run-words.ts';
import { plainCompressor } from '../../src-engine/record/test-compressor.ts';
import { viewState } from '../../src-engine/record/view.ts';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import type { Program } from '../../src-engine/scenario/program.ts';

/** The program of a scenario's text. A scenario with errors is a fault of the test. */
export function programOf(yaml: string): Program {
  const parsed = parseScenario(yaml);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  return program.value;
}

/** The world after a scenario, to be asked or used further, with the events and samples of the run. */
export interface Aftermath {
  readonly world: World;
  readonly rows: readonly EventRow[];
  /** The named ones, and where asked for one a step, without a name. */
  readonly samples: readonly EngineSample[];
  /** The state at the end as its events tell it, and the run's words. */
  readonly state: StateView;
  readonly words: RunWords;
}

/**
 * Runs a program under a model, holds the engine's counters against its events at every sample and, where `each_step`, after every step, and hands over the world.
 * Throws what the engine reports as an error.
 */
export function worldAfter(program: Program, model_id: string, each_step = true): Aftermath {
  const model = resolveModel(model_id);
  if (!model.ok) throw new Error(JSON.stringify(model.errors));
  const rows: EventRow[] = [];
  const samples: EngineSample[] = [];
  const columns = createColumns(4096);
  let due: EngineSample[] = [];
  const meta: RunMeta = {
    source: 'engine',
    model: model_id,
    charge_shift: 0,
    seed: program.seed,
    memory_pages: program.machine.memory_pages,
    engine_version: '',
  };
  const record = (count: number): void => {
    for (let row = 0; row < count; row++) {
      const { kind, flags, task, container, page, a, b, dt_ns } = columns;
      rows.push({
        index: rows.length,
        kind: kind[row] ?? 0,
        flags: flags[row] ?? 0,
        task: task[row] ?? 0,
        container: container[row] ?? 0,
        page: page[row] ?? 0,
        a: a[row] ?? 0,
        b: b[row] ?? 0,
        dt_ns: dt_ns[row] ?? 0,
      });
    }
    const recorded = recorder.block(columns, count, interpreter.names, due);
    if (!recorded.ok) throw new Error(JSON.stringify(recorded.errors));
    due = [];
  };
  const sink = {
    firstColumns: () => columns,
    seal: (_columns: unknown, count: number) => {
      record(count);
      return columns;
    },
    sample: (sample: EngineSample) => {
      samples.push(sample);
      due.push(sample);
    },
  };
  const world = new World(program, sink, model.value, model.value.policies);
  const run_meta = { ...meta, charge_shift: world.policy.charge_shift };
  const recorder = createRecorder(run_meta, plainCompressor);
  const interpreter = new Interpreter(world, sink, run_meta, { sample_each_step: each_step });
  const ended = interpreter.run();
  if (!ended.ok) throw new Error(JSON.stringify(ended.errors));
  world.log.finish();
  const state = viewState(recorder.state, run_meta, interpreter.names, null);
  return { world, rows, samples, state, words: createRunWords(run_meta, interpreter.names, state) };
}
