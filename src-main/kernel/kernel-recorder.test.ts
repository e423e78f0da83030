import { describe, expect, test } from 'vitest';
import { COUNTER, type CounterName } from '../../src-engine/record/counters.ts';
import { createColumns, EVENT_KIND_BY_CODE } from '../../src-engine/record/events.ts';
import { createRecorder } from '../../src-engine/record/recorder.ts';
import type { EngineSample, RecordSink, RunMeta, RunNames, RunSummary } from '../../src-engine/record/run.ts';
import { plainCompressor } from '../../src-engine/record/test-compressor.ts';
import { snapshotOfSample } from '../lab/sample.ts';
import { compileText } from '../lab/scenario-text.ts';
import { must } from '../store/test-database.ts';
import { counterSources } from './counter-files.ts';
import { type GuestLine, readGuestLine } from './guest-lines.ts';
import { planGuest } from './guest-program.ts';
import { KernelRecorder } from './kernel-recorder.ts';
import type { Account, KernelOptions } from './plan.ts';

const HOST_BYTES = 4 * 2 ** 30;

/** Index that the guest reports a counter's value under. */
const at = (name: CounterName): number => counterSources(2).findIndex(({ counter }) => counter === COUNTER[name]);
const local = (key: string): number => counterSources(2).findIndex((source) => source.counter === null && source.key === key);

interface Recorded {
  readonly events: readonly string[];
  readonly samples: readonly EngineSample[];
  readonly summary: RunSummary;
}

/** Records a scenario from the lines of a guest. The recorder of every run holds each sample against what the events give. */
function record(steps: string, lines: readonly (object | { readonly text: string })[], account: Account = 'memcg'): Recorded {
  const text = `memledger: 1
name: guest
machine: { memory: 64MiB }
containers: { P: { max: 32MiB }, P/A: { max: 16MiB }, B: ${account === 'zones' ? '{ max: 16MiB }' : '{}'} }
objects: { f: { file: 1MiB } }
tasks: { a: { in: P/A }, b: { in: B } }
steps:
${steps}`;
  const options: KernelOptions = { cgroup: 2, accounts: [account], leave_out_limits: false, trace: true };
  const program = must(compileText(text, null));
  const plan = must(planGuest(program, options, HOST_BYTES));
  const events: string[] = [];
  const samples: EngineSample[] = [];
  let meta: RunMeta | undefined;
  let names: RunNames = { containers: [], tasks: [], objects: [], samples: [] };
  let taken: EngineSample[] = [];
  const sink: RecordSink = {
    begin(begun, live) {
      meta = begun;
      names = live;
    },
    seal(columns, count) {
      if (meta === undefined) throw new Error('sealed before it began');
      must(createRecorder(meta, plainCompressor).block(columns, count, names, taken));
      taken = [];
      for (let row = 0; row < count; row++) {
        const [kind, container, task] = [EVENT_KIND_BY_CODE[columns.kind[row] ?? 0]?.name, columns.container[row] ?? 0, columns.task[row] ?? 0];
        const who = [...(task === 0xffff ? [] : [names.tasks[task]]), ...(container === 0xffff ? [] : [`c${container}`])].join(' ');
        events.push(`${kind} ${who} ${columns.flags[row]} ${columns.a[row]} ${columns.b[row]}`.replace('  ', ' '));
      }
      return createColumns();
    },
    sample(sample) {
      taken.push(sample);
      samples.push(sample);
    },
  };
  const recorder = new KernelRecorder(program, plan, options, account, sink, 'linux test');
  let line_from = 1;
  for (const line of lines) {
    if ('text' in line) {
      recorder.take({ k: 'trace', from: 0, bytes: 1 }, { text: String(line.text), line_from });
      line_from += String(line.text).split('\n').length;
    } else recorder.take(must(readGuestLine(JSON.stringify(line))));
  }
  return { events, samples, summary: recorder.finish(true) };
}

const done = (v: string, t: number, extra: object = {}): object => ({ k: 'op', v, task: -1, r: 0, n: 0, t, ...extra });

