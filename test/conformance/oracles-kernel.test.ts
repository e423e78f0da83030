import { describe, expect, test } from 'vitest';
import { PAGE_SIZE_BYTES } from '../../src-engine/base/ids.ts';
import { DEFAULT_SEEKS, shrinkPlan } from '../../src-engine/machine/reclaim/shrinker.ts';
import { type ObjectCgroup, ObjectStock, type PageCharger } from '../../src-engine/models/objcg-stock.ts';
import { counterOf, samplesOf } from './samples.ts';

/** Cases with known answers on kernel memory and its shrinkers. The number of each case is that of the project's list of oracles. */

const plan = (freeable: number, priority: number, seeks: number, deferred: number) => shrinkPlan({ freeable, priority, seeks, deferred, batch: 128 });

describe('do_shrink_slab', () => {
  test('SHR-1: at priority 12 a cache of less than 262144 objects is not scanned, and what is left over is deferred', () => {
    expect(plan(100_000, 12, DEFAULT_SEEKS, 0)).toMatchObject({ delta: 48, call_count: 0, deferred: 48 });
    expect(plan(262_144, 12, DEFAULT_SEEKS, 0)).toMatchObject({ delta: 128, call_count: 1, scanned: 128, deferred: 0 });
    expect(plan(1_000_000, 12, DEFAULT_SEEKS, 0)).toMatchObject({ delta: 488, call_count: 3, scanned: 384, deferred: 104 });
  });

  test('SHR-3: without seeks half of the objects are looked at, at any priority', () => {
    for (const priority of [12, 5, 0]) {
      expect(plan(1000, priority, 0, 0)).toMatchObject({ delta: 500, call_count: 3, scanned: 384, deferred: 116 });
      expect(plan(50, priority, 0, 0)).toMatchObject({ delta: 25, call_count: 0, scanned: 0, deferred: 25 });
    }
  });

  test('SHR-5: at priority 0 twice as many objects are looked at as there are', () => {
    expect(plan(1000, 0, DEFAULT_SEEKS, 0)).toMatchObject({ total: 2000, call_count: 15, scanned: 1920, deferred: 80 });
    expect(plan(100, 0, DEFAULT_SEEKS, 0)).toMatchObject({ total: 200, call_count: 1, scanned: 128, deferred: 72 });
  });

  test('SHR-7: seven gentle passes over a small cache scan nothing', () => {
    const deferred = [0];
    for (let pass = 0; pass < 7; pass++) {
      const { scanned, deferred: left } = plan(60_000, 12, DEFAULT_SEEKS, deferred.at(-1) ?? 0);
      expect(scanned).toBe(0);
      deferred.push(left);
    }
    expect(deferred.slice(1)).toEqual([28, 56, 84, 112, 140, 168, 196]);
  });
});

/** A container's objcg, and a charger that counts whole pages. */
function freshObjcg(): { objcg: ObjectCgroup; pages: () => number; charger: PageCharger } {
  const objcg: ObjectCgroup = { id: 0, payer: 1, parked_bytes: 0, reference_count: 0, object_bytes: 0, page_count: 0, killed: false };
  let count = 0;
  const charger: PageCharger = {
    charge(_objcg, page_count) {
      count += page_count;
      return true;
    },
    uncharge(_objcg, page_count) {
      count -= page_count;
    },
    put(one) {
      one.reference_count--;
    },
  };
  return { objcg, pages: () => count, charger };
}

