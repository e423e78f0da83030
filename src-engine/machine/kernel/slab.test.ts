import { expect, test } from 'vitest';
import { NONE, Slab } from './slab.ts';

const NOBODY = -1;

test('an object goes to the page that has had room for longest, and an empty page is freed', () => {
  const slab = new Slab([{ kind: 'slab', name: 'dentry', object_bytes: 2000, objects_per_page: 2, shrinkable: true, shrinker_batch: 128, accounted: true }]);
  const cache = slab.cacheOf(0);
  const pool = slab.newPool(cache, NOBODY);
  const objects: number[] = [];
  for (const frame of [10, 11, 12]) {
    const page = slab.addPage(pool, frame);
    objects.push(slab.take(page, 0), slab.take(page, 0));
  }
  expect(slab.pageWithRoom(pool)).toBe(NONE);
  // Room comes first on the second page, then on the first; both have one object left.
  expect(slab.free(objects[2] ?? NONE)).toBe(NONE);
  expect(slab.free(objects[0] ?? NONE)).toBe(NONE);
  const taken = slab.take(slab.pageWithRoom(pool), 0);
  expect(slab.free(objects[1] ?? NONE)).toBe(10);
  expect([slab.page_count, slab.object_count]).toEqual([2, 4]);
  slab.free(objects[3] ?? NONE);
  expect(slab.free(taken)).toBe(11);
});

test('a task frees its own objects first, oldest first; lists of a removed container come before those of its heir', () => {
  const slab = new Slab([{ kind: 'slab', name: 'dentry', object_bytes: 192, objects_per_page: 21, shrinkable: true, shrinker_batch: 128, accounted: true }]);
  const cache = slab.cacheOf(0);
  const page = slab.addPage(slab.newPool(cache, NOBODY), 0);
  const [theirs, mine, later] = [slab.take(page, 1), slab.take(page, 0), slab.take(page, 0)];
  slab.enlist(theirs, 5);
  slab.enlist(mine, 7);
  expect([slab.oldest(cache, 0), slab.oldest(cache, 1), slab.oldest(cache, 2)]).toEqual([mine, theirs, theirs]);
  cache.deferred.set(7, 40);
  slab.handLists(7, 5);
  expect([slab.freeable(cache, 5), slab.freeable(cache, 7), slab.oldestUnused(cache, 5), cache.deferred.get(5)]).toEqual([2, 0, mine, 40]);
  slab.free(mine);
  expect([slab.oldestUnused(cache, 5), slab.oldest(cache, 0)]).toEqual([theirs, later]);
});
