import { AMOUNT_FORMATS, formatBytes, formatCount, formatLimit, plural } from '../base/figures.ts';
import { PAGE_SIZE_BYTES } from '../base/ids.ts';
import { COUNTERS, shownUnit } from './counters.ts';
import { LIST_NAMES } from './events.ts';
import type { RunWords } from './run-words.ts';
import type { Watched, WatchValue } from './watch.ts';
import { ownersInWords } from './why.ts';

/** From here on a page is lost in the figures of `formatBytes`. */
const EXACT_BYTES = 2 ** 20;

function bytesInWords(bytes: number): string {
  const pages = bytes / PAGE_SIZE_BYTES;
  return bytes >= EXACT_BYTES && Number.isInteger(pages) ? `${formatBytes(bytes)} (${plural(pages, 'page')})` : formatBytes(bytes);
}

/** The value of what is watched, in words: `4.00 MiB`, `12 pages`, `inactive_file`, `A (1/2 page) and B (1/2 page)`. */
export function watchedInWords(watched: Watched, { value, owners }: WatchValue, words: RunWords): string {
  if (watched.what === 'counter') {
    const spec = COUNTERS[watched.counter];
    if (spec?.scope === 'setting') return formatLimit(value);
    const unit = spec === undefined ? 'bytes' : shownUnit(spec);
    return unit === 'bytes' ? bytesInWords(value) : AMOUNT_FORMATS[unit](value);
  }
  if (watched.what === 'object') {
    if (owners === null) return plural(value, 'page');
    return owners.length === 0 ? 'nobody' : owners.map(({ container }) => words.container(container)).join(', ');
  }
  switch (watched.fact) {
    case 'owner':
      return ownersInWords(owners ?? [], words);
    case 'list':
      return LIST_NAMES[value] ?? 'on no list';
    case 'swapped':
      return value === 1 ? 'in swap' : 'not in swap';
    case 'mapcount':
      return value === 1 ? 'mapped once' : value === 0 ? 'not mapped' : `mapped ${formatCount(value)} times`;
  }
}
