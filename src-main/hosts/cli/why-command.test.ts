import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Reasons and changes of a run of the engine, from the command line. */
const path = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'memledger-why-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function memledger(...args: string[]): { readonly exit: number | null; readonly stdout: string; readonly stderr: string } {
  const env = { ...process.env, MEMLEDGER_DB: join(dir, 'library.db') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [path('bin/memledger.js'), ...args], { encoding: 'utf8', env });
  return { exit: status, stdout, stderr };
}

beforeAll(() => {
  memledger('run', path('examples/01-shared-library.yaml'), '--model', 'static');
});

it('says why a page is charged to whom it is', () => {
  expect(memledger('why', '1', 'page', 'libc[12]', '--at', '6000').stdout.split('\n')).toEqual([
    'run 1, A shared library in three containers, static',
    'after event 6,000 of 8,258',
    '',
    'c faulted libc[12] (minor fault) at step 16; under static it is charged',
    'to A: a faulted libc[12] first at step 1.',
    'Under static the first to touch a page owns it until it is freed; later',
    'users are not charged.',
    '',
    'event  step  line  what',
    '5,173    16    38  c faulted libc[12] (minor fault); it stays charged to A',
    '3,112     8    30  b faulted libc[12] (minor fault); it stays charged to A',
    '   40     1    23  a faulted libc[12] first: A is charged 1 page',
    '    2              libc[12] came into being with its object',
    '',
  ]);
});

it('says what a counter is made of, as JSON too', () => {
  const { counter } = JSON.parse(memledger('why', '1', 'counter', 'A', 'current', '--json').stdout);
  expect(counter.value).toBe(6 * 2 ** 20);
  expect(counter.parts.map(({ amount, object, step_index }: Record<string, unknown>) => [amount, object, step_index])).toEqual([
    [4 * 2 ** 20, 'libc', 1],
    [2 * 2 ** 20, 'a:heap-a', 3],
  ]);
});

it('shows the state at the event that changes what is watched', () => {
  const { stdout } = memledger('state', '1', '--until', 'B current > 1MiB');
  expect(stdout.split('\n')[2]).toBe('B current > 1MiB: 1.00 MiB (256 pages) -> 1.00 MiB (257 pages)');
  const { change, event } = JSON.parse(memledger('state', '1', '--back-to', 'libc[12]', '--json').stdout);
  expect([change, event]).toEqual(['libc[12] owner: nobody -> A', 40]);
  const none = memledger('state', '1', '--until', 'C oom_kill');
  expect([none.exit, none.stderr]).toEqual([1, expect.stringContaining('C events.oom_kill does not change after event 0 of run 1.')]);
});

it('names what comes near where a name is wrong', () => {
  const { exit, stderr } = memledger('why', '1', 'libs[12]');
  expect(exit).not.toBe(0);
  expect(stderr).toContain('did you mean `libc`?');
});
