import type { CriteriaTable } from '../../lab/contract.ts';
import { language } from '../../lab/language.ts';
import { interruptSignal } from './interrupt.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';
import { recordPlanned } from './record-planned.ts';

export interface CriteriaCommandOptions extends DatabaseOptions {
  readonly model: readonly string[];
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly text?: boolean;
}

/**
 * `memledger criteria`: records what the battery of scenarios misses under each model, and prints the table that comes of it. Runs that the library has already
 * are used again: the same scenario, model and engine give the same run.
 */
export async function criteriaCommand({ model, json = false, markdown = false, ...database }: CriteriaCommandOptions): Promise<number> {
  const models = model.length === 0 ? language.models().map(({ id }) => id) : [...new Set(model)];
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  const interrupt = interruptSignal();
  try {
    const planned = await bench.value.planCriteria(models);
    if (!planned.ok) return await tellErrors(planned.errors, json);
    await recordPlanned(bench.value, planned.value, interrupt.signal);
    if (json) {
      const table = await bench.value.play('criteria', { models });
      if (!table.ok) return await tellErrors(table.errors, json);
      await printJson(table.value satisfies CriteriaTable);
    } else {
      const exported = await bench.value.play('criteriaText', { models, format: markdown ? 'markdown' : 'text' });
      if (!exported.ok) return await tellErrors(exported.errors, json);
      await print(exported.value.text);
    }
    return interrupt.signal.aborted ? EXIT.interrupted : EXIT.ok;
  } finally {
    interrupt.release();
    bench.value.close();
  }
}
