import { describe, expect, test } from 'vitest';
import { containerAvail, dirtyLimits, freerunCeiling } from '../../src-engine/machine/pages/dirty-limits.ts';
import { KIND, SLEEP } from '../../src-engine/record/events.ts';
import { counterOf, samplesOf } from './samples.ts';
import { programOf, worldAfter } from './world-after.ts';

/** The rows DIRTY-1 and DIRTY-3 of the project's list: mm/page-writeback.c (6.12), and what the engine makes of them. */

test('DIRTY-1: what a container could dirty is its file pages and its headroom, but no more than is clean outside', () => {
  const container = { filepages: 10_000, dirty: 2_000, headroom: 5_000 };
  expect(containerAvail(container, { avail: 1_000_000, dirty: 50_000 })).toBe(15_000);
  expect(containerAvail(container, { avail: 12_000, dirty: 1_000 })).toBe(13_000);
});

test('DIRTY-3: ratios of 20 and 10 of 15000 pages are 2999 and 1497', () => {
  expect(dirtyLimits(15_000, 20, 10)).toEqual({ thresh: 2_999, background: 1_497 });
  // A background limit that is not below the other is half of it.
  expect(dirtyLimits(15_000, 10, 20)).toEqual({ thresh: 1_497, background: 748 });
  expect(freerunCeiling({ thresh: 2_999, background: 1_497 })).toBe(2_248);
});

/** B's limit leaves it 1600 pages at most, so that it may dirty 320; the machine has 65536. */
const scene = (writeback: boolean): string => `
memledger: 1
name: dirty
machine: { memory: 256MiB${writeback ? ', writeback: true' : ''} }
containers: { A: {}, B: { max: 6400KiB } }
objects: { log-a: { file: 4MiB }, log-b: { file: 4MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { write: log-a, by: a }
  - { sample: a-wrote }
  - { write: log-b, by: b }
  - { sample: b-wrote }
  - { sleep: 1s }
  - { sample: slept }
  - { write: log-b, by: b, range: 0..256KiB, sync: true }
  - { sample: synced }
  - { truncate: log-b }
  - { sample: cut }
`;

describe('dirty pages of files', () => {
  const samples = samplesOf(scene(true), 'memcg-v2');
  const of = (sample: string, path: string, counter: Parameters<typeof counterOf>[3]): number => counterOf(samples, sample, path, counter);

  test('who has room dirties 4M and waits for nothing; who has a limit waits for the disk, and stays below it', () => {
    expect([of('a-wrote', 'A', 'file_dirty'), of('a-wrote', 'A', 'dirty_paused_usec')]).toEqual([1024, 0]);
    expect(of('b-wrote', 'B', 'dirty_thresh')).toBe(dirtyLimits(1600, 20, 10).thresh);
    expect(of('b-wrote', 'B', 'dirty_background_thresh')).toBe(dirtyLimits(1600, 20, 10).background);
    expect(of('b-wrote', 'B', 'file_dirty')).toBeLessThanOrEqual(dirtyLimits(1600, 20, 10).thresh);
    // 1024 pages of 80 us, less those that could be dirty without a wait.
    expect(of('b-wrote', 'B', 'dirty_paused_usec')).toBeGreaterThan((1024 - 320) * 80 * 0.8);
    expect(of('b-wrote', 'B', 'dirty_paused_usec')).toBeLessThan(1024 * 80);
    const { rows, world } = worldAfter(programOf(scene(true)), 'memcg-v2');
    const waits = rows.filter(({ kind, flags }) => kind === KIND.sleep && flags === SLEEP.dirty);
    expect(new Set(waits.map(({ container }) => world.tree.paths[container]))).toEqual(new Set(['B']));
    expect(waits.reduce((sum, { a }) => sum + a, 0)).toBe(of('b-wrote', 'B', 'dirty_paused_usec'));
  });

  test('the flusher goes on to the background limit, and no further; sync and truncate leave nothing dirty', () => {
    expect(of('slept', 'B', 'file_dirty')).toBe(dirtyLimits(1600, 20, 10).background);
    expect(of('slept', 'A', 'file_dirty')).toBe(1024);
    expect(of('synced', 'B', 'file_dirty')).toBeLessThanOrEqual(of('slept', 'B', 'file_dirty'));
    expect(of('cut', 'B', 'file_dirty')).toBe(0);
  });

  test('without `writeback` nobody counts and nobody waits', () => {
    const without = samplesOf(scene(false), 'memcg-v2');
    expect(counterOf(without, 'b-wrote', '.', 'file_dirty')).toBe(0);
    expect(counterOf(without, 'b-wrote', '.', 'dirty_paused_usec')).toBe(0);
  });

  test.each(['partial', 'rss', 'software-zones', 'smemcg', 'memcg-v1', 'memcg-v2-mglru', 'ckrm'])(
    'its lists are what frames say under %s, with reclaim, moves and removals',
    (model) => {
      const yaml = `
memledger: 1
name: dirty elsewhere
machine: { memory: 32MiB, swap: 8MiB, writeback: true, dirty-ratio: 40 }
containers: { A: { max: 6MiB }, A/x: {}, B: {} }
objects: { log: { file: 12MiB }, lib: { file: 2MiB } }
tasks: { a: { in: A/x }, b: { in: B } }
steps:
  - { write: log, by: a }
  - { map: lib, by: b, as: text }
  - { touch: text, by: b }
  - { write: log, by: b, range: 4MiB..8MiB }
  - { read: lib, by: a }
  - { move: a, to: B }
  - { remove: A/x }
  - { reclaim: A, size: 2MiB }
  - { sleep: 100ms }
  - { touch: text, by: b }
  - { drop-caches: all }
`;
      // worldAfter throws what the invariants find.
      expect(worldAfter(programOf(yaml), model).samples.length).toBeGreaterThan(0);
    },
  );
});
