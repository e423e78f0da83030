import { fail, type LabError, ok, type Result } from './base/result.ts';
import { ENGINE_VERSION, Interpreter } from './machine/interpreter.ts';
import { MODELLED_AXES, World } from './machine/world.ts';
import { type Model, resolveModel } from './models/model.ts';
import type { RecordSink, RunMeta, RunNames, RunSummary } from './record/run.ts';
import type { Op, Program, Step } from './scenario/program.ts';

export interface SimulateOptions {
  /** Called about every 64 Ki accesses and after each step; returning true stops the run (cancelled). */
  readonly poll?: (progress: SimulateProgress) => boolean;
  /** Hands the sink a sample (without a name, and without an event) after every step. */
  readonly sample_each_step?: boolean;
}

export interface SimulateProgress {
  readonly event_count: number;
  readonly access_count: number;
  readonly step_index: number;
}

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
 * Errors: those of resolveModel; not-modelled (a step needs a policy that the model has not); too-many-pages; too-many-containers; invariant-violated, with scenario, seed,
 * model, step and event. A program error inside the engine is thrown.
 */
export function simulate(program: Program, model_id: string, sink: RecordSink, options: SimulateOptions = {}): Result<SimulateOutcome> {
  const model = resolveModel(model_id);
  if (!model.ok) return model;
  const refused = stepsWithoutPolicy(program, model.value);
  if (refused.length > 0) return fail(...refused);

  const world = new World(program, sink, model.value, model.value.createPolicy);
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

/** One error for each step that the model cannot carry out. */
function stepsWithoutPolicy(program: Program, model: Model): LabError[] {
  const errors: LabError[] = [];
  const visit = (op: Op, line: number): void => {
    if (!('axis' in op) || MODELLED_AXES.has(op.axis)) return;
    errors.push({
      code: 'not-modelled',
      message: `\`${op.verb}\` needs a policy for ${op.axis}, and model ${model.id} has none`,
      place: { line },
      remedy: `run the scenario under a model with a policy on the axis ${op.axis}, or take the step out`,
    });
  };
  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === 'op') visit(step.op, step.line);
      else if (step.kind === 'together') for (const part of step.parts) visit(part, step.line);
      else walk(step.steps);
    }
  };
  walk(program.steps);
  return errors;
}
