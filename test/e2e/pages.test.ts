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
