import { expect, test } from 'vitest';
import { trace } from '../../../test/conformance/agreement.ts';
import { programOf } from '../../../test/conformance/world-after.ts';
import { KIND } from '../../record/events.ts';

/** Objects that the cache’s shrinker was asked to look at when they first came to a batch. */
const firstScan = (cache: string, model: string): number | undefined => {
  const program = programOf(`
memledger: 1
name: batches
machine: { memory: 64MiB }
containers: { A: {} }
objects: { cache: { ${cache}, shrinkable: true } }
tasks: { a: { in: A } }
steps:
  - { slab: cache, by: a, objects: 4000 }
  - { reclaim: A, size: 1MiB }
`);
  const rows = trace(program, model).rows_by_step.flat();
  return rows.find(({ kind, a }) => kind === KIND.shrink_slab_end && a > 0)?.a;
};

test('a shrinker is asked in batches of its cache: those of file systems take 1,024 objects', () => {
  // Each priority adds (4000 >> priority) * 2 to what was deferred >> priority: 250 + 7 at priority 5, 500 + 30 at 4, 1,000 + 123 at 3.
  expect(firstScan('slab: 192', 'memcg-v2')).toBe(2 * 128);
  expect(firstScan('slab: dentry', 'memcg-v2')).toBe(1024);
  expect(firstScan('slab: dentry, batch: 300', 'memcg-v2')).toBe(300);
  // Whatever the cache says, the set of 2012 that could be opted into asks for 1,024.
  expect(firstScan('slab: 192', 'kernel=opt-in')).toBe(1024);
});
