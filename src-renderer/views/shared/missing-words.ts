import type { MissingRuns } from '../../../src-main/lab/contract.ts';
import { formatCount, formatWait, plural } from '../../format.ts';

/** What recording the runs that a table misses means, in sentences, for who is to say yes to it. */
export function missingWords({ run_count, cut_short_count, under_way_count, estimate_ms }: MissingRuns): readonly string[] {
  const time =
    estimate_ms === null
      ? 'How long that takes is told below the view as soon as the first ones are recorded.'
      : `By what such runs took here so far, that takes about ${formatWait(estimate_ms)}.`;
  return [
    `${run_count === 1 ? 'It is' : 'They are'} recorded one after another while you work on; those that wait can be cancelled all at once below the view. ${time}`,
    ...(cut_short_count === 0
      ? []
      : [
          cut_short_count === run_count
            ? `${run_count === 1 ? 'It was' : 'All of them were'} interrupted or cancelled before, and will be finished.`
            : `${formatCount(cut_short_count)} of them ${cut_short_count === 1 ? 'was' : 'were'} interrupted or cancelled before, and will be finished.`,
        ]),
    ...(under_way_count === 0 ? [] : [`${plural(under_way_count, 'more run')} ${under_way_count === 1 ? 'is' : 'are'} being recorded already.`]),
  ];
}

/** That a table is being read, and of how many models it has what was recorded by now. */
export function readingWords(model_count: number): string {
  return `Reading the recorded runs…${model_count === 0 ? '' : ` ${plural(model_count, 'model')} so far`}`;
}
