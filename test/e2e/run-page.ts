import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** What the view of a run shows, read off it as a user reads it. */

/** The number that a text shows: digits grouped by thin spaces. */
export function numberIn(text: string | null): number {
  const digits = (text ?? '').replaceAll('\u2212', '-').match(/-?\d[\d\u202f]*/)?.[0] ?? 'none';
  return Number(digits.replaceAll('\u202f', ''));
}

/** Number of events up to the cursor. */
export async function eventAtCursor(page: Page): Promise<number> {
  return Number(await page.getByRole('slider', { name: 'Position in the run' }).getAttribute('aria-valuenow'));
}

/** Step of the cursor. */
export async function stepAtCursor(page: Page): Promise<number> {
  return numberIn(await page.getByRole('toolbar', { name: 'Move in the run' }).getByText(/^step/).textContent());
}

/** Presses a key and waits until the cursor has moved from where it was. Returns where it stands then. The cursor must rest before: an earlier move that arrives would be taken for this one. */
export async function press(page: Page, key: string): Promise<number> {
  const before = await eventAtCursor(page);
  await page.keyboard.press(key);
  await expect.poll(() => eventAtCursor(page)).not.toBe(before);
  return eventAtCursor(page);
}

/** Asks the jump dialog for a place: `12`, `step 3`, the name of a sample. The cursor is on its way there when this returns. */
export async function jumpTo(page: Page, place: string): Promise<void> {
  await page.keyboard.press('j');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(place);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
}

/** Moves the cursor to the start of a step. */
export async function jumpToStep(page: Page, step: number): Promise<void> {
  await jumpTo(page, `step ${step}`);
  await expect.poll(() => stepAtCursor(page)).toBe(step);
}

/** Every counter of a container at the cursor, in bytes and counts, under the names that the list shows; those that the run never moves too. */
export async function countersOf(page: Page, path: string): Promise<Readonly<Record<string, number | 'max'>>> {
  await page
    .getByRole('treegrid', { name: 'Containers' })
    .getByRole('rowheader')
    .and(page.getByTitle(path, { exact: true }))
    .click();
  const list = page.getByRole('region', { name: `Counters of ${path}`, exact: true });
  const rows = list.locator('tbody tr');
  await rows.first().waitFor();
  const idle = list.getByRole('button', { name: /counters? that this run never moves$/ });
  if ((await idle.count()) > 0 && (await idle.getAttribute('aria-expanded')) === 'false') await idle.click();
  const names = await rows.locator('td:nth-child(2)').allTextContents();
  const values = await Promise.all((await rows.locator('td:nth-child(4)').all()).map((cell) => cell.getAttribute('title')));
  return Object.fromEntries(names.map((counter, row) => [counter, values[row] === 'max' ? 'max' : numberIn(values[row] ?? null)]));
}

/** Events in sight, as their rows read, and which of them stands at the cursor. */
export async function eventRows(page: Page): Promise<{ readonly numbers: readonly number[]; readonly at_cursor: number }> {
  const rows = page.getByRole('grid', { name: 'Events', exact: true }).locator('[role=row][aria-selected]');
  const numbers = (await rows.locator('[role=gridcell]:first-child').allTextContents()).map(numberIn);
  const selected = await rows.and(page.locator('[aria-selected=true]')).locator('[role=gridcell]:first-child').textContent();
  return { numbers, at_cursor: numberIn(selected) };
}
