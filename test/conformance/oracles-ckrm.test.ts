import { expect, test } from 'vitest';
import { ContainerTree } from '../../src-engine/containers/tree.ts';
import { CkrmShares, FAIL_OVER_PERCENT, pagesOfShares, percentOf, SHRINK_AT_PERCENT, SHRINK_TO_PERCENT } from '../../src-engine/models/ckrm-shares.ts';

/** A class below the root with that guarantee, as the controller keeps it. */
function classOf(guarantee_pages: number): { readonly shares: CkrmShares; readonly container: number } {
  const tree = new ContainerTree();
  tree.create('.', 0, -1);
  const container = tree.create('A', 1, 0);
  tree.min[container] = guarantee_pages;
  return { shares: new CkrmShares(tree), container };
}

test('CKRM-1: shares of a guarantee in pages', () => {
  expect([pagesOfShares(25, 1000, 100), pagesOfShares(50, 1000, 100), pagesOfShares(25, 1000, 100)]).toEqual([250, 500, 250]);
});

test('CKRM-3: beyond its guarantee a class borrows, and returns that first', () => {
  const { shares, container } = classOf(3);
  for (let page = 0; page < 5; page++) shares.charge(container);
  expect([shares.total(container) - shares.borrowed(container), shares.borrowed(container), shares.lent(0)]).toEqual([3, 2, 2]);
  shares.uncharge(container);
  expect(shares.borrowed(container)).toBe(1);
});

test('CKRM-4: a class without guarantee borrows everything', () => {
  const { shares, container } = classOf(0);
  for (let page = 0; page < 4; page++) shares.charge(container);
  expect(shares.borrowed(container)).toBe(4);
  shares.uncharge(container);
  expect(shares.borrowed(container)).toBe(3);
});

test('CKRM-5: thresholds of a limit of 1000 pages', () => {
  expect([FAIL_OVER_PERCENT, SHRINK_AT_PERCENT, SHRINK_TO_PERCENT].map((percent) => percentOf(1000, percent))).toEqual([1100, 900, 800]);
});
