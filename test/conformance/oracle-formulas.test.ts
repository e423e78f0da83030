import { describe, expect, test } from 'vitest';
import { highDelayTicks, isSlept, overage } from '../../src-engine/containers/high.ts';
import { badness, selectVictim } from '../../src-engine/containers/oom.ts';
import { effectiveProtection, Protection } from '../../src-engine/containers/protection.ts';
import { ContainerTree } from '../../src-engine/containers/tree.ts';
import { inactiveRatio, scanFractions, scanTarget } from '../../src-engine/machine/reclaim/scan-count.ts';
import { close } from './close.ts';

/** Cases with known answers that a pure function of the engine can be asked directly. The number of each case is that of the project's list of oracles. */

const MIB_PAGES = 256;
const GIB_PAGES = 262_144;

/** A container below `parent` that already holds `usage` pages. */
function grow(tree: ContainerTree, parent: number, path: string, usage: number, limits: { low?: number; max?: number } = {}): number {
  const id = tree.create(path, 0, parent);
  tree.low[id] = limits.low ?? 0;
  tree.charge(id, usage);
  if (limits.max !== undefined) tree.max[id] = limits.max;
  return id;
}

test('VC-1: the kernel tests’ predicate of closeness', () => {
  const accepted = (bytes: number): boolean => close(50 * 2 ** 20, bytes, 3);
  expect([49_374_697, 49_374_698, 55_671_818, 55_671_819, 47 * 2 ** 20].map(accepted)).toEqual([false, true, true, false, false]);
});

describe('hierarchical counter', () => {
  test('PC-1: a charge that fails higher up is undone below, but the peak stays', () => {
    const tree = new ContainerTree(true);
    const root = grow(tree, -1, '.', 0);
    const parent = grow(tree, root, 'P', 0, { max: 1000 });
    const child = grow(tree, parent, 'P/C', 0, { max: 2000 });
    expect(tree.tryCharge(child, 600)).toBe(-1);
    expect(tree.tryCharge(child, 500)).toBe(parent);
    expect([tree.usage[child], tree.usage[parent], tree.usage[root]]).toEqual([600, 600, 600]);
    expect([tree.failcnt[parent], tree.failcnt[child]]).toEqual([1, 0]);
    expect([tree.peak[parent], tree.peak[child]]).toEqual([600, 1100]);
  });

  test('PC-2: equality with the limit is success', () => {
    const tree = new ContainerTree();
    const root = grow(tree, -1, '.', 0);
    const a = grow(tree, root, 'A', 0, { max: 100 });
    expect(tree.tryCharge(a, 100)).toBe(-1);
    expect(tree.tryCharge(a, 1)).toBe(a);
    expect([tree.failcnt[a], tree.usage[a]]).toEqual([1, 100]);
  });

  test('PC-8: what of the children counts as protected follows usage and setting', () => {
    const tree = new ContainerTree();
    const root = grow(tree, -1, '.', 0);
    const parent = grow(tree, root, 'P', 0, { low: 50 });
    const c1 = grow(tree, parent, 'P/c1', 60, { low: 100 });
    // A sibling that protects 100 of 100 pages gets ⌊100 × 50 / S⌋ where S = 100 + what c1 has protected.
    const probe = grow(tree, parent, 'P/probe', 100, { low: 100 });
    const protection = new Protection(tree, false);
    const siblingsShare = (): number | undefined => {
      protection.calculate(parent, root);
      protection.calculate(probe, root);
      return protection.elow[probe];
    };
    expect(siblingsShare()).toBe(Math.floor(5000 / 160));
    tree.charge(c1, 60);
    expect(siblingsShare()).toBe(Math.floor(5000 / 200));
    tree.low[c1] = 50;
    expect(siblingsShare()).toBe(Math.floor(5000 / 150));
    tree.uncharge(c1, 90);
    expect(siblingsShare()).toBe(Math.floor(5000 / 130));
  });
});

