import { describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { runModels, scenarioRow } from './library-page.ts';
import { numberIn } from './run-page.ts';

/** The page map of a run: whose each page is, walked by the keys; and of two runs under one cursor. */
const window = useLabWindow();
const EXAMPLE = 'A shared library in three containers';

const map = (name = 'Pages of libc') => window.page.getByRole('slider', { name });
const pageShown = async (): Promise<number> => Number(await map().getAttribute('aria-valuenow'));

describe('the page map', () => {
  it('shows an object’s pages with a legend that adds up to all of them', async () => {
    const { page } = window;
    await scenarioRow(page, EXAMPLE).click();
    await runModels(page, ['static', 'rss']);
    await window.goTo('run/1');
    await page.getByRole('slider', { name: 'Position in the run' }).waitFor();
    await page.keyboard.press('6');
    await map().waitFor();
    const legend = page.getByRole('table', { name: 'Pages by colour' });
    await legend.waitFor();
    const counts = (await legend.locator('tbody tr td:nth-child(2)').allTextContents()).map(numberIn);
    const all = numberIn(await legend.locator('tfoot td:nth-child(2)').textContent());
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(all);
    expect(all).toBe(Number(await map().getAttribute('aria-valuemax')) + 1);
    await expectAccessible(page);
    await window.shot('pages');
  });

  it('is walked by the keys, and tells what each page is', async () => {
    const { page } = window;
    await page.keyboard.press('p');
    await page.keyboard.press('ArrowRight');
    await expect.poll(pageShown).toBe(1);
    await page.keyboard.press('End');
    await expect.poll(pageShown).toBe(Number(await map().getAttribute('aria-valuemax')));
    await page.keyboard.press('Home');
    await expect.poll(pageShown).toBe(0);
    // Under static the first to touch a page owns it.
    await expect.poll(() => map().getAttribute('aria-valuetext')).toMatch(/page 0: A/);
    const story = page.getByRole('region', { name: 'Page 0 of libc' });
    await story.getByText(/Charged to A; on .* of A/).waitFor();
    await story.getByText(/charged once/).waitFor();
    await story.getByText(/References: [\d\s]+ \(1 of the page cache.*\); not DMA-pinned\./).waitFor();
  });

  it('zooms with the timeline’s keys while it has them, and colours by other things', async () => {
    const { page } = window;
    const count = Number(await map().getAttribute('aria-valuemax')) + 1;
    await page.keyboard.press('w');
    await page.keyboard.press('f');
    await page.keyboard.press('o');
    const legend = page.getByRole('table', { name: 'Pages by colour' });
    await expect.poll(async () => (await legend.locator('tbody th').allTextContents()).join()).toMatch(/owner/);
    const counts = (await legend.locator('tbody tr td:nth-child(2)').allTextContents()).map(numberIn);
    expect(counts.reduce((sum, one) => sum + one, 0)).toBe(count);
  });
});

describe('the page shown', () => {
  it('is explained by a key and a button, and watched by a key', async () => {
    const { page } = window;
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await expect.poll(pageShown).toBe(1);
    await page.keyboard.press('y');
    await page.getByText(/^Under static the first to touch a page owns it/).waitFor();
    const chain = page.getByRole('listbox', { name: 'Events that made it so' });
    await chain.getByRole('option').filter({ hasText: 'a faulted libc[1] first: A is charged 1 page' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'What to explain' }).inputValue()).toBe('libc[1]');
    // On to the counters that the page is part of.
    await page.getByRole('button', { name: 'A file', exact: true }).click();
    await page.getByText('A file is', { exact: false }).waitFor();
    await page.keyboard.press('6');
    await map().waitFor();
    await page.getByRole('region', { name: 'Page 0 of libc' }).getByRole('button', { name: 'Why' }).click();
    await chain.getByRole('option').filter({ hasText: 'a faulted libc[0] first' }).waitFor();
    await page.keyboard.press('6');
    await map().waitFor();
    await page.keyboard.press('Shift+E');
    await expect
      .poll(() =>
        page
          .getByRole('list', { name: 'Watched' })
          .getByRole('button', { name: /^libc\[0\] owner/ })
          .textContent(),
      )
      .toContain('A');
  });
});

describe('the maps of two runs', () => {
  const aside = (title: string) => map(`Pages of libc: ${title}`);

  it('lie side by side under one cursor, with where they disagree', async () => {
    const { page } = window;
    await window.goTo('compare/1,2');
    await page.getByRole('figure').first().waitFor();
    await page.keyboard.press('m');
    await aside('where they disagree').waitFor();
    // The first map takes the keys.
    await expect.poll(() => page.locator('[role=slider]:focus').getAttribute('aria-label')).toBe('Pages of libc: static');
    await page.getByLabel('Colour pages by').selectOption('owner');
    // At the end A, who brought the library in, has unmapped it: static still charges A, rss those who map it.
    const differ = page.getByRole('region', { name: 'Page maps' }).getByRole('status');
    await expect.poll(() => differ.textContent()).toMatch(/1.?024 of 1.?024 pages differ/);
    await aside('static').focus();
    await page.keyboard.press('ArrowRight');
    for (const title of ['static', 'rss', 'where they disagree']) await expect.poll(() => aside(title).getAttribute('aria-valuenow')).toBe('1');
    await expect.poll(() => aside('rss').getAttribute('aria-valuetext')).toMatch(/page 1: static A · rss .* · differs/);
    // Who the several are that rss charges.
    await expect.poll(() => aside('rss').getAttribute('aria-valuetext')).toMatch(/^page 1: static A · rss B, C · differs$/);
    await page.keyboard.press('Shift+]');
    for (const title of ['static', 'rss']) await expect.poll(() => aside(title).getAttribute('aria-valuenow')).toBe('2');
    await expectAccessible(page);
    await window.shot('compare-pages');
  });

  it('agree before anything was read', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'First step' }).click();
    await expect.poll(() => page.getByRole('region', { name: 'Page maps' }).getByRole('status').textContent()).toBe('the runs agree about every page');
    await page.keyboard.press('m');
    await expect.poll(() => page.getByRole('figure').count()).toBe(2);
  });
});

describe('a comparison’s charts', () => {
  it('show the differences to the baseline, 0 in the middle', async () => {
    const { page } = window;
    await page.getByRole('figure').first().waitFor();
    await expect.poll(() => page.getByRole('figure').count()).toBe(2);
    await page.keyboard.press('e');
    await page.getByRole('figure').filter({ hasText: 'rss − static' }).waitFor();
    await expect.poll(() => page.getByRole('figure').count()).toBe(1);
    await window.shot('compare-differences');
    await page.keyboard.press('e');
    await expect.poll(() => page.getByRole('figure').count()).toBe(2);
  });
});
