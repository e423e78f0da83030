import { createColumns, KIND } from '../../src-engine/record/events.ts';
import { compileScenario } from '../../src-engine/scenario/compile.ts';
import { parseScenario } from '../../src-engine/scenario/parse.ts';
import { simulate } from '../../src-engine/simulate.ts';

/** What operations of tasks failed under a model, in order, by the task and the error that it saw. */
export function failuresOf(yaml: string, model: string): { readonly errno: number; readonly task: string }[] {
  const parsed = parseScenario(yaml);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const program = compileScenario(parsed.value, { readTrace: () => ({ ok: false, errors: [] }) });
  if (!program.ok) throw new Error(JSON.stringify(program.errors));
  const failures: { errno: number; task: string }[] = [];
  const columns = createColumns();
  const run = simulate(program.value, model, {
    seal: (block, count) => {
      for (let row = 0; row < count; row++)
        if (block.kind[row] === KIND.op_fail) failures.push({ errno: block.flags[row] ?? 0, task: program.value.taskNames[block.task[row] ?? 0] ?? '' });
      return columns;
    },
    sample: () => {},
  });
  if (!run.ok) throw new Error(JSON.stringify(run.errors));
  return failures;
}