/** What the guest says while it sets up the containers and tasks of `record`. */
const setUp = (commands: readonly string[]): readonly object[] => [
  { k: 'step', i: -1, t: 1000 },
  ...commands.map((verb, index) => done(verb, 1010 + index)),
  { k: 'task', task: 0, pid: 81, c: 2, t: 1020 },
  done('start', 1021),
  { k: 'task', task: 1, pid: 82, c: 3, t: 1022 },
  done('start', 1023),
  { k: 'read', c: 2, v: [at('current'), 8192, at('pgscan'), 0] },
  { k: 'told', i: -1, t: 1030 },
];
const SET_UP = setUp(['mkdir', 'set', 'mkdir', 'set', 'mkdir']);
/** The first reading of a counter is an event even where it is 0: a counter without one is not known. */
const PINS_OF = (container: string): readonly string[] => [`counter_read ${container} ${COUNTER.locked} 0 0`, `counter_read ${container} ${COUNTER.pins} 0 0`];
const SET_UP_EVENTS = [
  ...['container_create c0 0 0 -1', 'container_create c1 0 1 0', 'limit_set c1 3 8192 0', 'container_create c2 0 2 1', 'limit_set c2 3 4096 0'],
  ...['container_create c3 0 3 0', 'task_start a c2 0 -1 0', 'task_start b c3 0 -1 0', ...PINS_OF('c0'), ...PINS_OF('c1')],
  ...[`counter_read c2 ${COUNTER.current} 2 0`, `counter_read c2 ${COUNTER.pgscan} 0 0`, ...PINS_OF('c2'), ...PINS_OF('c3')],
];

const TRACE = `          task-0-81      [000] .....     0.000001: mm_vmscan_memcg_reclaim_begin: order=0 gfp_flags=GFP_KERNEL
          task-0-81      [000] .....     0.000001: mm_vmscan_lru_shrink_inactive: nid=0 nr_scanned=31 nr_reclaimed=30 nr_dirty=0 nr_writeback=0 nr_congested=0 nr_immediate=0 nr_activate_anon=0 nr_activate_file=0 nr_ref_keep=0 nr_unmap_fail=0 priority=7 flags=RECLAIM_WB_FILE|RECLAIM_WB_ASYNC
          task-0-81      [000] .....     0.000001: mm_vmscan_memcg_reclaim_end: nr_reclaimed=30`;

