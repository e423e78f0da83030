import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, ROOT, type ServedLab, serveLab, watchComplaints } from './served-lab.ts';

/** What a user does in the window, from the first start to the day after. One user's story: the tests stand in its order. */
const SHOTS = join(ROOT, 'test-results/screenshots');
const EXAMPLE = 'A shared library in three containers';
const MISSPELT = `memledger: 1
name: Misspelt and mended
containers: { A: {} }
objects:
  f: { file: 1MiB }
tasks:
  a: { in: A }
steps:
  - { raed: f, by: a }
models: [static]
`;
/** Runs until it is cancelled. */
const ENDLESS = `memledger: 1
name: endless
containers: { A: {} }
objects:
  f: { file: 1MiB }
tasks:
  a: { in: A }
steps:
  - { workload: uniform, over: f, by: a, accesses: 2000000000 }
models: [static]
`;

const dir = mkdtempSync(join(tmpdir(), 'memledger-'));
const db_path = join(dir, 'library.db');
let lab: ServedLab;
let browser: Browser;
let page: Page;
let complaints: readonly string[];

const shot = (name: string): Promise<Buffer> => page.screenshot({ path: join(SHOTS, `${name}.png`) });

async function expectAccessible(): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)).toEqual([]);
}

/** Number of the event at the cursor, as the transport bar shows it. */
async function eventAtCursor(): Promise<number> {
  const text = await page
    .getByRole('toolbar', { name: 'Move in the run' })
    .getByText(/^event/)
    .textContent();
  return Number((text ?? '').replace(/ of .*$/, '').replace(/\D/g, ''));
}

