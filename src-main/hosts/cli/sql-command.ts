import { plainFigures, plural } from '../../../src-engine/base/figures.ts';
import { fail, type LabError } from '../../../src-engine/base/result.ts';
import { SQL_VIEWS } from '../../../src-engine/record/sql-views.ts';
import type { WrittenTable } from '../../lab/contract.ts';
import { countText, TEXT_COLUMNS, wrapped } from '../../lab/text.ts';
import { EXIT, print, printJson, tellErrors } from './output.ts';
import { type DatabaseOptions, openBench } from './record-files.ts';

export interface SqlCommandOptions extends DatabaseOptions {
  readonly limit: number;
  readonly views?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly markdown?: boolean;
  readonly vertical?: boolean;
}

const usage = (message: string): LabError => ({
  code: 'usage',
  message,
  remedy: 'give the numbers of runs, then the query: `memledger sql 3 4 "select * from kills"`; `memledger sql --views` lists what can be asked',
});

const indented = (text: string, columns: number): string =>
  wrapped(text, TEXT_COLUMNS - columns)
    .split('\n')
    .map((line) => ' '.repeat(columns) + line)
    .join('\n');

/** Of a terminal that does not say. */
const TERMINAL_COLUMNS = 80;

/** What of a table had to be cut, and how to see it. */
export const cutInWords = ({ cut }: Pick<WrittenTable, 'cut'>): string =>
  `cut to fit the terminal: ${cut.map(({ column, value_count }) => `${plainFigures(plural(value_count, 'value'))} of ${column}`).join(', ')}; \`--vertical\` shows them whole, as \`--csv\` and a pipe do`;

/** The views with their columns, for a terminal. */
function viewsText(): string {
  return SQL_VIEWS.map(({ name, about, columns, range }) => {
    const part = range === undefined ? '' : `; ${name}_in(run, from, to) reads a part`;
    return [`${name}${part}`, indented(about, 2), ...columns.map((column) => indented(`${column.name}: ${column.meaning}`, 4))].join('\n');
  }).join('\n\n');
}

/** `memledger sql [RUN…] QUERY`: asks SQL over recorded runs, all of the library if none is named. */
export async function sqlCommand(
  given: readonly string[],
  { limit, views = false, json = false, csv = false, markdown = false, vertical = false, ...database }: SqlCommandOptions,
): Promise<number> {
  if (views) {
    if (json) await printJson({ views: SQL_VIEWS });
    else await print(viewsText());
    return EXIT.ok;
  }
  const sql = given.at(-1);
  const runs = given.slice(0, -1);
  const run_ids = runs.map(Number);
  const wrong = run_ids.findIndex((run_id) => !Number.isSafeInteger(run_id) || run_id <= 0);
  if (sql === undefined) return tellErrors([usage('There is no query.')], json);
  if (wrong !== -1) return tellErrors([usage(`\`${runs[wrong]}\` is no number of a run.`)], json);
  const bench = await openBench(database);
  if (!bench.ok) return tellErrors(bench.errors, json);
  try {
    const { query } = bench.value;
    const asked = query('sqlQuery', { sql, run_ids, row_max: limit, time_max_s: 3600 });
    if (!asked.ok) return await tellErrors(asked.errors, json);
    const { query_id, columns, row_count, is_cut } = asked.value;
    if (json) {
      const rows = query('sqlRows', { query_id, from_row: 0, count: row_count });
      if (!rows.ok) return await tellErrors(fail(...rows.errors).errors, json);
      await printJson({ columns: columns.map(({ name }) => name), rows: rows.value, cut_at: is_cut ? limit : null });
    } else {
      const format = csv ? 'csv' : markdown ? 'markdown' : vertical ? 'vertical' : 'text';
      // Who reads a pipe or a file has room for everything.
      const line_columns = process.stdout.isTTY ? process.stdout.columns || TERMINAL_COLUMNS : null;
      const text = query('sqlText', { query_id, format, row_max: limit, line_columns });
      if (!text.ok) return await tellErrors(text.errors, json);
      await print(text.value.text);
      if (text.value.cut.length > 0) process.stderr.write(`${wrapped(`memledger: ${cutInWords(text.value)}`, line_columns ?? TEXT_COLUMNS)}\n`);
    }
    if (is_cut) process.stderr.write(`memledger: there are more rows than ${countText(limit)}; \`--limit\` shows more\n`);
    return EXIT.ok;
  } finally {
    bench.value.close();
  }
}
