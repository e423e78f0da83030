import { describe, expect, test } from 'vitest';
import { compileText } from '../lab/scenario-text.ts';
import { must } from '../store/test-database.ts';
import { planGuest } from './guest-program.ts';
import type { GuestPlan, KernelOptions } from './plan.ts';

const V2: KernelOptions = { cgroup: 2, accounts: ['memcg'], leave_out_limits: false, trace: false };
const HOST_BYTES = 4 * 2 ** 30;

const HEAD = `memledger: 1
name: kernel
seed: 7
machine: { memory: 64MiB }
`;

const plan = (rest: string, options: KernelOptions = V2): GuestPlan => must(planGuest(must(compileText(`${HEAD}${rest}`, null)), options, HOST_BYTES));
const commandsOf = (rest: string, options?: KernelOptions): readonly string[] => {
  const { lines } = plan(rest, options);
  return lines.slice(lines.indexOf('begin') + 1);
};
const refusalsOf = (rest: string, options: KernelOptions = V2): readonly string[] => {
  const planned = planGuest(must(compileText(`${HEAD}${rest}`, null)), options, HOST_BYTES);
  return planned.ok ? [] : planned.errors.map(({ message, place }) => `${place?.line ?? '-'}: ${message}`);
};

const STAGE = `containers: { A: { max: 16MiB }, B: {} }
objects: { f: { file: 2MiB }, t: { tmpfs: 1MiB }, d: { slab: 192, shrinkable: true }, h: { slab: 192 }, conn: { socket: tcp } }
tasks: { a: { in: A }, b: { in: B, user: 5, memlock: max } }
steps:
`;

