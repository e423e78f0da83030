import { ROOT_CONTAINER } from '../../../src-engine/base/ids.ts';
import { chargeInWords } from '../../../src-engine/record/describe-event.ts';
import { eventNumber } from '../../../src-engine/record/event-number.ts';
import { listName } from '../../../src-engine/record/page-values.ts';
import type { PageReferences } from '../../../src-engine/record/run.ts';
import type { RunWords } from '../../../src-engine/record/run-words.ts';
import type { PageStory } from '../../../src-main/lab/contract.ts';
import { formatCount, plural } from '../../format.ts';
import { firstAtLeast } from '../run/timeline-model.ts';

/** An event and its step, as the panels write them: `event 1,234, step 2`. */
export function moment(event_index: number, step_events: Float64Array): string {
  const step = firstAtLeast(step_events, event_index + 1) - 1;
  const event = `event ${formatCount(eventNumber(event_index))}`;
  return step < 0 ? event : `${event}, step ${formatCount(step)}`;
}

const times = (count: number, what: string): string => `${what} ${count === 1 ? 'once' : count === 2 ? 'twice' : `${formatCount(count)} times`}`;

/** Who is charged, in words: `charged to A`, `shared by A (1/2 page) and B (1/2 page)`. */
export function ownersInWords({ owners }: Pick<PageStory, 'owners'>, words: RunWords): string {
  const shift = words.meta.charge_shift;
  if (owners.length === 0) return 'nobody is charged';
  const [first] = owners;
  if (first !== undefined && owners.length === 1) {
    const amount = first.units === 2 ** shift ? '' : `, ${chargeInWords(first.units, shift)}`;
    return `charged to ${words.container(first.container)}${amount}`;
  }
  return `charged to ${formatCount(owners.length)}: ${owners.map(({ container, units }) => `${words.container(container)} (${chargeInWords(units, shift)})`).join(', ')}`;
}

/** Names of those who are charged, for a line that has room for few words: `A, B`, with their parts where they differ: `A (1/4 page), B (3 KiB)`. */
export function payersInWords({ owners }: Pick<PageStory, 'owners'>, words: RunWords): string {
  const is_even = owners.every(({ units }) => units === owners[0]?.units);
  return owners
    .map(({ container, units }) => `${words.container(container)}${is_even ? '' : ` (${chargeInWords(units, words.meta.charge_shift)})`}`)
    .join(', ');
}

/** `References: 2,050 (1 of the page cache, 1 mapping, 2 pins of 1,024): may be DMA-pinned.` */
export function referencesInWords({ cache, mappings, pins, count, maybe_dma_pinned }: PageReferences): string {
  const parts = [
    cache > 0 ? `${formatCount(cache)} of the page cache` : '',
    mappings > 0 ? plural(mappings, 'mapping') : '',
    // A huge page of hugetlb counts each pin once.
    pins > 0 ? `${plural(pins, 'pin')}${count - cache - mappings === pins ? '' : ` of ${formatCount((count - cache - mappings) / pins)}`}` : '',
  ].filter((part) => part !== '');
  const made_of = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  const verdict = maybe_dma_pinned ? (pins > 0 ? 'may be DMA-pinned' : 'may be DMA-pinned, for so many references look like a pin') : 'not DMA-pinned';
  return `References: ${formatCount(count)}${made_of}; ${verdict}.`;
}

/** Where a page is: `on inactive_file of A`, `in swap`. */
export function placeInWords({ list, list_container, swapped }: Pick<PageStory, 'list' | 'list_container' | 'swapped'>, words: RunWords): string {
  if (list === null) return swapped ? 'in swap' : 'not in memory';
  return `on ${listName(list)} of ${list_container === ROOT_CONTAINER ? 'the root' : words.container(list_container ?? -1)}`;
}

/** All that is known of a page at the cursor, as sentences. */
export function storyInWords(story: PageStory, words: RunWords, step_events: Float64Array): readonly string[] {
  const { counts, list, mapped_by, references, touched_event } = story;
  const owners = ownersInWords(story, words);
  const place = placeInWords(story, words);
  const since = list === null || touched_event === null ? '' : `, charged or put there last at ${moment(touched_event, step_events)}`;
  const mappers = mapped_by.map(({ task, times: count }) => `${words.task(task)}${count > 1 ? ` ${formatCount(count)}×` : ''}`).join(', ');
  const past = [
    counts.charged > 0 ? times(counts.charged, 'charged') : '',
    counts.evicted > 0 ? times(counts.evicted, 'evicted') : '',
    counts.refaulted > 0 ? times(counts.refaulted, 'refaulted') : '',
    counts.freed > 0 ? times(counts.freed, 'freed') : '',
    counts.faults > 0 ? plural(counts.faults, 'page fault') : '',
  ].filter((part) => part !== '');
  const sentences = [`${owners.charAt(0).toUpperCase()}${owners.slice(1)}; ${place}${since}.`, mappers === '' ? 'Mapped by nobody.' : `Mapped by ${mappers}.`];
  const holds = [
    counts.pins > 0 ? plural(counts.pins, 'pin') : '',
    counts.locks > 0 ? plural(counts.locks, 'lock') : '',
    counts.sends > 0 ? plural(counts.sends, 'zero-copy send') : '',
  ].filter((part) => part !== '');
  if (holds.length > 0) sentences.push(`Held by ${holds.join(', ')}.`);
  if (references.resident) sentences.push(referencesInWords(references));
  sentences.push(past.length === 0 ? 'Nothing has happened to it yet.' : `So far ${past.join(', ')}.`);
  return sentences;
}

/** What a value of the map says of a page, for the pointer: `page 812: A`. `mixed`: other pages of the cell have other values. */
export function valueInWords(page: number, bucket_pages: number, label: string, mixed: boolean): string {
  const which = bucket_pages === 1 ? `page ${formatCount(page)}` : `pages ${formatCount(page)} to ${formatCount(page + bucket_pages - 1)}`;
  return `${which}: ${mixed ? 'most ' : ''}${label}`;
}
