import { describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';

// Within the page.
declare function getComputedStyle(element: unknown): { readonly lineHeight: string };

/** The docs inside the lab: found from anywhere, searched, and with their scenarios at hand. */
const window = useLabWindow();

describe('the docs', () => {
  it('whose code is not to be had say so in their place, and are there when the window is loaded again', async () => {
    // A window of its own: the browser complains of what is missing.
    const page = await window.page.context().newPage();
    await page.route(/DocsView/, (route) => route.abort());
    await page.goto(`http://127.0.0.1:${window.lab.port}/#/docs/models`);
    await page.getByRole('heading', { name: 'This view could not be loaded' }).waitFor();
    await page.unroute(/DocsView/);
    await page.getByRole('button', { name: 'Load the window again' }).click();
    await page.getByRole('article', { name: 'Models' }).waitFor();
    // Names and dates are not broken where a window is small.
    const [height_px, line_px] = await page
      .getByRole('cell', { name: 'February 2012', exact: true })
      .first()
      .evaluate((cell) => [cell.clientHeight, Number.parseFloat(getComputedStyle(cell).lineHeight)]);
    expect(height_px).toBeLessThan(2 * line_px);
    await page.close();
  });

  it('open at the page about what is shown', async () => {
    const { page } = window;
    await page.keyboard.press('F1');
    await page.getByRole('article', { name: 'A first hour with the lab' }).waitFor();
    await page.getByRole('heading', { name: '1. Who pays for a shared library?' }).waitFor();
    await window.goTo('criteria');
    await page
      .getByRole('heading', { name: 'The criteria, measured' })
      .or(page.getByRole('heading', { level: 1 }))
      .first()
      .waitFor();
    await page.keyboard.press('F1');
    await page.getByRole('article', { name: 'Models' }).waitFor();
    await window.shot('docs-models');
    await expectAccessible(page);
  });

  it('are searched over all pages, and lead to the place', async () => {
    const { page } = window;
    await page.keyboard.press('/');
    await page.keyboard.type('workingset_refault_file');
    await page.getByRole('navigation', { name: 'Found' }).getByRole('link').first().click();
    await page.getByRole('article', { name: 'Tables of the recording' }).waitFor();
    expect(page.url()).toContain('#/docs/recording-tables?at=');
    await window.shot('docs-found');
  });

  it('open the first hit by Enter, or the one that arrows chose, and the page scrolls by keys', async () => {
    const { page } = window;
    await window.goTo('docs/first-hour');
    const search = page.getByRole('searchbox', { name: 'Search the docs' });
    await search.fill('reclaim');
    const hits = page.getByRole('navigation', { name: 'Found' }).getByRole('link');
    const addresses = await Promise.all([0, 1].map((at) => hits.nth(at).getAttribute('href')));
    await search.press('ArrowDown');
    await expectAccessible(page);
    await search.press('ArrowUp');
    await search.press('Enter');
    await expect.poll(() => page.url()).toContain(addresses[0]);
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain(addresses[1]);
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('ARTICLE');
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
  });

  it('show the page that was asked for last, also where another one comes later', async () => {
    const { page } = window;
    const chunk = /assets\/sockets-[^/]*\.js$/;
    const asked = page.waitForRequest(chunk);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(chunk, async (route) => {
      await held;
      await route.continue();
    });
    await window.goTo('docs/sockets');
    const url = (await asked).url();
    await window.goTo('docs/first-hour');
    await page.getByRole('heading', { name: '1. Who pays for a shared library?' }).waitFor();
    release();
    // The view has waited for the page longer than this does.
    await page.evaluate(`import(${JSON.stringify(url)})`);
    expect(await page.getByRole('heading', { name: '1. Who pays for a shared library?' }).count()).toBe(1);
    await page.unroute(chunk);
  });

  it('bring the scenario of a page into the library', async () => {
    const { page } = window;
    await window.goTo('docs/first-hour');
    await page.getByRole('article', { name: 'A first hour with the lab' }).waitFor();
    const picture = await page.locator('article img').first().getAttribute('src');
    expect((await page.request.get(new URL(picture ?? '', page.url()).href)).headers()['content-type']).toBe('image/png');
    await page.getByRole('button', { name: 'Open the scenario' }).click();
    await page.getByText('B reads what A brought in.').first().waitFor();
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
  });
});
