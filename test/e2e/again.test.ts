import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useLabWindow } from './lab-window.ts';
import { importFiles, replaceText, runModels, runRows, scenarioRow } from './library-page.ts';
import { eventAtCursor, jumpTo } from './run-page.ts';
import { ROOT } from './served-lab.ts';

/** What a user leaves, he finds again: after a reload, and on the day after. */
const window = useLabWindow();
const NAME = 'To be found again';
const TEXT = `memledger: 1
name: ${NAME}
containers: { A: {} }
objects:
  f: { file: 1MiB }
tasks:
  a: { in: A }
steps:
  - { read: f, by: a }
  - { sample: end }
models: [static, rss]
`;

async function findEverything(): Promise<void> {
  const { page } = window;
  await window.goTo('library');
  await scenarioRow(page, NAME).click();
  await page.getByText('2 revisions').waitFor();
  await expect.poll(() => runRows(page).getByText('complete').count()).toBe(2);
  await scenarioRow(page, 'Kernel traces').click();
  await runRows(page).getByText('ftrace-vmscan-6.1').waitFor();

  await window.goTo('run/1');
  await page.getByRole('button', { name: 'Bookmarks' }).click();
  await page.getByRole('dialog', { name: 'Bookmarks' }).getByRole('button', { name: 'half-way' }).click();
  await expect.poll(() => eventAtCursor(page)).toBe(100);
}

describe('what was left', () => {
  it('is a scenario of two revisions, runs, a trace and a bookmark', async () => {
    const { page } = window;
    await importFiles(page, { name: 'again.yaml', mimeType: 'text/yaml', buffer: Buffer.from(TEXT) });
    await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
    await replaceText(page, `${TEXT}# a second revision\n`);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: '2 revisions' }).waitFor();
    await runModels(page, ['static', 'rss']);
    await window.goTo('run/1');
    await page.getByRole('treegrid', { name: 'Containers' }).waitFor();
    await jumpTo(page, '100');
    await page.keyboard.press('b');
    await page.getByRole('textbox', { name: 'Note of the new bookmark' }).fill('half-way');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Bookmarks 1' }).waitFor();
    await window.goTo('library');
    await importFiles(page, join(ROOT, 'test/fixtures/ftrace-vmscan-6.1.txt'));
    await page.getByRole('heading', { level: 1, name: /ftrace-vmscan-6\.1/ }).waitFor();
  });

  it('is there after a reload', async () => {
    await window.page.reload();
    await findEverything();
  });

  it('keeps a text that was not saved', async () => {
    const { page } = window;
    await window.goTo('library');
    await scenarioRow(page, NAME).click();
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
    await replaceText(page, `${TEXT}# not saved\n`);
    await page.reload();
    await page.getByText('Unsaved changes, restored').waitFor();
    await expect.poll(() => page.locator('.cm-content').textContent()).toContain('# not saved');
    await page.getByRole('button', { name: 'Discard' }).click();
    await expect.poll(() => page.locator('.cm-content').textContent()).toContain('# a second revision');
  });

  it('is there when the lab was ended and started anew', async () => {
    await window.restart();
    await findEverything();
  });
});