describe('obj_cgroup_charge', () => {
  test('KMEM-1: 20 objects of 200 bytes fill a page but for 96 bytes; the 21st takes another page and leaves the 96 alone', () => {
    const stock = new ObjectStock();
    const { objcg, pages, charger } = freshObjcg();
    for (let object = 0; object < 20; object++) stock.charge(objcg, 200, charger);
    expect([pages(), stock.bytes]).toEqual([1, 96]);
    stock.charge(objcg, 200, charger);
    // 96 bytes stay in stock beside the 3896 that the second page leaves.
    expect([pages(), stock.bytes]).toEqual([2, 3992]);
  });

  test('KMEM-4: a whole page leaves no stock; freed it stays charged, in stock', () => {
    const stock = new ObjectStock();
    const { objcg, pages, charger } = freshObjcg();
    stock.charge(objcg, PAGE_SIZE_BYTES, charger);
    expect([pages(), stock.bytes, stock.cached]).toEqual([1, 0, null]);
    stock.uncharge(objcg, PAGE_SIZE_BYTES, charger);
    expect([pages(), stock.bytes]).toEqual([1, PAGE_SIZE_BYTES]);
  });

  test('KMEM-5: 1000 dentries of 200 bytes take 49 pages and leave 704 bytes; all freed, one page stays in stock', () => {
    const stock = new ObjectStock();
    const { objcg, pages, charger } = freshObjcg();
    for (let object = 0; object < 1000; object++) stock.charge(objcg, 200, charger);
    expect([pages(), stock.bytes]).toEqual([49, 704]);
    for (let object = 0; object < 1000; object++) stock.uncharge(objcg, 200, charger);
    expect([pages(), stock.bytes]).toEqual([1, PAGE_SIZE_BYTES]);
  });
});

const DENTRY = 'dentry: { slab: 192, per-page: 21, shrinkable: true }';
const scenario = (containers: string, tasks: string, steps: string, machine = 'memory: 512MiB'): string =>
  `memledger: 1\nname: kernel memory\nmachine: { ${machine} }\ncontainers: { ${containers} }\nobjects: { ${DENTRY} }\ntasks: { ${tasks} }\nsteps:\n${steps}`;

