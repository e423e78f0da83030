import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { plainFigures, plural } from '../../../src-engine/base/figures.ts';
import type { Result } from '../../../src-engine/base/result.ts';
import { type FileImport, readImport, readScenarios } from '../../lab/import-input.ts';
import { readProcesses, saveProcesses } from '../../lab/proc-files.ts';
import { countText, row } from '../../lab/text.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';
import { compareCommand } from './scenario-commands.ts';

export interface ImportCommandOptions extends DatabaseOptions {
  readonly json?: boolean;
  /** `--proc PID…` */
  readonly proc?: readonly number[];
  /** `--save DIR`: keep the files of /proc instead of importing them. */
  readonly save?: string;
  /** `--out FILE`: write the scenario to a file. */
  readonly out?: string;
  /** `--compare`: run what was made under its models. */
  readonly compare?: boolean;
}

const SHOWN_LINE_COUNT = 10;
const SHOWN_SLACK_COUNT = 20;
const SHOWN_EVENT_COUNT = 20;
const WIDTHS = [30, 10, 16, 16] as const;

function summaryText({ report, summaries }: FileImport): readonly string[] {
  const lines: string[] = [];
  for (const [index, run] of summaries.entries()) {
    lines.push('', `run ${report.run_ids[index] ?? ''}: ${some(run.events, 'event')}, ${some(run.passes, 'reclaim pass', 'reclaim passes')}`);
    for (const { event, count, sums, summed_lines } of run.tracepoints.slice(0, SHOWN_EVENT_COUNT)) {
      const inLines = (lines: number | undefined): string => (lines === undefined ? '' : ` in ${countText(lines)} of ${countText(count)} lines`);
      const told = Object.entries(sums).map(([name, sum]) => `${name} ${countText(sum)}${inLines(summed_lines[name])}`);
      lines.push(`  ${event}: ${countText(count)}${told.length === 0 ? '' : ` (${told.join(', ')})`}`);
    }
    if (run.tracepoints.length > SHOWN_EVENT_COUNT) lines.push(`  and ${countText(run.tracepoints.length - SHOWN_EVENT_COUNT)} more kinds of events`);
    if (Object.keys(run.tasks).length === 0) continue;
    lines.push(row(['  task', 'passes', 'pages scanned', 'pages reclaimed'], WIDTHS));
    for (const [name, task] of Object.entries(run.tasks)) {
      lines.push(row([`  ${name}`, countText(task.passes), countText(task.nr_scanned), countText(task.nr_reclaimed)], WIDTHS));
      for (const [list, priorities] of Object.entries(task.lru)) {
        for (const [priority, { nr_scanned, nr_reclaimed }] of Object.entries(priorities)) {
          lines.push(row([`    ${list}, priority ${priority}`, '', countText(nr_scanned), countText(nr_reclaimed)], WIDTHS));
        }
      }
    }
  }
  return lines;
}

const some = (count: number, one: string, many?: string): string => plainFigures(plural(count, one, many));

/** A foreign text's words as a terminal may show them: no control characters, which could move its cursor or change its title. */
const harmless = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);

function importText(imported: FileImport): string {
  const { report, scenarios } = imported;
  const lines = [
    `${report.format}: ${some(report.lines_total, 'line')}, ${countText(report.lines_used)} used, ${countText(report.lines_not_understood)} not understood`,
  ];
  for (const { line, text } of report.not_understood.slice(0, SHOWN_LINE_COUNT)) lines.push(`  line ${line}: ${harmless(text.replaceAll('\t', ' '))}`);
  if (report.lines_not_understood > SHOWN_LINE_COUNT) lines.push(`  and ${countText(report.lines_not_understood - SHOWN_LINE_COUNT)} more`);
  for (const { what, stated, found, unit } of report.slack.slice(0, SHOWN_SLACK_COUNT))
    lines.push(`slack: ${harmless(plainFigures(what))}: ${countText(stated)} and ${countText(found)} ${unit === 'count' ? '' : unit}`.trimEnd());
  if (report.slack.length > SHOWN_SLACK_COUNT) lines.push(`  and ${countText(report.slack.length - SHOWN_SLACK_COUNT)} more`);
  for (const note of report.notes) lines.push(`note: ${harmless(plainFigures(note))}`);
  for (const [index, { name }] of scenarios.entries()) {
    const id = report.scenario_ids[index];
    const is_known = report.known_scenarios.some((known) => known.id === id);
    lines.push(`scenario ${id ?? ''}: ${name}${is_known ? ', which is in the library already with the very same text' : ''}`);
  }
  if (report.run_ids.length + report.scenario_ids.length === 0) lines.push('nothing was made of it');
  return [...lines, ...summaryText(imported)].join('\n');
}

