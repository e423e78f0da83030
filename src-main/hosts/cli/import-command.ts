import type { TraceImport } from '../../lab/record-trace.ts';
import { TRACE_BYTES_MAX } from '../../lab/record-trace.ts';
import { readUserFile } from '../../lab/scenario-file.ts';
import { countText, row } from '../../lab/text.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';

const SHOWN_LINE_COUNT = 10;
const WIDTHS = [30, 10, 16, 16] as const;

function importText({ report, summaries }: TraceImport): string {
  const lines = [
    `${report.format}: ${countText(report.lines_total)} lines, ${countText(report.lines_used)} used, ${countText(report.lines_not_understood)} not understood`,
  ];
  for (const { line, text } of report.not_understood.slice(0, SHOWN_LINE_COUNT)) lines.push(`  line ${line}: ${text}`);
  if (report.lines_not_understood > SHOWN_LINE_COUNT) lines.push(`  and ${countText(report.lines_not_understood - SHOWN_LINE_COUNT)} more`);
  for (const [index, run] of summaries.entries()) {
    lines.push('', `run ${report.run_ids[index] ?? ''}: ${countText(run.events)} events, ${countText(run.passes)} reclaim passes`);
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
  return lines.join('\n');
}

/** `memledger import FILE`: a kernel's reclaim trace as a recorded run. */
export async function importCommand(file: string, { json = false, ...database }: DatabaseOptions & { readonly json?: boolean }): Promise<number> {
  const bytes = readUserFile(file, TRACE_BYTES_MAX);
  if (!bytes.ok) return tellErrors(bytes.errors, json);
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  const imported = await bench.value.importTrace(file, bytes.value);
  bench.value.close();
  if (!imported.ok) return tellErrors(imported.errors, json);
  if (!json) {
    await print(importText(imported.value));
    return EXIT.ok;
  }
  const { run_ids, ...lines } = imported.value.report;
  await printJson({ ...lines, runs: imported.value.summaries.map((summary, index) => ({ run_id: run_ids[index], ...summary })) });
  return EXIT.ok;
}
