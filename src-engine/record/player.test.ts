import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COUNTER, COUNTER_COUNT, COUNTERS } from './counters.ts';
import { ADD, KIND, RECLAIM_REASON } from './events.ts';
import { recordInMemory } from './memory-run.ts';
import { outermostPasses } from './passes.ts';
import { createPlayer } from './player.ts';
import type { RunReader, SeekTarget, StateView } from './run.ts';
import { DamagedRecording } from './run-blocks.ts';
import { shownFactors, shownValue } from './shown.ts';
import { RunState } from './state.ts';
import { LIFE, SCALAR } from './state-tables.ts';
import { plainCompressor } from './test-compressor.ts';
import { columnsOf, opened, randomStream, recorded, type TestEvent, testMeta, testNames } from './test-streams.ts';
import { viewState } from './view.ts';

/** A run of a random stream, in blocks of `portion` events. */
function recordedStream(seed: number, count: number, portion: number): { events: TestEvent[]; reader: RunReader } {
  const events = randomStream(seed, count);
  return { events, reader: recorded(events, portion) };
}

/** The view after `count` events, replayed from the start by other means; the pass is left out. */
function replayed(events: readonly TestEvent[], count: number): Omit<StateView, 'pass'> {
  const state = new RunState();
  state.apply(columnsOf(events.slice(0, count)), 0, count);
  const { pass: _pass, ...view } = viewState(state, testMeta, testNames, null);
  return view;
}

const target: fc.Arbitrary<SeekTarget> = fc.oneof(
  fc.record({ event: fc.integer({ min: -3, max: 1300 }) }),
  fc.record({ step: fc.integer({ min: -2, max: 40 }) }),
  fc.record({ time_ns: fc.integer({ min: -50, max: 200_000 }) }),
  fc.record({ by: fc.constantFrom('event', 'step', 'pass', 'notable' as const), delta: fc.constantFrom(1 as const, -1 as const) }),
);

test('seeking anywhere and anyhow equals replaying from the start', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 40, max: 700 }), fc.array(target, { minLength: 1, maxLength: 12 }), (seed, portion, targets) => {
      const { events, reader } = recordedStream(seed, 1200, portion);
      const player = opened(reader);
      for (const to of targets) {
        const { pass, ...view } = player.seek(to);
        expect(view).toEqual(replayed(events, view.event_index));
        const [fresh] = pass === null ? [null] : player.passes(pass.begin_event, pass.begin_event + 1, 1);
        expect(pass).toEqual(fresh);
      }
    }),
    { numRuns: 60 },
  );
});

test('targets lead where they say', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 40, max: 500 }), fc.integer({ min: 0, max: 800 }), (seed, portion, start) => {
      const { events, reader } = recordedStream(seed, 800, portion);
      const player = opened(reader);
      const cursor = player.seek({ event: start }).event_index;
      expect(cursor).toBe(Math.min(start, events.length));
      const from = (to: SeekTarget): number => {
        player.seek({ event: cursor });
        return player.seek(to).event_index;
      };
      const isStep = (event: TestEvent) => event.kind === KIND.step_begin;
      const isPass = (event: TestEvent) => event.kind === KIND.reclaim_begin;
      const isNotable = ({ kind, flags = 0, a = 0 }: TestEvent) =>
        kind === KIND.reclaim_begin ||
        kind === KIND.container_remove ||
        kind === KIND.op_fail ||
        (kind === KIND.page_add && (flags & ADD.refault) !== 0) ||
        (kind === KIND.memory_event && flags >= 1 && flags <= 3) ||
        (kind === KIND.expect && a === 0);
      for (const [by, matches] of [
        ['step', isStep],
        ['pass', isPass],
        ['notable', isNotable],
      ] as const) {
        const next = events.findIndex((event, index) => index >= cursor && matches(event));
        expect(from({ by, delta: 1 })).toBe(next < 0 ? events.length : next + 1);
        expect(from({ by, delta: -1 })).toBe(events.findLastIndex((event, index) => index < cursor - 1 && matches(event)) + 1);
      }
      expect(from({ by: 'event', delta: 1 })).toBe(Math.min(cursor + 1, events.length));
      expect(from({ by: 'event', delta: -1 })).toBe(Math.max(cursor - 1, 0));

      const steps = events.flatMap((event, index) => (isStep(event) ? [index] : []));
      expect(player.step_count).toBe(steps.length);
      expect([...player.stepEvents(0, 1e9)]).toEqual(steps);
      expect([...player.stepEvents(3, 7)]).toEqual(steps.slice(3, 7));
      expect([...player.stepLines(3, 7)]).toEqual(steps.slice(3, 7).map((event) => events[event]?.b));
      for (const [step, event] of steps.entries()) expect(player.seek({ step })).toMatchObject({ event_index: event + 1, step_index: step });

      let time_ns = 0;
      const times = events.map((event) => (time_ns += event.dt_ns ?? 0));
      const middle = Math.floor(time_ns / 2);
      expect(player.seek({ time_ns: middle }).event_index).toBe(times.filter((time) => time <= middle).length);
    }),
    { numRuns: 40 },
  );
});

