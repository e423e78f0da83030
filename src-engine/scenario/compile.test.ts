import { describe, expect, test } from 'vitest';
import { UNLIMITED_PAGES } from '../base/ids.ts';
import { fail, ok } from '../base/result.ts';
import { compileScenario } from './compile.ts';
import { parseScenario } from './parse.ts';
import type { Op, Step } from './program.ts';
import { EVERY_VERB, programOf, withSteps } from './test-scenario.ts';

const opsOf = (...steps: readonly string[]): readonly Op[] => programOf(withSteps(...steps)).steps.flatMap((step) => (step.kind === 'op' ? [step.op] : []));
const MIB_PAGES = 256;

test('slab caches of Linux by their names', () => {
  const { objects } = programOf(
    'memledger: 1\nname: slabs\nobjects: { d: { slab: dentry }, i: { slab: inode, shrinkable: true, batch: 64 }, n: { slab: 64 } }\nsteps: []\n',
  );
  expect(objects.map((object) => (object.kind === 'slab' ? [object.name, object.object_bytes, object.objects_per_page, object.shrinker_batch] : []))).toEqual([
    ['d', 192, 21, 1024],
    ['i', 1192, 3, 64],
    ['n', 64, 64, 128],
  ]);
});

describe('the example with every verb', () => {
  const program = programOf(EVERY_VERB);

  test('machine', () => {
    expect(program.machine).toMatchObject({
      memory_pages: 512 * MIB_PAGES,
      swap_pages: 0,
      cpu_count: 1,
      swappiness: 60,
      recursive_protection: false,
      zone_pages: 8 * MIB_PAGES,
    });
    expect(program.machine.costs).toEqual({
      page_touch_ns: 100,
      minor_fault_ns: 500,
      disk_read_ns: 80_000,
      disk_write_ns: 80_000,
      swap_in_ns: 60_000,
      swap_out_ns: 60_000,
      zswap_store_ns: 5_000,
      zswap_load_ns: 2_000,
      page_scan_ns: 100,
      page_copy_ns: 500,
      charge_ns: 50,
      list_step_ns: 10,
      segment_ns: 1_000,
      round_trip_ns: 50_000,
    });
  });

  test('names', () => {
    expect(program.containerPaths).toEqual(['.', 'A', 'B', 'C', 'C/x']);
    expect(program.initialContainers).toEqual([{ path: 1, max_pages: 24 * MIB_PAGES }, { path: 2 }]);
    expect(program.objects).toEqual([
      { kind: 'file', name: 'shared', page_count: 8 * MIB_PAGES },
      { kind: 'file', name: 'stream', page_count: 64 * MIB_PAGES },
      { kind: 'tmpfs', name: 'scratch', page_count: 8 * MIB_PAGES },
      { kind: 'slab', name: 'dentry', object_bytes: 192, objects_per_page: 21, shrinkable: true, shrinker_batch: 128, accounted: true },
      { kind: 'socket', name: 'conn', protocol: 'tcp' },
    ]);
    expect(program.taskNames).toEqual(['a', 'b', 'b2', 'a2']);
    expect(program.areaNames).toEqual(['heap', 'lib']);
    expect(program.sampleNames).toEqual(['a-owns']);
    expect(program.pinNames).toEqual(['fd1']);
    expect(program.initialTasks[0]).toEqual({ verb: 'start', task: 0, path: 1, user: 1000, memlock_bytes: 8 * 2 ** 20, cpu: 0, privileged: false });
  });

  test('counts', () => {
    // 23 plain steps, one more for the parent that `create: C/x` needs, the repeat's hundred, `together` as one.
    expect(program.step_count).toBe(program.steps.length - 1 + 100);
    expect(program.access_count).toBeGreaterThan(1_200_000);
  });
});

