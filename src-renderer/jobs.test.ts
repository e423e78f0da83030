import { expect, test } from 'vitest';
import { shareDone } from './jobs.ts';

test('the share done goes by accesses, else by steps, else is unknown', () => {
  expect(shareDone({ access_count: 25, access_total: 100, step_index: 9, step_total: 10 })).toBe(0.25);
  expect(shareDone({ access_count: 0, access_total: 0, step_index: 5, step_total: 10 })).toBe(0.5);
  expect(shareDone({ access_count: 120, access_total: 100, step_index: 1, step_total: 1 })).toBe(1);
  expect(shareDone({ access_count: 0, access_total: 0, step_index: 0, step_total: 0 })).toBeNull();
});
