import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COUNTER } from '../record/counters.ts';
import { ContainerTree } from './tree.ts';

/** root ← P ← C, and root ← Q. */
function family(): { tree: ContainerTree; root: number; p: number; c: number; q: number } {
  const tree = new ContainerTree();
  const root = tree.create('.', 0, -1);
  const p = tree.create('P', 1, root);
  const c = tree.create('P/C', 2, p);
  const q = tree.create('Q', 3, root);
  return { tree, root, p, c, q };
}

describe('ContainerTree', () => {
  it('charges a container and all its ancestors, and nobody else', () => {
    const { tree, root, p, c, q } = family();
    tree.charge(c, 5);
    tree.uncharge(c, 2);
    expect([root, p, c, q].map((id) => tree.usage[id])).toEqual([3, 3, 3, 0]);
    expect(tree.peak[p]).toBe(5);
  });

  it('leaves nothing behind when a limit further up refuses', () => {
    const { tree, root, p, c } = family();
    tree.max[p] = 4;
    expect(tree.tryCharge(c, 4)).toBe(-1);
    expect(tree.tryCharge(c, 1)).toBe(p);
    expect([root, p, c].map((id) => tree.usage[id])).toEqual([4, 4, 4]);
    expect([tree.failcnt[p], tree.failcnt[c]]).toEqual([1, 0]);
  });

  it('counts events in all ancestors and adds statistics up when asked', () => {
    const { tree, root, p, c, q } = family();
    tree.count_event(c, COUNTER.max);
    tree.count_up(c, COUNTER.pgscan, 7);
    tree.count_up(q, COUNTER.pgscan, 1);
    expect(tree.local(p, COUNTER.pgscan)).toBe(0);
    expect(tree.subtree(root, COUNTER.pgscan)).toBe(8);
    const rows = tree.snapshot();
    expect([root, p, c, q].map((id) => rows[id]?.[COUNTER.pgscan])).toEqual([8, 7, 7, 1]);
    expect([root, p, c, q].map((id) => rows[id]?.[COUNTER.max])).toEqual([1, 1, 1, 0]);
  });

  it('walks a subtree in pre-order, removed containers included', () => {
    const { tree, root, p, c, q } = family();
    tree.remove(c);
    const visited: number[] = [];
    for (let at: number = root; at !== -1; at = tree.next(at, root)) visited.push(at);
    expect(visited).toEqual([root, p, c, q]);
    expect(tree.next(c, p)).toBe(-1);
  });

  it('gives the least room of all swap limits on the way up', () => {
    const { tree, p, c } = family();
    tree.swap_max[p] = 10;
    tree.swap_max[c] = 6;
    for (let slot = 0; slot < 5; slot++) tree.chargeSwap(c);
    expect(tree.swapRoom(c, 100)).toBe(1);
    expect(tree.swapRoom(p, 3)).toBe(3);
  });

  it('keeps every counter when it grows', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(39), fc.integer({ min: 1, max: 100 })), { maxLength: 40 }), (charges) => {
        const tree = new ContainerTree();
        tree.create('.', 0, -1);
        const expected = new Array<number>(41).fill(0);
        for (let id = 1; id <= 40; id++) {
          tree.create(`c${id}`, id, 0);
          for (const [target, units] of charges) {
            if (target + 1 !== id) continue;
            tree.charge(id, units);
            expected[id] = (expected[id] ?? 0) + units;
          }
        }
        for (let id = 1; id <= 40; id++) expect(tree.usage[id]).toBe(expected[id]);
        expect(tree.usage[0]).toBe(expected.reduce((sum, units) => sum + units, 0));
      }),
    );
  });
});
