import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventAfterStep } from '../compare/step-axis.ts';
import { stepBeyond } from './use-beside.ts';

test('the step to search from is the first whose end lies beyond the cursor', () => {
  const lengths = fc.array(fc.nat({ max: 3 }), { maxLength: 8 });
  fc.assert(
    fc.property(lengths, fc.nat({ max: 30 }), fc.constantFrom(1 as const, -1 as const), (events_of_steps, place, direction) => {
      // A few events before the first step, and a step's own event first in each.
      const begins: number[] = [];
      let event_count = 2;
      for (const others of events_of_steps) {
        begins.push(event_count);
        event_count += 1 + others;
      }
      const axis = { step_events: Float64Array.from(begins), event_count };
      const cursor = Math.min(place, event_count);
      const steps = begins.map((_, step) => step);
      const beyond = (step: number): boolean => (direction > 0 ? eventAfterStep(axis, step) > cursor : eventAfterStep(axis, step) < cursor);
      expect(stepBeyond(axis, cursor, direction)).toBe(direction > 0 ? steps.find(beyond) : steps.findLast(beyond));
    }),
  );
});