describe('a scenario for the guest', () => {
  test('is set up, then told step by step', () => {
    expect(
      commandsOf(`${STAGE}  - { read: f, by: a, range: 0..1MiB }
  - { sample: s }
  - { set: A, max: max, high: 8MiB }
  - { create: C, min: 4MiB }
  - { start: x, in: C, privileged: true }
  - { move: x, to: B }
  - { exit: x }
  - { remove: C }
  - { drop-caches: slab }
  - { sleep: 2ms }
  - { reclaim: A, size: 1MiB, swappiness: 10 }
`),
    ).toEqual([
      'mkdir 1',
      'set 1 memory.max 16777216',
      'mkdir 2',
      'start 0 1 1000 8388608 0',
      'start 1 2 5 max 0',
      ...['step 0', 'read 0 0 0 256 0', 'step 1 1', 'step 2', 'set 1 memory.high 8388608', 'set 1 memory.max max'],
      ...['step 3', 'mkdir 3', 'set 3 memory.min 4194304', 'step 4', 'start 2 3 0 8388608 0', 'step 5', 'move 2 2', 'step 6', 'exit 2', 'step 7', 'rmdir 3'],
      ...['step 8', 'drop 2', 'step 9', 'sleep 2000000', 'step 10', 'reclaim 1 1048576 10'],
    ]);
  });

  test('knows the size of areas, forked ones too', () => {
    const commands = commandsOf(`${STAGE}  - { alloc: heap, by: a, size: 1MiB }
  - { touch: heap, by: a }
  - { fork: a, as: a2, in: B }
  - { peek: heap, by: a2, range: 512KiB.. }
  - { mlock: heap, by: a }
  - { pin: heap, by: a, via: fd }
  - { close: fd }
`).filter((command) => !command.startsWith('step'));
    expect(commands.slice(-7)).toEqual([
      'alloc 0 0 256 0',
      'touch 0 0 0 256 0',
      'fork 0 2 2',
      'peek 2 0 128 128 0',
      'mlock 0 0 0 256',
      'pin 0 0 0 256 0',
      'close 0 0',
    ]);
  });

  test('unrolls repeats and interleaves parts', () => {
    const commands = commandsOf(`${STAGE}  - { repeat: 2, steps: [ { read: f, by: b }, { sleep: 1ms } ] }
  - { together: [ { read: f, by: a }, { workload: scan, over: f, by: b, accesses: 600 } ], quantum: 16 }
`);
    expect(commands.slice(-8)).toEqual([
      'step 2',
      'read 1 0 0 512 0',
      'step 3',
      'sleep 1000000',
      'step 4',
      'together 16 2',
      'read 0 0 0 512 0',
      'walk 1 read 0 0 600 0',
    ]);
  });

  test('gives a workload the pages that the models get', () => {
    const { patterns } = plan(
      `${STAGE}  - { workload: scan, over: f, by: a, accesses: 600 }\n  - { workload: loop, over: t, by: a, accesses: 5, size: 8KiB }\n`,
    );
    expect([...patterns.slice(510, 514)]).toEqual([510, 511, 0, 1]);
    expect([...patterns.slice(600)]).toEqual([0, 1, 0, 1, 0]);
  });

  test('makes directory entries a batch at a time and frees the oldest first', () => {
    const { lines } = plan(`${STAGE}  - { slab: h, by: b, objects: 10 }
  - { slab: h, by: b, objects: 20 }
  - { slab: h, by: b, free: 15 }
  - { slab: d, by: a, objects: 30 }
  - { slab: d, by: a, free: 30 }
`);
    expect(lines.filter((line) => /^(object [23]|batch|grow|shrink)/.test(line))).toEqual([
      ...['object 2 dentry 0', 'object 3 dentry 1', 'batch 3 0 10', 'batch 3 1 20', 'batch 2 2 30'],
      ...['grow 1 3 10 0', 'grow 1 3 20 1', 'shrink 1 3 0 0 10', 'shrink 1 3 1 0 5', 'grow 0 2 30 2', 'shrink 0 2 2 0 30'],
    ]);
  });

  test('makes inodes of files that are there, and frees some of them', () => {
    const { lines, disk_bytes } = plan(`objects: { i: { slab: inode, shrinkable: true }, k: { slab: inode } }
tasks: { a: { in: . } }
steps:
  - { slab: i, by: a, objects: 1000 }
  - { slab: k, by: a, objects: 10 }
  - { slab: i, by: a, free: 300 }
`);
    expect(lines.filter((line) => /^(object|batch|grow|shrink)/.test(line))).toEqual([
      ...['object 0 inode 0', 'object 1 inode 1', 'batch 0 0 1000', 'batch 1 1 10'],
      ...['grow 0 0 1000 0', 'grow 0 1 10 1', 'shrink 0 0 0 0 300'],
    ]);
    // The disk has room for the inodes of files only: those of tmpfs are in memory.
    expect(disk_bytes).toBe(64 * 2 ** 20 + 1000 * 16_384);
  });

  test('connects a socket before its first use', () => {
    const commands = commandsOf(`${STAGE}  - { send: conn, by: a, size: 1KiB }\n  - { receive: conn, by: b, size: 1KiB }\n`);
    expect(commands.slice(-6)).toEqual(['listen 1 4', 'connect 0 4', 'accept 1 4', 'send 0 4 1024', 'step 1', 'receive 1 4 1024']);
  });

  test('keeps the tasks of a container with children apart', () => {
    const { lines } = plan('containers: { A/x: {} }\ntasks: { a: { in: A } }\nsteps: []\n');
    expect(lines.filter((line) => line.startsWith('container '))).toEqual(['container 0 . 0', 'container 1 A 1', 'container 2 A/x 0']);
  });

  test('asks for tracing and views where they are wanted, and for no swap where there is none', () => {
    const { lines } = plan('steps: []\n', { ...V2, trace: true, accounts: ['pss', 'rss'] });
    expect(lines).toContain('views 7');
    expect(lines).toContain('trace 16384');
    expect(lines.filter((line) => line.startsWith('swap'))).toEqual([]);
  });

  test('gives each container with tasks a NUMA node where zones are asked for', () => {
    const text = 'containers: { A: { max: 16MiB }, A/x: { max: 8MiB }, B: {} }\ntasks: { a: { in: A }, x: { in: A/x } }\nsteps: []\n';
    const { lines, node_bytes } = plan(text, { ...V2, accounts: ['zones'] });
    expect(node_bytes).toEqual([16 * 2 ** 20, 8 * 2 ** 20]);
    expect(lines.filter((line) => /^(controllers|node|set)/.test(line))).toEqual([
      ...['controllers +memory +cpuset', 'node 1 1', 'node 2 2', 'set 1 self-/cpuset.mems 1', 'set 2 cpuset.mems 2'],
    ]);
  });

  test('writes v1’s own limits, that of memory before that of memory and swap together', () => {
    const text = 'containers: { A: { max: 8MiB, memsw-max: 12MiB, soft-limit: max, move-charge: 3, oom-kill-disable: true } }\nsteps: []\n';
    const { lines } = plan(text, { ...V2, cgroup: 1 });
    expect(lines.filter((line) => line.startsWith('set'))).toEqual([
      'set 1 memory.limit_in_bytes 8388608',
      'set 1 memory.memsw.limit_in_bytes 12582912',
      'set 1 memory.soft_limit_in_bytes -1',
      'set 1 memory.move_charge_at_immigrate 3',
      'set 1 memory.oom_control 1',
    ]);
  });

  test('reads v1’s own files', () => {
    const { lines } = plan('containers: { A: { max: 8MiB, tcp-max: 1MiB } }\nsteps: []\n', { ...V2, cgroup: 1 });
    expect(lines).toContain('cgroup 1 0');
    expect(lines).toContain('file memory.kmem.tcp.usage_in_bytes');
    expect(lines.slice(-2)).toEqual(['set 1 memory.limit_in_bytes 8388608', 'set 1 memory.kmem.tcp.limit_in_bytes 1048576']);
  });
});

