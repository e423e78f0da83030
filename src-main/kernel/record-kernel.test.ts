import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Result } from '../../src-engine/base/result.ts';
import { COUNTER } from '../../src-engine/record/counters.ts';
import { honestPlayer } from '../../src-engine/record/honest-player.ts';
import { createPlayer } from '../../src-engine/record/player.ts';
import { zstd } from '../lab/compressor.ts';
import type { Answers, LabNotice, RunRow } from '../lab/contract.ts';
import { samplesCsv, stepsCsv } from '../lab/exports/csv.ts';
import { openExportRuns } from '../lab/exports/export-runs.ts';
import { createLab } from '../lab/lab.ts';
import { reportRun } from '../lab/run-report.ts';
import { compileText } from '../lab/scenario-text.ts';
import type { Database } from '../store/database.ts';
import { createRunReader } from '../store/run-reader.ts';
import { createRunStore } from '../store/runs.ts';
import { must, temporaryDirectory, testDatabase } from '../store/test-database.ts';
import { runOnKernels } from './kernel-lab.ts';
import { QEMU } from './qemu.ts';
import { type KernelBoot, recordOnKernel } from './record-kernel.ts';

/*
 * A session from boot to stored run, with a script in QEMU's place that says what a guest would: no emulator and no kernel is needed. Compiler and mke2fs are stood in for as well.
 */

const SCENARIO = `memledger: 1
name: session
machine: { memory: 16MiB }
containers: { A: { max: 8MiB } }
tasks: { a: { in: A } }
steps:
  - { alloc: heap, by: a, size: 1MiB }
  - { sample: s }
`;

const HELLO = '{"k":"hello","version":1,"release":"6.1.0","lru_gen":"","total_kb":1}';
const SET_UP = [
  '{"k":"step","i":-1,"t":10}',
  '{"k":"op","v":"mkdir","task":-1,"r":0,"n":0,"t":11}',
  '{"k":"op","v":"set","task":-1,"r":0,"n":0,"t":12}',
  '{"k":"task","task":0,"pid":81,"c":1,"t":13}',
  '{"k":"op","v":"start","task":-1,"r":0,"n":0,"t":14}',
  '{"k":"told","i":-1,"t":15}',
];
const STEPS = [
  '{"k":"step","i":0,"t":20}',
  '{"k":"op","v":"alloc","task":0,"r":0,"n":0,"t":21}',
  '{"k":"read","c":1,"v":[0,8192]}',
  '{"k":"told","i":0,"t":22}',
  '{"k":"step","i":1,"t":30}',
  '{"k":"told","i":1,"t":31}',
];
const END = '{"k":"end"}';

const { PATH: path_before, CC: compiler_before } = process.env;
let bin: string;
let database: Database;

beforeEach(async () => {
  bin = join(temporaryDirectory(), 'bin');
  mkdirSync(bin);
  database = await testDatabase();
  process.env.PATH = `${bin}:/usr/bin:/bin`;
  process.env.CC = 'cc';
  command('mke2fs', '');
  // Makes the file that is named after -o.
  command('cc', 'while [ $# -gt 0 ]; do if [ "$1" = -o ]; then echo program > "$2"; fi; shift; done');
});
afterEach(() => {
  process.env.PATH = path_before;
  if (compiler_before === undefined) delete process.env.CC;
  else process.env.CC = compiler_before;
});

