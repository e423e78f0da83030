import { expect, test } from 'vitest';
import { statusIcon, statusWords } from './run-status.ts';

test('a complete run of which expectations failed is no success, in many words and in few', () => {
  const run = { status: 'complete', failed_expectation_count: 2 } as const;
  expect([statusIcon(run), statusWords(run), statusWords(run, true)]).toEqual(['error', '2 expectations failed', '2 expects failed']);
  const held = { status: 'complete', failed_expectation_count: 0 } as const;
  expect([statusIcon(held), statusWords(held)]).toEqual(['check', 'complete']);
});
