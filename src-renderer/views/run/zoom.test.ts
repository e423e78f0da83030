import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clampZoom, eventAtX, fitAll, pan, reveal, xOfEvent, ZOOM_EVENT_COUNT_MIN, zoomAround } from './zoom.ts';

const EVENT_COUNT = 1_000_000;

describe('zoom', () => {
  test('keeps the anchor under the pointer while nothing is cut off', () => {
    const range = { from: 200_000, to: 400_000 };
    const zoomed = zoomAround(range, 250_000, 0.5, EVENT_COUNT);
    expect(xOfEvent(250_000, zoomed, 1000)).toBeCloseTo(xOfEvent(250_000, range, 1000));
    expect(zoomed.to - zoomed.from).toBe(100_000);
  });

  test('any zooming and panning stays inside the run and above the least width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5_000 }),
        fc.array(fc.tuple(fc.boolean(), fc.double({ min: -2, max: 4, noNaN: true }), fc.nat(5_000)), { maxLength: 30 }),
        (event_count, moves) => {
          let range = fitAll(event_count);
          for (const [zooms, amount, anchor] of moves)
            range = zooms ? zoomAround(range, anchor, Math.abs(amount), event_count) : pan(range, amount, event_count);
          expect(range.from).toBeGreaterThanOrEqual(0);
          expect(range.to).toBeLessThanOrEqual(Math.max(1, event_count) + 1e-6);
          expect(range.to - range.from).toBeGreaterThanOrEqual(Math.min(ZOOM_EVENT_COUNT_MIN, Math.max(1, event_count)) - 1e-6);
        },
      ),
    );
  });

  test('reveal leaves a visible event alone and brings a hidden one in', () => {
    const range = { from: 100, to: 200 };
    expect(reveal(range, 150, 1000)).toBe(range);
    const after = reveal(range, 500, 1000);
    expect(after.from).toBeLessThan(500);
    expect(after.to).toBeGreaterThan(500);
    const before = reveal(range, 0, 1000);
    expect(before.from).toBe(0);
  });

  test('pixel and event are inverse to each other', () => {
    const range = { from: 1000, to: 3000 };
    expect(eventAtX(xOfEvent(1234, range, 800), range, 800, EVENT_COUNT)).toBe(1234);
    expect(eventAtX(-50, clampZoom({ from: 0, to: 10 }, 10), 100, 10)).toBe(0);
    expect(eventAtX(500, clampZoom({ from: 0, to: 10 }, 10), 100, 10)).toBe(10);
  });
});
