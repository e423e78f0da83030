import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KIND } from './events.ts';
import { NaiveState } from './naive-state.ts';
import { type Pause, SearchCancelled } from './page-events.ts';
import { PAGE_MAP_MODES, PAGE_VALUE } from './page-values.ts';
import { RunPages } from './run-pages.ts';
import { createRunSearch } from './run-search.ts';
import { plainCompressor } from './test-compressor.ts';
import { opened, randomStream, recorded, type TestEvent } from './test-streams.ts';

const pause: Pause = () => Promise.resolve();

function openedBoth(events: readonly TestEvent[], portion: number) {
  const reader = recorded(events, portion);
  const player = opened(reader);
  return { player, pages: new RunPages(createRunSearch(reader, plainCompressor).parts, player.tablesAt) };
}
const openedPages = (events: readonly TestEvent[], portion: number): RunPages => openedBoth(events, portion).pages;

/** Whether an event is about a page: its own, or one of the pages that it begins with. */
function isOfPage({ kind, page = -1, a = 0 }: TestEvent, wanted: number): boolean {
  return page === wanted || (kind === KIND.object_create && wanted > page && wanted < page + a);
}

function naiveAt(events: readonly TestEvent[], count: number): NaiveState {
  const naive = new NaiveState();
  for (const event of events.slice(0, count)) naive.apply(event);
  return naive;
}

const chargesOf = (naive: NaiveState, page: number): readonly (readonly [number, number])[] =>
  [...(naive.pages[page]?.charges ?? [])].filter(([, units]) => units !== 0).sort(([x], [y]) => x - y);

function naiveValues(naive: NaiveState, object: number, mode: (typeof PAGE_MAP_MODES)[number]): number[] {
  const { base, page_count } = naive.objects[object];
  return Array.from({ length: page_count }, (_, index) => {
    const page = naive.pages[base + index];
    const owners = chargesOf(naive, base + index);
    if (page.lruvec === null && owners.length === 0) return page.swapped ? PAGE_VALUE.swapped : PAGE_VALUE.absent;
    if (mode === 'owner') return owners.length === 0 ? PAGE_VALUE.nobody : owners.length === 1 ? owners[0][0] : PAGE_VALUE.several;
    if (mode === 'owners') return owners.length;
    if (mode === 'list') return page.lruvec === null ? PAGE_VALUE.nobody : page.list;
    return page.mappers.length;
  });
}

test('the map of every object, in any order of events, is what the naive reference says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 20, max: 200 }),
      fc.array(fc.integer({ min: 0, max: 450 }), { minLength: 1, maxLength: 4 }),
      async (seed, portion, cursors) => {
        const events = randomStream(seed, 400);
        const pages = openedPages(events, portion);
        for (const wanted of cursors) {
          const event_index = Math.min(wanted, events.length);
          const naive = naiveAt(events, event_index);
          for (const object of naive.objects.keys()) {
            for (const mode of PAGE_MAP_MODES) {
              if (mode === 'age') continue;
              const map = await pages.map({ event_index, object, mode, from_page: 0, to_page: 1e9, bucket_count_max: 1e9 }, pause);
              expect([...(map?.values ?? [])], `${mode} of object ${object} at ${event_index}`).toEqual(naiveValues(naive, object, mode));
              expect(map?.legend.reduce((sum, { page_count }) => sum + page_count, 0)).toBe(naive.objects[object].page_count);
            }
          }
          const missing = await pages.map({ event_index, object: naive.objects.length, mode: 'owner', from_page: 0, to_page: 1, bucket_count_max: 1 }, pause);
          expect(missing).toBeNull();
        }
      },
    ),
    { numRuns: 10 },
  );
});