async function stepAtCursor(): Promise<number> {
  const text = await page.getByRole('toolbar', { name: 'Move in the run' }).getByText(/^step/).textContent();
  return Number((text ?? '').replace(/\(.*$/, '').replace(/\D/g, ''));
}

const runRows = () => page.getByRole('grid', { name: 'Runs' }).getByRole('row');

beforeAll(async () => {
  [lab, browser] = await Promise.all([serveLab(db_path), launchBrowser()]);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light', acceptDownloads: true });
  page = await context.newPage();
  page.setDefaultTimeout(10_000);
  complaints = watchComplaints(page);
  await page.goto(lab.url);
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  rmSync(dir, { recursive: true });
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await shot(`failed: ${task.name}`);
});

describe('the window', () => {
  it('starts with a library of examples', async () => {
    await page.getByText(EXAMPLE).first().waitFor();
    await shot('library');
    await expectAccessible();
  });

  it('shows every key on ?', async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await shot('keys');
    await page.keyboard.press('Escape');
  });

  it('runs an example under two models', async () => {
    await page.getByText(EXAMPLE).first().click();
    for (const label of await page.getByRole('list', { name: 'Models to run' }).locator('label').all()) {
      await label.getByRole('checkbox').setChecked(/^(static|rss)(?=[A-Z])/.test((await label.textContent()) ?? ''));
    }
    await page.getByRole('button', { name: 'Run 2 models' }).click();
    await expect.poll(() => runRows().getByText('complete').count()).toBe(2);
    await shot('library-with-runs');
    await expectAccessible();
  });

  it('steps through a run, forwards and backwards, by event and by step', async () => {
    await page.getByRole('link', { name: '1', exact: true }).click();
    await page.getByRole('treegrid', { name: 'Containers' }).waitFor();
    await page.keyboard.press('Home');
    await expect.poll(eventAtCursor).toBe(0);
    await page.keyboard.press('.');
    await expect.poll(eventAtCursor).toBe(1);
    await page.keyboard.press('.');
    await expect.poll(eventAtCursor).toBe(2);
    await page.keyboard.press(',');
    await expect.poll(eventAtCursor).toBe(1);

    await page.keyboard.press('t');
    await expect.poll(eventAtCursor).toBeGreaterThan(1);
    const [step, event] = [await stepAtCursor(), await eventAtCursor()];
    await page.keyboard.press('t');
    await expect.poll(stepAtCursor).toBeGreaterThan(step);
    await page.keyboard.press('Shift+T');
    await expect.poll(eventAtCursor).toBe(event);
  });

  it('scrubs the timeline', async () => {
    const timeline = page.getByRole('slider', { name: 'Position in the run' });
    const box = await timeline.boundingBox();
    if (box === null) throw new Error('the timeline is drawn');
    await page.mouse.move(box.x + box.width * 0.2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2, { steps: 10 });
    await page.mouse.up();
    // The timeline's ends lie a little inside of its area.
    const event_count = Number(await timeline.getAttribute('aria-valuemax'));
    await expect.poll(async () => Math.abs((await eventAtCursor()) / event_count - 0.7)).toBeLessThan(0.15);
    await page.getByRole('grid', { name: 'Events' }).getByRole('row').nth(3).waitFor();
    for (const button of await page.getByRole('region', { name: 'Notices' }).getByRole('button', { name: 'Dismiss' }).all()) await button.click();
    const picture = await shot('run');
    if (process.env.MEMLEDGER_UPDATE_IMAGES === '1') writeFileSync(join(ROOT, 'docs/images/run.png'), picture);
    await page.emulateMedia({ colorScheme: 'dark' });
    await shot('run-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await expectAccessible();
  });

  it('lays runs side by side under one cursor', async () => {
    await page.goto(new URL('/#/compare/1,2', lab.url).href);
    await page.getByRole('grid', { name: 'Counters of the runs' }).getByRole('row').nth(3).waitFor();
    await page.keyboard.press('g');
    await shot('compare');
    await expectAccessible();
  });

  it('marks errors of a scenario at their place, and saves what is mended', async () => {
    await page.goto(new URL('/#/scenario', lab.url).href);
    const editor = page.getByRole('textbox', { name: 'Scenario text' });
    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(MISSPELT);
    const problems = page.getByRole('region', { name: 'Problems' });
    await problems.getByText('1 problem').waitFor();
    await problems.getByText(/read/).first().waitFor();
    await shot('scenario-with-error');
    await expectAccessible();

    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(MISSPELT.replace('raed', 'read'));
    await problems.getByText('No problems').waitFor();
    await page.keyboard.press('Control+s');
    await page.getByText('saved just now').waitFor();
    await shot('scenario');
  });

  it.each(['6.1', '6.12'])("imports a real kernel's trace (%s) and steps through its reclaim passes", async (version) => {
    await page.goto(new URL('/#/library', lab.url).href);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Import' }).click()]);
    await chooser.setFiles(join(ROOT, `test/fixtures/ftrace-vmscan-${version}.txt`));
    await page.getByRole('toolbar', { name: 'Move in the run' }).waitFor();
    await page.keyboard.press('Home');
    await expect.poll(eventAtCursor).toBe(0);
    await page.keyboard.press('Shift+]');
    await expect.poll(eventAtCursor).toBeGreaterThan(0);
    const first = await eventAtCursor();
    await page.keyboard.press('Shift+]');
    await expect.poll(eventAtCursor).toBeGreaterThan(first);
    await shot(`trace-${version}`);
    await expectAccessible();
  });

  it('cancels a recording', async () => {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.goto(new URL('/#/library', lab.url).href).then(() => page.getByRole('button', { name: 'Import' }).click()),
    ]);
    await chooser.setFiles({ name: 'endless.yaml', mimeType: 'text/yaml', buffer: Buffer.from(ENDLESS) });
    await page.getByRole('button', { name: 'Run 1 model' }).click();
    const job = page.getByRole('contentinfo', { name: 'Recordings under way' });
    await job.getByRole('progressbar').waitFor();
    await shot('recording');
    await job.getByRole('button', { name: 'Cancel' }).click();
    await job.waitFor({ state: 'detached' });
    await page.getByText('cancelled').first().waitFor();
  });

  it('finds everything again after a reload, and after the lab was ended and started anew', async () => {
    const everything = async (): Promise<void> => {
      await page.getByRole('grid', { name: 'Scenarios' }).getByText('Misspelt and mended').waitFor();
      await page.getByRole('grid', { name: 'Scenarios' }).getByText('All runs').click();
      await expect.poll(() => runRows().getByText('complete').count()).toBe(4);
      await expect.poll(() => runRows().getByText('cancelled').count()).toBe(1);
    };
    await page.goto(new URL('/#/library', lab.url).href);
    await page.reload();
    await everything();
    await lab.stop();
    lab = await serveLab(db_path);
    await page.goto(lab.url);
    await everything();
    await shot('library-all-runs');
  });

  it('had nothing to complain of, and asked nothing of a network', () => {
    // The lab was ended on purpose in between: that, and only that, may have been noticed.
    expect(complaints.filter((text) => !/WebSocket|ERR_CONNECTION_REFUSED/.test(text))).toEqual([]);
  });
});
