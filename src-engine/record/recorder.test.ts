import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBlockEncoder, type LogHasher } from './codec.ts';
import { COUNTER, COUNTER_COUNT } from './counters.ts';
import { type EventColumns, KIND } from './events.ts';
import { createRecorder, KEYFRAME_BLOCK_INTERVAL } from './recorder.ts';
import type { EngineSample } from './run.ts';
import { RunState } from './state.ts';
import { LIFE, SCALAR } from './state-tables.ts';
import { plainCompressor } from './test-compressor.ts';
import { columnsOf, randomStream, testMeta, testNames } from './test-streams.ts';

/** What an engine whose books are right would hand over after `count` events. */
function honestSample(columns: EventColumns, count: number): EngineSample {
  const state = new RunState();
  state.apply(columns, 0, count);
  return {
    event_index: count,
    step_index: state.scalars[SCALAR.step_index],
    name: 's',
    containers: Array.from({ length: state.scalars[SCALAR.container_count] }, (_, id) => ({
      path: `c${id}`,
      exists: state.container_life[id] === LIFE.alive,
      counters: state.values.slice(id * COUNTER_COUNT, (id + 1) * COUNTER_COUNT),
    })),
    tasks: Array.from({ length: state.scalars[SCALAR.task_count] }, (_, id) => ({
      name: `t${id}`,
      alive: state.task_life[id] === LIFE.alive,
      container: state.task_container[id],
      rss_pages: state.task_rss[id],
      swap_pages: 0,
    })),
  };
}

const record = (seed: number, portion: number, hasher?: LogHasher) => {
  const events = randomStream(seed, 700);
  const recorder = createRecorder(testMeta, plainCompressor, hasher === undefined ? {} : { hasher });
  const blocks = [];
  for (let start = 0; start < events.length; start += portion) {
    const part = events.slice(start, start + portion);
    const recorded = recorder.block(columnsOf(part), part.length, testNames);
    if (!recorded.ok) throw new Error(recorded.errors[0].message);
    blocks.push(recorded.value);
  }
  return blocks;
};

test('the index follows the events, keyframes come at their interval', () => {
  const blocks = record(11, 100);
  const events = randomStream(11, 700);
  let first_event = 0;
  let first_time_ns = 0;
  for (const [index, { entry, keyframe, series, end_ns }] of blocks.entries()) {
    expect(entry).toMatchObject({ block_index: index, first_event, first_time_ns });
    expect(entry.kind_counts.reduce((sum, count) => sum + count, 0)).toBe(entry.event_count);
    expect(keyframe !== null).toBe(index % KEYFRAME_BLOCK_INTERVAL === 0);
    expect(series.length).toBe(3);
    const part = events.slice(first_event, first_event + entry.event_count);
    first_time_ns += part.reduce((sum, event) => sum + (event.dt_ns ?? 0), 0);
    expect(end_ns).toBe(first_time_ns);
    const steps = events.slice(0, first_event).filter(({ kind }) => kind === KIND.step_begin).length;
    expect(entry.first_step).toBe(steps - 1);
    first_event += entry.event_count;
  }
});

test('the hash is that of the contents of all blocks, before they are compressed', () => {
  const hash = createHash('sha256');
  record(11, 250, hash);
  const events = randomStream(11, 700);
  const expected = createHash('sha256');
  const compress = (content: Uint8Array): Uint8Array => {
    expected.update(content);
    return plainCompressor.compress(content);
  };
  const encode = createBlockEncoder({ ...plainCompressor, compress });
  for (let start = 0; start < events.length; start += 250) {
    const part = events.slice(start, start + 250);
    encode(columnsOf(part), part.length);
  }
  expect(hash.digest('hex')).toBe(expected.digest('hex'));
});

test('a sample of an engine that keeps its books right is accepted, wherever it is taken', () => {
  fc.assert(
    fc.property(fc.nat(), fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 4 }), (seed, counts) => {
      const events = randomStream(seed, 200);
      const columns = columnsOf(events);
      const samples = counts.map((count) => honestSample(columns, Math.min(count, events.length)));
      expect(createRecorder(testMeta, plainCompressor).block(columns, events.length, testNames, samples).ok).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a sample that differs stops the recording, with both numbers', () => {
  const events = randomStream(4, 300);
  const columns = columnsOf(events);
  const sample = honestSample(columns, 200);
  sample.containers[0].counters[COUNTER.current] += 1;
  const recorded = createRecorder(testMeta, plainCompressor).block(columns, events.length, testNames, [sample]);
  expect(recorded.ok).toBe(false);
  if (recorded.ok) return;
  const right = sample.containers[0].counters[COUNTER.current] - 1;
  expect(recorded.errors[0].code).toBe('record.sample-differs');
  expect(recorded.errors[0].message).toContain(`current of c0 = ${right + 1}, its events give ${right}`);
});