test('a bucket has the value of most of its pages, and says where it has others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 12 }), fc.nat(40), fc.nat(40), async (seed, bucket_count_max, x, y) => {
      const events = randomStream(seed, 500);
      const pages = openedPages(events, 100);
      const naive = naiveAt(events, events.length);
      for (const object of naive.objects.keys()) {
        const all = naiveValues(naive, object, 'owner');
        const from_page = Math.min(x, y, all.length);
        const to_page = Math.min(Math.max(x, y), all.length);
        const map = await pages.map({ event_index: events.length, object, mode: 'owner', from_page, to_page, bucket_count_max }, pause);
        expect(map).not.toBeNull();
        if (map === null) return;
        expect(map.values.length).toBeLessThanOrEqual(bucket_count_max);
        for (const [bucket, value] of map.values.entries()) {
          const inside = all.slice(from_page + bucket * map.bucket_pages, Math.min(from_page + (bucket + 1) * map.bucket_pages, to_page));
          const countOf = (wanted: number): number => inside.filter((other) => other === wanted).length;
          const is_absent = countOf(PAGE_VALUE.absent) * 2 > inside.length;
          const there = inside.filter((other) => other !== PAGE_VALUE.absent);
          expect(countOf(value)).toBe(is_absent ? countOf(PAGE_VALUE.absent) : Math.max(...there.map(countOf)));
          expect(value === PAGE_VALUE.absent).toBe(is_absent);
          const others = inside.filter((other) => other !== value);
          expect(countOf(map.seconds[bucket])).toBe(others.length === 0 ? inside.length : Math.max(...others.map(countOf)));
          expect(map.mixed[bucket]).toBe(countOf(value) < inside.length ? 1 : 0);
        }
      }
    }),
    { numRuns: 10 },
  );
});

test('a page’s story has all its events, its owners and its mappers, wherever one stands', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 20, max: 300 }), fc.nat(400), fc.nat(60), async (seed, portion, cursor, page) => {
      const events = randomStream(seed, 400);
      const pages = openedPages(events, portion);
      const event_index = Math.min(cursor, events.length);
      const own = events.flatMap((_, row) => (isOfPage(events[row], page) ? [row] : []));
      // Twice: the second search leaves blocks out.
      await pages.story(page + 1, event_index, 5, pause);
      const story = await pages.story(page, event_index, 1000, pause);
      const naive = naiveAt(events, event_index);
      expect(story?.events.map(({ index }) => index)).toEqual(own);
      expect(story?.before_count).toBe(own.filter((index) => index < event_index).length);
      expect(story?.owners.map(({ container, units }) => [container, units])).toEqual(chargesOf(naive, page));
      const mappers = naive.pages[page]?.mappers ?? [];
      expect(story?.mapped_by).toEqual(
        [...new Set(mappers)].sort((x, y) => x - y).map((task) => ({ task, times: mappers.filter((one) => one === task).length })),
      );
      expect(story?.mapcount).toBe(mappers.length);
      expect(story?.swapped).toBe(naive.pages[page]?.swapped ?? false);
      expect(story?.list_container).toBe(naive.pages[page]?.lruvec ?? null);
    }),
    { numRuns: 15 },
  );
});

test('the references of a page are those that the player counts, pins among them, locks and sends not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(fc.tuple(fc.nat(400), fc.nat(60), fc.integer({ min: 1, max: 8 }), fc.nat(2), fc.boolean()), { maxLength: 12 }),
      fc.nat(420),
      fc.nat(60),
      async (seed, pins, cursor, page) => {
        const events: TestEvent[] = [...randomStream(seed, 400)];
        for (const [at, first, count, flags, is_released] of pins) {
          const held = { page: first, a: count, flags };
          events.splice(at, 0, { kind: KIND.pin, ...held });
          if (is_released) events.splice(at + 5, 0, { kind: KIND.unpin, ...held });
        }
        const { player, pages } = openedBoth(events, 50);
        const event_index = Math.min(cursor, events.length);
        const { references, counts } = await pages.story(page, event_index, 10, pause);
        player.seek({ event: event_index });
        expect(references).toEqual(player.pageReferences(page));
        const held = events.slice(0, event_index).filter(({ kind, page: first = -1, a = 0 }) => kind === KIND.pin && page >= first && page < first + a);
        const released = events.slice(0, event_index).filter(({ kind, page: first = -1, a = 0 }) => kind === KIND.unpin && page >= first && page < first + a);
        expect(counts.pins + counts.locks + counts.sends).toBe(held.length - released.length);
      },
    ),
    { numRuns: 25 },
  );
});

test('what is cancelled ends at its next pause, and the next call is right all the same', async () => {
  const events = randomStream(5, 900);
  const pages = openedPages(events, 50);
  const request = { event_index: events.length, object: 0, mode: 'owner', from_page: 0, to_page: 100, bucket_count_max: 100 } as const;
  let pauses = 0;
  const stopped: Pause = () => (++pauses >= 3 ? Promise.reject(new SearchCancelled()) : Promise.resolve());
  await expect(pages.map(request, stopped)).rejects.toBeInstanceOf(SearchCancelled);
  await expect(pages.story(0, events.length, 10, stopped)).rejects.toBeInstanceOf(SearchCancelled);
  const map = await pages.map(request, pause);
  expect([...(map?.values ?? [])]).toEqual(naiveValues(naiveAt(events, events.length), 0, 'owner'));
});
