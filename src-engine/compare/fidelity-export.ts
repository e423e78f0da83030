import { folded } from '../base/folded.ts';
import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import type { Fidelity, FidelityCell, PlacedCell } from './fidelity.ts';

/** Width of the plain text: fits a mail to a list, quoted once or twice. */
const COLUMNS = 72;

const grouped = (count: number): string => String(Math.abs(count)).replace(/\B(?=(\d{3})+$)/g, ',');
const sign = (amount: number): string => (amount < 0 ? '−' : amount > 0 ? '+' : '');

/** An amount of a cell as figures: pages where it is memory in whole pages, `B` where it is bytes of slab objects, else a count. */
export function cellAmount({ unit }: Pick<FidelityCell, 'unit'>, amount: number): string {
  if (unit === 'count') return grouped(amount);
  return amount % PAGE_SIZE_BYTES === 0 ? `${grouped(amount / PAGE_SIZE_BYTES)} p` : `${grouped(amount)} B`;
}

const signed = (cell: FidelityCell, amount: number): string => `${sign(amount)}${cellAmount(cell, amount)}`;

/** What of a difference is explained, in words. */
export function slackText(cell: FidelityCell): string {
  const parts = cell.slack.map(({ cause, amount }) => `${cause} ${signed(cell, amount)}`);
  if (cell.unexplained !== 0 && cell.difference !== 0) parts.push(`unexplained ${signed(cell, cell.unexplained)}`);
  return parts.join(', ');
}

const MARKS = { exact: '=', within: '~', outside: '!' } as const;

/** Where a cell is and by how much it is apart, in one line. */
export function cellText(cell: PlacedCell): string {
  const slack = slackText(cell);
  return `${cell.sample}, ${cell.path} ${cell.counter}: kernel ${cellAmount(cell, cell.kernel)}, model ${cellAmount(cell, cell.model)}, ${signed(cell, cell.difference)}${slack === '' ? '' : ` (${slack})`}`;
}

function headText({ kernel, model, cell_count, exact_count, matched_count, worst, parting }: Fidelity): readonly string[] {
  const lines = [
    `kernel ${kernel}`,
    `model  ${model}`,
    `${grouped(matched_count)} of ${grouped(cell_count)} cells agree, ${grouped(exact_count)} of them exactly`,
  ];
  if (worst !== null) lines.push(...folded(`worst: ${cellText(worst)}`, '  ', COLUMNS));
  if (parting !== null) {
    const where = `${parting.line === null ? '' : ` (line ${parting.line})`}${parting.first_event === null ? '' : `, event ${grouped(parting.first_event)} of the model`}`;
    lines.push(...folded(`they part in step ${parting.step}${where}: ${parting.cell.path} ${parting.cell.counter}`, '  ', COLUMNS));
  }
  return lines;
}

/** The comparison as plain text of 72 columns. `=` exact, `~` within the tolerance, `!` outside. */
export function fidelityPlainText(fidelity: Fidelity): string {
  const lines = [...headText(fidelity)];
  for (const { sample, step, cells, only_kernel, only_model } of fidelity.samples) {
    lines.push('', `${sample} (step ${step})`);
    for (const cell of cells) {
      const figures = [cellAmount(cell, cell.kernel), cellAmount(cell, cell.model), cell.difference === 0 ? '' : signed(cell, cell.difference)];
      lines.push(`${MARKS[cell.verdict]} ${`${cell.path} ${cell.counter}`.padEnd(34)}${figures.map((figure) => figure.padStart(12)).join('')}`.trimEnd());
      const slack = slackText(cell);
      if (slack !== '') lines.push(...folded(slack, '      ', COLUMNS));
    }
    if (only_kernel.length > 0) lines.push(...folded(`only on the kernel: ${only_kernel.join(', ')}`, '  ', COLUMNS));
    if (only_model.length > 0) lines.push(...folded(`only in the simulator: ${only_model.join(', ')}`, '  ', COLUMNS));
  }
  lines.push('', ...folded(LEGEND, '', COLUMNS));
  return `${lines.join('\n')}\n`;
}

const LEGEND =
  '= exact, ~ within 3 % or 96 pages, ! outside. Kernel, simulator, kernel less simulator; p pages, B bytes. What explains a difference is said, not subtracted.';

/** The comparison as Markdown. */
export function fidelityMarkdown(fidelity: Fidelity): string {
  const lines = [
    `# ${fidelity.model} beside ${fidelity.kernel}`,
    '',
    ...headText(fidelity)
      .slice(2)
      .map((line) => line.trim()),
  ];
  for (const { sample, step, cells } of fidelity.samples) {
    lines.push(
      '',
      `## ${sample} (step ${step})`,
      '',
      '| | Container | Counter | Kernel | Simulator | Difference | Explained |',
      '| --- | --- | --- | ---: | ---: | ---: | --- |',
    );
    for (const cell of cells) {
      const figures = [cellAmount(cell, cell.kernel), cellAmount(cell, cell.model), signed(cell, cell.difference), slackText(cell)];
      lines.push(`| ${MARKS[cell.verdict]} | \`${cell.path}\` | \`${cell.counter}\` | ${figures.join(' | ')} |`);
    }
  }
  return `${lines.join('\n')}\n\n${LEGEND}\n`;
}
