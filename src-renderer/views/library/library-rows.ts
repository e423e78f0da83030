import type { RunRow, ScenarioRow } from '../../../src-main/lab/contract.ts';

/** A row of the library's left pane. */
export type LibraryRow =
  | { readonly kind: 'heading'; readonly title: string }
  | { readonly kind: 'all-runs'; readonly run_count: number }
  | { readonly kind: 'traces'; readonly run_count: number }
  | { readonly kind: 'scenario'; readonly scenario: ScenarioRow; readonly run_count: number };

const HEADINGS: readonly { readonly origin: ScenarioRow['origin']; readonly title: string }[] = [
  { origin: 'user', title: 'Your scenarios' },
  { origin: 'import', title: 'Imported' },
  { origin: 'example', title: 'Examples' },
];

/** Whether every word of a query occurs in one of the texts. */
function fits(query: string, texts: readonly string[]): boolean {
  const text = texts.join('\n').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Whether a run was imported from a kernel's trace. */
export function isTrace(run: RunRow): boolean {
  return run.source === 'trace';
}

/** Whether a run of the engine is one of those that the tables of criteria and of attacks are read from: there are a run or two for each of their cells. */
export function isTableRun({ source, scenario_id }: RunRow, table_scenario_ids: ReadonlySet<number>): boolean {
  return source === 'engine' && scenario_id !== null && table_scenario_ids.has(scenario_id);
}

/** Runs that a query finds: by scenario, model, status or number. */
export function findRuns(runs: readonly RunRow[], query: string): readonly RunRow[] {
  return query.trim() === '' ? runs : runs.filter((run) => fits(query, [run.scenario_name, run.model, run.status, `${run.id}`]));
}

/** The left pane: all runs (`listed_count` of them are listed), traces, then scenarios by origin; examples by name, the others as given (newest first). */
export function libraryRows(scenarios: readonly ScenarioRow[], runs: readonly RunRow[], listed_count: number, query: string): readonly LibraryRow[] {
  const run_counts = new Map<number | null, number>();
  for (const run of runs) run_counts.set(run.scenario_id, (run_counts.get(run.scenario_id) ?? 0) + 1);

  const rows: LibraryRow[] = [{ kind: 'all-runs', run_count: listed_count }];
  const trace_count = findRuns(runs.filter(isTrace), query).length;
  if (trace_count > 0) rows.push({ kind: 'traces', run_count: trace_count });
  for (const { origin, title } of HEADINGS) {
    const found = scenarios.filter((scenario) => scenario.origin === origin && fits(query, [scenario.name, scenario.about, ...scenario.models]));
    if (found.length === 0) continue;
    if (origin === 'example') found.sort((a, b) => a.id - b.id);
    rows.push({ kind: 'heading', title });
    for (const scenario of found) rows.push({ kind: 'scenario', scenario, run_count: run_counts.get(scenario.id) ?? 0 });
  }
  return rows;
}

/** A name for a row that stays the same when the list changes. */
export function rowKey(row: LibraryRow): string {
  return row.kind === 'scenario' ? `scenario-${row.scenario.id}` : row.kind === 'heading' ? `heading-${row.title}` : row.kind;
}
