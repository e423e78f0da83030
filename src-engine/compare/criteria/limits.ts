import { formatFigure } from '../../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../../base/ids.ts';
import type { StateView } from '../../record/run.ts';
import type { Measured } from './battery.ts';
import { counterAt, evidenceAt, sampleOf } from './measured-run.ts';
import type { Finding } from './types.ts';

const A = 'A';
/** 8192 inodes, four to a page. */
const SLAB_PAGES = 2048;
/** Eight forks: a kernel stack of four pages each, and the four leaf page tables that the 8 MiB heap takes; what lies above them is left out, so the truth is no less. */
const FORK_PAGES = 8 * (4 + 4);

/** Pages of all objects that are in memory: a fact of the machine that no policy has a say in. */
const residentInAll = (state: StateView): number => state.objects.reduce((pages, object) => pages + object.resident_page_count, 0);
/** Bytes that sockets took and nobody has read yet, in pages: the least that their buffers hold. */
const queuedPages = (state: StateView): number => Math.ceil(counterAt(state, '.', 'tcp_sent') / PAGE_SIZE_BYTES);

const residentBetween = (before: StateView, after: StateView): number => residentInAll(after) - residentInAll(before);

/** The classes of memory in the order of the scenario `classes`: the sample that ends each, and what it really took, in pages. */
const CLASSES: readonly { readonly sample: string; readonly words: string; readonly taken: (before: StateView, after: StateView) => number }[] = [
  { sample: 'anonymous', words: 'anonymous memory', taken: residentBetween },
  { sample: 'mapped-file', words: 'mapped file', taken: residentBetween },
  { sample: 'page-cache', words: 'page cache', taken: residentBetween },
  { sample: 'tmpfs', words: 'tmpfs', taken: residentBetween },
  { sample: 'slab', words: 'slab', taken: () => SLAB_PAGES },
  { sample: 'sockets', words: 'sockets', taken: (before, after) => queuedPages(after) - queuedPages(before) },
  { sample: 'stacks-and-page-tables', words: 'stacks and page tables', taken: () => FORK_PAGES },
];
/** Counters that have a limit. Memory that several of them saw is counted once: a class belongs to the one that saw most of it. */
const LIMITED = ['current', 'kmem', 'tcp'] as const;
/** A class of which less than this share is unseen is not named. */
const NAMED_FROM = 0.02;

/** Share of the memory that A used and that no counter with a limit saw. */
export function measureLimits({ runs: { classes: run } }: Measured): Finding {
  let before = sampleOf(run, 'start');
  let taken_pages = 0;
  let unseen_pages = 0;
  const by_class = CLASSES.map(({ sample, words, taken }) => {
    const after = sampleOf(run, sample);
    const pages = taken(before, after);
    const seen = Math.max(0, ...LIMITED.map((counter) => (counterAt(after, A, counter) - counterAt(before, A, counter)) / PAGE_SIZE_BYTES));
    const unseen = Math.max(0, pages - seen);
    before = after;
    taken_pages += pages;
    unseen_pages += unseen;
    return { words, sample, pages, share: pages === 0 ? 0 : unseen / pages };
  });
  const share = unseen_pages / taken_pages;
  const missed = by_class.filter((one) => one.share > NAMED_FROM);
  return {
    figures: [
      { label: 'memory that no limit sees', value: share, unit: 'share' },
      ...by_class.map(({ words, share: unseen }) => ({ label: `of ${words}`, value: unseen, unit: 'share' as const })),
    ],
    summary: `${formatFigure({ value: share, unit: 'share' })} unseen${missed.length === 0 ? '' : `: ${missed.map(({ words }) => words).join(', ')}`}`,
    verdict: share <= 0.02 ? { word: 'yes', tone: 'good' } : share < 0.5 ? { word: 'partly', tone: 'mixed' } : { word: 'no', tone: 'bad' },
    evidence: [evidenceAt(run, missed[0]?.sample ?? 'stacks-and-page-tables')],
  };
}
