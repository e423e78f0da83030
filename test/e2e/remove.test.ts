import { describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { runModels, runRows, scenarioRow } from './library-page.ts';

/** Taking things away, and thinking better of it. */
const window = useLabWindow();
const EXAMPLE = 'A shared library in three containers';

async function deleteShownScenario(): Promise<void> {
  const { page } = window;
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Delete the scenario' }).click();
}

describe('deleting', () => {
  it('takes a scenario away, and brings it back on Undo', async () => {
    const { page } = window;
    await scenarioRow(page, EXAMPLE).click();
    await deleteShownScenario();
    await scenarioRow(page, EXAMPLE).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await scenarioRow(page, EXAMPLE).waitFor();
    // By key as well, but not out of a field, which takes back its own text.
    await deleteShownScenario();
    await scenarioRow(page, EXAMPLE).waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.keyboard.press('Control+z');
    expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+z');
    await scenarioRow(page, EXAMPLE).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
  });

  it('takes a run away for good when its notice is gone', async () => {
    const { page } = window;
    await scenarioRow(page, EXAMPLE).click();
    await runModels(page, ['static', 'rss']);
    await page.getByRole('checkbox', { name: 'Choose run 1' }).check();
    await page
      .locator('.run-table')
      .getByRole('button', { name: /^Delete/ })
      .click();
    await page.getByRole('link', { name: '1', exact: true }).waitFor({ state: 'detached' });
    await page.getByText('Deleted run 1.').locator('xpath=ancestor::div[contains(@class, "notice")]').getByRole('button', { name: 'Dismiss' }).click();
    await page.getByText('Deleted run 1.').waitFor({ state: 'detached' });
    await expect.poll(() => runRows(page).getByText('complete').count()).toBe(1);
    await page.reload();
    await expect.poll(() => runRows(page).getByText('complete').count()).toBe(1);
  });

  it('leaves a library that says how to begin', async () => {
    const { page } = window;
    await page.getByRole('link', { name: '2', exact: true }).waitFor();
    await page.getByRole('checkbox', { name: 'Choose run 2' }).check();
    await page
      .locator('.run-table')
      .getByRole('button', { name: /^Delete/ })
      .click();
    const scenarios = page.getByRole('grid', { name: 'Scenarios' }).locator('.row.scenario');
    // Only the rows in sight are in the page: each turn takes the first of them away.
    while ((await scenarios.count()) > 0) {
      const title = await scenarios.first().textContent();
      await scenarios.first().click();
      await deleteShownScenario();
      await expect.poll(async () => (await scenarios.count()) === 0 || (await scenarios.first().textContent()) !== title).toBe(true);
    }
    await page.getByRole('button', { name: 'New scenario' }).waitFor();
    await window.shot('library-empty');
    await expectAccessible(page);
  });
});
