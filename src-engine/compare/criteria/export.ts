import { formatFigure, THIN } from '../../base/figures.ts';
import type { CriteriaTable, CriterionCell, CriterionRow, MissingCell, Tone } from './types.ts';

/** Width of the plain text: fits a mail to a list, quoted once or twice. */
const COLUMNS = 72;
const NO_BREAK = '\u00a0';
const NOT_MEASURED = 'not measured';
/** A mark beside the word, for those who skim. */
const MARKS: Readonly<Record<Tone, string>> = { good: '+', mixed: '~', bad: '-', plain: ' ' };

/** Whether a cell holds a measurement. */
export const isMeasured = (cell: CriterionCell | MissingCell): cell is CriterionCell => !('missing' in cell);

const evidenceText = (cell: CriterionCell): string =>
  cell.evidence.map(({ scenario, run_id, step_index }) => `${scenario}${run_id === null ? '' : `, run ${run_id}`}, step ${step_index}`).join('; ');

/** The table as Markdown: models × criteria, and below it for each criterion its rule, its figures and what contradicts the SoftwareZones page. */
export function criteriaMarkdown({ criteria, models, cells }: CriteriaTable): string {
  const short = (cell: CriterionCell | MissingCell): string =>
    isMeasured(cell) ? `**${cell.verdict.word}**${cell.contradiction === null ? '' : ' ⚠'}<br>${escaped(cell.summary)}` : NOT_MEASURED;
  const table = [
    ['Model', ...criteria.map(({ title }) => title)],
    ['---', ...criteria.map(() => '---')],
    ...models.map(({ id }, column) => [`\`${id}\``, ...criteria.map((_criterion, row) => short(cells[row][column]))]),
  ];
  const lines = ['# Ownership models by measurement', '', ...table.map((row) => `| ${row.join(' | ')} |`), ''];
  lines.push('⚠ the measurement contradicts the SoftwareZones page; why stands below.', '');
  lines.push(...criteria.flatMap((criterion, row) => markdownSection(criterion, cells[row])));
  return `${lines.join('\n')}\n`;
}

function markdownSection({ title, question, rule, scenarios }: CriterionRow, cells: readonly (CriterionCell | MissingCell)[]): string[] {
  const lines = [`## ${title}`, '', question, '', `Rule: ${rule}`, ''];
  if (scenarios.length > 0) lines.push(`Measured in: ${scenarios.map((name) => `\`examples/criteria/${name}.yaml\``).join(', ')}.`, '');
  for (const cell of cells) {
    if (!isMeasured(cell)) {
      lines.push(`* \`${cell.model}\`: ${NOT_MEASURED}: ${escaped(cell.missing)}`);
      continue;
    }
    const figures = cell.figures.map((figure) => `${figure.label} ${formatFigure(figure)}`).join('; ');
    const evidence = evidenceText(cell);
    lines.push(
      `* \`${cell.model}\`: ${cell.verdict.word}. ${escaped(figures === '' ? cell.summary : figures)}${evidence === '' ? '' : ` (${evidence})`}`,
      ...(cell.seed === null ? [] : [`  * SoftwareZones page: “${cell.seed}”`]),
      ...(cell.contradiction === null ? [] : [`  * ⚠ ${cell.contradiction}`]),
    );
  }
  return [...lines, ''];
}

/** Thousands apart by commas; `unit_space` before units. */
const plain = (text: string, unit_space: string): string => text.replace(/(?<=\d)\u202f(?=\d)/g, ',').replaceAll(THIN, unit_space);
const escaped = (text: string): string => plain(text, ' ').replaceAll('|', '\\|');

/** The table as plain text of 72 columns, one criterion after another. */
export function criteriaPlainText({ criteria, models, cells }: CriteriaTable): string {
  const name_width = Math.min(22, Math.max(...models.map(({ id }) => id.length)) + 2);
  const word_width = 16;
  const lines: string[] = [];
  criteria.forEach((criterion, row) => {
    lines.push(criterion.title.toUpperCase(), ...folded(criterion.question, ''), ...folded(`Rule: ${criterion.rule}`, ''), '');
    for (const cell of cells[row]) {
      const name = cell.model.padEnd(name_width);
      if (!isMeasured(cell)) {
        lines.push(...folded(`${name}  ${NOT_MEASURED}: ${cell.missing}`, ' '.repeat(name_width + 2)));
        continue;
      }
      const head = `${name}${MARKS[cell.verdict.tone]} ${`${cell.verdict.word}${cell.contradiction === null ? '' : ' !'}`.padEnd(word_width)}`;
      lines.push(...folded(`${head}${cell.summary}`, ' '.repeat(name_width + word_width + 2)));
      if (cell.contradiction !== null) lines.push(...folded(`! ${cell.contradiction}`, ' '.repeat(name_width + 2), name_width));
    }
    lines.push('');
  });
  lines.push('! the measurement contradicts the SoftwareZones page');
  return `${lines.join('\n')}\n`;
}

/** Words broken at the width of the page; every line but the first after `indent`, the first after `first_indent` blanks. */
function folded(text: string, indent: string, first_indent = 0): string[] {
  const words = plain(text, NO_BREAK).split(/(?<=\S) (?=\S)/);
  const lines: string[] = [];
  let line = ' '.repeat(first_indent);
  let empty = true;
  for (const word of words) {
    if (!empty && line.length + 1 + word.length > COLUMNS) {
      lines.push(line.trimEnd());
      line = indent + word;
    } else {
      line += empty ? word : ` ${word}`;
    }
    empty = false;
  }
  return [...lines, line.trimEnd()].map((one) => one.replaceAll(NO_BREAK, ' '));
}
