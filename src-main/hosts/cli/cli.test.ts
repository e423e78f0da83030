import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { TEXT_COLUMNS } from '../../lab/text.ts';

/** The command line as a user has it; what it refuses is tested in test/bad-input.test.ts. */
const MEMLEDGER = fileURLToPath(new URL('../../../bin/memledger.js', import.meta.url));
const FTRACE = fileURLToPath(new URL('../../../test/fixtures/ftrace-vmscan-6.1.txt', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'memledger-cli-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Ended {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; `onStderr` may interrupt it. */
async function memledger(args: readonly string[], onStderr?: (text: string, interrupt: () => void) => void): Promise<Ended> {
  const child = spawn(process.execPath, [MEMLEDGER, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MEMLEDGER_DB: join(dir, 'library.db') },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    onStderr?.(stderr, () => child.kill('SIGINT'));
  });
  const [exit] = await once(child, 'close');
  return { exit, stdout, stderr };
}

function scenario(name: string, steps: string): string {
  const file = join(dir, name);
  writeFileSync(
    file,
    `memledger: 1
name: Two readers
containers: { A: { max: 24MiB }, B: {} }
objects: { f: { file: 4MiB }, big: { file: 256MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
${steps}models: [static, rss]
`,
  );
  return file;
}

const READS = '  - { read: f, by: a }\n  - { sample: first }\n  - { read: f, by: b }\n  - { sample: second }\n';

describe('memledger', () => {
  it('run --json prints every container in bytes under the kernel’s names, the same each time', async () => {
    const file = scenario('reads.yaml', READS);
    const args = ['run', file, '--model', 'static', '--model', 'rss', '--json'];
    const first = await memledger(args);
    expect(first.exit).toBe(0);
    const { scenario: name, runs } = JSON.parse(first.stdout);
    expect(name).toBe('Two readers');
    expect(runs.map(({ model }: { model: string }) => model)).toEqual(['static', 'rss']);
    const [run] = runs;
    expect(run).toMatchObject({
      status: 'complete',
      log_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      events: expect.any(Number),
      expectations: [],
      costs: { page_storage_bytes: expect.any(Number) },
    });
    expect(run.samples.map(({ sample, step }: { sample: string; step: number }) => [sample, step])).toEqual([
      ['first', 1],
      ['second', 3],
    ]);
    const [sample] = run.samples;
    expect(Object.keys(sample.containers)).toEqual(['.', 'A', 'B']);
    expect(sample.containers.A).toMatchObject({
      current: 4 * 2 ** 20,
      file: 4 * 2 ** 20,
      anon: 0,
      events: { max: 0, oom_kill: 0 },
      limits: { max: 24 * 2 ** 20, high: 'max' },
    });
    expect(sample.containers.B).toMatchObject({ current: 0 });
    expect(sample.tasks).toMatchObject({ a: { alive: true, container: 'A', rss: 0 }, b: { container: 'B' } });
    const second = JSON.parse((await memledger(args)).stdout);
    expect(second.runs.map((one: { log_sha256: string }) => one.log_sha256)).toEqual(runs.map((one: { log_sha256: string }) => one.log_sha256));
  });

  it('run without --model runs the models of the scenario; its text fits a mail', async () => {
    const { exit, stdout } = await memledger(['run', scenario('reads.yaml', READS)]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/static: .*\n[\s\S]*rss: /);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TEXT_COLUMNS);
  });

  it('check tells what is sound, and every error of several files with its place', async () => {
    const sound = scenario('sound.yaml', READS);
    expect(await memledger(['check', sound])).toMatchObject({ exit: 0, stdout: expect.stringContaining(`${sound}: `), stderr: '' });
    const [first, second] = ['first', 'second'].map((name) => scenario(`${name}.yaml`, READS.replace('by: ', 'bye: ')));
    const { exit, stdout, stderr } = await memledger(['check', sound, first, second, '--json']);
    expect(exit).toBe(1);
    for (const file of [first, second]) expect(stderr).toMatch(new RegExp(`memledger: ${file}:\\d+:\\d+: .*unknown key .bye.`));
    expect(JSON.parse(stdout).errors.length).toBeGreaterThanOrEqual(2);
  });

  it('answers an unknown format with the one that is near, or with where they are listed', async () => {
    const answer = async (format: string): Promise<string> => (await memledger(['export', '1', '--format', format])).stderr;
    expect(await answer('csvs')).toContain('Did you mean csv?');
    expect(await answer('steps')).toContain('Did you mean csv-steps?');
    expect(await answer('xx')).toContain('`memledger export --help` lists the formats.');
  });

  it('format puts scenarios into the layout of the editor, keeps comments, and with --check only names them', async () => {
    const put = (name: string, text: string): string => {
      const file = join(dir, name);
      writeFileSync(file, text);
      return file;
    };
    const [loose, tight] = ['# why\nmemledger:   1   # first\nname: Loose\nsteps: [ ]\n', '# why\nmemledger: 1 # first\nname: Loose\nsteps: []\n'];
    const [file, sound] = [put('loose.yaml', loose), put('tight.yaml', tight)];
    chmodSync(file, 0o640);
    expect(await memledger(['format', '--check', sound, file])).toEqual({ exit: 1, stdout: `${file}\n`, stderr: '' });
    expect(readFileSync(file, 'utf8')).toBe(loose);
    expect(await memledger(['format', sound, file])).toEqual({ exit: 0, stdout: `${file}\n`, stderr: '' });
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([tight, 0o640]);
    expect(execFileSync(process.execPath, [MEMLEDGER, 'format', '-'], { input: loose, encoding: 'utf8' })).toBe(tight);
    // What is no scenario, or no YAML, is left as it is; the others are done.
    const [foreign, broken, other] = [put('pod.yaml', 'kind:   Pod\n'), put('broken.yaml', 'memledger: 1\nsteps: [\n'), put('other.yaml', loose)];
    const { exit, stdout, stderr } = await memledger(['format', foreign, broken, other]);
    expect([exit, stdout]).toEqual([1, `${other}\n`]);
    expect(stderr).toContain(`${foreign}:1:1: this is not a scenario`);
    expect(stderr).toContain(`${broken}:`);
    expect(readFileSync(foreign, 'utf8')).toBe('kind:   Pod\n');
  });

  it('compare lays models side by side and finds where they part', async () => {
    const file = scenario('reads.yaml', READS);
    const { exit, stdout } = await memledger(['compare', file, '--model', 'static', '--model', 'rss', '--json']);
    expect(exit).toBe(0);
    const comparison = JSON.parse(stdout);
    expect(comparison.first_divergence).toMatchObject({ step_index: 0, path: 'A', counter: 'current', values: { static: 4 * 2 ** 20, rss: 0 } });
    expect(comparison.samples[0].containers.A.current).toEqual({ values: { static: 4 * 2 ** 20, rss: 0 }, deltas: { rss: -4 * 2 ** 20 } });
    const text = (await memledger(['compare', file])).stdout;
    expect(text).toMatch(/A +static +rss\n +current +4MiB +−4MiB/);
    expect(text.replace(/\s+/g, ' ')).toContain('First difference: after step 0 (line 7), current of A: static 4MiB (4,194,304), rss 0.');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TEXT_COLUMNS);
  });

  it('attack runs an attack with its attacker and without, and tells the loss', async () => {
    const args = ['attack', 'zone-starvation', '--model', 'software-zones', '--model', 'static'];
    const text = await memledger(args);
    expect(text.exit).toBe(0);
    expect(text.stdout).toMatch(/software-zones {2}F\nstatic {10}·\n/);
    expect(text.stdout).toMatch(/1 operation failed; step \d+:\n +software-zones \(run \d+\)/);
    expect(Math.max(...text.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TEXT_COLUMNS);
    const { rows } = JSON.parse((await memledger([...args, '--json'])).stdout);
    expect(rows).toMatchObject([{ victim: 'V', cells: [{ verdict: 'harmed', because: 'failures', loss: { failures: 1 } }, { verdict: 'not-harmed' }] }]);
    const [cell] = rows[0].cells;
    const shown = await memledger(['events', String(cell.run_id), '--step', String(cell.step_index), '--kind', 'container_create_failed']);
    expect(shown.stdout).toContain('container_create_failed');
    expect((await memledger([...args, '--markdown'])).stdout).toContain('| `software-zones` | **failed**<br>1 operation failed |');
    expect(await memledger(['attack', 'zone-starvatoin'])).toMatchObject({ exit: 1, stderr: expect.stringContaining('did you mean `zone-starvation`?') });
  });

  it('ubc-check checks beancounters by vzctl’s rules, and makes a scenario of them that runs', async () => {
    const table = `       uid  resource           held    maxheld    barrier      limit    failcnt
       123: kmemsize         836919    1005343    2752512    2936012          0
            lockedpages           0          0         32         32          0
            privvmpages        4587       7289      49152      53575          0
`;
    const written = (name: string, text: string): string => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    };
    const file = written('user_beancounters', table);
    const checked = await memledger(['ubc-check', file]);
    expect(checked).toMatchObject({ exit: 3, stdout: expect.stringContaining('error: parameter numproc not found') });
    expect(Math.max(...checked.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TEXT_COLUMNS);
    expect(JSON.parse((await memledger(['ubc-check', file, '--json'])).stdout)).toMatchObject([
      { container: 'container 123', consistent: false, oom_overdraft_pages: 204 },
    ]);
    const made = written('made.yaml', (await memledger(['ubc-check', file, '--scenario', '--ram', '64MiB'])).stdout);
    expect((await memledger(['run', made])).stdout).toContain('ct123');
    const broken = written('101.conf', 'NUMPROC="many"\n');
    expect(await memledger(['ubc-check', broken])).toMatchObject({ exit: 1, stderr: expect.stringContaining(`${broken}:1: «NUMPROC="many"» is no row`) });
  });

  it('an expectation that fails gives exit code 3 and is named', async () => {
    const file = scenario('expects.yaml', `${READS}  - { expect: { A: { current: 4MiB } } }\n  - { expect: { B: { file: 1MiB } } }\n`);
    const { exit, stdout } = await memledger(['run', file, '--model', 'static', '--no-store']);
    expect(exit).toBe(3);
    expect(stdout).toMatch(/1 of 2 expectations held\n.*B file 0, expected 1 MiB \(line 12\): failed/);
  });

  it('Ctrl-C keeps what is recorded; the run can be shown', async () => {
    const file = scenario('long.yaml', `${READS}  - { workload: uniform, over: big, by: a, accesses: 4000000000 }\n`);
    let interrupted = false;
    const { exit, stderr } = await memledger(['run', file, '--model', 'static'], (text, interrupt) => {
      // In the long step, however soon the first line comes. Once: a second one ends the process at once.
      const is_under_way = text.includes('4 of 5 steps');
      if (!interrupted && is_under_way) interrupt();
      interrupted ||= is_under_way;
    });
    expect(exit).toBe(130);
    expect(stderr).toMatch(/static: 0%, 4 of 5 steps, [\d,]+ accesses\/s, .* left/);
    const [, run_id = ''] = /interrupted; what was recorded is kept \(finish it with `memledger finish (\d+)`\)/.exec(stderr) ?? [];
    const shown = JSON.parse((await memledger(['show', run_id, '--json'])).stdout);
    expect(shown).toMatchObject({ status: 'cancelled', log_sha256: null });
  });

  it('import --json accounts for every line', async () => {
    const { exit, stdout } = await memledger(['import', FTRACE, '--json']);
    expect(exit).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ format: 'ftrace', lines_total: readFileSync(FTRACE, 'utf8').trimEnd().split('\n').length, lines_not_understood: 0 });
    expect(report.runs).toMatchObject([{ model: 'ftrace', passes: expect.any(Number), nr_reclaimed: expect.any(Number) }]);
    expect((await memledger(['show', String(report.runs[0].run_id)])).exit).toBe(0);
  });

  it('list, export, models, schema and reference print', async () => {
    const { scenarios, runs } = JSON.parse((await memledger(['list', '--json'])).stdout);
    expect(runs.length).toBeGreaterThan(0);
    const reads = scenarios.find(({ name, models }: { name: string; models: readonly string[] }) => name === 'Two readers' && models.length === 2);
    expect((await memledger(['export', String(reads.id)])).stdout).toContain('name: Two readers');
    const listed = (await memledger(['list'])).stdout;
    expect(listed).toContain('Two readers');
    const [, head = '', ...lines] = listed.slice(listed.indexOf('runs: ')).trimEnd().split('\n');
    expect(lines).toHaveLength(runs.length);
    // Columns stand in line, however long a model's name is.
    const status_at = head.indexOf('status');
    expect(lines.map((line) => line.slice(status_at - 2, status_at + 1))).toEqual(lines.map(() => expect.stringMatching(/^ {2}\w$/)));
    const run_help = (await memledger(['run', '--help'])).stdout;
    expect([run_help.match(/--model/g)?.length, run_help.includes('(default: none)')]).toEqual([1, false]);
    expect(JSON.parse((await memledger(['models', '--json'])).stdout).models.length).toBeGreaterThanOrEqual(5);
    expect(JSON.parse((await memledger(['schema'])).stdout).$schema).toContain('2020-12');
    expect((await memledger(['reference'])).stdout).toContain('#');
    expect((await memledger(['--help'])).exit).toBe(0);
  });
});
