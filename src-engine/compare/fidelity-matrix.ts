import { folded } from '../base/folded.ts';
import type { Fidelity, PlacedCell } from './fidelity.ts';
import { cellText } from './fidelity-export.ts';

/** One scenario on one kernel, beside one model. */
export interface FidelityRow {
  readonly scenario: string;
  readonly fidelity: Fidelity;
}

const COLUMNS = 72;
const share = ({ matched_count, cell_count }: Fidelity): string => `${matched_count}/${cell_count}`;
const kernelOf = ({ kernel }: Fidelity): string => kernel.replace(/^linux /, '');

/** The sum over rows: cells that agree, those of them that do exactly, and all. */
export function fidelitySum(rows: readonly FidelityRow[]): { readonly matched: number; readonly exact: number; readonly cells: number } {
  const sum = (of: (fidelity: Fidelity) => number): number => rows.reduce((total, { fidelity }) => total + of(fidelity), 0);
  return { matched: sum(({ matched_count }) => matched_count), exact: sum(({ exact_count }) => exact_count), cells: sum(({ cell_count }) => cell_count) };
}

/** The matrix as plain text of 72 columns: a line for each scenario and kernel, its worst cell, and where the two part. */
export function fidelityMatrixText(rows: readonly FidelityRow[]): string {
  const lines: string[] = [];
  for (const { scenario, fidelity } of rows) {
    lines.push(...folded(`${scenario}: ${share(fidelity)} cells, ${fidelity.exact_count} exactly (${kernelOf(fidelity)}, ${fidelity.model})`, '', COLUMNS));
    if (fidelity.worst !== null && fidelity.worst.difference !== 0) lines.push(...folded(`worst ${cellText(fidelity.worst)}`, '    ', COLUMNS));
    if (fidelity.parting !== null) lines.push(...folded(`parts at ${partingText(fidelity)}`, '    ', COLUMNS));
  }
  const { matched, exact, cells } = fidelitySum(rows);
  lines.push('', `${matched} of ${cells} cells agree, ${exact} of them exactly.`);
  return `${lines.join('\n')}\n`;
}

function partingText({ parting, samples }: Fidelity): string {
  if (parting === null) return '';
  const sample = samples.find(({ step }) => step === parting.step)?.sample;
  const where = parting.line === null ? `sample ${sample ?? parting.step}` : `step ${parting.step}, line ${parting.line}`;
  const event = parting.first_event === null ? '' : `, event ${parting.first_event} of the model`;
  return `${where}${event}: ${parting.cell.path} ${parting.cell.counter}`;
}

/** The matrix as Markdown. */
export function fidelityMatrixMarkdown(rows: readonly FidelityRow[]): string {
  const { matched, exact, cells } = fidelitySum(rows);
  const lines = ['| Experiment | Kernel | Model | Cells | Exactly | Worst cell |', '| --- | --- | --- | ---: | ---: | --- |'];
  for (const { scenario, fidelity } of rows) {
    const worst = fidelity.worst === null || fidelity.worst.difference === 0 ? '' : cellText(fidelity.worst);
    lines.push(`| ${scenario} | ${kernelOf(fidelity)} | \`${fidelity.model}\` | ${share(fidelity)} | ${fidelity.exact_count} | ${worst} |`);
  }
  lines.push('', `${matched} of ${cells} cells agree, ${exact} of them exactly.`);
  return `${lines.join('\n')}\n`;
}

/** Every cell outside its tolerance, with its sample. */
export const cellsOutside = ({ samples }: Fidelity): readonly PlacedCell[] =>
  samples.flatMap(({ sample, step, cells }) => cells.filter(({ verdict }) => verdict === 'outside').map((cell) => ({ ...cell, sample, step })));
