import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beancounterShares, equalShares, PAGE_WEIGHT, type ShareList } from './shares.ts';

const mapping = fc.record({ container: fc.nat(5), map: fc.boolean() });

describe.each([
  { name: 'beancounters', rule: beancounterShares, ratio_max: 2 },
  { name: 'equal', rule: equalShares, ratio_max: 1 + 2 ** -20 },
])('shares of a page: $name', ({ rule, ratio_max }) => {
  it('add up to one page, differ by no more than the rule allows, and are what the changes and the promises told', () => {
    fc.assert(
      fc.property(fc.array(mapping, { maxLength: 80 }), (operations) => {
        const list: ShareList = [];
        const held = new Map<number, number>();
        const changed = (container: number, delta: number): void => void held.set(container, (held.get(container) ?? 0) + delta);
        for (const { container, map } of operations) {
          if (map) {
            const promised = rule.newcomerUnits(list, container);
            const given = promised === 0 ? [] : rule.given(list);
            const before = new Map(held);
            rule.add(list, container, changed);
            expect((held.get(container) ?? 0) - (before.get(container) ?? 0)).toBe(promised);
            for (const giver of given) expect((before.get(giver.container) ?? 0) - (held.get(giver.container) ?? 0)).toBe(giver.units);
          } else if (list.some((share) => share.container === container)) rule.remove(list, container, changed);
          for (const [other, units] of held) expect(units).toBe(list.find((share) => share.container === other)?.units ?? 0);
          if (list.length === 0) continue;
          const units = list.map((share) => share.units);
          expect(units.reduce((sum, part) => sum + part, 0)).toBe(PAGE_WEIGHT);
          expect(Math.max(...units) / Math.min(...units)).toBeLessThanOrEqual(ratio_max);
        }
      }),
    );
  });

  it('count a container once however often it maps the page', () => {
    const list: ShareList = [];
    const changes: [number, number][] = [];
    const changed = (container: number, delta: number): void => void changes.push([container, delta]);
    for (let round = 0; round < 3; round++) rule.add(list, 7, changed);
    rule.remove(list, 7, changed);
    rule.remove(list, 7, changed);
    expect(changes).toEqual([[7, PAGE_WEIGHT]]);
    rule.remove(list, 7, changed);
    expect(changes.at(-1)).toEqual([7, -PAGE_WEIGHT]);
    expect(list).toEqual([]);
  });
});

it('parts a page that three share in thirds, the unit that is left to the first', () => {
  const list: ShareList = [];
  for (const container of [1, 2, 3]) equalShares.add(list, container, () => {});
  expect(list.map((share) => share.units)).toEqual([5_592_406, 5_592_405, 5_592_405]);
});
