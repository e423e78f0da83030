import { expect, test } from 'vitest';
import { payerShares } from './payer-shares.ts';

test('payers fill their part of the object, and what nobody pays for stays empty', () => {
  expect(payerShares([4, 2], 8)).toEqual([0.5, 0.25]);
});

test('containers that pay for the same pages in full are all seen', () => {
  expect(payerShares([8, 8], 8)).toEqual([0.5, 0.5]);
  expect(payerShares([], 0)).toEqual([]);
});
