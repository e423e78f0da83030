import { expect, test } from 'vitest';
import { createSeekQueue } from './seek-queue.ts';

test('a place supersedes everything that waits', () => {
  const queue = createSeekQueue();
  queue.push({ by: 'step', delta: 1 });
  queue.push({ event: 5 });
  queue.push({ event: 9 });
  expect(queue.take(0, 100)).toEqual({ event: 9 });
  expect(queue.take(9, 100)).toBeUndefined();
});

test('moves start from the cursor at their turn', () => {
  const queue = createSeekQueue();
  queue.push({ by: 'notable', delta: 1 });
  queue.push({ by: 'notable', delta: 1 });
  expect(queue.take(10, 100)).toEqual({ by: 'notable', delta: 1, from_event: 10 });
  expect(queue.take(40, 100)).toEqual({ by: 'notable', delta: 1, from_event: 40 });
});

test('single events add up to one seek and stop at the ends', () => {
  const queue = createSeekQueue();
  queue.push({ by: 'event', delta: 1 });
  queue.push({ by: 'event', delta: 1 });
  queue.push({ by: 'step', delta: -1 });
  expect(queue.take(98, 99)).toEqual({ event: 99 });
  expect(queue.take(99, 99)).toEqual({ by: 'step', delta: -1, from_event: 99 });
});

test('a move at an end goes nowhere, and takes nothing from the one after it', () => {
  const queue = createSeekQueue();
  queue.push({ by: 'event', delta: -1 });
  queue.push({ by: 'event', delta: 1 });
  expect(queue.take(0, 99)).toEqual({ event: 1 });
});

test('of single events none is lost, however fast they are asked for', () => {
  const queue = createSeekQueue();
  for (let press = 0; press < 10; press += 1) queue.push({ by: 'event', delta: 1 });
  expect(queue.take(5, 99)).toEqual({ event: 15 });
});

test('a held key does not pile up moves without end', () => {
  const queue = createSeekQueue();
  for (let press = 0; press < 100; press += 1) queue.push({ by: 'step', delta: 1 });
  let taken = 0;
  while (queue.take(0, 10) !== undefined) taken += 1;
  expect(taken).toBeLessThanOrEqual(4);
});