function command(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** A machine that writes these lines and a console, and then does what is left. */
function guest(lines: readonly string[], after = ''): void {
  const said = lines.map((line) => `printf '%s\\n' '${line}'`).join('\n');
  command(
    QEMU,
    `case "$*" in *--version*) exit 0;; esac
for word in "$@"; do case "$word" in file:*) printf 'Linux version\\r\\nKernel panic - not syncing: test\\r\\n' > "\${word#file:}";; esac; done
${said}
${after}`,
  );
}

async function run(how: Partial<KernelBoot> = {}): Promise<Result<readonly RunRow[]>> {
  const image = join(bin, 'bzImage');
  writeFileSync(image, '');
  const scenario = { scenario_id: null, scenario_name: 'session', revision_id: null, base_dir: null };
  return recordOnKernel(database, scenario, must(compileText(SCENARIO, null)), {
    cgroup: 2,
    accounts: ['memcg'],
    leave_out_limits: false,
    trace: true,
    kernel: { spec: image, image, modules_dir: null },
    nameOf: (release) => `linux ${release}`,
    accel: 'tcg',
    timeout_ms: 60_000,
    cache_dir: bin,
    ...how,
  });
}

const consoleOf = async (run_id: number): Promise<string> => Buffer.from((await createRunStore(database).attachment(run_id)) ?? []).toString('utf8');
const libraryOf = async (): Promise<readonly RunRow[]> => createRunStore(database).list();

describe('a guest that comes to its end', () => {
  test('is a complete run with its samples and its console', async () => {
    guest([HELLO, ...SET_UP, ...STEPS, END]);
    const [row] = must(await run());
    expect(row).toMatchObject({ model: 'linux 6.1.0', source: 'kernel', status: 'complete', step_count: 2, scenario_name: 'session' });
    const report = must(await reportRun(database, row?.id ?? 0));
    expect(report.samples.map(({ sample, containers }) => [sample, containers.A?.current])).toEqual([['s', 8192]]);
    // Of the root nothing was read: it has no memory.current.
    expect([report.samples[0]?.containers['.']?.current, report.end?.containers['.']?.current, report.end?.containers.A?.current]).toEqual([
      undefined,
      undefined,
      8192,
    ]);
    expect(await consoleOf(row?.id ?? 0)).toContain('# console of the guest\nLinux version\n');
  });

  test('has gaps in its series where a counter was not read', async () => {
    guest([HELLO, ...SET_UP, ...STEPS, END]);
    const [row] = must(await run());
    const reader = createRunReader(database, row?.id ?? 0);
    if (reader === undefined) throw new Error('the run has no recording');
    const player = honestPlayer(must(createPlayer(reader, zstd)), reader.meta);
    const asked = [
      { container: 0, counter: COUNTER.current },
      { container: 1, counter: COUNTER.anon },
      { container: 1, counter: COUNTER.current },
    ];
    for (const bucket_count_max of [4, 4096]) {
      const [root, anon, current] = player.series({ series: asked, from_event: 0, to_event: player.event_count, bucket_count_max });
      for (const unread of [root, anon])
        for (const values of [unread?.min, unread?.max, unread?.last]) expect([...(values ?? [0])].every(Number.isNaN)).toBe(true);
      // Nothing but gaps up to the first reading, and the lowest is what was read, not the 0 before it.
      expect([...new Set(current?.last)]).toEqual([Number.NaN, 8192]);
      expect([...new Set(current?.min)]).toEqual([Number.NaN, 8192]);
    }
  });

  test('shows no value of a counter before its first reading, wherever the cursor stands, and exports none', async () => {
    guest([HELLO, ...SET_UP, ...STEPS, END]);
    const [row] = must(await run());
    const run_id = row?.id ?? 0;
    const reader = createRunReader(database, run_id);
    if (reader === undefined) throw new Error('the run has no recording');
    const player = honestPlayer(must(createPlayer(reader, zstd)), reader.meta);
    const currentAt = (event: number): number | undefined => player.seek({ event }).containers.find(({ path }) => path === 'A')?.counters[COUNTER.current];
    const seen = Array.from({ length: player.event_count + 1 }, (_, event) => currentAt(event)).filter((value) => value !== undefined);
    const first = seen.findIndex((value) => !Number.isNaN(value));
    expect(first).toBeGreaterThan(0);
    expect(seen[first]).toBe(8192);
    expect(seen.slice(first).some(Number.isNaN)).toBe(false);
    // Nor is there a number in a table of the run: a cell is empty, not 0.
    const exported = must(await openExportRuns(() => database, [run_id]));
    for (const csv of [samplesCsv, stepsCsv]) {
      const [header = '', ...lines] = [...csv(exported)].join('').split('\n');
      const cell = (path: string, counter: string): string | undefined =>
        lines.find((line) => line.includes(`,${path},`))?.split(',')[header.split(',').indexOf(counter)];
      expect([cell('A', 'current'), cell('A', 'anon'), cell('.', 'current')]).toEqual(['8192', '', '']);
    }
  });

  test('is a run for each account', async () => {
    guest([HELLO, ...SET_UP, ...STEPS, END]);
    const rows = must(await run({ accounts: ['memcg', 'pss'] }));
    expect(rows.map(({ model, status }) => [model, status])).toEqual([
      ['linux 6.1.0', 'complete'],
      ['linux 6.1.0 pss', 'complete'],
    ]);
  });
});

describe('a guest that does not', () => {
  test('keeps what was read, with the panic as its reason and the console beside it', async () => {
    guest([HELLO, ...SET_UP, ...STEPS.slice(0, 4)], 'printf \'{"k":"ste\'');
    const [row] = must(await run());
    expect(row).toMatchObject({ status: 'failed', error: { code: 'guest-died', message: expect.stringContaining('Kernel panic - not syncing: test') } });
    expect(row?.event_count).toBeGreaterThan(5);
    expect(await consoleOf(row?.id ?? 0)).toContain('Kernel panic');
    expect(must(await reportRun(database, row?.id ?? 0)).end?.containers.A?.current).toBe(8192);
  });

  test('is ended when it says nothing for too long', async () => {
    guest([HELLO, ...SET_UP], 'exec sleep 60');
    const [row] = must(await run({ silence_ms: 500 }));
    expect(row).toMatchObject({ status: 'failed', error: { code: 'guest-hung' } });
  });

  test('is left to work as long as it says that it gets further', async () => {
    const working = 'for t in 1 2 3 4 5 6; do sleep 0.3; echo "{\\"k\\":\\"working\\",\\"t\\":1$t}"; done';
    guest([HELLO, ...SET_UP], [working, ...[...STEPS, END].map((line) => `printf '%s\\n' '${line}'`)].join('\n'));
    const [row] = must(await run({ silence_ms: 1200 }));
    expect(row).toMatchObject({ status: 'complete', step_count: 2 });
  });

  test('is ended at its time limit though it goes on talking', async () => {
    guest([HELLO, ...SET_UP], 'while :; do echo; sleep 0.1; done');
    const [row] = must(await run({ timeout_ms: 1500 }));
    expect(row).toMatchObject({ status: 'failed', error: { code: 'guest-too-slow' } });
  });

  test('is ended when the user cancels', async () => {
    guest([HELLO, ...SET_UP], 'exec sleep 60');
    const abort = new AbortController();
    const [row] = must(await run({ signal: abort.signal, onProgress: () => abort.abort() }));
    expect(row).toMatchObject({ status: 'cancelled', error: null });
  });

  test('fails where it says what is not understood', async () => {
    guest([HELLO, ...SET_UP, 'BUG: unable to handle page fault'], 'exec sleep 60');
    const [row] = must(await run({ silence_ms: 2000 }));
    expect(row).toMatchObject({ status: 'failed', error: { code: 'guest-line' } });
  });
});

describe('what is refused leaves nothing behind', () => {
  test('a kernel that lacks what the scenario needs', async () => {
    guest([HELLO, '{"k":"lacks","what":"zram","detail":"/dev/zram0","r":0}']);
    expect(await run()).toMatchObject({ ok: false, errors: [{ code: 'kernel-lacks', message: expect.stringContaining('zram') }] });
    expect(await libraryOf()).toEqual([]);
  });

  test('a kernel that refuses to set a limit', async () => {
    guest([HELLO, ...SET_UP.slice(0, 2), '{"k":"op","v":"set","task":-1,"r":95,"n":0,"t":12}'], 'exec sleep 60');
    expect(await run({ silence_ms: 2000 })).toMatchObject({ ok: false, errors: [{ code: 'kernel-lacks', message: expect.stringContaining('errno 95') }] });
    expect(await libraryOf()).toEqual([]);
  });

  test('a kernel that never starts, with the end of its console', async () => {
    guest([]);
    expect(await run()).toMatchObject({ ok: false, errors: [{ code: 'guest-died', message: expect.stringContaining('Kernel panic') }] });
    expect(await libraryOf()).toEqual([]);
  });

  test('a computer without QEMU, with the command that installs it', async () => {
    process.env.PATH = bin;
    expect(await run()).toMatchObject({ ok: false, errors: [{ code: 'no-qemu', remedy: expect.stringContaining('apt-get install qemu-system-x86') }] });
  });
});

test('a guest that dies before it has started is booted again', async () => {
  guest(
    [],
    `mark="$(dirname "$0")/booted"; if [ ! -e "$mark" ]; then : > "$mark"; exit 0; fi\n${[HELLO, ...SET_UP, ...STEPS, END].map((line) => `printf '%s\\n' '${line}'`).join('\n')}`,
  );
  const image = join(bin, 'bzImage');
  writeFileSync(image, '');
  const scenario = { scenario_id: null, scenario_name: 'session', revision_id: null, base_dir: null };
  const request = {
    kernels: [image],
    repeat: 1,
    cgroup: 2,
    accounts: ['memcg'],
    trace: true,
    leave_out_limits: false,
    timeout_ms: 60_000,
    accel: 'tcg',
  } as const;
  const stages: string[] = [];
  const rows = must(await runOnKernels(database, scenario, SCENARIO, request, { cache_dir: bin, onStage: (stage) => stages.push(stage) }));
  expect(rows.map(({ status }) => status)).toEqual(['complete']);
  expect(stages.at(-1)).toContain('again');
});

test('a run on a kernel cannot be finished, only made again', async () => {
  guest([HELLO, ...SET_UP], 'exec sleep 60');
  const abort = new AbortController();
  const [row] = must(await run({ signal: abort.signal, onProgress: () => abort.abort() }));
  expect(await createRunStore(database).claim(row?.id ?? 0, 'me')).toMatchObject({ ok: false, errors: [{ code: 'run-not-resumable' }] });
});

describe('the lab that a window has', () => {
  const cache_before = process.env.XDG_CACHE_HOME;
  afterEach(() => {
    if (cache_before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = cache_before;
  });

  test('runs a scenario on a kernel in a process of its own, tells how far it is, and refuses with the reason', async () => {
    guest([HELLO, ...SET_UP], `sleep 0.6\n${[...STEPS, END].map((line) => `printf '%s\\n' '${line}'`).join('\n')}`);
    process.env.XDG_CACHE_HOME = bin;
    // Node is on the PATH that the test began with.
    process.env.PATH = `${bin}:${path_before}`;
    const image = join(bin, 'bzImage');
    writeFileSync(image, '');
    const lab = must(await createLab({ db_path: database.path }));
    try {
      const notices: LabNotice[] = [];
      lab.subscribe((notice) => notices.push(notice));
      const saved = must(await lab.handle({ id: 1, method: 'saveScenario', params: { text: SCENARIO } })) as Answers['saveScenario'];
      const started = must(await lab.handle({ id: 2, method: 'startKernelRuns', params: { scenario_id: saved.scenario.id, kernels: [image] } }));
      const { run_ids } = started as Answers['startKernelRuns'];
      expect(run_ids).toHaveLength(1);
      expect(notices).toContainEqual(expect.objectContaining({ kind: 'run-progress', run_id: run_ids[0], model: 'linux 6.1.0', step_total: 2 }));
      expect(notices).toContainEqual(
        expect.objectContaining({ kind: 'run-ended', run: expect.objectContaining({ status: 'complete', scenario_id: saved.scenario.id }) }),
      );
      expect(notices).toContainEqual(expect.objectContaining({ kind: 'kernel-stage', stage: `booting ${image}` }));
      const checked = must(await lab.handle({ id: 4, method: 'checkKernelRuns', params: { scenario_id: saved.scenario.id, kernels: [image], cgroup: 1 } }));
      expect(checked).toEqual({ refusals: [], needs: [{ kernel: image, download: null, errors: [] }] });
      const said = must(await lab.handle({ id: 5, method: 'runConsole', params: { run_id: run_ids[0] } })) as Answers['runConsole'];
      expect(said.text).toBe('Linux version\nKernel panic - not syncing: test');
      const spread = must(await lab.handle({ id: 6, method: 'kernelSpread', params: { run_id: run_ids[0] } }));
      expect(spread).toEqual({ run_ids, spread: null });
      const refused = await lab.handle({ id: 3, method: 'startKernelRuns', params: { scenario_id: saved.scenario.id, kernels: [`${image}.none`] } });
      expect(refused).toMatchObject({ ok: false, errors: [{ code: 'no-such-kernel' }] });
    } finally {
      await lab.close();
    }
  });
});
