import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COUNTERS } from './counters.ts';
import { NO_LRU } from './events.ts';
import { NaiveState } from './naive-state.ts';
import { PageEvents, SearchCancelled } from './page-events.ts';
import { createRunSearch, type RunSearch } from './run-search.ts';
import { shownFactors, shownValue } from './shown.ts';
import { plainCompressor } from './test-compressor.ts';
import { randomStream, recorded, type TestEvent, testMeta } from './test-streams.ts';
import type { WatchCondition, Watched } from './watch.ts';

const at_once = async (): Promise<void> => {};
const factors = shownFactors(testMeta.charge_shift);

/** What is watched, counted anew from the naive state. `key` differs where the value does; `number` is what conditions look at. */
function naiveValue(naive: NaiveState, watched: Watched): { readonly key: string; readonly number: number } {
  const of = (number: number, key = `${number}`) => ({ key, number });
  if (watched.what === 'counter') {
    if (!naive.containers.has(watched.container)) return of(0);
    const raw = naive.counters(watched.container)[watched.counter];
    const is_limit = COUNTERS[watched.counter].scope === 'setting';
    return of(is_limit && raw < 0 ? Number.POSITIVE_INFINITY : shownValue(watched.counter, raw, factors), `${raw}`);
  }
  if (watched.what === 'object') {
    if (naive.objects[watched.object] === undefined) return of(0, watched.fact === 'owner' ? '' : '0');
    const { resident, mapped, swapped, owners } = naive.object(watched.object);
    if (watched.fact !== 'owner') return of({ resident, mapped, swapped }[watched.fact]);
    const payers = [...owners.keys()].sort((x, y) => x - y);
    return of(payers.length, payers.join());
  }
  const page = naive.pages[watched.page];
  if (page === undefined) return of(watched.fact === 'list' ? NO_LRU : 0, watched.fact === 'owner' ? '' : undefined);
  if (watched.fact === 'mapcount') return of(page.mappers.length);
  if (watched.fact === 'list') return of(page.lruvec === null ? NO_LRU : page.list);
  if (watched.fact === 'swapped') return of(Number(page.swapped));
  const owners = [...page.charges].filter(([, units]) => units !== 0).sort(([x], [y]) => x - y);
  return of(owners.length, owners.map(([container, units]) => `${container}:${units}`).join());
}

type Watch = readonly [watched: Watched, condition: WatchCondition, ...rest: unknown[]];

/** For each watch the events after which its value is another, and meets its condition; said as plainly as possible. */
function naiveHits(events: readonly TestEvent[], watches: readonly Watch[]): number[][] {
  const naive = new NaiveState();
  const hits = watches.map((): number[] => []);
  let befores = watches.map(([watched]) => naiveValue(naive, watched));
  for (const [index, event] of events.entries()) {
    naive.apply(event);
    const afters = watches.map(([watched]) => naiveValue(naive, watched));
    for (const [at, [, condition]] of watches.entries()) {
      const [before, after] = [befores[at], afters[at]];
      const falls = condition.when === 'below' && before.number >= condition.value && after.number < condition.value;
      const rises = condition.when === 'above' && before.number <= condition.value && after.number > condition.value;
      if (after.key !== before.key && (condition.when === 'changes' || falls || rises)) hits[at].push(index);
    }
    befores = afters;
  }
  return hits;
}

const anyWatched: fc.Arbitrary<Watched> = fc.oneof(
  fc.record({ what: fc.constant('counter' as const), container: fc.integer({ min: 0, max: 5 }), counter: fc.nat(COUNTERS.length - 1) }),
  fc.record({ what: fc.constant('counter' as const), container: fc.integer({ min: 0, max: 2 }), counter: fc.nat(11) }),
  fc.record({ what: fc.constant('object' as const), object: fc.nat(4), fact: fc.constantFrom('resident', 'mapped', 'swapped', 'owner' as const) }),
  fc.record({ what: fc.constant('page' as const), page: fc.nat(80), fact: fc.constantFrom('owner', 'mapcount', 'list', 'swapped' as const) }),
);
const anyCondition: fc.Arbitrary<WatchCondition> = fc.oneof(
  fc.constant({ when: 'changes' } as const),
  fc.record({
    when: fc.constantFrom('below', 'above' as const),
    value: fc.oneof(
      fc.integer({ min: -1, max: 8 }),
      fc.integer({ min: 0, max: 40 }).map((pages) => pages * 4096),
    ),
  }),
);

