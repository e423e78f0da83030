import { expect, test } from 'vitest';
import { shareDone } from './share-done.ts';

test('the share done goes by accesses and steps, is whole only after the last step, else is unknown', () => {
  expect(shareDone({ access_count: 250, access_total: 990, step_index: 2, step_total: 10 })).toBe(0.252);
  expect(shareDone({ access_count: 0, access_total: 0, step_index: 5, step_total: 10 })).toBe(0.5);
  expect(shareDone({ access_count: 990, access_total: 990, step_index: 2, step_total: 10 })).toBe(0.992);
  expect(shareDone({ access_count: 120, access_total: 100, step_index: 1, step_total: 1 })).toBe(1);
  expect(shareDone({ access_count: 0, access_total: 0, step_index: -1, step_total: 3 })).toBe(0);
  expect(shareDone({ access_count: 0, access_total: 0, step_index: 0, step_total: 0 })).toBeNull();
});
