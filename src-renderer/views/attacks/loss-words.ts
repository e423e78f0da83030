import { formatBytes, formatCount, formatNs } from '../../../src-engine/base/figures.ts';
import type { AttackCell, AttackLoss } from '../../../src-main/lab/contract.ts';
import { plural } from '../../format.ts';

const bytes = (value: number): string => formatBytes(value);

/** Every figure of a loss: its words, and how it is written; the gravest first. */
const FIGURES: Readonly<Record<keyof AttackLoss, { readonly words: string; readonly short: string; readonly format: (value: number) => string }>> = {
  kills: { words: 'tasks killed', short: 'killed', format: formatCount },
  failures: { words: 'operations failed', short: 'failed', format: formatCount },
  dropped_bytes: { words: 'dropped on their way to it', short: 'dropped', format: bytes },
  unsent_bytes: { words: 'not taken from senders', short: 'not sent', format: bytes },
  stall_ns: { words: 'time waited', short: 'waited', format: formatNs },
  charged_end_bytes: { words: 'charged at the end', short: 'charged', format: bytes },
  charged_peak_bytes: { words: 'charged at its peak', short: 'at peak', format: bytes },
  refaults: { words: 'pages brought back', short: 'refaults', format: formatCount },
};

/** The figure that decides a cell, for the cell itself; empty where nothing was lost. */
export function deciding({ because, loss }: AttackCell): string {
  if (because === null || loss === null) return '';
  const { short, format } = FIGURES[because];
  return `${format(loss[because])} ${short}`;
}

/** All figures of a loss as rows. */
export function lossRows(loss: AttackLoss): readonly { readonly key: keyof AttackLoss; readonly words: string; readonly value: string }[] {
  return (Object.keys(FIGURES) as (keyof AttackLoss)[]).map((key) => ({ key, words: FIGURES[key].words, value: FIGURES[key].format(loss[key]) }));
}

/** The matrix in numbers; `cells` has those that are missing too. That nobody is harmed says something only of a whole one. */
export function matrixWords({
  attacks,
  cells,
  harmed,
  missing,
}: {
  readonly attacks: number;
  readonly cells: number;
  readonly harmed: number;
  readonly missing: number;
}): string {
  return [
    plural(attacks, 'attack'),
    ...(harmed === 0 && missing > 0 ? [] : [`the victim is harmed in ${harmed} of ${plural(cells - missing, 'cell')}`]),
    ...(missing === 0 ? [] : [`${plural(missing, 'cell')} not recorded yet`]),
  ].join(' · ');
}
