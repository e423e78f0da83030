import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addShare, PAGE_WEIGHT, removeShare, type ShareList, shareOfNewcomer, weightOf } from './shares.ts';

const mapping = fc.record({ container: fc.nat(5), map: fc.boolean() });

describe('shares of a page', () => {
  it('add up to one page, differ by at most one halving, and are what the changes told', () => {
    fc.assert(
      fc.property(fc.array(mapping, { maxLength: 80 }), (operations) => {
        const list: ShareList = [];
        const held = new Map<number, number>();
        const changed = (container: number, delta: number): void => void held.set(container, (held.get(container) ?? 0) + delta);
        for (const { container, map } of operations) {
          if (map) {
            const promised = shareOfNewcomer(list, container);
            const before = held.get(container) ?? 0;
            addShare(list, container, changed);
            expect((held.get(container) ?? 0) - before).toBe(promised);
          } else if (list.some((share) => share.container === container)) removeShare(list, container, changed);
          if (list.length === 0) continue;
          const shifts = list.map((share) => share.shift);
          expect(list.reduce((sum, share) => sum + weightOf(share.shift), 0)).toBe(PAGE_WEIGHT);
          expect(Math.max(...shifts) - Math.min(...shifts)).toBeLessThanOrEqual(1);
          for (const share of list) expect(held.get(share.container)).toBe(weightOf(share.shift));
        }
      }),
    );
  });

  it('count a container once however often it maps the page', () => {
    const list: ShareList = [];
    const changes: [number, number][] = [];
    for (let round = 0; round < 3; round++) addShare(list, 7, (container, delta) => changes.push([container, delta]));
    removeShare(list, 7, (container, delta) => changes.push([container, delta]));
    removeShare(list, 7, (container, delta) => changes.push([container, delta]));
    expect(changes).toEqual([[7, PAGE_WEIGHT]]);
    removeShare(list, 7, (container, delta) => changes.push([container, delta]));
    expect(changes.at(-1)).toEqual([7, -PAGE_WEIGHT]);
    expect(list).toEqual([]);
  });
});