test('events come back as rows', () => {
  const { events, reader } = recordedStream(5, 500, 120);
  const player = opened(reader);
  const rows = player.events(100, 150);
  expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: 150 }, (_, at) => 100 + at));
  expect(rows.map(({ kind }) => kind)).toEqual(events.slice(100, 250).map(({ kind }) => kind));
  expect(player.events(events.length - 2, 50).length).toBe(2);
  expect(player.events(events.length + 5, 50)).toEqual([]);
});

test('series say what the counters did, at any zoom', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 2, max: 300 }),
      (seed, from, span, bucket_count_max) => {
        const { events, reader } = recordedStream(seed, 5000, 2048);
        const player = opened(reader);
        const state = new RunState();
        const columns = columnsOf(events);
        const asked = [0, 1, 3].flatMap((container) => [0, 1, 3, 8, 12, COUNTER.limit_low, COUNTER.limit_max].map((counter) => ({ container, counter })));
        const factors = shownFactors(testMeta.charge_shift);
        const values = asked.map(() => [] as number[]);
        for (let cursor = 0; ; cursor++) {
          for (const [index, { container, counter }] of asked.entries()) {
            const is_there = container < state.scalars[SCALAR.container_count] && state.container_life[container] !== LIFE.never;
            const raw = is_there ? state.values[container * COUNTER_COUNT + counter] : 0;
            values[index].push(is_there || COUNTERS[counter].scope !== 'setting' ? shownValue(counter, raw, factors) : Number.NaN);
          }
          if (cursor === events.length) break;
          state.apply(columns, cursor, cursor + 1);
        }
        const to = Math.min(from + span, events.length);
        const series = player.series({ series: asked, from_event: from, to_event: from + span, bucket_count_max });
        for (const [index, { x, min, max, last }] of series.entries()) {
          expect(x.length).toBeLessThanOrEqual(bucket_count_max);
          if (from >= events.length) continue;
          expect(x.at(-1)).toBeGreaterThanOrEqual(to);
          for (const [bucket, end] of x.entries()) {
            expect(last[bucket]).toBe(values[index][end]);
            const start = bucket === 0 ? undefined : x[bucket - 1];
            if (start === undefined) continue;
            const within = values[index].slice(start, end + 1).filter((value) => !Number.isNaN(value));
            expect([min[bucket], max[bucket]]).toEqual(within.length === 0 ? [Number.NaN, Number.NaN] : [Math.min(...within), Math.max(...within)]);
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('a series over many small blocks is exact to the event', () => {
  const { reader } = recordedStream(3, 300, 20);
  const player = opened(reader);
  const [{ x, last }] = player.series({ series: [{ container: 1, counter: 0 }], from_event: 0, to_event: 300, bucket_count_max: 800 });
  expect([...x]).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
  for (const [at, event] of x.entries()) expect(last[at]).toBe(player.seek({ event }).containers[1]?.counters[0] ?? 0);
});

test('no bucket of a series lies over a cut', () => {
  const { reader } = recordedStream(3, 3000, 2048);
  const player = opened(reader);
  const asked = { series: [{ container: 1, counter: 0 }], from_event: 10, to_event: 2900, bucket_count_max: 4 };
  const cut_events = [5, 700, 1000, 2999];
  const [cut, plain] = [player.series({ ...asked, cut_events })[0], player.series(asked)[0]];
  expect([...cut.x]).toEqual([700, 1000, 1723, 2446, 2900]);
  expect([...plain.x]).toEqual([733, 1456, 2179, 2900]);
  for (const [at, event] of cut.x.entries()) expect(cut.last[at]).toBe(player.seek({ event }).containers[1]?.counters[0]);
});

test('density counts every event once', () => {
  const { events, reader } = recordedStream(9, 3000, 700);
  for (const bucket_count_max of [1, 7, 100, 5000]) {
    const { bucket_events, kinds } = opened(reader).density(bucket_count_max);
    for (const { kind, counts } of kinds) {
      const expected = new Array(counts.length).fill(0);
      events.forEach((event, index) => {
        if (event.kind === kind) expected[Math.floor(index / bucket_events)]++;
      });
      expect([...counts]).toEqual(expected);
      expect(counts.length).toBeLessThanOrEqual(bucket_count_max);
    }
    expect(kinds.reduce((sum, { counts }) => sum + counts.reduce((all, count) => all + count, 0), 0)).toBe(events.length);
  }
});

test('what a pass inside another did is in both, and adds up once', () => {
  const run = recordInMemory(testMeta, testNames, plainCompressor);
  const events: TestEvent[] = [
    { kind: KIND.container_create, container: 0, b: -1 },
    { kind: KIND.reclaim_begin, task: 1, container: 0, a: 32, dt_ns: 10 },
    { kind: KIND.reclaim_begin, task: 2, container: 0, a: 32, dt_ns: 10 },
    { kind: KIND.reclaim_begin, task: 1, container: 0, a: 32, flags: RECLAIM_REASON.soft_limit, dt_ns: 10 },
    { kind: KIND.shrink_inactive, task: 1, container: 0, a: 32, b: 20, flags: 2 | (0 << 2), dt_ns: 10 },
    { kind: KIND.reclaim_end, task: 1, container: 0, a: 20, dt_ns: 10 },
    { kind: KIND.shrink_inactive, task: 1, container: 0, a: 8, b: 8, flags: 2 | (11 << 2), dt_ns: 10 },
    { kind: KIND.reclaim_end, task: 1, container: 0, a: 28, dt_ns: 10 },
    { kind: KIND.reclaim_begin, task: 1, container: 0, a: 32, dt_ns: 10 },
  ];
  run.sink.seal(columnsOf(events), events.length);
  const player = opened(run.reader);
  const passes = player.passes(0, 100, 10);
  expect(
    passes.map(({ task, scanned_page_count, reclaimed_page_count, priority_min }) => [task, scanned_page_count, reclaimed_page_count, priority_min]),
  ).toEqual([
    [1, 40, 28, 11],
    [2, 0, 0, 12],
    [1, 32, 20, 0],
    [1, 0, 0, 12],
  ]);
  expect(outermostPasses(passes)).toEqual([passes[0], passes[1], passes[3]]);
  expect(player.seek({ event: 7 }).pass).toMatchObject({ task: 2, scanned_page_count: 0 });
});

test('passes are told with all they did, and those of a run that was cut short have no end', () => {
  const run = recordInMemory(testMeta, testNames, plainCompressor);
  const events: TestEvent[] = [
    { kind: KIND.container_create, container: 0, b: -1 },
    { kind: KIND.reclaim_begin, task: 1, container: 0, a: 32, flags: 6, dt_ns: 10 },
    { kind: KIND.reclaim_begin, task: 2, container: 0, a: 64, flags: 6, dt_ns: 10 },
    { kind: KIND.shrink_inactive, task: 1, container: 0, a: 32, b: 20, flags: 2 | (12 << 2), dt_ns: 10 },
    { kind: KIND.shrink_slab_start, task: 1, flags: 11 << 2, dt_ns: 10 },
    { kind: KIND.shrink_inactive, task: 2, container: 0, a: 7, b: 3, flags: 2 | (9 << 2), dt_ns: 10 },
    { kind: KIND.reclaim_end, task: 1, container: 0, a: 21, dt_ns: 10 },
  ];
  run.sink.seal(columnsOf(events), events.length);
  const player = opened(run.reader);
  const [first, second, ...more] = player.passes(0, 100, 10);
  expect(more).toEqual([]);
  expect(first).toEqual({
    begin_event: 1,
    end_event: 6,
    container: 0,
    task: 1,
    reason: 6,
    wanted_page_count: 32,
    scanned_page_count: 32,
    reclaimed_page_count: 21,
    slab_shrink_count: 1,
    begin_ns: 10,
    end_ns: 60,
    priority_min: 11,
  });
  expect(second).toMatchObject({ begin_event: 2, end_event: null, task: 2, scanned_page_count: 7, reclaimed_page_count: 3, priority_min: 9 });
  expect(player.passes(0, 100, 1)).toEqual([first]);
  expect(player.seek({ event: 2 }).pass).toEqual(first);
  expect(player.seek({ event: 7 }).pass).toEqual(second);
  expect(player.seek({ event: 7 }).tasks).toEqual([]);
});

test('a run of nothing cannot be opened', () => {
  const opening = createPlayer(recordInMemory(testMeta, testNames, plainCompressor).reader, plainCompressor);
  expect(opening.ok).toBe(false);
});

test('a damaged block is named where it is needed; the blocks before it and a later keyframe still serve', () => {
  const { events, reader } = recordedStream(5, 6000, 1000);
  const torn: RunReader = { ...reader, readBlock: (block_index) => (block_index === 2 ? reader.readBlock(2).slice(0, 50) : reader.readBlock(block_index)) };
  const player = opened(torn);
  const without = ({ pass: _pass, ...view }: StateView) => view;
  expect(() => player.seek({ event: 2500 })).toThrow(DamagedRecording);
  expect(() => player.seek({ event: 2500 })).toThrow(/block/);
  expect(without(player.seek({ event: 1500 }))).toEqual(replayed(events, 1500));
  expect(without(player.seek({ event: 5900 }))).toEqual(replayed(events, 5900));
});

test('a damaged keyframe is passed over for the one before it', () => {
  const { events, reader } = recordedStream(5, 6000, 1000);
  const torn: RunReader = { ...reader, readKeyframe: (block_index) => (block_index === 4 ? new Uint8Array(3) : reader.readKeyframe(block_index)) };
  const { pass: _pass, ...view } = opened(torn).seek({ event: 5900 });
  expect(view).toEqual(replayed(events, 5900));
});
