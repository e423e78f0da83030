import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { importFiles, runRows } from './library-page.ts';
import { eventAtCursor, press } from './run-page.ts';

/** The lab without a mouse. */
const window = useLabWindow();
const EXAMPLE = 'A shared library in three containers';

/** Opens the overlay of keys, gives what it says to `look`, and closes it. */
async function withKeys(look: (dialog: Locator) => Promise<void>): Promise<void> {
  const { page } = window;
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await dialog.waitFor();
  await look(dialog);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
}

describe('the keyboard', () => {
  it('leads from the library to a recorded run', async () => {
    const { page } = window;
    await page.keyboard.press('/');
    await page.keyboard.type('shared library');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('heading', { name: EXAMPLE }).waitFor();
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => runRows(page).getByText('complete').count()).toBe(5);
    await page.keyboard.press('l');
    // What its keys act on is there at once.
    await expect.poll(() => page.locator('.run-table .row.current').getAttribute('aria-rowindex')).toBe('2');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('o');
    await page.getByRole('treegrid', { name: 'Containers' }).waitFor();
    expect(await press(page, 'Home')).toBe(0);
    expect(await press(page, '.')).toBe(1);
  });

  it('leads from there back and to a comparison', async () => {
    const { page } = window;
    await page.keyboard.press('Alt+1');
    await expect.poll(() => runRows(page).count()).toBeGreaterThan(5);
    await page.keyboard.press('l');
    await page.keyboard.press('Home');
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await page.keyboard.press('c');
    await expect.poll(() => page.getByRole('figure').count()).toBe(2);
  });

  it('shows all its keys on ?, in each view its own', async () => {
    const { page } = window;
    await withKeys(async (dialog) => {
      await dialog.getByText('First difference').waitFor();
    });
    await window.goTo('run/1');
    await page.getByRole('treegrid', { name: 'Containers' }).waitFor();
    await withKeys(async (dialog) => {
      for (const title of ['Next event', 'Previous event', 'Step back', 'Next reclaim pass', 'Show all keys'])
        await dialog.getByText(title, { exact: true }).waitFor();
      await window.shot('keys');
      await expectAccessible(page);
    });
    await page.keyboard.press('Alt+1');
    await withKeys(async (dialog) => {
      await dialog.getByText('Search the library').waitFor();
      expect(await dialog.getByText('Next event').count()).toBe(0);
    });
  });

  it('scrolls the list of keys from its opening', async () => {
    const { page } = window;
    await withKeys(async (dialog) => {
      const scrolled = (): Promise<number> => dialog.locator('.content').evaluate((box) => box.scrollTop);
      expect(await dialog.locator('.content').evaluate((box) => box.scrollHeight > box.clientHeight)).toBe(true);
      await page.keyboard.press('End');
      await expect.poll(scrolled).toBeGreaterThan(0);
      await page.keyboard.press('Home');
      await expect.poll(scrolled).toBe(0);
    });
  });

  it('shows each model that has the focus, though the list goes on behind the bar below it', async () => {
    const { page } = window;
    await window.goTo('library');
    await page.getByRole('grid', { name: 'Scenarios' }).getByRole('row').filter({ hasText: EXAMPLE }).click();
    const boxes = page.getByRole('list', { name: 'Models to run' }).getByRole('checkbox');
    await boxes.first().focus();
    const isCovered = (): Promise<boolean> =>
      page.evaluate<boolean>(`(() => {
        const { x, y, width, height } = document.activeElement.getBoundingClientRect();
        const top = document.elementFromPoint(x + width / 2, y + height / 2);
        return top === null || !(top.contains(document.activeElement) || document.activeElement.contains(top));
      })()`);
    const covered: string[] = [];
    for (let left = await boxes.count(); left > 0; left -= 1) {
      if (await isCovered()) covered.push(`the ${left}. from the end`);
      await page.keyboard.press('Tab');
    }
    expect(covered).toEqual([]);
  });

  it('acts on the main part of each view that it leads to, and F1 leads out of a text', async () => {
    const { page } = window;
    const focused = (): Promise<string> => page.evaluate<string>('document.activeElement.getAttribute("aria-label") ?? document.activeElement.tagName');
    const places = [
      ['Alt+1', 'Scenarios'],
      ['Alt+2', 'Models by criteria'],
      ['Alt+3', 'Models by attacks'],
      ['Alt+4', 'Query'],
      ['F1', 'SQL over recorded runs'],
    ] as const;
    for (const from of ['run/1', 'compare/1,2', 'scenario/1']) {
      await window.goTo(from);
      await page
        .getByRole('treegrid', { name: 'Containers' })
        .or(page.getByRole('figure'))
        .or(page.getByRole('textbox', { name: 'Scenario text' }))
        .first()
        .waitFor();
      for (const [key, label] of places) {
        await page.keyboard.press(key);
        await expect.poll(focused, { message: `${key} from ${from}` }).toBe(label);
      }
    }
    // What has the keys is not taken from it; where nothing has them, the view's own key gives them back.
    await page.keyboard.press('Alt+3');
    await expect.poll(focused).toBe('Models by attacks');
    await page.keyboard.press('ArrowDown');
    await page.getByRole('region', { name: /^Attack: .*, partial$/ }).waitFor();
    await page.evaluate('document.activeElement.blur()');
    await page.keyboard.press('Alt+3');
    await expect.poll(focused).toBe('Models by attacks');
  });

  it('dismisses an error by Escape', async () => {
    const { page } = window;
    await window.goTo('library');
    await importFiles(page, { name: 'noise.txt', mimeType: 'text/plain', buffer: Buffer.from('nothing of use\n') });
    const notice = page.getByRole('alert').filter({ hasText: 'noise.txt' });
    await notice.waitFor();
    await page.keyboard.press('Escape');
    await notice.waitFor({ state: 'detached' });
  });

  it('finds any command by its name', async () => {
    const { page } = window;
    await window.goTo('run/1?event=5');
    await expect.poll(() => eventAtCursor(page)).toBe(5);
    await page.keyboard.press('Control+Shift+P');
    await page.keyboard.type('last event');
    await window.shot('commands');
    await page.keyboard.press('Enter');
    await expect.poll(() => eventAtCursor(page)).toBeGreaterThan(1000);
  });
});
