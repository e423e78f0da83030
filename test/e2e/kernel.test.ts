import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { counterSources } from '../../src-main/kernel/counter-files.ts';
import { QEMU } from '../../src-main/kernel/qemu.ts';
import { cutTexts } from './cut-texts.ts';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { memledger } from './served-lab.ts';

/**
 * A scenario run on a kernel from the window, and its recording laid beside a model's. A script in QEMU's place says what a guest of Linux 6.1 would, so that nothing is booted; compiler
 * and mke2fs are stood in for as well.
 */
const SCENARIO = `memledger: 1
name: On a kernel
machine: { memory: 16MiB }
containers: { A: { max: 8MiB } }
tasks: { a: { in: A } }
steps:
  - { alloc: heap, by: a, size: 1MiB }
  - { touch: heap, by: a }
  - { sample: touched }
  - { set: A, high: 4MiB }
  - { sample: capped }
`;
const dir = mkdtempSync(join(tmpdir(), 'memledger-guest-'));
const image = join(dir, 'bzImage');
const scenario_file = join(dir, 'on-a-kernel.yaml');

/** `current 1048576` as the guest reports it of a container. */
const read = (container: number, values: Readonly<Record<string, number>>): string => {
  const sources = counterSources(2);
  const v = Object.entries(values).flatMap(([key, value]) => [sources.findIndex((source) => `${source.file} ${source.key}` === key), value]);
  return JSON.stringify({ k: 'read', c: container, v });
};
const op = (v: string, task: number, t: number): string => JSON.stringify({ k: 'op', v, task, r: 0, n: 256, t });
const GUEST = [
  '{"k":"hello","version":1,"release":"6.1.0-test","lru_gen":"","total_kb":1}',
  '{"k":"step","i":-1,"t":10}',
  ...[op('mkdir', -1, 11), op('set', -1, 12), '{"k":"task","task":0,"pid":81,"c":1,"t":13}', op('start', -1, 14)],
  read(0, { 'memory.stat anon': 4096 }),
  read(1, { 'memory.current -': 0, 'memory.stat anon': 0, 'memory.stat pgfault': 0 }),
  '{"k":"told","i":-1,"t":15}',
  ...['{"k":"step","i":0,"t":20}', op('alloc', 0, 21), '{"k":"told","i":0,"t":22}'],
  ...['{"k":"step","i":1,"t":30}', op('touch', 0, 31)],
  // 512 pages where a model charges 256: too many to be explained.
  ...[read(1, { 'memory.current -': 2 ** 21, 'memory.stat anon': 2 ** 20, 'memory.stat pgfault': 256 }), '{"k":"told","i":1,"t":32}'],
  ...['{"k":"step","i":2,"t":40}', '{"k":"own","task":0,"v":[1024,0,0,0,1024,1024,0,0,1024]}', '{"k":"told","i":2,"t":41}'],
  ...['{"k":"step","i":3,"t":50}', op('set', -1, 51), '{"k":"told","i":3,"t":52}', '{"k":"step","i":4,"t":60}', '{"k":"told","i":4,"t":61}', '{"k":"end"}'],
];

function command(name: string, script: string): void {
  writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, name), 0o755);
}
command('mke2fs', '');
command('cc', 'while [ $# -gt 0 ]; do if [ "$1" = -o ]; then echo program > "$2"; fi; shift; done');
command(
  QEMU,
  `case "$*" in *--version*) exit 0;; esac
for word in "$@"; do case "$word" in file:*) printf 'Linux version 6.1.0-test\\r\\n' > "\${word#file:}";; esac; done
${GUEST.map((line) => `printf '%s\\n' '${line}'`).join('\n')}`,
);
writeFileSync(image, '');
writeFileSync(scenario_file, SCENARIO);
mkdirSync(join(dir, 'cache'));
const environment = { PATH: process.env.PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, CC: process.env.CC };
Object.assign(process.env, { PATH: `${dir}:${environment.PATH}`, XDG_CACHE_HOME: join(dir, 'cache'), CC: 'cc' });

