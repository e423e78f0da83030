import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { memledger, ROOT } from './served-lab.ts';

/** The SQL console, from a query to its rows, a chart, a text to take away and the moment of a run. */
const window = useLabWindow();
const query = () => window.page.getByRole('textbox', { name: 'Query' });
const status = () => window.page.locator('.toolbar > [role=status]');

async function ask(sql: string): Promise<void> {
  await query().click();
  await window.page.keyboard.press('Control+a');
  await window.page.keyboard.insertText(sql);
  await window.page.keyboard.press('Escape');
  await window.page.keyboard.press('Control+Enter');
}

beforeAll(async () => {
  const { exit } = await memledger('run', join(ROOT, 'examples/02-first-touch-tmpfs.yaml'), '--model', 'static', '--model', 'partial', '--db', window.db_path);
  expect(exit).toBe(0);
});

describe('the SQL console', () => {
  it('asks a ready query over the runs that its address names', async () => {
    const { page } = window;
    await window.goTo('sql?run=1');
    await page.getByRole('button', { name: 'Ready queries' }).click();
    await page.getByRole('menuitem', { name: 'Who pays for each object at the end' }).click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(() => status().textContent()).toMatch(/\d+ rows? in/);
    expect(await page.getByRole('grid', { name: 'Result' }).getByRole('columnheader').allTextContents()).toEqual(['run', 'object', 'container', 'bytes']);
    await window.shot('sql');
    await expectAccessible(page);
  });

  it('lists the views with their columns, and puts their names into the query', async () => {
    const { page } = window;
    await page.getByRole('searchbox', { name: 'Find a view or column' }).fill('kills');
    await page.getByText('kills', { exact: true }).first().click();
    await page.getByRole('button', { name: /^kills ?the view$/ }).click();
    await expect.poll(() => query().textContent()).toContain('kills');
    await page.getByRole('searchbox', { name: 'Find a view or column' }).fill('');
  });

  it('tells a mistake with its line and column, and marks it', async () => {
    const { page } = window;
    await ask('select step,\n  nope\nfrom steps');
    await expect.poll(() => status().textContent()).toContain('2:3 No such column: nope.');
    // The rows of the query before are not this one's.
    expect(await page.getByRole('grid', { name: 'Result' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Markdown' }).count()).toBe(0);
    await expect.poll(() => page.locator('.cm-lintRange-error').allTextContents()).toEqual(['nope']);
    await ask('delete from runs');
    await expect.poll(() => status().textContent()).toContain('runs are only read');
  });

  it('scrolls through a hundred thousand rows, and says where it was cut', async () => {
    const { page } = window;
    await ask('with recursive n(i) as (select 1 union all select i + 1 from n) select i, i * i as squared from n');
    await expect.poll(() => status().textContent()).toMatch(/^100\s000 rows, cut/);
    const grid = page.getByRole('grid', { name: 'Result' });
    await grid.focus();
    await page.keyboard.press('End');
    await expect.poll(() => grid.getByRole('row').last().textContent()).toContain('10000000000');
  });

  it('draws a chart in one click', async () => {
    const { page } = window;
    await ask("select step, current_bytes from counters where run = 1 and container = '.'");
    await expect.poll(() => status().textContent()).toMatch(/\d+ rows in/);
    await page.getByRole('button', { name: 'Chart', exact: true }).click();
    await page.getByRole('img', { name: 'current_bytes over step' }).locator('canvas').waitFor();
    await window.shot('sql-chart');
    await page.getByRole('button', { name: 'Chart', exact: true }).click();
  });

  it('draws a line for each container where the rows are of several, or for what it is told', async () => {
    const { page } = window;
    await ask("select step, run, container, current_bytes from counters where run = 1 and container <> '.'");
    await expect.poll(() => status().textContent()).toMatch(/\d+ rows in/);
    await page.getByRole('button', { name: 'Chart', exact: true }).click();
    const chart = page.getByRole('region', { name: 'Chart of the result' });
    const lines = chart.getByRole('list', { name: 'Lines' }).getByRole('listitem');
    await expect.poll(() => lines.allInnerTexts()).toEqual([expect.stringMatching(/A$/), expect.stringMatching(/B$/)]);
    await expectAccessible(page);
    await chart.getByTitle('A line for each value of these columns').click();
    await page.getByRole('menuitem', { name: '✓ container' }).click();
    await expect.poll(() => lines.count()).toBe(0);
    await page.getByRole('button', { name: 'Chart', exact: true }).click();
  });

  it('copies what it shows as CSV', async () => {
    const { page } = window;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await ask("select 1 as a, 'x,y' as b");
    await expect.poll(() => status().textContent()).toContain('1 row in');
    await page.getByRole('button', { name: 'CSV' }).click();
    await expect.poll(() => page.evaluate<string>('navigator.clipboard.readText()')).toBe('a,b\r\n1,"x,y"\r\n');
  });

  it('cancels a query, and asks the next', async () => {
    const { page } = window;
    await ask('with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n');
    await page.getByRole('button', { name: /^Cancel/ }).click();
    await expect.poll(() => status().textContent()).toContain('The query was cancelled.');
    await ask('select 2 as two');
    await expect.poll(() => status().textContent()).toContain('1 row in');
  });

  it('leaves the query by Escape, once nothing else has a use for it', async () => {
    const { page } = window;
    const grid = page.getByRole('grid', { name: 'Result' });
    const isFocused = (): Promise<boolean> => query().evaluate((box) => box.matches(':focus-within'));
    await query().click();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('select r');
    const completions = page.getByRole('listbox', { name: 'Completions' });
    await completions.waitFor();
    await page.keyboard.press('Escape');
    await completions.waitFor({ state: 'detached' });
    await expect.poll(isFocused).toBe(true);
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Escape');
    await expect.poll(isFocused).toBe(true);
    await page.keyboard.press('Escape');
    await expect.poll(() => grid.evaluate((box) => box.matches(':focus'))).toBe(true);
    await page.keyboard.press('e');
    await expect.poll(isFocused).toBe(true);
    // While a query runs, Escape ends it, also from within its text.
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText('with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n;');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('button', { name: /^Cancel/ }).waitFor();
    // The first one may close completions that are on their way.
    await expect
      .poll(async () => {
        if (await page.getByRole('button', { name: /^Cancel/ }).isVisible()) await page.keyboard.press('Escape');
        return status().textContent();
      })
      .toContain('The query was cancelled.');
  });

  it('leads from an event of the result into its run', async () => {
    const { page } = window;
    await ask('select event, kind from charges where run = 1 limit 1');
    const link = page.getByRole('grid', { name: 'Result' }).getByRole('link').first();
    const event = Number(await link.textContent());
    await link.click();
    await expect.poll(() => page.url()).toContain(`#/run/1?event=${event}`);
  });

  it('shows the result again to whoever comes back, at the row that they followed', async () => {
    const { page } = window;
    await window.goTo('sql?run=1');
    await ask('select event, kind from charges where run = 1 limit 3');
    await expect.poll(() => status().textContent()).toContain('3 rows in');
    const grid = page.getByRole('grid', { name: 'Result' });
    await grid.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('treegrid', { name: 'Containers' }).waitFor();
    await page.keyboard.press('Alt+4');
    await expect.poll(() => status().textContent()).toContain('3 rows in');
    await expect.poll(() => grid.locator('[aria-selected=true]').getAttribute('aria-rowindex')).toBe('3');
  });
});