describe('effective protection', () => {
  /** The kernel's model of the equilibrium (its selftest memcg_protection.m), with the engine's formula in it. Amounts in GiB; returns MiB. */
  function equilibrium(
    nominal_mib: readonly number[],
    current_mib: readonly number[],
    parent_mib: number,
    recursive: boolean,
  ): { t: number; current: number[]; effective: number[] } {
    // The formula floors to whole units: 2^-50 GiB makes that invisible.
    const UNIT = 2 ** 50;
    const EPSILON = 1e-7;
    const CLUSTER = 128 / 2 ** 20;
    const ALPHA = 0.1;
    const nominal = nominal_mib.map((mib) => mib / 1024);
    let current = current_mib.map((mib) => mib / 1024);
    let effective = nominal;
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    for (let t = 1; t <= 1000; t++) {
      const siblings_protected = Math.round(sum(current.map((usage, i) => Math.min(usage, nominal[i] ?? 0))) * UNIT);
      effective = current.map(
        (usage, i) =>
          effectiveProtection({
            usage: Math.round(usage * UNIT),
            parent_usage: Math.round(sum(current) * UNIT),
            setting: Math.round((nominal[i] ?? 0) * UNIT),
            parent_effective: Math.round((parent_mib / 1024) * UNIT),
            siblings_protected,
            recursive,
          }) / UNIT,
      );
      const scan = current.map((usage, i) => {
        const protection = effective[i] ?? 0;
        return ALPHA * usage * (1 - (protection + EPSILON) / (Math.max(protection, usage) + EPSILON));
      });
      if (Math.max(...scan) < EPSILON) return { t, current: current.map((gib) => gib * 1024), effective: effective.map((gib) => gib * 1024) };
      current = current.map((usage, i) => {
        const pages = scan[i] ?? 0;
        return Math.max(usage - (pages > EPSILON ? Math.max(pages, CLUSTER) : pages), 0);
      });
    }
    throw new Error('no equilibrium');
  }
  const expectClose = (actual: readonly number[], expected: readonly number[]): void => {
    expect(actual.length).toBe(expected.length);
    for (const [i, value] of actual.entries()) expect(Math.abs(value - (expected[i] ?? Number.NaN))).toBeLessThanOrEqual(1e-4);
  };

  test('PROT-1: equilibrium with recursive protection', () => {
    const { t, current, effective } = equilibrium([75, 25, 0, 500], [50, 50, 50, 0], 50, true);
    expect(t).toBe(45);
    expectClose(current, [28.78102, 21.050247, 0.12652, 0]);
    expectClose(effective, [28.78102, 21.050247, 0.168734, 0]);
  });

  test('PROT-2: equilibrium without recursive protection', () => {
    const { t, current } = equilibrium([75, 25, 0, 500], [50, 50, 50, 0], 50, false);
    expect(t).toBe(47);
    expectClose(current, [28.78102, 21.050247, 0, 0]);
  });

  test('PROT-4: equilibrium of children without a setting of their own', () => {
    const { t, current, effective } = equilibrium([0, 0, 0], [50, 50, 50], 50, true);
    expect(t).toBe(43);
    expectClose(current, [16.561245, 16.561245, 16.561245]);
    expectClose(effective, [16.666667, 16.666667, 16.666667]);
  });

  test('PROT-6: overcommitted children share in proportion; a container without usage keeps its old value', () => {
    const tree = new ContainerTree();
    const root = grow(tree, -1, '.', 0);
    const parent = grow(tree, root, 'B', 0, { low: 12_800 });
    const c = grow(tree, parent, 'B/C', 12_800, { low: 19_200 });
    const d = grow(tree, parent, 'B/D', 12_800, { low: 6400 });
    const e = grow(tree, parent, 'B/E', 12_800, { low: 0 });
    const f = grow(tree, parent, 'B/F', 0, { low: 128_000 });
    const protection = new Protection(tree, true);
    protection.elow[f] = 77;
    for (const id of [parent, c, d, e, f]) protection.calculate(id, root);
    expect([c, d, e, f].map((id) => protection.elow[id])).toEqual([8533, 4266, 0, 77]);
  });

  test.each([
    [true, [11_093, 10_026, 4480]],
    [false, [5120, 2560, 0]],
  ])('PROT-7: spare protection goes to those that use more (recursive %s)', (recursive, expected) => {
    const children = [
      { usage: 60, setting: 20 },
      { usage: 60, setting: 10 },
      { usage: 30, setting: 0 },
    ];
    const results = children.map(({ usage, setting }) =>
      effectiveProtection({
        usage: usage * MIB_PAGES,
        setting: setting * MIB_PAGES,
        parent_usage: 38_400,
        parent_effective: 25_600,
        siblings_protected: 30 * MIB_PAGES,
        recursive,
      }),
    );
    expect(results).toEqual(expected);
  });

  test('PROT-9: nothing to hand out when the children claim all', () => {
    const common = { parent_usage: 30_720, parent_effective: 12_800, siblings_protected: 12_800, recursive: true };
    expect(effectiveProtection({ ...common, usage: 10_240, setting: 7680 })).toBe(7680);
    expect(effectiveProtection({ ...common, usage: 20_480, setting: 5120 })).toBe(5120);
  });

  test('PROT-12: protection depends on the target of reclaim', () => {
    const tree = new ContainerTree();
    const root = grow(tree, -1, '.', 0);
    const a = grow(tree, root, 'A', 0, { low: 2 * GIB_PAGES });
    const b = grow(tree, a, 'A/B', GIB_PAGES / 2, { low: GIB_PAGES });
    const c = grow(tree, a, 'A/C', 2.5 * GIB_PAGES, { low: GIB_PAGES });
    const elow = (recursive: boolean, target: number): (number | undefined)[] => {
      const protection = new Protection(tree, recursive);
      for (const id of [a, b, c]) protection.calculate(id, target);
      return [a, b, c].map((id) => protection.elow[id]);
    };
    expect(elow(false, root)).toEqual([524_288, 131_072, 262_144]);
    expect(elow(true, root)).toEqual([524_288, 131_072, 393_216]);
    expect(elow(true, a)).toEqual([0, 262_144, 262_144]);
  });

  test('PROT-14: a parent without protection hands none down', () => {
    const tree = new ContainerTree();
    const root = grow(tree, -1, '.', 0);
    const parent = grow(tree, root, 'P', 0);
    const child = grow(tree, parent, 'P/c', 25_600, { low: 25_600 });
    const top = grow(tree, root, 'T', 25_600, { low: 25_600 });
    const protection = new Protection(tree, false);
    for (const id of [parent, child, top]) protection.calculate(id, root);
    expect([protection.elow[child], protection.elow[top]]).toEqual([0, 25_600]);
  });
});