describe('whole scenarios', () => {
  test('KMEM-9: 1000 objects of 192 bytes in one group are 48 pages by page and 49 by object', () => {
    const text = scenario('A: {}', 'a: { in: A }', '  - { slab: dentry, by: a, objects: 1000 }\n  - { sample: s }\n');
    expect(counterOf(samplesOf(text, 'memcg-v1-slub-optin'), 's', 'A', 'kernel')).toBe(48);
    expect(counterOf(samplesOf(text, 'memcg-v1-slab-optout'), 's', 'A', 'kernel')).toBe(48);
    expect(counterOf(samplesOf(text, 'memcg-v2'), 's', 'A', 'kernel')).toBe(49);
  });

  test('KMEM-13: 48 charged slab pages of a removed group go to its parent; of a child of the root they are tracked no longer, or the root’s', () => {
    const steps = (group: string) =>
      `  - { slab: dentry, by: a, objects: 1000 }\n  - { sample: before }\n  - { exit: a }\n  - { remove: ${group} }\n  - { sample: after }\n`;
    const nested = scenario('P: {}, P/A: {}', 'a: { in: P/A }', steps('P/A'));
    const top = scenario('A: {}', 'a: { in: A }', steps('A'));
    const kernel = (text: string, model: string, sample: string, path: string) => counterOf(samplesOf(text, model), sample, path, 'kernel');
    for (const model of ['memcg-v1-slub-optin', 'memcg-v1-slab-optout,orphans=parent', 'memcg-v2']) {
      const pages = model === 'memcg-v2' ? 49 : 48;
      for (const sample of ['before', 'after'])
        for (const path of ['P', '.']) expect(kernel(nested, model, sample, path), `${model} ${sample} ${path}`).toBe(pages);
      for (const sample of ['before', 'after']) expect(counterOf(samplesOf(nested, model), sample, 'P', 'current')).toBe(pages);
    }
    const separate = samplesOf(nested, 'memcg-v1-slub-optin,kmem=independent');
    expect([counterOf(separate, 'before', 'P', 'kmem'), counterOf(separate, 'after', 'P', 'kmem')]).toEqual([48, 48]);
    expect(counterOf(separate, 'after', 'P', 'current')).toBe(0);
    expect(kernel(top, 'memcg-v1-slub-optin', 'after', '.')).toBe(0);
    expect(kernel(nested, 'memcg-v1-slab-optout', 'after', 'P')).toBe(0);
    expect(kernel(nested, 'memcg-v1-slab-optout', 'after', '.')).toBe(48);
    expect(kernel(top, 'memcg-v1-slab-optout,root=untracked', 'after', '.')).toBe(0);
  });

  test('SHR-8: 100000 dentries of a group go when its memory.high is lowered to 1 MiB (test_kmem_basic)', () => {
    const text = scenario(
      'A: {}',
      'a: { in: A }',
      '  - { slab: dentry, by: a, objects: 100000 }\n  - { sample: before }\n  - { set: A, high: 1MiB }\n  - { sleep: 1s }\n  - { sample: after }\n',
    );
    const samples = samplesOf(text, 'memcg-v2');
    const slab0 = counterOf(samples, 'before', 'A', 'slab_reclaimable');
    expect(slab0).toBeGreaterThanOrEqual(2 ** 20);
    expect(counterOf(samples, 'after', 'A', 'slab_reclaimable')).toBeLessThan(slab0 / 2);
    expect(counterOf(samples, 'after', 'A', 'current') * PAGE_SIZE_BYTES).toBeLessThan(slab0 / 2);
  });

  test('KMEM-6: the parent of 100 deleted groups is charged for what its statistics say (test_kmem_memcg_deletion)', () => {
    const cpus = 2;
    const children = Array.from({ length: 100 }, (_, child) => `P/c${child}: {}`).join(', ');
    const tasks = Array.from({ length: 100 * 2 * cpus }, (_, task) => `t${task}: { in: P/c${task % 100}, cpu: ${task % cpus} }`).join(', ');
    const allocate = Array.from({ length: 100 * 2 * cpus }, (_, task) => `  - { slab: dentry, by: t${task}, objects: 100 }\n  - { exit: t${task} }\n`).join('');
    const remove = Array.from({ length: 100 }, (_, child) => `  - { remove: P/c${child} }\n`).join('');
    const samples = samplesOf(
      scenario(`P: {}, ${children}`, tasks, `${allocate}${remove}  - { sample: s }\n`, `memory: 512MiB, cpus: ${cpus}, charge-stock: true`),
      'memcg-v2',
    );
    const of = (counter: 'anon' | 'file' | 'kernel' | 'sock' | 'current') => counterOf(samples, 's', 'P', counter);
    expect(of('kernel')).toBeGreaterThan(0);
    expect(Math.abs(of('anon') + of('file') + of('kernel') + of('sock') - of('current'))).toBeLessThanOrEqual(64 * cpus);
  });

  test('KMEM-7: 1000 threads have at least 4096000 bytes of kernel stacks (test_kmem_kernel_stacks)', () => {
    const tasks = Array.from({ length: 1000 }, (_, task) => `t${task}: { in: A }`).join(', ');
    const samples = samplesOf(scenario('A: {}', tasks, '  - { sample: s }\n', 'memory: 512MiB, kernel-memory: true'), 'memcg-v2');
    expect(counterOf(samples, 's', 'A', 'kernel_stack') * PAGE_SIZE_BYTES).toBeGreaterThanOrEqual(4_096_000);
  });

  test('KMEM-8: 1000 empty groups show as per-processor memory of their parent (test_percpu_basic)', () => {
    const cpus = 2;
    const children = Array.from({ length: 1000 }, (_, child) => `P/c${child}: {}`).join(', ');
    const samples = samplesOf(
      scenario(`P: {}, ${children}`, 't: { in: . }', '  - { sample: s }\n', `memory: 512MiB, cpus: ${cpus}, kernel-memory: true`),
      'memcg-v2',
    );
    const current = counterOf(samples, 's', 'P', 'current') * PAGE_SIZE_BYTES;
    const percpu = counterOf(samples, 's', 'P', 'percpu');
    expect(percpu).toBeGreaterThan(0);
    expect(Math.abs(current - percpu)).toBeLessThan(64 * cpus * PAGE_SIZE_BYTES);
  });

  test('DYING-2: 30 groups with kernel memory leave no dying ones (test_kmem_dead_cgroups)', () => {
    const lives = Array.from(
      { length: 30 },
      (_, child) =>
        `  - { create: P/c${child} }\n  - { start: t${child}, in: P/c${child} }\n  - { slab: dentry, by: t${child}, objects: 100 }\n  - { exit: t${child} }\n  - { remove: P/c${child} }\n`,
    ).join('');
    const samples = samplesOf(scenario('P: {}', 'r: { in: . }', `${lives}  - { sample: s }\n`, 'memory: 512MiB, kernel-memory: true'), 'memcg-v2');
    expect(counterOf(samples, 's', 'P', 'kernel')).toBeGreaterThan(0);
    expect(counterOf(samples, 's', 'P', 'nr_dying_descendants')).toBe(0);
  });
});
