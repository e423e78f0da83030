import { ok, type Result } from './base/result.ts';
import { ENGINE_VERSION, Interpreter } from './machine/interpreter.ts';
import type { SimulateOptions } from './machine/simulate-options.ts';
import { World } from './machine/world.ts';
import { resolveModel } from './models/model.ts';
import type { RecordSink, RunMeta, RunNames, RunSummary } from './record/run.ts';
import type { Program } from './scenario/program.ts';

export interface SimulateOutcome {
  readonly status: 'complete' | 'cancelled';
  readonly meta: RunMeta;
  readonly names: RunNames;
  readonly summary: RunSummary;
}

/**
 * Runs a program under a model (a preset's name or a composition, see resolveModel) and hands every event to the sink. Deterministic: the same program, model
 * and engine version give the same events.
 *
 * Errors: those of resolveModel; too-many-pages; too-many-containers; invariant-violated, with scenario, seed,
 * model, step and event. A program error inside the engine is thrown.
 */
export function simulate(program: Program, model_id: string, sink: RecordSink, options: SimulateOptions = {}): Result<SimulateOutcome> {
  const model = resolveModel(model_id);
  if (!model.ok) return model;
  const world = new World(program, sink, model.value, model.value.policies);
  const meta: RunMeta = {
    source: 'engine',
    model: model.value.id,
    charge_shift: world.policy.charge_shift,
    seed: program.seed,
    memory_pages: program.machine.memory_pages,
    engine_version: ENGINE_VERSION,
  };
  const interpreter = new Interpreter(world, sink, meta, options);
  sink.begin?.(meta, interpreter.names);
  const ended = interpreter.run();
  world.log.finish();
  if (!ended.ok) return ended;
  return ok({ status: ended.value, meta, names: interpreter.names, summary: interpreter.summary() });
}
