import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** What a user does in the library and the scenario's view, by what is to be seen there. */

/** Chooses exactly these models in the list that is shown, and runs them; waits until all of them are complete. */
export async function runModels(page: Page, models: readonly string[]): Promise<void> {
  await chooseModels(page, models);
  const before = await page.getByText('complete', { exact: true }).count();
  await page.getByRole('button', { name: new RegExp(`un ${models.length} model`) }).click();
  await expect.poll(() => page.getByText('complete', { exact: true }).count()).toBe(before + models.length);
}

/** Chooses exactly these models in the list that is shown. */
export async function chooseModels(page: Page, models: readonly string[]): Promise<void> {
  const list = page.getByRole('list', { name: 'Models to run' });
  await list.waitFor();
  for (const choice of await list
    .getByRole('listitem')
    .filter({ has: page.getByRole('checkbox') })
    .all()) {
    const id = await choice.locator('.id').textContent();
    await choice.getByRole('checkbox').setChecked(models.includes(id ?? ''));
  }
}

/** A row of the library's list, by the scenario's name. */
export function scenarioRow(page: Page, name: string | RegExp): Locator {
  return page.getByRole('grid', { name: 'Scenarios' }).getByRole('row').filter({ hasText: name });
}

/** The runs that the view shows. */
export function runRows(page: Page): Locator {
  return page.getByRole('grid', { name: /^(Runs|All runs|Your runs|Kernel traces)$/ }).getByRole('row');
}

type Files = Parameters<Locator['setInputFiles']>[0];

/** Gives files to the file chooser of the library's Import. */
export async function importFiles(page: Page, files: Files): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Import' }).click()]);
  await chooser.setFiles(files);
}

/** The editor's text as a whole, replaced as if it were pasted. */
export async function replaceText(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Scenario text' }).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}
