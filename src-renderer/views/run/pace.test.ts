import { expect, test } from 'vitest';
import { createPace } from './pace.ts';

test('what is dear to draw waits only while places are asked for faster than they are answered', () => {
  let now_ms = 0;
  const pace = createPace(() => now_ms);
  pace.asked(true, false);
  expect(pace.isTooSoon()).toBe(false);
  pace.drawn();
  now_ms = 30;
  // A drag: the next place while the one before is looked up.
  pace.asked(true, true);
  expect(pace.isTooSoon()).toBe(true);
  now_ms = 230;
  expect(pace.isTooSoon()).toBe(false);
  pace.drawn();
  now_ms = 240;
  expect(pace.isTooSoon()).toBe(true);
  // A key that is held moves event by event: each is seen.
  pace.asked(false, true);
  expect(pace.isTooSoon()).toBe(false);
});