describe('steps', () => {
  test('a step knows its line', () => {
    expect(programOf(withSteps('{ read: shared, by: a }', '{ exit: a }')).steps.map((step) => step.line)).toEqual([7, 8]);
  });

  test('ranges grow outwards to pages; an area without an end is left to the run', () => {
    expect(opsOf('{ read: shared, by: a }', '{ read: shared, by: a, range: 5000..9000 }', '{ read: shared, by: a, range: 1MiB.. }')).toEqual([
      { verb: 'read', task: 0, target: { kind: 'object', object: 0 }, first_page: 0, page_count: 2048 },
      { verb: 'read', task: 0, target: { kind: 'object', object: 0 }, first_page: 1, page_count: 2 },
      { verb: 'read', task: 0, target: { kind: 'object', object: 0 }, first_page: 256, page_count: 1792 },
    ]);
    expect(opsOf('{ alloc: heap, by: a, size: 10000 }', '{ touch: heap, by: a }', '{ peek: heap, by: a, range: 4K..8K }').slice(1)).toEqual([
      { verb: 'touch', task: 0, target: { kind: 'area', area: 0 }, first_page: 0, page_count: -1, sync: false },
      { verb: 'peek', task: 0, target: { kind: 'area', area: 0 }, first_page: 1, page_count: 1 },
    ]);
  });

  test('limits are whole pages, rounded down as the kernel does; max is no limit', () => {
    expect(opsOf('{ set: A, max: max, high: 8191, swap-max: 0, oom-group: true }')).toEqual([
      { verb: 'set', path: 1, limits: { max_pages: UNLIMITED_PAGES, high_pages: 1, swap_max_pages: 0, oom_group: true } },
    ]);
  });

  test('a missing parent is created first', () => {
    expect(opsOf('{ create: C/x/y, min: 4MiB }', '{ create: C/z }')).toEqual([
      { verb: 'create', container: { path: 3 } },
      { verb: 'create', container: { path: 4 } },
      { verb: 'create', container: { path: 5, min_pages: 1024 } },
      { verb: 'create', container: { path: 6 } },
    ]);
    const program = programOf('memledger: 1\nname: x\ncontainers: { A/b: {}, A: { max: 1MiB }, C/d/e: {} }\nsteps: []\n');
    expect(program.containerPaths).toEqual(['.', 'A', 'A/b', 'C', 'C/d', 'C/d/e']);
    expect(program.initialContainers).toEqual([{ path: 1, max_pages: 256 }, { path: 2 }, { path: 3 }, { path: 4 }, { path: 5 }]);
  });

  test('a tmpfs file may be charged to a container that a step creates', () => {
    const program = programOf('memledger: 1\nname: x\nobjects: { t: { tmpfs: 1MiB, charge-to: P } }\nsteps: [ { create: P } ]\n');
    expect(program.objects).toEqual([{ kind: 'tmpfs', name: 't', page_count: 256, charge_to: 1 }]);
  });

  test('a child has the areas of its parent', () => {
    expect(opsOf('{ alloc: heap, by: a, size: 4KiB }', '{ fork: a, as: c, in: B }', '{ touch: heap, by: c }').slice(1)).toEqual([
      { verb: 'fork', parent: 0, child: 2, path: 2 },
      { verb: 'touch', task: 2, target: { kind: 'area', area: 0 }, first_page: 0, page_count: -1, sync: false },
    ]);
  });

  test('expectations are in bytes or counts, with their tolerance and line', () => {
    const [op] = opsOf('{ expect: { A: { current: 8MiB ±1%, events.oom_kill: 3 +-1 }, B: { file: 1MiB±4KiB } }, under: [static, rss] }');
    expect(op).toEqual({
      verb: 'expect',
      under: ['static', 'rss'],
      expectations: [
        { path: 1, counter: 'current', value: 8_388_608, tolerance: 83_886, line: 7 },
        { path: 1, counter: 'oom_kill', value: 3, tolerance: 1, line: 7 },
        { path: 2, counter: 'file', value: 1_048_576, tolerance: 4096, line: 7 },
      ],
    });
  });

  test('an expectation may be under a model that the scenario composes', () => {
    const text = withSteps('{ expect: { A: { file: 0 } }, under: "pages=partial,removal=free" }');
    expect(parseScenario(text).ok).toBe(false);
    expect(parseScenario(`${text}models: [ { pages: partial, removal: free } ]\n`).ok).toBe(true);
  });

  test('repeats nest and count', () => {
    const program = programOf(
      withSteps(
        '{ repeat: 3, steps: [ { read: shared, by: a }, { repeat: 2, steps: [ { sleep: 1ms } ] } ] }',
        '{ together: [ { read: shared, by: a }, { read: scratch, by: b } ] }',
      ),
    );
    expect(program.step_count).toBe(3 * (1 + 2) + 1);
    expect(program.access_count).toBe(4 * 2048 + 256);
    const [repeat, together] = program.steps as readonly [Step, Step];
    expect(repeat).toMatchObject({
      kind: 'repeat',
      count: 3,
      steps: [{ kind: 'op' }, { kind: 'repeat', count: 2, steps: [{ op: { verb: 'sleep', duration_ns: 1_000_000 } }] }],
    });
    expect(together).toMatchObject({
      kind: 'together',
      quantum: 32,
      parts: [
        { verb: 'read', task: 0 },
        { verb: 'read', task: 1 },
      ],
    });
  });
});

