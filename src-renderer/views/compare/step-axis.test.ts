import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventAfterStep, overSteps, planSegments, type StepAxis, stepPosition } from './step-axis.ts';

const axis: StepAxis = { step_events: Float64Array.of(4, 10, 110), event_count: 120 };

describe('step axis', () => {
  test('an event lies within its step by its share', () => {
    expect(stepPosition(axis, 0)).toBe(0);
    expect(stepPosition(axis, 4)).toBe(0);
    expect(stepPosition(axis, 7)).toBe(0.5);
    expect(stepPosition(axis, 60)).toBe(1.5);
    expect(stepPosition(axis, 120)).toBe(3);
    expect(eventAfterStep(axis, 1)).toBe(110);
    expect(eventAfterStep(axis, 2)).toBe(120);
  });

  test('points keep their order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(1000), { maxLength: 20 }), fc.uniqueArray(fc.nat(1000), { maxLength: 50 }), (steps, events) => {
        const of = { step_events: Float64Array.from(steps).sort(), event_count: 1000 };
        const { x } = overSteps(of, { x: Float64Array.from(events).sort(), y: new Float64Array(events.length) });
        for (let at = 1; at < x.length; at += 1) expect(x[at]).toBeGreaterThanOrEqual(x[at - 1]);
      }),
    );
  });
});

describe('planSegments', () => {
  test('small steps share a stretch, a long one has its own', () => {
    const long: StepAxis = { step_events: Float64Array.of(2, 10, 20, 1_000_020), event_count: 1_000_050 };
    expect(planSegments(long, 0, 4, 800)).toEqual([
      { from_event: 0, to_event: 20, bucket_count_max: 400, cut_events: [10] },
      { from_event: 19, to_event: 1_000_020, bucket_count_max: 200, cut_events: [20] },
      { from_event: 1_000_019, to_event: 1_000_050, bucket_count_max: 200, cut_events: [1_000_020] },
    ]);
  });

  test('covers every event of the steps, in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(50), fc.integer({ min: 4000, max: 100_000 })), { minLength: 1, maxLength: 60 }),
        fc.nat(60),
        fc.nat(60),
        (lengths, a, b) => {
          let event = 3;
          const starts = lengths.map((length) => {
            const start = event;
            event += length;
            return start;
          });
          const of = { step_events: Float64Array.from(starts), event_count: event };
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          const segments = planSegments(of, from, to, 500);
          if (to <= from || from >= starts.length) {
            expect(segments).toEqual([]);
            return;
          }
          expect(segments.length).toBeLessThanOrEqual(2 * 16 + 1);
          expect(segments[0].from_event).toBe(from === 0 ? 0 : starts[from] - 1);
          expect(segments.at(-1)?.to_event).toBe(starts[to] ?? event);
          for (let at = 1; at < segments.length; at += 1) expect(segments[at].from_event).toBe(segments[at - 1].to_event - 1);
        },
      ),
    );
  });
});
