import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { importFiles } from './library-page.ts';
import { eventAtCursor, jumpTo } from './run-page.ts';

/** Does what a user does, each action by its name. */
export type Act = (action: string, does: () => Promise<unknown>) => Promise<void>;

/** What the tour goes to: runs 1 and 2 of one scenario that is the user's newest, how many events the first one has, and a file of somebody else's. */
export interface TourPlace {
  readonly page: Page;
  readonly event_count: number;
  readonly shared_file: string;
  goTo(route: string): Promise<void>;
}

/** Visits every view of the window and does there what users do most. */
export async function tourOfTheWindow({ page, event_count, shared_file, goTo }: TourPlace, act: Act): Promise<void> {
  const grid = (name: string): Promise<void> => page.getByRole('grid', { name, exact: true }).waitFor();
  await act('library', async () => {
    await goTo('library');
    await grid('Scenarios');
    for (let row = 0; row < 5; row++) await page.keyboard.press('j');
  });
  await act('palette', async () => {
    await page.keyboard.press('Control+Shift+P');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
  await act('keys', async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
  await act('criteria', async () => {
    await goTo('criteria');
    await grid('Models by criteria');
  });
  await act('attacks', async () => {
    await goTo('attacks');
    await grid('Models by attacks');
  });
  await tourOfARun(page, event_count, goTo, act);
  await act('compare', async () => {
    await goTo('compare/1,2');
    await expect.poll(() => page.getByRole('figure').count()).toBe(2);
    for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'End']) await page.keyboard.press(key);
  });
  await act('SQL', async () => {
    await goTo('sql');
    await page.locator('.cm-content').first().waitFor();
  });
  await act('ask a query', async () => {
    await page.keyboard.press('Control+Enter');
    await page.getByText(/^[\d\u202f]+ rows? in /).waitFor();
  });
  await act('editor', async () => {
    await goTo('scenario/1');
    await page.getByRole('textbox', { name: 'Scenario text' }).click();
    await page.keyboard.type('# a note while typing ');
  });
  await act('save', async () => {
    await page.keyboard.press('Control+S');
    await page.getByText(/^saved /).waitFor();
  });
  await act('revisions', async () => {
    await goTo('revisions/1');
    await page.locator('.cm-content').first().waitFor();
  });
  await act('docs', async () => {
    await goTo('docs/first-hour');
    await page.getByRole('article', { name: 'A first hour with the lab' }).waitFor();
  });
  await act('file of somebody else', async () => {
    await goTo('library');
    await grid('Scenarios');
    await importFiles(page, shared_file);
    await page.getByRole('heading', { name: 'one.memledger' }).waitFor();
  });
}

async function tourOfARun(page: Page, event_count: number, goTo: TourPlace['goTo'], act: Act): Promise<void> {
  const timeline = page.getByRole('slider', { name: 'Position in the run' });
  const tabs = page.getByRole('tab');
  await act('open a run', async () => {
    await goTo('run/1');
    await expect.poll(() => eventAtCursor(page)).toBe(event_count);
    await page.getByRole('grid', { name: 'Events', exact: true }).waitFor();
  });
  await act('seek', async () => {
    await jumpTo(page, `${Math.floor(event_count / 3)}`);
    await expect.poll(() => eventAtCursor(page)).toBe(Math.floor(event_count / 3));
    for (const key of ['.', ',', 't', 'Shift+T']) await page.keyboard.press(key);
  });
  await act('scrub', async () => {
    const box = await timeline.locator('canvas').first().boundingBox();
    if (box === null) throw new Error('the ruler is drawn');
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.1, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, y, { steps: 60 });
    await page.mouse.up();
  });
  await act('zoom', async () => {
    for (const key of ['+', '+', '+', '-', '-', '-']) await page.keyboard.press(key);
  });
  await act('play', async () => {
    const before = await eventAtCursor(page);
    await jumpTo(page, '1000');
    await expect.poll(() => eventAtCursor(page)).not.toBe(before);
    await page.keyboard.press('Space');
    await expect.poll(() => eventAtCursor(page)).not.toBe(1000);
    await page.keyboard.press('Space');
  });
  for (const name of await tabs.allTextContents()) {
    await act(`tab ${name.trim()}`, async () => {
      await tabs.filter({ hasText: name.trim() }).first().click();
      await expect.poll(() => page.getByRole('tab', { selected: true }).allTextContents()).toContain(name);
    });
  }
}