describe('reclaim arithmetic', () => {
  const target = (list_pages: number, usage_pages: number, protection_pages: number, priority: number, online = true): number =>
    scanTarget({ list_pages, usage_pages, protection_pages, protected: protection_pages > 0, priority, online });

  test('SCAN-1: pages to scan by priority and protection', () => {
    expect([12, 11, 10].map((priority) => target(51_200, 51_200, 0, priority))).toEqual([12, 25, 50]);
    expect([12, 10].map((priority) => target(51_200, 51_200, 25_600, priority))).toEqual([6, 25]);
    expect([12, 5, 0].map((priority) => target(51_200, 51_200, 51_199, priority))).toEqual([0, 1, 32]);
  });

  test('SCAN-3, SCAN-4: small lists are skipped while online, scraped when the container is gone', () => {
    expect([100, 20].map((pages) => target(pages, pages, 0, 12, false))).toEqual([32, 20]);
    expect([20, 4096, 4095].map((pages) => target(pages, pages, 0, 12))).toEqual([0, 1, 0]);
  });

  test('SCAN-5: weights of anonymous and file lists', () => {
    expect(scanFractions(60, 0, 0)).toEqual({ ap: 60, fp: 140 });
    expect(scanFractions(100, 1000, 0)).toEqual({ ap: 149, fp: 299 });
    expect(scanFractions(60, 100, 100)).toEqual({ ap: 119, fp: 279 });
  });

  test('SCAN-7: the balance scales the scan target', () => {
    const { ap, fp } = scanFractions(60, 0, 0);
    const scan = target(65_536, 65_536, 0, 6);
    expect([ap, fp].map((weight) => Math.floor((scan * weight) / (ap + fp)))).toEqual([307, 716]);
  });

  test('SCAN-9: inactive ratio by size', () => {
    const ten_mib_pages = 10 * MIB_PAGES;
    const sizes = [
      ten_mib_pages,
      100 * MIB_PAGES,
      GIB_PAGES,
      10 * GIB_PAGES,
      100 * GIB_PAGES,
      1024 * GIB_PAGES,
      10_240 * GIB_PAGES,
      4 * GIB_PAGES,
      64 * GIB_PAGES,
    ];
    expect(sizes.map(inactiveRatio)).toEqual([1, 1, 3, 10, 31, 101, 320, 6, 25]);
  });
});