async function importedBy(source: string | undefined, { proc, ...database }: ImportCommandOptions): Promise<Result<FileImport>> {
  const read = proc === undefined ? readImport(source ?? '') : readProcesses(proc);
  if (!read.ok) return read;
  const bench = await openBench(database);
  if (!bench.ok) return bench;
  try {
    const { value } = read;
    return await ('scenarios' in value ? bench.value.importProcesses(value) : bench.value.importInput(value));
  } finally {
    bench.value.close();
  }
}

/** Runs the scenario that is made of what is given under its models, side by side. */
async function compareImported(source: string | undefined, { proc, out, ...options }: ImportCommandOptions): Promise<number> {
  const input = proc === undefined ? readImport(source ?? '') : undefined;
  if (input !== undefined && !input.ok) return tellErrors(input.errors, options.json === true);
  const made = input === undefined ? readProcesses(proc ?? []) : readScenarios(input.value);
  if (!made.ok) return tellErrors(made.errors, options.json === true);
  const [scenario] = made.value.scenarios;
  if (scenario === undefined) {
    process.stderr.write(`memledger: no scenario is made of this: ${plainFigures(made.value.notes.join('; '))}\n`);
    return EXIT.input_errors;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'memledger-import-'));
  try {
    const file = out ?? join(scratch, 'imported.yaml');
    writeFileSync(file, scenario.text);
    if (scenario.trace !== undefined) writeFileSync(join(dirname(file), scenario.trace.file), scenario.trace.bytes);
    return await compareCommand(file, { ...options, model: [] });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** `memledger import FILE`: a foreign format as a recorded run or as scenarios; `--proc`: what processes of this machine share. */
export async function importCommand(source: string | undefined, options: ImportCommandOptions): Promise<number> {
  const { json = false, proc, save, out, compare = false } = options;
  if ((source === undefined) === (proc === undefined)) {
    process.stderr.write('memledger: give a file or directory to import, or --proc with numbers of processes\n');
    return EXIT.usage;
  }
  if (save !== undefined) {
    if (proc === undefined) {
      process.stderr.write('memledger: --save keeps the files of --proc\n');
      return EXIT.usage;
    }
    if (out !== undefined || compare) {
      process.stderr.write('memledger: --save only keeps the files; import them from there with --out or --compare\n');
      return EXIT.usage;
    }
    const saved = saveProcesses(proc, save);
    if (!saved.ok) return tellErrors(saved.errors, json);
    await print(`saved ${countText(saved.value)} bytes in ${save}; import it with \`memledger import ${save}\``);
    return EXIT.ok;
  }
  if (compare) return compareImported(source, options);
  const imported = await importedBy(source, options);
  if (!imported.ok) return tellErrors(imported.errors, json);
  const [scenario] = imported.value.scenarios;
  if (out !== undefined && scenario !== undefined) {
    try {
      writeFileSync(out, scenario.text);
    } catch (exception) {
      return tellErrors(
        [{ code: 'file-not-written', message: `The scenario cannot be written: ${(exception as Error).message}.`, place: { file: out } }],
        json,
      );
    }
  }
  if (out !== undefined && imported.value.scenarios.length !== 1)
    process.stderr.write(
      `memledger: ${imported.value.scenarios.length === 0 ? `${out} is not written: no scenario was made` : `${out} has the first of ${imported.value.scenarios.length} scenarios`}\n`,
    );
  const code = imported.value.report.run_ids.length + imported.value.report.scenario_ids.length === 0 ? EXIT.input_errors : EXIT.ok;
  if (!json) {
    await print(importText(imported.value));
    return code;
  }
  const { run_ids, ...lines } = imported.value.report;
  await printJson({
    ...lines,
    slack: lines.slack.map((item) => ({ ...item, what: plainFigures(item.what) })),
    notes: lines.notes.map(plainFigures),
    runs: imported.value.summaries.map((summary, index) => ({ run_id: run_ids[index], ...summary })),
  });
  return code;
}
