import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KIND } from '../../../src-engine/record/events.ts';
import type { ReclaimPass } from '../../../src-engine/record/run.ts';
import { createDensityModel, firstAtLeast, killPixels, laneShares, passSpans, placeFlags, sinceFirstReading, stepTicks } from './timeline-model.ts';

const density = {
  bucket_events: 10,
  kinds: [
    { kind: KIND.page_add, counts: Uint32Array.of(10, 5, 0, 0) },
    { kind: KIND.page_evict, counts: Uint32Array.of(0, 4, 10, 0) },
    { kind: KIND.oom_kill, counts: Uint32Array.of(0, 1, 0, 0) },
  ],
};

describe('density', () => {
  const model = createDensityModel(density, 40);

  test('gives each lane its share of the events under a pixel', () => {
    expect([...laneShares(model, 'charge', { from: 0, to: 40 }, 4)]).toEqual([1, 0.5, 0, 0]);
    expect([...laneShares(model, 'reclaim', { from: 0, to: 40 }, 2)]).toEqual([0.2, 0.5]);
    expect([...laneShares(model, 'charge', { from: 0, to: 10 }, 5)]).toEqual([1, 1, 1, 1, 1]);
  });

  test('shows the lanes that hold anything', () => {
    expect(model.shown_lanes).toEqual(['charge', 'reclaim', 'limit']);
    expect(createDensityModel({ ...density, kinds: density.kinds.slice(1, 2) }, 40).shown_lanes).toEqual(['reclaim']);
  });

  test('what a kernel’s counter had come to before it was read first is no refault of the run', () => {
    const read = sinceFirstReading({ x: Float64Array.of(10, 20, 30, 40), last: Float64Array.of(Number.NaN, 1000, 1000, 1008) });
    expect([...createDensityModel({ bucket_events: 10, kinds: [] }, 40, [read]).lanes.refault]).toEqual([0, 0, 0, 0, 8]);
    expect([...sinceFirstReading({ last: Float64Array.of(Number.NaN) }).last]).toEqual([0]);
    // Nor does what it had come to fall back when its container is removed.
    expect([...sinceFirstReading({ last: Float64Array.of(1000, 1008, Number.NaN) }).last]).toEqual([0, 8, 8]);
  });

  test('counts refaults from their counter, evenly between its points', () => {
    const refaults = [{ x: Float64Array.of(10, 30), last: Float64Array.of(0, 8) }];
    const with_refaults = createDensityModel(density, 40, [...refaults, ...refaults]);
    expect(with_refaults.shown_lanes).toEqual(['charge', 'reclaim', 'refault', 'limit']);
    expect([...laneShares(with_refaults, 'refault', { from: 0, to: 40 }, 4)]).toEqual([0, 0.8, 0.8, 0]);
    expect([...with_refaults.lanes.refault]).toEqual([0, 0, 8, 16, 16]);
  });

  test('shows kills where they are', () => {
    expect(killPixels(model, { from: 0, to: 40 }, 40)).toEqual([15]);
    expect(killPixels(model, { from: 20, to: 40 }, 40)).toEqual([]);
  });
});

test('firstAtLeast agrees with a plain search', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(60), (values, wanted) => {
      const sorted = [...values].sort((a, b) => a - b);
      const plain = sorted.findIndex((value) => value >= wanted);
      expect(firstAtLeast(sorted, wanted)).toBe(plain === -1 ? sorted.length : plain);
    }),
  );
});

describe('step ticks', () => {
  test('stand apart and leave room for their numbers', () => {
    const step_events = Float64Array.from({ length: 100_000 }, (_, step) => step * 10);
    const ticks = stepTicks(step_events, { from: 0, to: 1_000_000 }, 1000, 40);
    expect(ticks.length).toBeLessThanOrEqual(334);
    for (const [index, tick] of ticks.entries()) if (index > 0) expect(tick.x - ticks[index - 1].x).toBeGreaterThanOrEqual(3 - 1e-9);
    const labelled = ticks.filter((tick) => tick.labelled);
    for (const [index, tick] of labelled.entries()) if (index > 0) expect(tick.x - labelled[index - 1].x).toBeGreaterThanOrEqual(40);
  });

  test('leaves a number out that the end of the plot would cut off', () => {
    expect(stepTicks([0, 70, 90], { from: 0, to: 100 }, 100, 10).map(({ labelled }) => labelled)).toEqual([true, true, false]);
  });

  test('shows only the steps in sight', () => {
    expect(stepTicks([0, 10, 20, 30], { from: 5, to: 25 }, 100, 10).map((tick) => tick.step_index)).toEqual([1, 2]);
    expect(stepTicks([0, 0, 1, 30], { from: 0, to: 100 }, 100, 10).map((tick) => tick.label)).toEqual(['0–2', '3']);
    expect(stepTicks([], { from: 0, to: 1 }, 100, 10)).toEqual([]);
  });
});

test('flags keep their names only where there is room', () => {
  const moment = (name: string, event_index: number) => ({ name, event_index, bookmark: false });
  const moments = [moment('first', 0), moment('second', 2), moment('third', 82), moment('beyond', 200)];
  // The name of the first would run through the second's flag.
  expect(placeFlags(moments, { from: 0, to: 100 }, 100, () => 30).map(({ name, labelled, end_px }) => [name, labelled, end_px])).toEqual([
    ['first', false, 11],
    ['second', true, 43],
    ['third', true, 93],
  ]);
});

test('near the right edge a name stands left of its flag, where there is room', () => {
  const moment = (name: string, event_index: number) => ({ name, event_index, bookmark: false });
  const placed = (moments: Parameters<typeof placeFlags>[0]) =>
    placeFlags(moments, { from: 0, to: 100 }, 100, () => 30).map(({ labelled, flipped, start_px }) => [labelled, flipped, start_px]);
  expect(placed([moment('last', 95)])).toEqual([[true, true, 61]]);
  expect(placed([moment('before', 70), moment('last', 95)])).toEqual([
    [true, true, 36],
    [false, true, 95],
  ]);
});

test('passes that no pixel parts are one span; an open pass reaches to the end', () => {
  const pass = (begin_event: number, end_event: number | null): ReclaimPass => ({
    begin_event,
    end_event,
    container: 0,
    task: 0,
    reason: 1,
    wanted_page_count: 32,
    scanned_page_count: 0,
    reclaimed_page_count: 0,
    slab_shrink_count: 0,
    begin_ns: 0,
    end_ns: 0,
    priority_min: 12,
  });
  const spans = passSpans([pass(0, 10), pass(10, 20), pass(500, 600), pass(900, null)], { from: 0, to: 1000 }, 100, 1000);
  expect(spans).toEqual([
    { x0: 0, x1: 2, pass_count: 2 },
    { x0: 50, x1: 60, pass_count: 1 },
    { x0: 90, x1: 100, pass_count: 1 },
  ]);
});
