import { plainFigures, plural } from '../../../src-engine/base/figures.ts';
import type { Answers } from '../../lab/contract.ts';
import type { KeepReport } from '../../lab/sharing-contract.ts';
import { tableLines } from '../../lab/table-text.ts';
import { countText, headOf, sizeText, TEXT_COLUMNS, wrapped } from '../../lab/text.ts';
import { openSharedWorkbench } from '../../lab/workbench.ts';
import { writeOut } from './export-command.ts';
import { EXIT, plainError, print, printJson, tellErrors, tellProblem } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';
import { runColumns } from './run-columns.ts';

export interface ShareOptions extends DatabaseOptions {
  readonly scenario?: readonly number[];
  readonly comparison?: readonly number[];
  readonly output: string;
  readonly json?: boolean;
}

/** `memledger share RUN… --output FILE`: runs with their scenarios and bookmarks in one file, to be handed on. */
export async function shareCommand(
  run_ids: readonly number[],
  { scenario = [], comparison = [], output, json = false, ...database }: ShareOptions,
): Promise<number> {
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  try {
    return await writeOut(output, json, (write) => bench.value.share({ run_ids, scenario_ids: scenario, comparison_ids: comparison }, write));
  } finally {
    bench.value.close();
  }
}

export interface OpenOptions extends DatabaseOptions {
  readonly keep?: boolean;
  readonly json?: boolean;
}

const SCENARIO_NAME_WIDTH = 20;

/** `memledger open FILE`: what a file holds, and with `--keep` what of it went into the library. */
export async function openCommand(file: string, { keep = false, json = false, ...database }: OpenOptions): Promise<number> {
  const opened = await openSharedWorkbench(file);
  if (!opened.ok) return tellErrors(opened.errors, json);
  const { bench, problems } = opened.value;
  try {
    for (const problem of problems) tellProblem(problem);
    const library = await bench.library();
    if (!library.ok) return await tellErrors(library.errors, json);
    const own = await openBench(database);
    if (!own.ok) return await tellErrors(own.errors, json);
    const report = keep ? await bench.keepIn(own.value) : await bench.reckonKeep(own.value);
    own.value.close();
    if (!report.ok) return await tellErrors(report.errors, json);
    if (json) await printJson({ ...library.value, problems: problems.map(plainError), [keep ? 'kept' : 'would_keep']: report.value });
    else await print([...contentsLines(library.value), '', ...keepLines(report.value, keep, file)].join('\n'));
    return problems.length === 0 ? EXIT.ok : EXIT.input_errors;
  } finally {
    bench.close();
  }
}

function contentsLines({ scenarios, runs }: Answers['library']): string[] {
  const rows = runs
    .toReversed()
    .map(({ id, scenario_name, model, status, event_count }) => [`${id}`, headOf(scenario_name, SCENARIO_NAME_WIDTH), model, status, countText(event_count)]);
  return [
    ...scenarios.map(({ name, revision_count }) => `scenario: ${name}${revision_count > 1 ? ` (${revision_count} revisions)` : ''}`.slice(0, TEXT_COLUMNS)),
    ...(scenarios.length > 0 && rows.length > 0 ? [''] : []),
    ...(rows.length > 0 ? tableLines(runColumns(' run'), rows) : []),
  ];
}

const some = (count: number, one: string): string[] => (count === 0 ? [] : [plainFigures(plural(count, one))]);

function keepLines(report: KeepReport, kept: boolean, file: string): string[] {
  const added = [
    ...some(report.scenarios_added, 'scenario'),
    ...some(report.runs_added, 'run'),
    ...some(report.bookmarks_added, 'bookmark'),
    ...some(report.comparisons_added, 'comparison'),
  ];
  const present = [...some(report.scenarios_present, 'scenario'), ...some(report.runs_present, 'run')];
  const what = added.length === 0 ? 'nothing' : `${added.join(', ')}${report.runs_added > 0 ? ` (${sizeText(report.size_bytes)})` : ''}`;
  const there = present.length === 0 ? '' : `; ${present.join(', ')} there already`;
  if (kept) return wrapped(`added to the library: ${what}${there}`, TEXT_COLUMNS).split('\n');
  return [...wrapped(`--keep would add to the library: ${what}${there}`, TEXT_COLUMNS).split('\n'), `to look at a run of it: memledger show RUN --db ${file}`];
}
