import { describe, expect, it } from 'vitest';
import { shareDone } from '../../src-engine/base/share-done.ts';
import { leftMs, type RunProgress } from './progress.ts';

const at = (access_count: number, step_index: number): RunProgress => ({
  event_count: 0,
  access_count,
  access_total: 989,
  step_index,
  step_total: 11,
  elapsed_ms: 1000,
});

describe('progress', () => {
  it('is 100 % only when the last step is done', () => {
    expect(shareDone(at(0, -1))).toBe(0);
    expect(shareDone(at(498, 2))).toBe(0.5);
    expect(shareDone(at(989, 10))).toBeLessThan(1);
    expect(shareDone(at(989, 11))).toBe(1);
  });

  it('knows the time left by the pace of accesses, and not how long steps without any take', () => {
    expect(leftMs(at(0, 0))).toBeNull();
    expect(leftMs(at(498, 2))).toBe(1000);
    expect(leftMs(at(989, 2))).toBeNull();
    expect(leftMs(at(989, 11))).toBe(0);
  });
});
