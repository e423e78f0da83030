import { describe, expect, it } from 'vitest';
import { FramePool } from './frame-pool.ts';

describe('FramePool', () => {
  it('hands out its range once, lowest first, then says that nothing is left', () => {
    const pool = new FramePool(10, 3);
    expect([pool.take(), pool.take(), pool.take(), pool.take()]).toEqual([10, 11, 12, -1]);
  });

  it('hands out first what was freed last', () => {
    const pool = new FramePool(0, 3);
    for (let frame = 0; frame < 3; frame++) pool.take();
    pool.give(2);
    pool.give(0);
    expect(pool.free_count).toBe(2);
    expect([pool.take(), pool.take()]).toEqual([0, 2]);
  });
});
