import type { Answer, FidelityCell, PlacedCell, RunRow } from '../../../src-main/lab/contract.ts';
import { formatBytes, formatCount, formatDelta } from '../../format.ts';

type Fidelity = Answer<'fidelity'>;

/** An amount of a cell as the window writes it. */
export const cellFigure = ({ unit }: Pick<FidelityCell, 'unit'>, amount: number): string => (unit === 'bytes' ? formatBytes(amount) : formatCount(amount));
/** A difference with its sign. */
export const cellDelta = ({ unit }: Pick<FidelityCell, 'unit'>, amount: number): string => formatDelta(amount, unit === 'bytes' ? formatBytes : formatCount);

/** What of a difference is explained, and what is left, in words; empty where both agree. */
export function slackInWords(cell: FidelityCell): string {
  if (cell.difference === 0) return '';
  const parts = cell.slack.map(({ cause, amount }) => `${cause} ${cellDelta(cell, amount)}`);
  return [...parts, ...(cell.unexplained === 0 ? [] : [`unexplained ${cellDelta(cell, cell.unexplained)}`])].join(', ');
}

/** Cells of all samples in their order; those outside only, or all, whose sample, container or counter holds every word of `text`. */
export function fidelityRows({ samples }: Fidelity, { text, outside_only }: { readonly text: string; readonly outside_only: boolean }): readonly PlacedCell[] {
  const terms = text
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '');
  return samples.flatMap(({ sample, step, cells }) =>
    cells
      .filter(({ path, counter, verdict }) => {
        const words = `${sample} ${path} ${counter}`.toLowerCase();
        return (!outside_only || verdict === 'outside') && terms.every((term) => words.includes(term));
      })
      .map((cell) => ({ ...cell, sample, step })),
  );
}

/** Runs that can be laid beside this one as model against kernel: of the same text and of the other kind, the newest of each model or kernel. */
export function fidelityPartners(run: RunRow, runs: readonly RunRow[]): readonly RunRow[] {
  const other = run.source === 'kernel' ? 'engine' : run.source === 'engine' ? 'kernel' : null;
  const fit = runs.filter(
    ({ source, revision_id, status }) => source === other && revision_id !== null && revision_id === run.revision_id && status === 'complete',
  );
  const newest_first = fit.toSorted((x, y) => y.id - x.id);
  return newest_first.filter(({ model }, index) => newest_first.findIndex((earlier) => earlier.model === model) === index);
}
