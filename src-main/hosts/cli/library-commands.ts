import { language } from '../../lab/language.ts';
import { tableLines } from '../../lab/table-text.ts';
import { countText, headOf, TEXT_COLUMNS, wrapped } from '../../lab/text.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';
import { runColumns } from './run-columns.ts';
import { runText } from './run-text.ts';

const SCENARIO_NAME_WIDTH = 17;
interface OutputOptions extends DatabaseOptions {
  readonly json?: boolean;
}

/** `memledger list`: scenarios and runs of the library, newest first. */
export async function listCommand({ json = false, ...database }: OutputOptions): Promise<number> {
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  const library = await bench.value.library();
  bench.value.close();
  if (!library.ok) return tellErrors(library.errors, json);
  const { scenarios, runs } = library.value;
  if (json) {
    await printJson({ scenarios, runs });
    return EXIT.ok;
  }
  const number = (id: number): string => `  ${String(id).padStart(4)}  `;
  const lines = [`scenarios: ${countText(scenarios.length)}`];
  for (const { id, name, origin } of scenarios) lines.push(`${number(id)}${origin.padEnd(9)}${name}`.slice(0, TEXT_COLUMNS));
  lines.push('', `runs: ${countText(runs.length)}`);
  const rows = runs.map(({ id, scenario_name, model, status, event_count, failed_expectation_count }) => {
    const ending = failed_expectation_count === 0 ? status : `${status}, ${countText(failed_expectation_count)} failed`;
    return [`${id}`, headOf(scenario_name, SCENARIO_NAME_WIDTH), model, ending, countText(event_count)];
  });
  if (rows.length > 0) lines.push(...tableLines(runColumns('   run'), rows));
  await print(lines.join('\n'));
  return EXIT.ok;
}

/** `memledger show RUN`: a recorded run as `run` shows it. */
export async function showCommand(run_id: number, { json = false, ...database }: OutputOptions): Promise<number> {
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  const report = await bench.value.report(run_id);
  bench.value.close();
  if (!report.ok) return tellErrors(report.errors, json);
  if (json) await printJson(report.value);
  else await print(runText(report.value));
  return EXIT.ok;
}

/** `memledger models`: the presets. */
export async function modelsCommand({ json = false }: { readonly json?: boolean }): Promise<number> {
  const models = language.models();
  if (json) await printJson({ models });
  else
    await print(
      models
        .map(({ id, title, date, summary, source, axes, parameters = {} }) =>
          [
            `${id}: ${title} (${date})`,
            wrapped(summary, TEXT_COLUMNS, '  '),
            wrapped(`(${source})`, TEXT_COLUMNS, '  '),
            wrapped(
              Object.entries({ ...axes, ...parameters })
                .map(([key, value]) => `${key}=${value}`)
                .join(' '),
              TEXT_COLUMNS,
              '  ',
            ),
          ].join('\n'),
        )
        .join('\n\n'),
    );
  return EXIT.ok;
}

/** `memledger schema`: JSON Schema of the scenario language. */
export async function schemaCommand(): Promise<number> {
  await printJson(language.jsonSchema());
  return EXIT.ok;
}

/** `memledger reference`: the language's reference page. */
export async function referenceCommand(): Promise<number> {
  await print(language.referenceMarkdown());
  return EXIT.ok;
}
