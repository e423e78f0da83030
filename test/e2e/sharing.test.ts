import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { useLabWindow } from './lab-window.ts';
import { memledger } from './served-lab.ts';

const SCENARIO = `memledger: 1
name: A file that two read
containers: { A: { max: 1MiB }, B: {} }
objects: { shared: { file: 2MiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: shared, by: a }
  - { read: shared, by: b }
  - { sample: both-read }
models: [static, partial]
`;

describe('a file of somebody else’s', () => {
  const window = useLabWindow();
  const file = (): string => join(window.dir, 'theirs.memledger');
  const runCount = async (): Promise<number> =>
    (JSON.parse((await memledger('list', '--json', '--db', window.db_path)).stdout) as { runs: unknown[] }).runs.length;

  beforeAll(async () => {
    const theirs = join(window.dir, 'theirs.db');
    const scenario = join(window.dir, 'two.yaml');
    writeFileSync(scenario, SCENARIO);
    await memledger('compare', scenario, '--db', theirs);
    expect((await memledger('share', '1', '2', '--db', theirs, '--output', file())).exit).toBe(0);
  });

  it('opens as a guest, and changes nothing of the library', async () => {
    const { page } = window;
    const chooser = page.waitForEvent('filechooser');
    await page.keyboard.press('Control+o');
    await (await chooser).setFiles(file());
    await page.getByRole('heading', { name: 'theirs.memledger' }).waitFor();
    await page.getByText('Keeping adds 1 scenario, 2 runs').waitFor();
    expect(await runCount()).toBe(0);
    await window.shot('shared-file');
  });

  it('lets its runs be compared', async () => {
    const { page } = window;
    for (const model of ['partial', 'static']) await page.getByRole('checkbox', { name: `Choose ${model} of the file` }).check();
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await expect.poll(() => page.getByRole('figure').count()).toBe(2);
    await page.goBack();
  });

  it('exports a run of it', async () => {
    const { page } = window;
    await page.getByRole('link', { name: 'A file that two read' }).first().click();
    for (const [title, words] of [
      ['Report for a mailing list (text)', 'A file that two read\n===='],
      ['Report (HTML)', '<!doctype html>'],
      ['Chart of charge by container (PNG)', 'PNG'],
    ] as const) {
      await page.getByRole('button', { name: 'Export…' }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: title }).click();
      const path = await (await download).path();
      expect(readFileSync(path, 'latin1').slice(0, 400)).toContain(words);
    }
    await page.goBack();
  });

  it('is kept when that is asked', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Keep in my library' }).click();
    await page.getByText('Everything of it is in your library.').waitFor();
    expect(await runCount()).toBe(2);
    await page.getByRole('button', { name: 'Close' }).first().click();
    await page.getByRole('grid', { name: 'Scenarios' }).waitFor();
  });
});
