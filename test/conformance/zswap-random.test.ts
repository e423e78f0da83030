import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_CONTAINER } from '../../src-engine/base/ids.ts';
import { ZswapReference } from '../../src-engine/models/reference/zswap.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { ADD, EVICT, type EventRow, KIND, OBJECT_CLASS } from '../../src-engine/record/events.ts';
import type { EngineSample } from '../../src-engine/record/run.ts';
import type { Op } from '../../src-engine/scenario/program.ts';
import { trace } from './agreement.ts';
import { describeOp, ProgramBuilder, type Setting } from './program-builder.ts';

/** Zswap: what the engine stores, writes back and counts against the reference, after every step of random scenarios. */

const MEMORY_PAGES = 96;
const SCRATCH_BYTES = 700;
/** Bytes of a page of each task's memory: small ones, such that round pages are met, and what cannot be compressed. */
const BYTES_OF: Readonly<Record<string, number>> = { a: 1024, b: 2731, c: 4096, d: 64, r: 1500 };
const TASKS = Object.keys(BYTES_OF);
const LEAVES = ['P/A', 'P/B', 'C'] as const;

const setting: Setting = {
  machine: { memory_pages: MEMORY_PAGES, swap_pages: 400, zswap: { max_pool_percent: 25, accept_threshold_percent: 60 } },
  containers: { P: { max_pages: 60, zswap_max_pages: 12 }, 'P/A': { max_pages: 24, zswap_max_pages: 4 }, 'P/B': { max_pages: 24 }, C: { max_pages: 30 } },
  objects: [{ kind: 'tmpfs', name: 'scratch', page_count: 24, compressed_bytes: SCRATCH_BYTES }],
  tasks: { a: 'P/A', b: 'P/B', c: 'P/B', d: 'C', r: '.' },
  areas: ['heap'],
};
const builder = new ProgramBuilder(setting);
const PATHS = ['.', ...Object.keys(setting.containers)];
const allocation = (task: string): Op => ({ ...builder.alloc(task, 'heap', 40), compressed_bytes: BYTES_OF[task] }) as Op;

const task = fc.constantFrom(...TASKS);
const span = fc.tuple(fc.nat(39), fc.integer({ min: 1, max: 40 })).map(([first, count]) => [first, Math.min(count, 40 - first)] as const);
const anyOp: fc.Arbitrary<readonly Op[]> = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(task, span).map(([by, [first, count]]) => [builder.load('touch', by, 'heap', first, count)]) },
  { weight: 4, arbitrary: fc.tuple(task, span).map(([by, [first, count]]) => [builder.load('peek', by, 'heap', first, count)]) },
  { weight: 3, arbitrary: fc.tuple(task, fc.nat(23)).map(([by, first]) => [builder.access('write', by, 'scratch', first, 24 - first)]) },
  { weight: 2, arbitrary: fc.tuple(task, span).map(([by, [first, count]]) => [builder.unmap(by, 'heap', first, count), allocation(by)]) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('P', ...LEAVES), fc.integer({ min: 1, max: 30 })).map(([path, pages]) => [builder.reclaim(path, pages)]) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('P', ...LEAVES), fc.nat(14)).map(([path, zswap_max_pages]) => [builder.set(path, { zswap_max_pages })]) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('P', ...LEAVES), fc.boolean()).map(([path, zswap_writeback]) => [builder.set(path, { zswap_writeback })]) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...LEAVES)
      .map((path) => [...TASKS.map((by) => builder.move(by, 'P')), builder.remove(path), ...TASKS.map((by) => builder.move(by, 'P'))]),
  },
);

