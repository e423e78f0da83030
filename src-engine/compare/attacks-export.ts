import { formatBytes, formatNs, plural, THIN } from '../base/figures.ts';
import { folded } from '../base/folded.ts';
import { type AttackCell, type AttackLoss, type AttackMatrix, type AttackRow, HARM_FROM } from './attacks.ts';

/** Width of the plain text: fits a mail to a list, quoted once or twice. */
const COLUMNS = 72;
const NAME_WIDTH_MAX = 22;

interface LossWords {
  /** Its mark in a narrow matrix. */
  readonly mark: string;
  /** In a word or two. */
  readonly word: string;
  readonly text: (amount: number) => string;
}

/** Each loss in words. */
export const LOSS_WORDS: Readonly<Record<keyof AttackLoss, LossWords>> = {
  kills: { mark: 'K', word: 'killed', text: (count) => `${plural(count, 'task')} killed` },
  failures: { mark: 'F', word: 'failed', text: (count) => `${plural(count, 'operation')} failed` },
  dropped_bytes: { mark: 'D', word: 'dropped', text: (bytes) => `${formatBytes(bytes)} dropped` },
  unsent_bytes: { mark: 'U', word: 'unsent', text: (bytes) => `${formatBytes(bytes)} not sent` },
  stall_ns: { mark: 'W', word: 'waited', text: (ns) => `waited ${formatNs(ns)} longer` },
  charged_end_bytes: { mark: 'C', word: 'charged', text: (bytes) => `charged ${formatBytes(bytes)} more at the end` },
  charged_peak_bytes: { mark: 'P', word: 'peak', text: (bytes) => `charged ${formatBytes(bytes)} more at its peak` },
  refaults: { mark: 'R', word: 'refaults', text: (count) => `${plural(count, 'page')} brought back` },
};

/** What a cell says, in one sentence without its end: the gravest loss first, then what else is harm by itself, and refaults. */
export function attackCellText(cell: AttackCell): string {
  const { verdict, loss, because } = cell;
  if (verdict === 'unknown' || loss === null) return 'not run';
  if (because === null) return 'not harmed';
  const others = (Object.keys(LOSS_WORDS) as (keyof AttackLoss)[]).filter(
    (kind) => kind !== because && loss[kind] >= (kind === 'refaults' ? 1 : HARM_FROM[kind]),
  );
  return [because, ...others].map((kind) => LOSS_WORDS[kind].text(loss[kind])).join(', ');
}

const markOf = ({ verdict, because }: AttackCell): string => (verdict === 'unknown' ? '?' : because === null ? '·' : LOSS_WORDS[because].mark);
const titleOf = ({ name }: AttackRow): string => name.replace(/^Attack: /, '');
/** Figures for a terminal and for grep: thousands apart by commas, plain spaces before units. */
const plain = (text: string): string => text.replace(/(?<=\d)\u202f(?=\d)/g, ',').replaceAll(THIN, ' ');

/** What a cell says and where it can be seen first. */
const losses = (cell: AttackCell): string => `${plain(attackCellText(cell))}; step ${cell.step_index}:`;

/** The matrix as plain text of 72 columns: first marks, models against attacks, then for each attack whom it harms and how. */
export function attacksPlainText({ models, rows }: AttackMatrix): string {
  const name_width = Math.min(NAME_WIDTH_MAX, Math.max(5, ...models.map((model) => model.length)));
  const nameOf = (model: string): string => (model.length <= name_width ? model.padEnd(name_width) : `…${model.slice(model.length - name_width + 1)}`);
  const cellsOf = (marks: readonly string[]): string => marks.map((mark) => mark.padStart(3)).join('');
  const lines = rows.map((row, index) => `${String(index + 1).padStart(2)}  ${titleOf(row)} (${row.attackers.join(', ')} against ${row.victim})`);
  lines.push('', `${nameOf('')}${cellsOf(rows.map((_, index) => String(index + 1)))}`);
  lines.push(...models.map((model, column) => `${nameOf(model)}${cellsOf(rows.map(({ cells }) => markOf(cells[column])))}`));
  lines.push(
    '',
    ...folded(`${legend()}; · not harmed, ? not run. Each figure is the run with the attacker less the run with the attacker held back.`, '', COLUMNS),
  );
  rows.forEach((row, index) => {
    lines.push('', `${index + 1}  ${titleOf(row)}`);
    const harmed = row.cells.filter(({ because }) => because !== null);
    if (harmed.length === 0) lines.push('  nobody harmed');
    for (const text of new Set(harmed.map(losses))) {
      const alike = harmed.filter((cell) => losses(cell) === text);
      lines.push(
        ...folded(text, '  ', COLUMNS),
        ...folded(alike.map(({ model, run_id }) => `${model}${run_id === null ? '' : ` (run ${run_id})`}`).join(', '), '      ', COLUMNS),
      );
    }
  });
  return `${lines.join('\n')}\n`;
}

const legend = (): string =>
  Object.values(LOSS_WORDS)
    .filter(({ mark }) => mark !== LOSS_WORDS.refaults.mark)
    .map(({ mark, word }) => `${mark} ${word}`)
    .join(', ');

/** The matrix as Markdown: models × attacks. */
export function attacksMarkdown({ models, rows }: AttackMatrix): string {
  const cellOf = (cell: AttackCell): string =>
    cell.because === null ? plain(attackCellText(cell)) : `**${LOSS_WORDS[cell.because].word}**<br>${plain(attackCellText(cell))}`;
  const table = [
    ['Model', ...rows.map(titleOf)],
    ['---', ...rows.map(() => '---')],
    ...models.map((model, column) => [`\`${model}\``, ...rows.map(({ cells }) => cellOf(cells[column]))]),
  ];
  const abouts = rows.flatMap((row) => [`## ${titleOf(row)}`, '', row.about.trim().replaceAll('\n', '\n\n'), '']);
  return `${['# Attacks', '', ...table.map((cells) => `| ${cells.join(' | ')} |`), '', ...abouts].join('\n')}`;
}