describe('workloads', () => {
  test('each pattern', () => {
    expect(
      opsOf(
        '{ workload: uniform, over: shared, by: a, accesses: 5, write: true }',
        '{ workload: zipf, over: shared, by: a, accesses: 5 }',
        '{ workload: loop, over: shared, by: a, accesses: 5, size: 5000, range: 1MiB.. }',
        '{ alloc: heap, by: a, size: 4MiB }',
        '{ workload: scan, over: heap, by: a, accesses: 5 }',
      ),
    ).toMatchObject([
      { target: { kind: 'object', object: 0 }, first_page: 0, page_count: 2048, accesses: 5, write: true, pattern: { kind: 'uniform' } },
      { write: false, pattern: { kind: 'zipf', skew: 0.99 } },
      { first_page: 256, page_count: 1792, pattern: { kind: 'loop', loop_pages: 2 } },
      { verb: 'alloc' },
      { target: { kind: 'area', area: 0 }, first_page: 0, page_count: -1, pattern: { kind: 'scan' } },
    ]);
  });

  const text = withSteps('{ workload: trace, over: scratch, by: a, file: t.txt }', '{ workload: trace, over: scratch, by: a, file: t.txt, accesses: 7 }');

  test('a trace gives its pages, and its length where no number of accesses is given', () => {
    let read_count = 0;
    const program = programOf(text, () => {
      read_count += 1;
      return ok(new TextEncoder().encode('3\n1\n255\n'));
    });
    expect(read_count).toBe(1);
    expect(program.steps.map((step) => step.kind === 'op' && step.op)).toMatchObject([
      { accesses: 3, pattern: { kind: 'trace', file: 't.txt', pages: Uint32Array.of(3, 1, 255) } },
      { accesses: 7, pattern: { kind: 'trace' } },
    ]);
    expect(program.access_count).toBe(10);
  });

  test.each([
    ['that cannot be read', fail({ code: 'no-such-file', message: 'there is no file t.txt' }), 'no-such-file'],
    ['that is no trace', ok(new TextEncoder().encode('one\n')), 'bad-trace'],
    ['that needs more pages than there are', ok(new TextEncoder().encode('256\n')), 'trace-too-wide'],
  ] as const)('a trace %s is an error at its name', (_what, bytes, code) => {
    const parsed = parseScenario(text);
    if (!parsed.ok) throw new Error('the scenario has an error');
    const program = compileScenario(parsed.value, { readTrace: () => bytes });
    expect(program.ok ? [] : program.errors[0]).toMatchObject({ code, place: { line: 7, text: 't.txt' } });
  });
});