// The window of the tests starts its lab with this environment.
const window = useLabWindow();
afterAll(() => {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(dir, { recursive: true, force: true });
});
beforeAll(async () => {
  const recorded = await memledger('run', scenario_file, '--model', 'memcg-v2', '--db', window.db_path);
  expect(recorded.exit, recorded.stderr).toBe(0);
});

/** What lies on the clipboard; evaluated in the page, whose types this room does not know. */
const copied = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()');

describe('a scenario on a kernel', () => {
  it('is asked for in a dialog, which says before the run what speaks against it', async () => {
    const { page } = window;
    await page.getByRole('grid', { name: 'Scenarios' }).getByText('On a kernel').click();
    await page.getByRole('button', { name: 'Run on a kernel…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Run on a kernel' });
    await dialog.getByRole('checkbox', { name: 'linux-image-cloud-amd64', exact: true }).uncheck();
    await dialog.getByText('Choose a kernel.').waitFor();
    await dialog.getByRole('textbox', { name: 'Another kernel' }).fill(image);
    await page.keyboard.press('Enter');
    await dialog.getByText(': at hand').waitFor();
    await dialog.getByRole('combobox', { name: 'cgroup' }).selectOption({ label: 'v1' });
    await dialog.getByText(/line 10.*cgroup v1 has no high/).waitFor();
    expect(await dialog.getByRole('button', { name: 'Run 1 boot' }).isDisabled()).toBe(true);
    await window.shot('kernel-dialog-refused');
    await dialog.getByRole('combobox', { name: 'cgroup' }).selectOption({ label: 'v2' });
    await dialog.getByRole('spinbutton', { name: 'Boots of each' }).fill('2');
    await dialog.getByText(': at hand').waitFor();
    await expectAccessible(page);
    await window.shot('kernel-dialog');
    await dialog.getByRole('button', { name: 'Run 2 boots' }).click();
    await page.getByText('Recorded 2 runs of “On a kernel”.').waitFor();
  });

  it('is a run like any other, which does not know what the kernel does not have', async () => {
    const { page } = window;
    await window.goTo('run/2');
    await page.getByText('recorded on a kernel').waitFor();
    const tree = page.getByRole('treegrid', { name: 'Containers' });
    const root = tree.getByRole('row').nth(1);
    await expect.poll(() => root.getByRole('gridcell').first().textContent()).toContain('–');
    await page.getByRole('tab', { name: 'Console' }).click();
    await page.getByRole('region', { name: 'Console of the guest' }).getByText('Linux version 6.1.0-test').waitFor();
    await expectAccessible(page);
    await page.getByRole('tab', { name: 'Boots' }).click();
    await page.getByText('2 boots: run 2, run 3').waitFor();
    expect(await cutTexts(page.getByRole('grid', { name: 'Spread of the boots' }))).toEqual([]);
    await window.shot('kernel-boots');
  });

  it('is laid beside a model counter by counter, with the step where they part', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Against a model' }).click();
    await expect.poll(() => page.url()).toContain('#/fidelity/2/1');
    await page.getByText('They part in step 1').waitFor();
    expect(await page.getByRole('region', { name: 'Where they part' }).textContent()).toContain('(charge batch +256');
    const rows = page.getByRole('grid', { name: 'Model against kernel' }).getByRole('row');
    await rows.filter({ hasText: 'current' }).filter({ hasText: 'outside' }).first().waitFor();
    await rows.filter({ hasText: 'anon' }).filter({ hasText: 'exact' }).first().waitFor();
    expect(await cutTexts(rows)).toEqual([]);
    await expectAccessible(page);
    await window.shot('fidelity');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await page.getByText('Copied the comparison as plain text.').waitFor();
    const text = await copied(page);
    expect(text).toContain('they part in step 1 (line 8)');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(72);
    await page.keyboard.press('c');
    await page.getByText('Copied the comparison as Markdown.').waitFor();
    expect(await copied(page)).toContain('| --- |');
    await page.keyboard.press('n');
    await page.getByRole('link', { name: 'Kernel at touched' }).click();
    await expect.poll(() => page.url()).toMatch(/#\/run\/2\?event=\d+$/);
    await page.goBack();
    await page.getByRole('link', { name: /Model at event|Model there/ }).click();
    await expect.poll(() => page.url()).toMatch(/#\/run\/1\?event=\d+$/);
  });
});