/** Where a difference is: null if there is none. */
function disagreement(ops: readonly Op[], model: string): { readonly difference: string | null; readonly seen: Record<string, number> } {
  const { rows_by_step, samples } = trace(builder.build(ops), model);
  const reference = new ZswapReference(MEMORY_PAGES, 25, 60, model !== 'memcg-v1');
  const seen = { stored: 0, refused: 0, written: 0, loaded: 0 };
  const objects: { base: number; bytes: number }[] = [];
  for (const [path, limits] of Object.entries(setting.containers))
    if (limits.zswap_max_pages !== undefined) reference.max_pages.set(PATHS.indexOf(path), limits.zswap_max_pages);
  let written: number[] = [];
  const follow = (row: EventRow): string | null => {
    switch (row.kind) {
      case KIND.object_create:
        objects.push({ base: row.page, bytes: row.flags === OBJECT_CLASS.anon ? (BYTES_OF[TASKS[row.task] ?? ''] ?? 0) : SCRATCH_BYTES });
        return null;
      case KIND.container_create:
        if (row.container > 0) reference.create(row.container, row.b);
        return null;
      case KIND.zswap_writeback:
        written.push(row.page);
        seen.written++;
        return null;
      case KIND.page_evict: {
        if ((row.flags & EVICT.swapout) === 0) return null;
        const bytes = objects.findLast(({ base }) => base <= row.page)?.bytes ?? 0;
        const expected = reference.evicted(row.page, row.b, bytes);
        const is_stored = (row.flags & EVICT.zswap) !== 0;
        seen[is_stored ? 'stored' : 'refused']++;
        const found = JSON.stringify({ stored: is_stored, written });
        written = [];
        return found === JSON.stringify(expected) ? null : `page ${row.page}: engine ${found}, reference ${JSON.stringify(expected)}`;
      }
      case KIND.page_add:
        if (reference.loaded(row.page) !== ((row.flags & ADD.zswapin) !== 0))
          return `page ${row.page}: engine and reference differ on whether it came from zswap`;
        if ((row.flags & ADD.zswapin) !== 0) seen.loaded++;
        return null;
      case KIND.swap_free:
        reference.drop(row.page);
        return null;
      case KIND.container_remove:
        if (row.container !== NO_CONTAINER) reference.remove(row.container);
        return null;
      default:
        return null;
    }
  };
  for (const [step, rows] of rows_by_step.entries()) {
    const op = ops[step - 1];
    const target = op?.verb === 'set' ? op.path : -1;
    if (op?.verb === 'set' && !reference.removed.has(target)) {
      if (op.limits.zswap_max_pages !== undefined) reference.max_pages.set(target, op.limits.zswap_max_pages);
      if (op.limits.zswap_writeback !== undefined) reference.writeback.set(target, op.limits.zswap_writeback);
    }
    for (const row of rows) {
      const difference = follow(row);
      if (difference !== null) return { difference: `step ${step - 1}: ${difference}`, seen };
    }
    const difference = step === 0 ? null : compare(reference, samples[step - 1]);
    if (difference !== null) return { difference: `after step ${step - 1}: ${difference}`, seen };
  }
  return { difference: null, seen };
}

function compare(reference: ZswapReference, sample: EngineSample | undefined): string | null {
  if (sample === undefined) return 'no sample';
  const sums = reference.counts.map((counts) => ({ ...counts }));
  for (let id = sums.length - 1; id > 0; id--) {
    const above = sums[reference.parents[id] ?? 0];
    const own = sums[id];
    if (above !== undefined && own !== undefined) for (const name of Object.keys(own) as (keyof typeof own)[]) above[name] += own[name];
  }
  for (const [id, { bytes, pages, zswpin, zswpout, zswpwb }] of sums.entries()) {
    const counters = sample.containers[id]?.counters;
    const expected = { zswap: bytes, zswapped: pages, zswpin, zswpout, zswpwb };
    for (const [name, value] of Object.entries(expected) as [keyof typeof expected, number][])
      if (counters?.[COUNTER[name]] !== value) return `${PATHS[id]} ${name}: engine ${counters?.[COUNTER[name]]}, reference ${value}`;
  }
  return null;
}

describe('zswap', () => {
  test.each(['memcg-v2', 'memcg-v1', 'memcg-v2-mglru'])('under %s the engine stores, spares and writes back what the reference does', (model) => {
    const total: Record<string, number> = {};
    fc.assert(
      fc.property(fc.array(anyOp, { minLength: 4, maxLength: 40 }), (steps) => {
        const ops = [...TASKS.map(allocation), ...steps.flat()];
        const { difference, seen } = disagreement(ops, model);
        for (const [what, count] of Object.entries(seen)) total[what] = (total[what] ?? 0) + count;
        if (difference !== null) throw new Error(`${difference}\n${ops.map((op) => describeOp(op, setting)).join('\n')}`);
      }),
      { numRuns: 150 },
    );
    for (const what of ['stored', 'refused', 'written', 'loaded']) expect(total[what], what).toBeGreaterThan(0);
  });
});