test('what a watch finds, either way and from anywhere, is what a naive scan finds', async () => {
  const cases = fc.asyncProperty(
    fc.nat(),
    fc.integer({ min: 40, max: 250 }),
    fc.array(fc.tuple(anyWatched, anyCondition, fc.array(fc.nat(400), { minLength: 1, maxLength: 4 })), { minLength: 4, maxLength: 12 }),
    async (seed, portion, watches) => {
      const events = randomStream(seed, 350);
      const run = createRunSearch(recorded(events, portion), plainCompressor);
      const all_hits = naiveHits(events, watches);
      for (const [at, [watched, condition, cursors]] of watches.entries()) {
        const hits = all_hits[at];
        for (const cursor of cursors) {
          const next = await run.watch(watched, condition, cursor, 1, at_once);
          expect(next?.event_index).toBe(hits.find((index) => index >= cursor));
          const previous = await run.watch(watched, condition, cursor, -1, at_once);
          expect(previous?.event_index).toBe(hits.findLast((index) => index < Math.min(cursor, events.length + 1) - 1));
        }
      }
    },
  );
  await fc.assert(cases, { numRuns: 12 });
});

/** From the start to the end by continuing, every stop with its values. */
async function stops(run: RunSearch, watched: Watched): Promise<{ event_index: number; before: number; after: number }[]> {
  const found = [];
  for (let cursor = 0; ; ) {
    const hit = await run.watch(watched, { when: 'changes' }, cursor, 1, at_once);
    if (hit === null) return found;
    found.push({ event_index: hit.event_index, before: hit.before.value, after: hit.after.value });
    cursor = hit.event_index + 1;
  }
}

test('the values on both sides of a change are those of the state', async () => {
  const events = randomStream(3, 900);
  const run = createRunSearch(recorded(events, 200), plainCompressor);
  for (const watched of [
    { what: 'counter', container: 0, counter: 0 },
    { what: 'object', object: 1, fact: 'resident' },
    { what: 'page', page: 1, fact: 'mapcount' },
  ] as const) {
    const found = await stops(run, watched);
    expect(found.length).toBeGreaterThan(0);
    for (const { event_index, before, after } of found) {
      expect([(await run.value(watched, event_index, at_once)).value, (await run.value(watched, event_index + 1, at_once)).value]).toEqual([before, after]);
    }
  }
});

test('a search that reads on finds what was read before without reading it again', async () => {
  const events = randomStream(4, 1200);
  const { parts } = createRunSearch(recorded(events, 100), plainCompressor);
  let slices = 0;
  const counting = async (): Promise<void> => void slices++;
  const pages = new PageEvents(parts.blocks, parts.objects);
  const never = 100_000;
  expect(await pages.of(never, counting)).toEqual([]);
  expect(slices).toBe(parts.blocks.entries.length);
  slices = 0;
  await pages.of(never + 1, counting);
  expect(slices).toBeLessThan(parts.blocks.entries.length);
});

test('a search ends where its pause throws', async () => {
  const run = createRunSearch(recorded(randomStream(4, 600), 100), plainCompressor);
  const cancelled = run.watch({ what: 'page', page: 1, fact: 'owner' }, { when: 'changes' }, 0, 1, async () => {
    throw new SearchCancelled();
  });
  await expect(cancelled).rejects.toBeInstanceOf(SearchCancelled);
});
