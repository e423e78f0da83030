import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_CONTAINER } from '../base/ids.ts';
import { COUNTER } from '../record/counters.ts';
import { KIND, MEMORY_EVENT } from '../record/events.ts';
import { SearchCancelled } from '../record/page-events.ts';
import type { Player } from '../record/run.ts';
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

/** A run that does not know what the root is charged: its player shows NaN, where its events have a number. */
function unknowing({ player, reader, compressor }: SearchedRun): SearchedRun {
  const counters = (known: Float64Array): Float64Array => known.with(COUNTER.current, Number.NaN).with(COUNTER.peak, Number.NaN);
  const seek: Player['seek'] = (target) => {
    const state = player.seek(target);
    return { ...state, containers: state.containers.map((one) => (one.id === 0 ? { ...one, counters: counters(one.counters) } : one)) };
  };
  const honest = new Proxy(player, {
    get(own, name) {
      const value: unknown = name === 'seek' ? seek : Reflect.get(own, name, own);
      return typeof value === 'function' ? value.bind(own) : value;
    },
  });
  return { player: honest, reader, compressor };
}

test.each(['difference', 'change'] satisfies DivergenceSought[])('does not end at a %s of what a run does not know', async (sought) => {
  const charge: TestEvent = { kind: KIND.account, container: 0, flags: COUNTER.kernel, a: 1, b: 2 ** testMeta.charge_shift };
  const limit_met: TestEvent = { kind: KIND.memory_event, container: 0, flags: MEMORY_EVENT.max };
  const run = (steps: readonly (readonly TestEvent[])[]): SearchedRun => {
    const events = steps.flatMap((own, step) => [{ kind: KIND.step_begin, a: step, b: 1 }, ...own]);
    return searched([{ kind: KIND.container_create, container: 0, a: 0, b: -1 }, ...events], 15);
  };
  // In `current` and `peak`, which one of them does not know, they differ from step 1 on; in `events.max` from step 4 on.
  const runs = [run([[], [charge], [charge], [], [limit_met], [], []]), unknowing(run([[], [], [], [], [], [], []]))];
  const found = async (from_step: number, direction: 1 | -1): Promise<readonly unknown[]> => {
    const divergence = await searchDivergence(runs, from_step, direction, pause, sought);
    return [divergence?.step_index, divergence?.counter];
  };
  expect(await found(0, 1)).toEqual([4, 'events.max']);
  expect(await found(3, -1)).toEqual([undefined, undefined]);
  expect(await found(6, -1)).toEqual([sought === 'change' ? 4 : 6, 'events.max']);
});

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