describe('lines of a guest become events', () => {
  test('set-up, steps, tasks and containers in order of time', () => {
    const { events, summary } = record('  - { read: f, by: a }\n  - { move: b, to: P/A }\n  - { exit: b }\n  - { remove: B }\n', [
      ...SET_UP,
      { k: 'step', i: 0, t: 1100 },
      done('read', 1200, { task: 0, n: 256 }),
      { k: 'told', i: 0, t: 1300 },
      { k: 'step', i: 1, t: 1310 },
      done('move', 1320, { task: 1 }),
      { k: 'told', i: 1, t: 1330 },
      { k: 'step', i: 2, t: 1340 },
      done('exit', 1350, { task: 1 }),
      { k: 'told', i: 2, t: 1360 },
      { k: 'step', i: 3, t: 1370 },
      done('rmdir', 1380),
      { k: 'told', i: 3, t: 1390 },
    ]);
    expect(events).toEqual([
      ...SET_UP_EVENTS,
      ...['step_begin 0 0 8', 'step_begin 0 1 9', 'task_move b c2 0 3 0', 'step_begin 0 2 10', 'task_exit b c2 0 0 0'],
      ...['step_begin 0 3 11', 'container_remove c3 0 0 0', 'run_end 0 0 0'],
    ]);
    expect(summary).toMatchObject({ step_count: 4, access_count: 256, end_ns: 390 });
  });

  test('a count of the memory controller stands in its step, at the container whose cgroup it names', () => {
    const counted = (cgroup: number): string => `          task-0-81      [000] .....     0.000001: count_memcg_events: memcg_id=${cgroup} item=20 val=1`;
    const { events } = record('  - { read: f, by: a }\n', [
      ...SET_UP,
      { k: 'cgroup', c: 2, id: 40 },
      { k: 'cgroup', c: 2, id: 41 },
      { k: 'step', i: 0, t: 1100 },
      done('read', 1200, { task: 0, n: 256 }),
      { text: [41, 40, 1, 99].map(counted).join('\n') },
      { k: 'told', i: 0, t: 1300 },
    ]);
    // Its own, that of its tasks, the root's, and one that is none of the scenario's.
    const counts = events.filter((event) => event.startsWith('trace_other'));
    expect(counts.map((event) => event.split(' ')[2])).toEqual(['c2', 'c2', 'c0', expect.not.stringMatching(/^c[1-9]/)]);
  });

  test('a reclaim pass stands before the reading of its step, which says again what it counted', () => {
    const { events, samples } = record('  - { read: f, by: a }\n  - { sample: s }\n', [
      ...SET_UP,
      { k: 'step', i: 0, t: 1100 },
      done('read', 1200, { task: 0, n: 256 }),
      { text: TRACE },
      { k: 'read', c: 2, v: [local('max'), 3, at('current'), 16384, at('pgscan'), 32] },
      { k: 'told', i: 0, t: 1300 },
      { k: 'step', i: 1, t: 1310 },
      { k: 'told', i: 1, t: 1320 },
    ]);
    const from = events.indexOf('step_begin 0 0 8');
    expect(events.slice(from + 1, from + 7)).toEqual([
      // Two containers above the task have limits; the events of the lower one have risen: the pass is its own.
      ...['reclaim_begin a c2 6 0 0', 'shrink_inactive a c2 30 31 30', 'reclaim_end a c2 0 30 0'],
      ...[`counter_read c2 ${COUNTER.current} 4 0`, `counter_read c2 ${COUNTER.pgscan} 32 0`, `counter_read c2 ${COUNTER.pgscan} 32 0`],
    ]);
    // What was never read of the others is not known.
    const [sample] = samples;
    expect(sample?.containers.map(({ counters }) => counters[COUNTER.pgscan])).toEqual([Number.NaN, Number.NaN, 32, Number.NaN]);
    expect(sample).toMatchObject({ name: 's', step_index: 1 });
  });

  test('failures, kills and steps of dead tasks', () => {
    const { events } = record(
      '  - { alloc: x, by: a, size: 1MiB }\n  - { touch: x, by: a }\n  - { touch: x, by: a }\n  - { remove: P }\n  - { mlock: x, by: a }\n',
      [
        ...SET_UP,
        { k: 'step', i: 0, t: 1100 },
        done('alloc', 1110, { task: 0, r: 12 }),
        { k: 'told', i: 0, t: 1120 },
        { k: 'step', i: 1, t: 1130 },
        { k: 'died', task: 0, signal: 9, t: 1140 },
        done('touch', 1145, { task: 0, r: -1 }),
        { k: 'told', i: 1, t: 1150 },
        { k: 'step', i: 2, t: 1160 },
        { k: 'skip', task: 0 },
        { k: 'told', i: 2, t: 1170 },
        { k: 'step', i: 3, t: 1180 },
        done('rmdir', 1190, { r: 16 }),
        { k: 'told', i: 3, t: 1195 },
      ],
    );
    expect(events.slice(SET_UP_EVENTS.length)).toEqual([
      ...['step_begin 0 0 8', 'op_fail a c2 12 0 0', 'step_begin 0 1 9', 'task_exit a c2 1 0 0', 'step_begin 0 2 10', 'step_skip a 1 0 0'],
      ...['step_begin 0 3 11', 'step_skip c1 5 0 0', 'run_end 0 0 0'],
    ]);
  });

  test('a value beyond 32 bits and pins of tasks', () => {
    const { samples } = record('  - { sample: s }\n', [
      ...SET_UP,
      { k: 'step', i: 0, t: 1100 },
      { k: 'read', c: 2, v: [at('current'), 2 ** 46, at('slab_reclaimable'), 2 ** 32 + 5] },
      { k: 'own', task: 0, v: [400, 8, 16, 12] },
      { k: 'told', i: 0, t: 1200 },
    ]);
    const counters = samples[0]?.containers[2]?.counters;
    expect([counters?.[COUNTER.current], counters?.[COUNTER.slab_reclaimable], counters?.[COUNTER.locked], counters?.[COUNTER.pins]]).toEqual([
      2 ** 34,
      2 ** 32 + 5,
      2,
      6,
    ]);
    expect(samples[0]?.containers[1]?.counters[COUNTER.pins]).toBe(6);
    const shown = samples[0] === undefined ? undefined : snapshotOfSample(samples[0], 0);
    expect(shown?.tasks.a).toEqual({ alive: true, container: 'P/A', rss: 400 * 1024, swap: 12 * 1024, pss: 0, locked: 8 * 1024, pinned: 16 * 1024 });
    expect(Object.keys(shown?.containers.P ?? {}).sort()).toEqual(['events', 'limits', 'locked', 'pins']);
  });

  test('by PSS a container holds the shares of its tasks and of those below, in kB', () => {
    const { samples } = record(
      '  - { sample: s }\n',
      [
        ...SET_UP,
        { k: 'step', i: 0, t: 1100 },
        { k: 'own', task: 0, v: [400, 0, 0, 0, 30, 10, 15, 5] },
        { k: 'own', task: 1, v: [400, 0, 0, 0, 7, 7, 0, 0] },
        { k: 'told', i: 0, t: 1200 },
      ],
      'pss',
    );
    const shown = samples[0] === undefined ? undefined : snapshotOfSample(samples[0], 2).containers;
    expect(shown?.['P/A']).toMatchObject({ current: 30_720, anon: 10_240, file: 20_480, shmem: 5_120 });
    expect([shown?.['.']?.current, shown?.P?.current, shown?.B?.current]).toEqual([37 * 1024, 30 * 1024, 7 * 1024]);
  });

  test('by RSS distinct pages count, the kernel’s charges do not', () => {
    const { samples } = record(
      '  - { sample: s }\n',
      [
        ...SET_UP,
        { k: 'step', i: 0, t: 1100 },
        { k: 'read', c: 2, v: [at('current'), 2 ** 20] },
        { k: 'mapped', c: 2, v: [100, 60] },
        { k: 'told', i: 0, t: 1200 },
      ],
      'rss',
    );
    const counters = samples[0]?.containers[2]?.counters;
    expect([counters?.[COUNTER.current], counters?.[COUNTER.anon], counters?.[COUNTER.file]]).toEqual([100, 40, 60]);
  });
});

