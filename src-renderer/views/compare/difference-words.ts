import { counterCalled } from '../../../src-engine/record/counter-names.ts';
import type { Divergence } from '../../../src-main/lab/contract.ts';
import { formatCount } from '../../format.ts';
import { counterTitle, formatCounter } from '../run/shown-counters.ts';

/** How a sentence about a difference begins, by what changes with its step. */
const BEGINNINGS: Readonly<Record<NonNullable<Divergence['change']> | 'none', string>> = {
  none: 'differs',
  begins: 'begins to differ',
  ends: 'no longer differs',
  turns: 'differs the other way',
};

/**
 * Where runs differ, in one short sentence: runs of one value are named together, in the order of the runs. Values that are not equal but look it are told exactly.
 * `titles`: of the runs, as the values of `found`.
 */
export function differenceWords(found: Divergence, titles: readonly string[]): string {
  const spec = counterCalled(found.counter);
  const values = [...new Set(found.values)];
  const short = values.map((value) => (spec === undefined ? formatCount(value) : formatCounter(spec, value)));
  const shown = spec !== undefined && new Set(short).size < values.length ? values.map((value) => counterTitle(spec, value)) : short;
  const parts =
    found.change === 'ends'
      ? shown
      : values.map((value, index) => `${shown[index]} under ${titles.filter((_, run) => found.values[run] === value).join(', ')}`);
  const whose = found.path === '.' ? 'the root’s' : `${found.path}’s`;
  const beginning = found.change === 'turns' && found.values.length > 2 ? 'differs in another order' : BEGINNINGS[found.change ?? 'none'];
  return `${beginning} after step ${formatCount(found.step_index)}: ${whose} ${found.counter} is ${parts.join('; ')}`;
}
