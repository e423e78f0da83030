import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stretches } from './use-event-search.ts';

test('a search goes through every event after the one at the cursor, or before it, once and in order', () => {
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.nat({ max: 40 }), fc.integer({ min: 1, max: 9 }), (place, event_count, stretch_events) => {
      const cursor = Math.min(place, event_count);
      const events = (direction: 1 | -1): number[] =>
        [...stretches(cursor, event_count, direction, stretch_events)].flatMap(([from, to]) => {
          const stretch = Array.from({ length: to - from }, (_, at) => from + at);
          return direction > 0 ? stretch : stretch.reverse();
        });
      const all = Array.from({ length: event_count }, (_, event) => event);
      // The cursor stands after its event.
      expect(events(1)).toEqual(all.slice(cursor));
      expect(events(-1)).toEqual(all.slice(0, Math.max(0, cursor - 1)).reverse());
    }),
  );
});