test('by zones a container holds what lies on its node and on those below', () => {
  const { samples } = record(
    '  - { sample: s }\n',
    [
      // No memory.max; instead a cpuset for each container with tasks.
      ...setUp(['mkdir', 'mkdir', 'mkdir', 'set', 'set']),
      { k: 'step', i: 0, t: 1100 },
      { k: 'node', c: 2, v: [40, 80, 8, 200, 16_384] },
      { k: 'node', c: 3, v: [4, 0, 0, 100, 16_384] },
      { k: 'told', i: 0, t: 1200 },
    ],
    'zones',
  );
  expect(samples[0]?.containers.map(({ counters }) => counters[COUNTER.current])).toEqual([31, 30, 30, 1]);
  expect(samples[0]?.containers[2]?.counters[COUNTER.shmem]).toBe(2);
});

describe('a line that is not the guest’s', () => {
  const bad: readonly string[] = [
    '',
    'Kernel panic',
    '{"k":"step"',
    '{"k":"steps","i":1,"t":2}',
    '{"k":"op","v":"read","task":0,"r":0,"n":1}',
    '{"k":"read","c":0,"v":[1,1e300]}',
  ];
  for (const text of bad) test(JSON.stringify(text), () => expect(readGuestLine(text)).toMatchObject({ ok: false, errors: [{ code: 'guest-line' }] }));

  test('while each of its own is read as it stands', () => {
    const line: GuestLine = { k: 'hello', version: 1, release: '6.1.0', lru_gen: '0x0000', total_kb: 1 };
    expect(must(readGuestLine(JSON.stringify(line)))).toEqual(line);
  });
});
