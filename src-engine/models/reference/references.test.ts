import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fact, type PageClass, WHOLE, type World } from './facts.ts';
import { partial } from './partial.ts';
import { rss } from './rss.ts';
import { staticOwnership } from './static.ts';

const [A, B, C, D] = [1, 2, 3, 4] as const;

const worldOf = (page_class: PageClass): World => ({
  classOf: () => page_class,
  payerOf: () => null,
  objectOf: () => 0,
  isShared: () => false,
  lenderOf: () => null,
  parentOf: () => 0,
  zonePages: () => 4,
  childrenOf: () => [],
  guaranteeOf: () => 0,
});
const map = (container: number, page = 0): Fact => ({ kind: 'map', page, container, moving: false });
const unmap = (container: number, page = 0): Fact => ({ kind: 'unmap', page, container, moving: false });

/** Parts of page 0 that A to D pay, in pages. */
const parts = (facts: readonly Fact[]): number[] => {
  const charges = partial(facts, worldOf('file'));
  return [A, B, C, D].map((container) => (charges.get(container)?.get(0) ?? 0) / WHOLE);
};

describe('partial', () => {
  test('UBC-1: sharers join', () => {
    expect(parts([map(A)])).toEqual([1, 0, 0, 0]);
    expect(parts([map(A), map(B)])).toEqual([1 / 2, 1 / 2, 0, 0]);
    expect(parts([map(A), map(B), map(C)])).toEqual([1 / 4, 1 / 2, 1 / 4, 0]);
    expect(parts([map(A), map(B), map(C), map(D)])).toEqual([1 / 4, 1 / 4, 1 / 4, 1 / 4]);
  });

  test('UBC-3: who gains when a sharer leaves', () => {
    const three = [map(A), map(B), map(C)];
    expect(parts([...three, unmap(A)])).toEqual([0, 1 / 2, 1 / 2, 0]);
    expect(parts([...three, unmap(B)])).toEqual([1 / 2, 0, 1 / 2, 0]);
    expect(parts([...three, unmap(C)])).toEqual([1 / 2, 1 / 2, 0, 0]);
  });

  test('UBC-5: several mappings of a container count once', () => {
    const twice = [map(A), map(A), map(B), map(B)];
    expect(parts([...twice, unmap(A)])).toEqual([1 / 2, 1 / 2, 0, 0]);
    expect(parts([...twice, unmap(A), unmap(A)])).toEqual([0, 1, 0, 0]);
  });

  test('UBC-11: the last of eight sharers pays more and more', () => {
    const containers = [1, 2, 3, 4, 5, 6, 7, 8];
    const facts = containers.map((container) => map(container));
    const last = containers.slice(0, 7).map((leaver) => {
      facts.push(unmap(leaver));
      return ((partial(facts, worldOf('file')).get(8)?.get(0) ?? 0) / WHOLE) * 1024;
    });
    expect(last).toEqual([256, 256, 256, 256, 512, 512, 1024]);
  });

  test('UBC-14: parts always add up to one page and differ by at most a factor of two', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 200 }), (choices) => {
        const facts: Fact[] = [];
        const mapped = new Set<number>();
        for (const container of choices) {
          facts.push(mapped.has(container) ? unmap(container) : map(container));
          if (!mapped.delete(container)) mapped.add(container);
        }
        const shares = [...partial(facts, worldOf('file')).values()].flatMap((pages) => [...pages.values()]);
        expect(shares.length).toBe(mapped.size);
        if (shares.length === 0) return;
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(WHOLE);
        expect(Math.max(...shares)).toBeLessThanOrEqual(2 * Math.min(...shares));
        expect(Math.max(...shares) * shares.length).toBeLessThan(2 * WHOLE);
      }),
    );
  });

  test('tmpfs is paid for by its creator, then by its parent', () => {
    const insert = (page: number, container: number): Fact[] => [
      { kind: 'want', page, container },
      { kind: 'insert', page, container, again: false },
    ];
    const facts: Fact[] = [...insert(0, A), ...insert(1, B), map(B, 0)];
    expect(partial(facts, worldOf('tmpfs'))).toEqual(
      new Map([
        [
          A,
          new Map([
            [0, WHOLE],
            [1, WHOLE],
          ]),
        ],
      ]),
    );
    facts.push({ kind: 'remove', container: A, parent: 0 }, ...insert(2, B));
    expect(partial(facts, worldOf('tmpfs')).get(0)?.size).toBe(3);
  });
});

test('rss: each container pays once for each page it maps', () => {
  const charges = rss([map(A), map(A), map(B), unmap(A), unmap(B)], worldOf('file'));
  expect(charges).toEqual(new Map([[A, new Map([[0, WHOLE]])]]));
});

test('static: the first to bring a page in pays until it is freed', () => {
  const insert = (container: number, again = false): Fact => ({ kind: 'insert', page: 0, container, again });
  const owner = (facts: readonly Fact[]): number[] => [...staticOwnership(facts, worldOf('anon')).keys()];
  expect(owner([insert(A), map(B)])).toEqual([A]);
  expect(owner([insert(A), { kind: 'free', page: 0 }, insert(B)])).toEqual([B]);
  expect(owner([insert(A), { kind: 'free', page: 0 }, insert(B, true)])).toEqual([A]);
  expect(owner([insert(A), { kind: 'free', page: 0 }, { kind: 'remove', container: A, parent: 0 }, insert(B, true)])).toEqual([B]);
  expect(owner([insert(A), { kind: 'remove', container: A, parent: 0 }])).toEqual([0]);
});
