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
/** It ends to differ also where one of the runs does not know it any more: its container was removed. */
const UNKNOWN = 'can no longer be compared';

/**
 * Where runs differ, in one short sentence: runs of one value are named together, in the order of the runs. Values that are not equal but look it are told exactly.
 * `titles`: of the runs, as the values of `found`.
 */
export function differenceWords(found: Divergence, titles: readonly string[]): string {
  const spec = counterCalled(found.counter);
  const values = [...new Set(found.values)];
  const is_known = !values.some(Number.isNaN);
  const short = values.map((value) => (spec === undefined ? formatCount(value) : formatCounter(spec, value)));
  const shown = spec !== undefined && new Set(short).size < values.length ? values.map((value) => counterTitle(spec, value)) : short;
  const parts =
    found.change === 'ends' && is_known
      ? shown
      : values.map(
          (value, index) =>
            `${Number.isNaN(value) ? 'not known' : shown[index]} under ${titles.filter((_, run) => Object.is(found.values[run], value)).join(', ')}`,
        );
  const whose = found.path === '.' ? 'the root’s' : `${found.path}’s`;
  const changed = found.change === 'turns' && found.values.length > 2 ? 'differs in another order' : BEGINNINGS[found.change ?? 'none'];
  const beginning = is_known ? changed : UNKNOWN;
  return `${beginning} after step ${formatCount(found.step_index)}: ${whose} ${found.counter} is ${parts.join('; ')}`;
}