describe('what no kernel can do is refused with the reason', () => {
  const cases: readonly (readonly [name: string, text: string, refused: string, options?: Partial<KernelOptions>])[] = [
    ['limit of pins', 'containers: { A: { pins-max: 1MiB } }\nsteps: []\n', '-: no kernel has a limit of pins per container'],
    [
      'files of v1 on v2',
      'containers: { A: { memsw-max: 1MiB, soft-limit: 1MiB, move-charge: 1, oom-kill-disable: true } }\nsteps: []\n',
      '-: only cgroup v1 has memsw-max, soft-limit, move-charge, oom-kill-disable',
    ],
    ['open files', 'containers: { A: {} }\nsteps: [{ open-peak: fd, of: A }]\n', '6: the guest keeps no file of memory.peak open'],
    ['v1’s limits on v2', 'containers: { A: { tcp-max: 1MiB } }\nsteps: []\n', '-: only cgroup v1 has limits of kernel memory and of TCP memory'],
    ['v2’s limits on v1', 'containers: { A: { high: 1MiB, min: 1MiB } }\nsteps: []\n', '-: cgroup v1 has no min, high', { cgroup: 1 }],
    ['memory.reclaim on v1', 'containers: { A: {} }\nsteps:\n  - { reclaim: A, size: 1MiB }\n', '7: cgroup v1 has no memory.reclaim', { cgroup: 1 }],
    [
      'a file that is charged to a named container',
      'containers: { A: {} }\nobjects: { t: { tmpfs: 1MiB, charge-to: A } }\nsteps: []\n',
      '-: `t`: no kernel charges a file to a container that is named for it',
    ],
    [
      'slab objects of another size',
      'objects: { s: { slab: 64 } }\nsteps: []\n',
      '-: `s`: the guest’s slab objects are directory entries of 192 bytes and inodes of about 1,200, and these have 64',
    ],
    [
      'allocations that only the kernel makes',
      'containers: { A: {} }\nobjects: { d: { slab: 192 } }\ntasks: { a: { in: A } }\nsteps:\n  - { slab: d, by: a, objects: 3, flags: [atomic] }\n',
      '9: a task cannot ask for an allocation that is atomic or not accounted; only the kernel itself can',
    ],
    [
      'part of a batch of unused entries',
      'containers: { A: {} }\nobjects: { d: { slab: 192, shrinkable: true } }\ntasks: { a: { in: A } }\nsteps:\n  - { slab: d, by: a, objects: 3 }\n  - { slab: d, by: a, free: 2 }\n',
      '10: the kernel’s unused directory entries go with their directory: as many at once as a step made',
    ],
    [
      'a pin of a file',
      'containers: { A: {} }\nobjects: { f: { file: 1MiB } }\ntasks: { a: { in: A } }\nsteps:\n  - { pin: f, by: a, via: x }\n',
      '9: io_uring registers buffers of a task, no files',
    ],
    [
      'both ends of a socket in three hands',
      'containers: { A: {} }\nobjects: { c: { socket: tcp } }\ntasks: { a: { in: A }, b: { in: A } }\nsteps:\n  - { send: c, by: a, size: 1KiB }\n  - { send: c, by: b, size: 1KiB }\n',
      '10: on a kernel each end of a socket belongs to one task',
    ],
    [
      'a zone without a size',
      'containers: { A: {} }\ntasks: { a: { in: A } }\nsteps: []\n',
      '-: `A` has no zone: its tasks live on a NUMA node as large as its `max`, which is fixed from the start',
      { accounts: ['zones'] },
    ],
    [
      'a zone that grows',
      'containers: { A: { max: 8MiB } }\nsteps:\n  - { set: A, max: 16MiB }\n',
      '7: a NUMA node does not change its size',
      { accounts: ['zones'] },
    ],
    ['zones beside other accounts', 'steps: []\n', '-: zones need a machine of their own', { accounts: ['memcg', 'zones'] }],
    ['too many steps', 'steps:\n  - { repeat: 30000, steps: [ { sleep: 1ms } ] }\n', '-: the scenario has 20001 steps; the guest has room for 20000'],
  ];
  for (const [name, text, refused, options] of cases) {
    test(name, () => expect(refusalsOf(text, { ...V2, ...options })).toEqual([refused]));
  }

  test('but for limits that shall be left out, which are not set', () => {
    const text = 'containers: { A: { pins-max: 1MiB, tcp-max: 1MiB, high: 4MiB } }\nsteps: []\n';
    expect(plan(text, { ...V2, leave_out_limits: true }).lines.filter((line) => line.startsWith('set '))).toEqual(['set 1 memory.high 4194304']);
    expect(plan(text, { ...V2, cgroup: 1, leave_out_limits: true }).lines.filter((line) => line.startsWith('set '))).toEqual([
      'set 1 memory.kmem.tcp.limit_in_bytes 1048576',
    ]);
  });

  test('more memory than the computer has', () => {
    const planned = planGuest(must(compileText(`${HEAD}steps: []\n`, null)), V2, 2 ** 20);
    expect(planned.ok ? [] : planned.errors.map(({ code }) => code)).toEqual(['not-on-a-kernel']);
  });
});
