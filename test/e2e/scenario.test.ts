import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cutTexts } from './cut-texts.ts';
import { useLabWindow } from './lab-window.ts';
import { chooseModels, importFiles, replaceText, runRows, scenarioRow } from './library-page.ts';
import { memledger } from './served-lab.ts';

/** A scenario from its template to its runs and to a file; the tests stand in the order in which a user would do it. */
const window = useLabWindow();

const MISSPELT = `memledger: 1
name: Misspelt and mended # the comment stays
about: B reads what A brought in.
containers:
  A: { max: 4MiB }
  B: {}
objects:
  shared: { file: 8MiB }
tasks:
  a: { in: A }
  b: { in: B }
steps:
  - { raed: shared, by: a }
  - { sample: a-read }
  - { workload: uniform, over: shared, by: c, accesses: 20000000 }
  - { sample: end }
models: [static, partial, rss, software-zones]
`;
const MENDED = MISSPELT.replace('raed', 'read').replace('by: c', 'by: b');
const MODELS = ['static', 'rss', 'partial', 'software-zones'];

describe('a scenario', () => {
  it('starts from a template without problems', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'New', exact: true }).click();
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
    await expect(page.getByRole('textbox', { name: 'Scenario text' }).textContent()).resolves.toContain('memledger: 1');
  });

  it('marks every error at its place, all at once', async () => {
    const { page } = window;
    await replaceText(page, MISSPELT);
    const problems = page.getByRole('region', { name: 'Problems' });
    await problems.getByText('2 problems').waitFor();
    // Why nothing can be run is read whole, on a small screen too.
    await page.getByText('Fix the problems first.').waitFor();
    expect(await page.locator('.models').evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
    const [verb, task] = await problems.getByRole('listitem').allTextContents();
    expect(verb).toMatch(/^13:7\D.*`raed`.*`read`/s);
    expect(task).toMatch(/^15:44\D.*`c`/s);
    // The marks in the text lie under the very words.
    await expect.poll(() => page.locator('.cm-lintRange-error').allTextContents()).toEqual(expect.arrayContaining([expect.stringContaining('raed'), 'c']));
    await problems.getByRole('button').first().click();
    await page.keyboard.type('X');
    await expect.poll(() => page.locator('.cm-line').nth(12).textContent()).toContain('Xraed');
    await page.keyboard.press('Backspace');
    // The completion that the letter brought up.
    await page.keyboard.press('Escape');
    await window.shot('scenario-with-errors');
  });

  it('is saved when it is mended, comments and all', async () => {
    const { page } = window;
    await replaceText(page, MENDED);
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Control+s');
    await page.getByText('saved just now').waitFor();
    await expect.poll(() => page.url()).toMatch(/#\/scenario\/\d+$/);
    // The cursor stays on the line on which it was, though the view is another one now.
    await expect.poll(() => page.locator('.cm-activeLine').textContent()).toBe('  - { sample: end }');
    await expect(page.locator('.cm-line').nth(1).textContent()).resolves.toBe('name: Misspelt and mended # the comment stays');
  });

  it('runs under four models, with its progress to be seen', async () => {
    const { page } = window;
    await chooseModels(page, MODELS);
    await page.getByRole('button', { name: 'Run 4 models' }).click();
    const jobs = page.getByRole('contentinfo', { name: 'Under way' });
    await jobs.getByRole('progressbar').first().waitFor();
    await expect.poll(() => runRows(page).getByText('complete').count()).toBe(MODELS.length);
    await jobs.waitFor({ state: 'detached' });
    await page.getByText('Recorded 4 runs').waitFor();
    await window.shot('scenario');
  });

  it('keeps its revisions', async () => {
    const { page } = window;
    await replaceText(page, MENDED.replace('20000000', '100'));
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
    await page.keyboard.press('Control+s');
    await page.getByRole('button', { name: '2 revisions' }).click();
    await page.getByRole('menuitem').nth(1).click();
    await expect.poll(() => page.locator('.cm-content').textContent()).toContain('accesses: 20000000');
    await page.keyboard.press('Control+s');
    await page.getByText('saved just now').waitFor();
  });

  it('is duplicated', async () => {
    const { page } = window;
    const original = page.url();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Duplicate' }).click();
    await expect.poll(() => page.url()).not.toBe(original);
    await page.getByRole('heading', { level: 1, name: /Misspelt and mended/ }).waitFor();
    await expect.poll(() => page.locator('.cm-content').textContent()).toContain('accesses: 20000000');
  });

  it('is exported as a file of the very bytes that the command line exports', async () => {
    const { page } = window;
    await window.goTo('library');
    const { scenarios } = JSON.parse((await memledger('list', '--json', '--db', window.db_path)).stdout) as { scenarios: { id: number; name: string }[] };
    const id = scenarios.find(({ name }) => name === 'Misspelt and mended')?.id ?? 0;
    await scenarioRow(page, 'Misspelt and mended').last().click();
    await page.getByRole('button', { name: 'More' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'Export' }).click()]);
    expect(download.suggestedFilename()).toBe('misspelt-and-mended.yaml');
    const exported = readFileSync(await download.path(), 'utf8');
    expect(exported).toBe((await memledger('export', String(id), '--db', window.db_path)).stdout);
    expect(exported).toContain('# the comment stays');
    writeFileSync(join(window.dir, 'imported.yaml'), exported.replace('Misspelt and mended', 'Brought in'));
  });

  it('is imported from a file', async () => {
    const { page } = window;
    await importFiles(page, join(window.dir, 'imported.yaml'));
    await page.getByRole('heading', { level: 1, name: 'Brought in' }).waitFor();
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
    await expect(page.locator('.cm-line').nth(1).textContent()).resolves.toBe('name: Brought in # the comment stays');
    await window.goTo('library');
    await scenarioRow(page, 'Brought in').waitFor();
  });

  it('is told apart from another of its name', async () => {
    const { page } = window;
    const rows = scenarioRow(page, 'Brought in');
    await expect(rows.allTextContents()).resolves.toEqual(['Brought in']);
    const another = readFileSync(join(window.dir, 'imported.yaml'), 'utf8').replace('the comment stays', 'another comment');
    await importFiles(page, { name: 'another.yaml', mimeType: 'text/yaml', buffer: Buffer.from(another) });
    await page.getByRole('heading', { level: 1, name: 'Brought in' }).waitFor();
    const second = page.url().split('/').at(-1) ?? '';
    await window.goTo('library');
    await expect.poll(() => rows.count()).toBe(2);
    const names = await rows.allTextContents();
    expect(new Set(names).size).toBe(2);
    expect(names).toContain(`Brought in (scenario ${second})`);
  });

  it('is imported even if it is broken, and says where', async () => {
    const { page } = window;
    await importFiles(page, { name: 'broken.yaml', mimeType: 'text/yaml', buffer: Buffer.from('memledger: 1\nsteps: [ { read: }\n') });
    await page
      .getByRole('region', { name: 'Problems' })
      .getByText(/problem/)
      .waitFor();
    await expect(page.getByRole('button', { name: /^Run \d+ models?$/ }).isDisabled()).resolves.toBe(true);
    await window.goTo('library');
    await page
      .getByRole('grid', { name: 'Scenarios' })
      .getByRole('img', { name: /problem/ })
      .waitFor();
  });

  it('shows the names of its models whole, however long', async () => {
    const { page } = window;
    const file = join(window.dir, 'long.yaml');
    writeFileSync(file, 'memledger: 1\nname: Long names\nsteps: [{ sleep: 1ms }]\n');
    const model = 'memcg-v2,linux=v6.1,reclaim=generations,removal=reparent';
    expect((await memledger('run', file, '--model', model, '--db', window.db_path)).exit).toBe(0);
    await window.goTo('library');
    await scenarioRow(page, 'Long names').click();
    await page.getByRole('link', { name: 'Open', exact: true }).click();
    await page.getByRole('tab', { name: /^Runs/ }).click();
    const runs = page.getByRole('grid', { name: 'Runs' });
    await runs.getByText(model).waitFor();
    expect(await cutTexts(runs.getByRole('row').filter({ hasText: model }))).toEqual([]);
  });
});
