import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cutTexts } from './cut-texts.ts';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { importFiles, runRows, scenarioRow } from './library-page.ts';
import { memledger } from './served-lab.ts';

/** Recordings that are cancelled, finished, and made by another process while the window is open. */
const window = useLabWindow();

const LONG = `memledger: 1
name: Sixteen million accesses
machine: { memory: 64MiB }
containers: { A: { max: 32MiB } }
objects:
  f: { file: 256MiB }
tasks:
  a: { in: A }
steps:
  - { workload: zipf, over: f, by: a, accesses: 16000000 }
models: [static]
`;

const SHORT = `memledger: 1
name: Expects too much
containers: { A: {} }
objects:
  f: { file: 1MiB }
tasks:
  a: { in: A }
steps:
  - { read: f, by: a }
`;

describe('a long recording', () => {
  it('shows its progress and is cancelled', async () => {
    const { page } = window;
    await importFiles(page, { name: 'long.yaml', mimeType: 'text/yaml', buffer: Buffer.from(LONG) });
    await page.getByRole('heading', { level: 1, name: 'Sixteen million accesses' }).waitFor();
    await page.getByRole('button', { name: 'Run 1 model' }).click();
    const jobs = page.getByRole('contentinfo', { name: 'Under way' });
    const bar = jobs.getByRole('progressbar');
    await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(0);
    await jobs.getByText(/accesses\/s .* left/).waitFor();
    await window.shot('recording');
    await jobs.getByRole('button', { name: 'Cancel' }).click();
    await jobs.waitFor({ state: 'detached' });
    await runRows(page).getByText('cancelled').waitFor();
    await window.shot('recording-cancelled');
  });

  it('opens as far as it was recorded', async () => {
    const { page } = window;
    await runRows(page).getByRole('link').click();
    await page.getByText('cancelled: shows what was recorded').waitFor();
    await page.getByRole('button', { name: 'Finish' }).waitFor();
    await window.shot('run-cancelled');
    await page.getByRole('treegrid', { name: 'Containers' }).waitFor();
  });

  it('is finished, and then is complete and opened whole', async () => {
    const { page } = window;
    await window.goTo('library');
    await scenarioRow(page, 'Sixteen million accesses').click();
    await runRows(page).getByRole('button', { name: 'Finish' }).click();
    await runRows(page).getByText('complete').waitFor({ timeout: 240_000 });
    await page.getByText('Recorded run 1').waitFor();
    await runRows(page).getByRole('link').click();
    await page.getByRole('treegrid', { name: 'Containers' }).waitFor();
    expect(await page.getByText('shows what was recorded').count()).toBe(0);
  });

  it('is exported with progress, beside which the window is used, and the export is cancelled', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Export…' }).click();
    await page.getByRole('menuitem', { name: 'Events (JSON lines)' }).click();
    const foot = page.getByRole('contentinfo', { name: 'Under way' });
    const bar = foot.getByRole('progressbar', { name: /^Exporting .*events\.jsonl$/ });
    await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(0);
    await foot.getByText(/% · .* left/).waitFor();
    await window.shot('exporting');
    await expectAccessible(page);
    // It goes on in every view.
    await window.goTo('library');
    await bar.waitFor();
    await foot.getByRole('button', { name: 'Cancel' }).click();
    await foot.waitFor({ state: 'detached' });
    await page.getByText('The export was cancelled; nothing is left of it.').waitFor();
  });

  it('is opened from a file with progress, and that is cancelled', async () => {
    const { page } = window;
    const path = join(window.dir, 'long.memledger');
    const shared = await memledger('share', '1', '--output', path, '--db', window.db_path);
    expect(shared.exit, shared.stderr).toBe(0);
    await importFiles(page, path);
    const foot = page.getByRole('contentinfo', { name: 'Under way' });
    const bar = foot.getByRole('progressbar', { name: 'Opening long.memledger' });
    await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(0);
    await window.shot('opening');
    await foot.getByRole('button', { name: 'Cancel' }).click();
    await foot.waitFor({ state: 'detached' });
    await page.getByText('The file was not opened; nothing is left of it.').waitFor();
    expect(new URL(page.url()).hash).toBe('#/library');
  });
});

describe('a run of which an expectation failed', () => {
  it('is told apart from one that went well', async () => {
    const { page } = window;
    await window.goTo('library');
    const text = `${SHORT}  - { expect: { A: { file: 2MiB } } }\n  - { expect: { A: { file: 3MiB } } }\nmodels: [static, software-zones]\n`;
    await importFiles(page, { name: 'wrong.yaml', mimeType: 'text/yaml', buffer: Buffer.from(text) });
    await page.getByRole('heading', { level: 1, name: 'Expects too much' }).waitFor();
    await page.getByRole('button', { name: 'Run 2 models' }).click();
    await expect.poll(() => runRows(page).getByText('2 expects failed').count()).toBe(2);
    expect(await cutTexts(runRows(page).locator('.status'))).toEqual([]);
    await window.shot('scenario-expectation-failed');
    await window.goTo('library');
    await scenarioRow(page, 'All runs').click();
    await expect.poll(() => runRows(page).getByText('2 expectations failed').count()).toBe(2);
    expect(await cutTexts(runRows(page).locator('.status'))).toEqual([]);
    await window.shot('library-all-runs');
  });

  it('leads to the comparison with the other models', async () => {
    const { page } = window;
    await runRows(page).filter({ hasText: 'software-zones' }).getByRole('link').click();
    await page.getByRole('treegrid', { name: 'Containers' }).waitFor();
    await page.keyboard.press('c');
    await page.getByRole('grid', { name: 'Counters of the runs' }).waitFor();
    expect(page.url()).toMatch(/#\/compare\/\d+,\d+/);
  });
});

describe('the command line, while the window is open', () => {
  it('records into the library that the window shows, without a reload', async () => {
    const { page } = window;
    await window.goTo('library');
    const file = join(window.dir, 'aside.yaml');
    writeFileSync(file, LONG.replace('Sixteen million accesses', 'Recorded aside').replace('40000000', '1000'));
    expect(await memledger('run', file, '--db', window.db_path)).toMatchObject({ exit: 0 });
    await scenarioRow(page, 'Recorded aside').click();
    await runRows(page).getByText('complete').waitFor();
  });
});
