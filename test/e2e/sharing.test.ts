import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
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

  it('has a place of its own while it is open: one leaves it and finds back', async () => {
    const { page } = window;
    const place = page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'File theirs.memledger' });
    expect(await place.getAttribute('aria-current')).toBe('page');
    await page.keyboard.press('Alt+1');
    await page.getByRole('grid', { name: 'Scenarios' }).waitFor();
    expect(await place.getAttribute('aria-current')).toBeNull();
    await expectAccessible(page);
    await place.click();
    await page.getByRole('heading', { name: 'theirs.memledger' }).waitFor();
    await page.keyboard.press('Alt+3');
    await page.getByRole('heading', { name: 'theirs.memledger' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Alt+5');
    await page.getByRole('heading', { name: 'theirs.memledger' }).waitFor();
    // Where a reload begins, what is open is still open.
    await page.reload();
    await place.waitFor();
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
    // A place for each file; the run says whose it is.
    await page
      .getByRole('link', { name: 'Run partial of theirs.memledger' })
      .or(page.getByRole('link', { name: 'Run static of theirs.memledger' }))
      .waitFor();
    await page.getByRole('link', { name: 'File theirs.memledger' }).click();
  });

  it('is kept when that is asked', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'Keep in my library' }).click();
    await page.getByText('Everything of it is in your library.').waitFor();
    expect(await runCount()).toBe(2);
  });

  it('is closed by its place and by a key, and leaves no way to what is gone', async () => {
    const { page } = window;
    const chooser = page.waitForEvent('filechooser');
    await page.keyboard.press('Control+o');
    await (await chooser).setFiles(file());
    const places = page.getByRole('navigation', { name: 'Places' });
    await expect.poll(() => places.getByRole('link', { name: 'File theirs.memledger' }).count()).toBe(2);
    await page.getByRole('heading', { name: 'theirs.memledger' }).waitFor();
    await places.getByRole('button', { name: 'Close theirs.memledger' }).first().click();
    await expect.poll(() => places.getByRole('link', { name: 'File theirs.memledger' }).count()).toBe(1);
    // It was another one's run that was shown last, and its comparison.
    await expect.poll(() => places.getByRole('link', { name: /^(Run|Compare)/ }).count()).toBe(0);
    await page.keyboard.press('Alt+w');
    await places.getByRole('link', { name: /^File/ }).waitFor({ state: 'detached' });
    await page.getByRole('grid', { name: 'Scenarios' }).waitFor();
  });

  it('keeps a comparison under a name, with its baseline', async () => {
    const { page } = window;
    await window.goTo('compare/1,2');
    await page.getByRole('radio').nth(1).check();
    await page.keyboard.press('Shift+B');
    const dialog = page.getByRole('dialog', { name: 'Comparisons' });
    await dialog.getByRole('textbox', { name: 'Name of the comparison' }).fill('Who pays for the file');
    await dialog.getByRole('textbox', { name: 'Note on the comparison' }).fill('B reads for nothing under static');
    await window.shot('comparisons-save');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Save this one' }).click();
    await page.getByText('Saved the comparison “Who pays for the file”.').waitFor();
    // The note stands in the comparison and with its name; another takes its place.
    await page.getByText('Who pays for the file: B reads for nothing under static').waitFor();
    await page.keyboard.press('Shift+B');
    await dialog.getByRole('button', { name: 'Note on Who pays for the file' }).click();
    const note = dialog.getByRole('textbox', { name: 'Note on Who pays for the file' });
    await note.fill('never mind');
    await note.press('Escape');
    await dialog.getByText('B reads for nothing under static').waitFor();
    await dialog.getByRole('button', { name: 'Note on Who pays for the file' }).click();
    await note.fill('A pays for what B reads');
    await expectAccessible(page);
    await note.press('Enter');
    await dialog.getByText('A pays for what B reads').waitFor();
    await window.shot('comparisons-noted');
    await page.keyboard.press('Escape');
    await page.getByText('Who pays for the file: A pays for what B reads').waitFor();
    await window.goTo('library');
    await page.getByRole('button', { name: 'Saved' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'Who pays for the file' }).click();
    await expect.poll(() => page.getByRole('radio').nth(1).isChecked()).toBe(true);
  });

  it('says what goes into a file to share, and its size, before it is written', async () => {
    const { page } = window;
    await window.goTo('run/1');
    await page.getByRole('slider', { name: 'Position in the run' }).waitFor();
    await page.keyboard.press('Shift+S');
    const dialog = page.getByRole('dialog', { name: 'Share' });
    await dialog.getByText(/^1 run, 1 scenario; /).waitFor();
    // Enter is enough.
    await expect.poll(() => dialog.getByRole('button', { name: 'Save' }).evaluate((button) => button.matches(':focus'))).toBe(true);
    await dialog.getByRole('checkbox', { name: 'Comparison Who pays for the file' }).check();
    await dialog.getByText(/^2 runs, 1 scenario, 1 comparison; /).waitFor();
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await window.shot(`share-dialog-${colorScheme}`);
      await expectAccessible(page);
    }
    const download = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Save' }).click();
    const path = join(window.dir, 'ours.memledger');
    await (await download).saveAs(path);
    const told = await memledger('open', path, '--db', join(window.dir, 'nobody.db'));
    expect(told.stdout).toContain('1 scenario, 2 runs, 1 comparison');
    expect(told.exit).toBe(0);
  });

  it('takes away any chart that is shown, as SVG and as PNG', async () => {
    const { page } = window;
    const take = async (name: string): Promise<Buffer> => {
      const download = page.waitForEvent('download');
      await page.getByRole('dialog', { name: 'Charts that are shown' }).getByRole('button', { name }).click();
      return readFileSync(await (await download).path());
    };
    await page.keyboard.press('Shift+P');
    await page.getByRole('dialog', { name: 'Charts that are shown' }).waitFor();
    await window.shot('charts-dialog');
    await expectAccessible(page);
    const svg = (await take('current by container as SVG')).toString();
    for (const words of ['current by container', 'A file that two read, run 1, partial', '>event<', '>A<']) expect(svg).toContain(words);
    expect((await take('classes of A as PNG')).subarray(1, 4).toString()).toBe('PNG');
    await page.keyboard.press('Escape');

    await window.goTo('compare/1,2');
    await expect.poll(() => page.getByRole('figure').count()).toBe(2);
    await page.keyboard.press('e');
    await expect.poll(() => page.getByRole('figure').count()).toBe(1);
    await page.keyboard.press('Shift+P');
    const difference = (await take('differences of current, static − partial as SVG')).toString();
    for (const words of ['run 1, partial; A file that two read, run 2, static', '>step<', '>+1.00 MiB<', '>−1.00 MiB<']) expect(difference).toContain(words);
    await page.keyboard.press('Escape');
    await page.keyboard.press('e');
  });

  it('deletes a saved comparison, and brings it back', async () => {
    const { page } = window;
    await window.goTo('library');
    await page.getByRole('button', { name: 'Saved' }).click();
    const dialog = page.getByRole('dialog', { name: 'Comparisons' });
    await dialog.getByRole('button', { name: 'Delete the comparison Who pays for the file' }).click();
    await dialog.getByText('None is saved yet.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Saved' }).waitFor();
  });
});
