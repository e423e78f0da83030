import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_CONTAINER } from '../base/ids.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND } from '../record/events.ts';
import { SearchCancelled } from '../record/page-events.ts';
import { plainCompressor } from '../record/test-compressor.ts';
import { opened, randomStream, recorded, type TestEvent, testMeta } from '../record/test-streams.ts';
import { type DivergenceSought, findDivergence } from './divergence.ts';
import { type SearchedRun, searchDivergence } from './divergence-search.ts';

const pause = (): Promise<void> => Promise.resolve();

function searched(events: readonly TestEvent[], portion: number): SearchedRun {
  const reader = recorded(events, portion);
  return { player: opened(reader), reader, compressor: plainCompressor };
}

/** The stream with steps numbered as they come, and stretches of reads that change nothing between them. */
const withSteps = (events: readonly TestEvent[], idle_steps: number): TestEvent[] => {
  const idle: TestEvent[] = Array.from({ length: idle_steps }, () => ({ kind: KIND.step_begin, b: 3 }));
  let step = 0;
  return events
    .flatMap((event, at) => (at % 150 === 149 ? [...idle, event] : [event]))
    .map((event) => (event.kind === KIND.step_begin ? { ...event, a: step++ } : event));
};

/** A copy in which the charge of a container is otherwise for a while. */
function changed(events: readonly TestEvent[], at: number, until: number): TestEvent[] {
  const more = (a: number): TestEvent => ({ kind: KIND.account, container: 0, flags: COUNTER.kernel, a, b: a * 2 ** testMeta.charge_shift });
  return events.flatMap((event, row) => (row === at ? [more(3), event] : row === until ? [more(-3), event] : [event]));
}

test.each(['difference', 'change'] satisfies DivergenceSought[])(
  'finds the %s that comparing every step finds, in either direction, from anywhere',
  async (sought) => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 15, max: 200 }),
        fc.integer({ min: 15, max: 200 }),
        fc.integer({ min: 2, max: 500 }),
        fc.integer({ min: 1, max: 120 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 250 }), fc.constantFrom(1 as const, -1 as const)), { minLength: 1, maxLength: 4 }),
        async (seed, idle_steps, portion, other_portion, at, length, searches) => {
          const events = withSteps(randomStream(seed, 500), idle_steps);
          const runs = [searched(events, portion), searched(changed(events, at, at + length), other_portion)];
          for (const [from_step, direction] of searches) {
            const naive = await findDivergence(
              runs.map(({ player }) => player),
              from_step,
              direction,
              pause,
              sought,
            );
            kinds.add(naive === null ? 'none' : naive.step_index === from_step ? 'here' : 'elsewhere');
            const wanted = from_step >= Math.min(...runs.map(({ player }) => player.step_count)) && direction === 1 ? null : naive;
            expect(await searchDivergence(runs, from_step, direction, pause, sought), `from ${from_step} by ${direction}`).toEqual(wanted);
          }
        },
      ),
      { numRuns: 40 },
    );
    // The searches were not all of one kind.
    expect([...kinds].sort()).toEqual(['elsewhere', 'here', 'none']);
  },
);

test('a search through many equal steps gives way, and ends when its pause says so', async () => {
  const steps: TestEvent[] = [{ kind: KIND.container_create, container: 0, a: 0, b: -1 }];
  for (let step = 0; step < 60_000; step++)
    steps.push({ kind: KIND.step_begin, a: step, b: 1 }, { kind: KIND.account, container: 0, flags: COUNTER.kernel, a: 1, b: step % 2 === 0 ? 1 : -1 });
  const runs = [searched(steps, 8192), searched([...steps, { kind: KIND.run_end, container: NO_CONTAINER }], 5000)];
  let pauses = 0;
  expect(await searchDivergence(runs, 0, 1, () => Promise.resolve(void pauses++))).toBeNull();
  expect(pauses).toBeGreaterThan(4);
  const stopped = (): Promise<void> => Promise.reject(new SearchCancelled());
  await expect(searchDivergence(runs, 0, 1, stopped)).rejects.toBeInstanceOf(SearchCancelled);
});
