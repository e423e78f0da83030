import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { scenarioRow } from './library-page.ts';
import { numberIn } from './run-page.ts';
import { memledger, ROOT } from './served-lab.ts';

/** The two tables over all models: criteria by measurement, and attacks. Runs are recorded by the command line, as a user would who comes back to the window. */
const window = useLabWindow();
const ATTACK = join(ROOT, 'examples/attacks/01-stop-sharing.yaml');

/** What lies on the clipboard; evaluated in the page, whose types this room does not know. */
const copied = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()');

beforeAll(async () => {
  const measured = await memledger('criteria', '--model', 'static', '--model', 'software-zones', '--db', window.db_path);
  expect(measured.exit, measured.stderr).toBe(0);
});

describe('the criteria table', () => {
  it('shows figure, verdict and contradiction of what is recorded, and says what is not', async () => {
    const { page } = window;
    await page.keyboard.press('Alt+2');
    const table = page.getByRole('grid', { name: 'Models by criteria' });
    const row = (model: string) => table.getByRole('row').filter({ has: page.getByRole('rowheader', { name: model, exact: true }) });
    await expect.poll(() => row('static').getByRole('gridcell').nth(2).textContent()).toMatch(/one field\s*8\sB a page/);
    await expect.poll(() => row('software-zones').getByRole('img', { name: 'contradicts the SoftwareZones page' }).count()).toBe(1);
    expect(await row('rss').getByRole('gridcell').nth(2).textContent()).toBe('not measured');
    await expectAccessible(page);
    await window.shot('criteria');
  });

  it('tells the current cell in full, and its run opens at the step by Enter', async () => {
    const { page } = window;
    const table = page.getByRole('grid', { name: 'Models by criteria' });
    await table.focus();
    await page.keyboard.press('Control+Home');
    for (const key of ['End', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    const details = page.getByRole('region', { name: 'Open to attack, software-zones' });
    await details.getByText(/shared zone is in nobody’s limit/).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toMatch(/#\/run\/\d+\?event=\d+$/);
    await page.goBack();
    await table.waitFor();
  });

  it('is copied as Markdown and as text', async () => {
    const { page } = window;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Markdown' }).click();
    await page.getByText('Copied the table as Markdown.').waitFor();
    expect(await copied(page)).toContain('| Model | Comprehensive limits |');
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await page.getByText('Copied the table as plain text.').waitFor();
    expect(await copied(page)).toContain('COMPREHENSIVE LIMITS');
  });
});

describe('the attacks', () => {
  it('are recorded from the window, and lead to both runs', async () => {
    const { page } = window;
    expect((await memledger('attack', ATTACK, '--model', 'partial', '--db', window.db_path)).exit).toBe(0);
    await page.keyboard.press('Alt+3');
    const table = page.getByRole('grid', { name: 'Models by attacks' });
    const cell = table
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name: 'partial', exact: true }) })
      .getByRole('gridcell')
      .first();
    await expect.poll(() => cell.textContent()).toMatch(/harmed/);
    await expectAccessible(page);
    await window.shot('attacks');
    await page.keyboard.press('c');
    await page.getByText('Copied the matrix as Markdown.').waitFor();
    expect(await copied(page)).toContain('| `partial` |');
    await cell.click();
    await page.getByRole('link', { name: /^Both runs/ }).click();
    await expect.poll(() => page.url()).toMatch(/#\/compare\/\d+,\d+/);
  });
});

describe('recording what the matrix misses', () => {
  it('asks first, can be cancelled as a whole, and takes up the next time what was cut short', async () => {
    const { page } = window;
    await page.keyboard.press('Alt+3');
    await page.getByRole('grid', { name: 'Models by attacks' }).waitFor();
    const dialog = page.getByRole('dialog', { name: /^Record \d+ runs\?$/ });
    const jobs = page.getByRole('contentinfo', { name: 'Under way' });
    await page.keyboard.press('r');
    await dialog.getByText(/By what such runs took here so far, that takes about/).waitFor();
    await expectAccessible(page);
    await window.shot('record-missing');
    const count = numberIn((await dialog.getByRole('heading').textContent())?.replace(/\D+/g, '') ?? null);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await jobs.count()).toBe(0);
    await page.keyboard.press('r');
    await dialog.waitFor();
    await page.keyboard.press('Enter');
    await jobs.getByText(/^\d+ runs waiting/).waitFor();
    await jobs.getByRole('button', { name: 'Cancel waiting' }).click();
    await jobs.waitFor({ state: 'detached' });
    await page.keyboard.press('r');
    await dialog.getByText(/interrupted or cancelled before, and will be finished\.$/).waitFor();
    // One was under way, and perhaps a few more were recorded; nothing is recorded twice.
    expect(numberIn((await dialog.getByRole('heading').textContent())?.replace(/\D+/g, '') ?? null)).toBeLessThan(count);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});

describe('the runs of both tables', () => {
  it('are left out of the list of all runs until they are asked for', async () => {
    const { page } = window;
    await window.goTo('library');
    await scenarioRow(page, 'Your runs').click();
    await page.getByText('Only runs of criteria and attacks').waitFor();
    expect(await page.getByRole('grid', { name: 'All runs' }).count()).toBe(0);
    const choice = page.getByRole('checkbox', { name: /^Runs of criteria and attacks \(\d+\)$/ });
    await page.keyboard.press('a');
    await page.getByRole('grid', { name: 'All runs' }).waitFor();
    await scenarioRow(page, /^All runs\d+$/).waitFor();
    expect(await choice.isChecked()).toBe(true);
    await expectAccessible(page);
    await window.shot('table-runs');
    await page.reload();
    await page.getByRole('grid', { name: 'All runs' }).waitFor();
    await choice.setChecked(false);
    await page.getByText('Only runs of criteria and attacks').waitFor();
  });
});

describe('the model picker', () => {
  it('takes a composition, and says what is wrong with another', async () => {
    const { page } = window;
    await window.goTo('scenario/1');
    const box = page.getByRole('textbox', { name: 'Compose a model' });
    await box.fill('memcg-v2,sockets=separat');
    await box.press('Enter');
    await page
      .getByRole('alert')
      .filter({ hasText: /no policy `separat`/ })
      .waitFor();
    await box.fill('memcg-v2,sockets=separate');
    await box.press('Enter');
    const added = page.getByRole('list', { name: 'Models to run' }).getByRole('listitem').filter({ hasText: 'memcg-v2,sockets=separate' });
    await expect.poll(() => added.getByRole('checkbox').isChecked()).toBe(true);
    await expectAccessible(page);
    await window.shot('model-picker');
  });
});
