import { expect, test } from 'vitest';
import { createLatest } from './latest.ts';

test('one at a time, the latest wins', async () => {
  const started: number[] = [];
  const finish: (() => void)[] = [];
  const request = createLatest<number>((input) => {
    started.push(input);
    return new Promise<void>((resolve) => finish.push(resolve));
  });
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  request(1);
  request(2);
  request(3);
  expect(started).toEqual([1]);
  finish[0]?.();
  await settled();
  expect(started).toEqual([1, 3]);
  finish[1]?.();
  await settled();
  request(4);
  expect(started).toEqual([1, 3, 4]);
});
