import { expect, test } from 'vitest';
import { leftOf } from './transfers.ts';

test('what is left follows from the pace so far, once there is one', () => {
  expect(leftOf(0.25, 1000)).toBe(3000);
  expect(leftOf(1, 1000)).toBe(0);
  expect(leftOf(0.001, 1000)).toBeNull();
});
