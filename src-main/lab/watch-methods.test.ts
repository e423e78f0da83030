import { expect, test } from 'vitest';
import { COUNTER, COUNTER_COUNT } from '../../src-engine/record/counters.ts';
import { KIND } from '../../src-engine/record/events.ts';
import { honestPlayer } from '../../src-engine/record/honest-player.ts';
import { recordInMemory } from '../../src-engine/record/memory-run.ts';
import type { RunMeta } from '../../src-engine/record/run.ts';
import { createRunSearch } from '../../src-engine/record/run-search.ts';
import { LIFE } from '../../src-engine/record/state-tables.ts';
import { plainCompressor } from '../../src-engine/record/test-compressor.ts';
import { columnsOf, opened, randomStream, testMeta, testNames } from '../../src-engine/record/test-streams.ts';
import { createSearches } from './searches.ts';
import { createWatchMethods } from './watch-methods.ts';

const EXPECTATIONS = [{ line: 3, step_index: 1, path: 'c1', counter: 'current', expected: 4096, tolerance: 0, actual: 12288, held: false }];

function methods(meta: RunMeta = testMeta) {
  const events = randomStream(3, 900);
  const run = recordInMemory(meta, testNames, plainCompressor);
  for (let start = 0; start < events.length; start += 100) {
    const part = events.slice(start, start + 100);
    run.sink.seal(columnsOf(part), part.length);
  }
  const search = createRunSearch(run.reader, plainCompressor);
  const searches = createSearches();
  const { reader } = run;
  const player = honestPlayer(opened(reader), meta);
  return {
    searches,
    search,
    ...createWatchMethods(
      () => ({ ok: true, value: { reader, search, player } }),
      { scenarioText: async () => null, expectations: async () => EXPECTATIONS },
      searches,
    ),
  };
}

test('a watch answers with the change in words, and its value is the same before and after', async () => {
  const { watch, watchValues } = methods();
  const found = await watch({ run_id: 1, watch: '. current', from_event: 0, direction: 1 });
  if (!found.ok || found.value.hit === null) throw new Error('something is charged in this run');
  const { event_index, before, after } = found.value.hit;
  const [there, next] = [
    await watchValues({ run_id: 1, watches: ['. current', 'nothing'], event_index }),
    await watchValues({ run_id: 1, watches: ['. current'], event_index: event_index + 1 }),
  ];
  expect(there).toMatchObject({
    value: [
      { text: '. current', value: before, error: null },
      { value: null, error: { code: 'watch-unclear' } },
    ],
  });
  expect(next).toMatchObject({ value: [{ value: after }] });
});

test('what was asked for is explained, and what cannot be is refused with a remedy', async () => {
  const { why } = methods();
  expect(await why({ run_id: 1, about: 'o0[0]', event_index: 900 })).toMatchObject({ ok: true, value: { page: { page: 'o0[0]' }, counter: null } });
  expect(await why({ run_id: 1, about: '. current', event_index: 900 })).toMatchObject({ ok: true, value: { page: null, counter: { counter: 'current' } } });
  expect(await why({ run_id: 1, about: 'o0 resident', event_index: 900 })).toMatchObject({ ok: false, errors: [{ code: 'why-object' }] });
});

test('what a trace does not tell is not said to be 0', async () => {
  const { watch, why, watchValues } = methods({ ...testMeta, source: 'trace', model: 'ftrace' });
  const message = '. current is not known: nothing that this run recorded up to there tells current of memory.current.';
  expect(await why({ run_id: 1, about: '. current', event_index: 900 })).toMatchObject({ ok: false, errors: [{ code: 'counter-unknown', message }] });
  expect(await watchValues({ run_id: 1, watches: ['. current', '. pgscan'], event_index: 900 })).toMatchObject({
    value: [
      { text: '. current', value: null, error: { message } },
      { text: '. pgscan', error: null },
    ],
  });
  // Not that it does not change; and what its events have of it all the same is no figure.
  const searched = await watch({ run_id: 1, watch: '. current > 1 GiB', from_event: 0, direction: 1 });
  expect(searched).toMatchObject({ ok: false, errors: [{ code: 'counter-unknown', message: expect.stringContaining('is not known') }] });
  expect(await watch({ run_id: 1, watch: '. current', from_event: 0, direction: 1 })).toMatchObject({ ok: false, errors: [{ code: 'counter-unknown' }] });
  expect(await why({ run_id: 1, about: '. pgscan', event_index: 900 })).toMatchObject({ ok: true, value: { counter: { counter: 'pgscan' } } });
});

test('of a container that a real kernel removed is said what was read of it last, and of a peak that this is the least', async () => {
  const { watchValues, search } = methods({ ...testMeta, source: 'kernel', model: 'linux 6.1', engine_version: 'kernel-1', counter_count: COUNTER_COUNT });
  const { state, paths } = { state: search.parts.replay.moveTo(900), paths: testNames.containers };
  const gone = paths.findIndex((_, id) => state.container_life[id] === LIFE.gone && (state.values[id * COUNTER_COUNT + COUNTER.peak] ?? 0) > 0);
  expect(gone).toBeGreaterThan(0);
  const path = paths[state.container_name[gone] ?? -1];
  const answer = await watchValues({ run_id: 1, watches: [`${path} peak`, `${path} pgfault`], event_index: 900 });
  const told = (what: string) => ({
    value: null,
    error: { message: expect.stringMatching(new RegExp(`nobody reads what a removed cgroup still holds; ${what}`)) },
  });
  expect(answer).toMatchObject({ value: [told('it was at least .+, as read last before the removal'), told('.+ was read last before the removal')] });
});

test('an event is found by what was expected there, as its row says it', async () => {
  const { findEvents, search } = methods();
  const range = { run_id: 1, from_event: 0, to_event: 900, direction: 1, limit: 900 } as const;
  const rows = async (query: string) => {
    const found = await findEvents({ ...range, query });
    if (!found.ok) throw new Error(JSON.stringify(found.errors));
    return found.value;
  };
  const expected = opened(search.parts.reader)
    .events(0, 900)
    .filter(({ kind, b }) => kind === KIND.expect && b === 0);
  expect(expected.length).toBeGreaterThan(0);
  expect((await rows('12KiB')).map(({ index }) => index)).toEqual(expected.map(({ index }) => index));
});

test('a search that is cancelled says so', async () => {
  const { watch, searches } = methods();
  const under_way = watch({ run_id: 1, watch: '. oom_group_kill > 1000', from_event: 0, direction: 1, search: 'one' });
  searches.cancel('one');
  expect(await under_way).toMatchObject({ ok: false, errors: [{ code: 'cancelled' }] });
});
