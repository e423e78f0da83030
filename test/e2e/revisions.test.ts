import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import { cutTexts } from './cut-texts.ts';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { replaceText, runModels, scenarioRow } from './library-page.ts';
import { numberIn } from './run-page.ts';

// Within the page.
declare function getComputedStyle(element: unknown): { readonly color: string };

/** Two revisions of one scenario, as text and by what their runs do. */
const window = useLabWindow();
const TEXT = `memledger: 1
name: Twice written
containers: { A: {}, B: {} }
objects: { f: { file: 1MiB } }
tasks: { a: { in: A } }
steps:
  - { read: f, by: a }
  - { sample: read }
  - { sleep: 1ms }
models: [static]
`;

it('a scenario’s revisions lie side by side, with what their runs have otherwise at each sample', async () => {
  const { page } = window;
  await page.getByRole('button', { name: 'New', exact: true }).click();
  for (const text of [TEXT, TEXT.replace('file: 1MiB', 'file: 2MiB').replace('1ms', '2ms')]) {
    await replaceText(page, text);
    await runModels(page, ['static']);
  }
  await page.getByRole('link', { name: 'Compare revisions' }).click();
  await page.getByRole('textbox', { name: 'Older text' }).getByText('1MiB').waitFor();
  await page.getByRole('textbox', { name: 'Newer text' }).getByText('2MiB').waitFor();
  const results = page.getByRole('region', { name: 'Results of the revisions' });
  await results.getByText(/counters differ at samples/).waitFor();
  const row = results.getByRole('row').filter({ hasText: 'A' }).filter({ hasText: 'current' });
  await row.first().waitFor();
  expect((await row.first().getByRole('gridcell').allTextContents()).slice(-3).map(numberIn)).toEqual([1, 2, 1]);
  await expectAccessible(page);
  await window.shot('revisions');
  // The pane of short texts ends with them, and what they do has the rest of the window.
  await page.setViewportSize({ width: 2560, height: 1440 });
  const boxOf = async (part: Locator) => (await part.boundingBox()) ?? { y: 0, height: 0 };
  const gap_px = async () => {
    const [text, below] = [await boxOf(page.getByRole('textbox', { name: 'Newer text' })), await boxOf(results)];
    return [Math.round(below.y - text.y - text.height), Math.round(below.y + below.height)];
  };
  await expect.poll(gap_px).toEqual([1, 1440]);
  await page.setViewportSize({ width: 1280, height: 800 });
  await results.getByRole('link', { name: /Compare static/ }).click();
  await page.getByRole('figure').first().waitFor();
  expect(page.url()).toContain('#/compare/1,2');
  // Runs of one model are told apart by the links to them alone.
  const heads = page.getByRole('group', { name: 'baseline (b)' });
  expect([await heads.locator('label > span').allTextContents(), await heads.getByRole('link').allTextContents()]).toEqual([
    ['static', 'static'],
    ['run 1', 'run 2'],
  ]);
  // Each text's steps, and names that stand above only where the pointer is.
  const steps = page.getByRole('grid', { name: 'Steps' });
  await steps.getByText('{ read: f, by: a }').first().waitFor();
  expect(await steps.getByRole('columnheader').allTextContents()).toEqual(['step', 'run 1', 'run 2', 'scenario']);
  expect(await steps.getByRole('row').last().getByRole('gridcell').last().locator('.part').allTextContents()).toEqual([
    'run 1 { sleep: 1ms }',
    'run 2 { sleep: 2ms }',
  ]);
  expect(await cutTexts(steps)).toEqual([]);
  const rows = page.getByRole('grid', { name: 'Counters of the runs' }).getByRole('row');
  await rows.nth(2).hover();
  const colours = await rows.locator('.repeated').evaluateAll((all) => all.map((name) => getComputedStyle(name).color));
  expect(colours.filter((colour) => colour !== 'rgba(0, 0, 0, 0)')).toHaveLength(1);
});

it('opens at the newest two that have runs, and leads there from others', async () => {
  const { page } = window;
  await window.goTo('library');
  await scenarioRow(page, 'Twice written').click();
  await page.getByRole('link', { name: 'Open', exact: true }).click();
  await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
  await replaceText(page, TEXT.replace('file: 1MiB', 'file: 3MiB'));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('link', { name: 'Compare revisions' }).click();
  await page.getByRole('textbox', { name: 'Newer text' }).getByText('2MiB').waitFor();
  const results = page.getByRole('region', { name: 'Results of the revisions' });
  await results.getByText('the newest revision has none', { exact: false }).waitFor();
  await page.getByRole('combobox', { name: 'Newer revision' }).selectOption({ index: 2 });
  await page.getByRole('textbox', { name: 'Newer text' }).getByText('3MiB').waitFor();
  await results.getByText('No model has a complete run of both revisions.').waitFor();
  await results.getByRole('link', { name: 'Revisions 1 and 2 have' }).click();
  await results.getByText(/counters differ at samples/).waitFor();
});

it('says that there is but one', async () => {
  const { page } = window;
  await window.goTo('revisions/1');
  await page.getByText('This scenario has one revision', { exact: false }).waitFor();
});