describe('memory.high', () => {
  const HIGH_PAGES = 25_600;
  const delay = (usage_mib: number, charged_pages = 64, hz = 1000): number => highDelayTicks(charged_pages, overage(usage_mib * MIB_PAGES, HIGH_PAGES), hz);

  test('HIGH-1: the curve of delays from 100 to 120 MiB', () => {
    const expected = [0, 6, 25, 57, 102, 159, 230, 313, 409, 518, 639, 774, 921, 1081, 1254, 1439, 1638, 1849, 2000, 2000, 2000];
    expect(expected.map((_, i) => delay(100 + i))).toEqual(expected);
  });

  test('HIGH-2: the smallest overage that sleeps, and the one that hits the clamp', () => {
    const ticks = (pages: number): number => highDelayTicks(64, overage(HIGH_PAGES + pages, HIGH_PAGES));
    expect([isSlept(ticks(335)), isSlept(ticks(336)), ticks(336)]).toEqual([false, true, 11]);
    expect([ticks(4525) < 2000, ticks(4526)]).toEqual([true, 2000]);
  });

  test('the product of a delay wraps in 64 bits, as where `high` is 0', () => {
    const ticks = (usage_pages: number): number => highDelayTicks(64, overage(usage_pages, 0));
    // (k·2²⁰)²·1000 is k²·125·2⁴³: what a multiple of 2,048 pages makes of it is 0 in 64 bits.
    expect([ticks(1), ticks(2047), ticks(2048), ticks(2049), ticks(4096)]).toEqual([2000, 2000, 0, 2000, 0]);
  });

  test('HIGH-4: delays grow with the pages charged', () => {
    expect([1, 16, 32, 128, 256].map((charged) => delay(110, charged))).toEqual([9, 159, 319, 1278, 2000]);
    expect(isSlept(9)).toBe(false);
  });

  test.each([
    ['HIGH-8', 100, [0, 15, 63, 200]],
    ['HIGH-9', 250, [1, 39, 159, 500]],
  ])('%s: the same in ticks of HZ %d', (_, hz, expected) => {
    expect([101, 105, 110, 118].map((mib) => delay(mib, 64, hz))).toEqual(expected);
  });
});

describe('out of memory', () => {
  test('MAX-7: badness counts memory, swap, page tables and the adjustment', () => {
    const candidates = [
      { task: 0, rss_pages: 10_000, swap_pages: 0, page_table_bytes: 40_960, adjustment: 0 },
      { task: 1, rss_pages: 9000, swap_pages: 2000, page_table_bytes: 0, adjustment: 0 },
      { task: 2, rss_pages: 1000, swap_pages: 0, page_table_bytes: 0, adjustment: 200 },
    ];
    expect(candidates.map((candidate) => badness(candidate, 51_200))).toEqual([10_010, 11_000, 11_200]);
    expect(selectVictim(candidates, 51_200)).toEqual({ task: 2, points: 11_200 });
  });
});
