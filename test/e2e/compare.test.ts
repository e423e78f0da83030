import { describe, expect, it } from 'vitest';
import { cutTexts } from './cut-texts.ts';
import { useLabWindow } from './lab-window.ts';
import { runModels, runRows, scenarioRow } from './library-page.ts';
import { eventAtCursor, numberIn, press, stepAtCursor } from './run-page.ts';

/** Two and four runs of one scenario under one cursor. The example's figures are known: it holds them itself by `expect`. */
const window = useLabWindow();
const EXAMPLE = 'A shared library in three containers';
const MODELS = ['static', 'partial', 'rss', 'software-zones'];

/** Texts of one row of the table: container, counter, then a cell per run. */
async function cells(path: string, counter: string): Promise<readonly string[]> {
  const { page } = window;
  const rows = page.getByRole('grid', { name: 'Counters of the runs' }).getByRole('row');
  const row = rows
    .filter({ has: page.getByRole('gridcell', { name: path, exact: true }) })
    .filter({ has: page.getByRole('gridcell', { name: counter, exact: true }) });
  const texts = await row.getByRole('gridcell').allTextContents();
  return texts.slice(2).map((text) => text.replaceAll('\u202f', ' ').replaceAll(/[▲▼]/g, '').trim());
}
/** The same of a row that may lie below what fits the window: filtered for. */
async function filteredCells(path: string, counter: string): Promise<readonly string[]> {
  const filter = window.page.getByRole('searchbox', { name: 'Filter containers and counters' });
  await filter.fill(`${path} ${counter}`);
  await expect.poll(() => cells(path, counter)).not.toEqual([]);
  const found = await cells(path, counter);
  await filter.fill('');
  await filter.blur();
  return found;
}
const stepShown = async (): Promise<number> => Number(await window.page.getByRole('slider', { name: 'Step' }).getAttribute('aria-valuenow'));

/** The one beside the runs; a notice may offer the same. */
const compareButton = () => window.page.locator('.run-table').getByRole('button', { name: 'Compare' });

async function goToSample(name: string): Promise<void> {
  const { page } = window;
  await page.getByRole('grid', { name: 'Steps' }).getByText(`{ sample: ${name} }`).click();
}

describe('a comparison', () => {
  it('is made of two runs that were chosen in the library', async () => {
    const { page } = window;
    await scenarioRow(page, EXAMPLE).click();
    await runModels(page, MODELS);
    await page.getByRole('checkbox', { name: 'Choose run 1' }).check();
    await page.getByRole('checkbox', { name: 'Choose run 2' }).check();
    await compareButton().click();
    await expect.poll(() => page.getByRole('figure').count()).toBe(2);
    expect(page.url()).toContain('#/compare/1,2');
  });

  it('shows signed deltas to the baseline after one and the same step', async () => {
    const { page } = window;
    await page.keyboard.press('Home');
    await expect.poll(stepShown).toBe(0);
    await goToSample('two-sharers');
    await expect.poll(() => cells('A', 'current')).toEqual(['6.00 MiB', '−2.00 MiB4.00 MiB']);
    expect(await filteredCells('B', 'current')).toEqual(['2.00 MiB', '+2.00 MiB4.00 MiB']);
  });

  it('has one crosshair through its charts and the table of steps', async () => {
    const { page } = window;
    const steps = page.getByRole('grid', { name: 'Steps' });
    await steps.getByText('{ sample: two-sharers }').hover();
    await expect.poll(() => page.locator('figure .line.hover').count()).toBe(2);
    const lefts = await page.locator('figure .line.hover').evaluateAll((lines) => lines.map((line) => line.style.left));
    expect(new Set(lefts).size).toBe(1);
    await page.getByRole('figure').first().hover();
    await expect.poll(() => steps.locator('.hovered').count()).toBe(1);
    await page.mouse.move(0, 0);
    await page.locator('figure .line.hover').first().waitFor({ state: 'detached' });
  });

  it('takes another baseline', async () => {
    const { page } = window;
    await page.keyboard.press('b');
    await expect.poll(() => cells('A', 'current')).toEqual(['+2.00 MiB6.00 MiB', '4.00 MiB']);
    expect(await filteredCells('B', 'current')).toEqual(['−2.00 MiB2.00 MiB', '4.00 MiB']);
    await page.getByRole('radio', { name: /^static/ }).check();
    await expect.poll(() => cells('A', 'current')).toEqual(['6.00 MiB', '−2.00 MiB4.00 MiB']);
  });

  it('shows only what differs', async () => {
    const { page } = window;
    const rows = page.getByRole('grid', { name: 'Counters of the runs' }).locator('[role=row][aria-selected]');
    expect(await cells('A', 'memory.max')).toEqual(['64.00 MiB', '64.00 MiB']);
    await page.getByRole('button', { name: 'Differences only' }).click();
    await expect.poll(() => cells('A', 'memory.max')).toEqual([]);
    for (const text of await rows.allTextContents()) expect(text).toMatch(/[+−]/);
    await page.keyboard.press('x');
    await expect.poll(() => cells('A', 'memory.max')).toEqual(['64.00 MiB', '64.00 MiB']);
  });

  it('moves every chart by one cursor', async () => {
    const { page } = window;
    const step = await stepShown();
    await page.keyboard.press('t');
    await expect.poll(stepShown).toBe(step + 1);
    await page.keyboard.press('Shift+T');
    await expect.poll(stepShown).toBe(step);
    const chart = await page.getByRole('img', { name: 'Chart of partial' }).boundingBox();
    if (chart === null) throw new Error('the chart is drawn');
    await page.mouse.click(chart.x + chart.width * 0.9, chart.y + chart.height / 2);
    await expect.poll(stepShown).toBeGreaterThan(step);
    expect(
      (await page
        .getByText(/^after step/)
        .first()
        .textContent()) ?? '',
    ).toContain(`${await stepShown()}`);
  });

  it('finds the first difference, and the next', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'First difference' }).click();
    const words = page.getByText(/^differs after step/);
    await words.waitFor();
    const first = await stepShown();
    expect(numberIn((await words.textContent())?.replace(/^differs after step/, '') ?? null)).toBe(first);
    // The pages of A that it maps alone are one difference until B maps them too.
    await page.keyboard.press('Shift+>');
    await expect.poll(stepShown).toBe(first + 1);
    await page.keyboard.press('n');
    await page.getByText(/^begins to differ after step/).waitFor();
    const next = await stepShown();
    expect(next).toBeGreaterThan(first + 2);
    await page.keyboard.press('Shift+<');
    await expect.poll(stepShown).toBe(next - 1);
    await page.keyboard.press('Shift+N');
    await expect.poll(stepShown).toBe(first);
  });

  it('opens a run alone that is still held against the baseline: ] and [ stop at differences too', async () => {
    const { page } = window;
    const first = await stepShown();
    await page.getByRole('link', { name: 'run 2', exact: true }).click();
    await page.getByRole('slider', { name: 'Position in the run' }).waitFor();
    expect(page.url()).toContain('beside=1');
    await page.keyboard.press('Home');
    await expect.poll(() => eventAtCursor(page)).toBe(0);
    // Nothing was evicted or refused in this run: without the other one the next notable event is its end.
    const at_difference = await press(page, ']');
    await page.getByText(`after step ${first} `, { exact: false }).and(page.locator('[role=status]')).waitFor();
    expect(await press(page, 'g')).toBeGreaterThan(at_difference);
    expect(await press(page, 'Shift+G')).toBe(at_difference);
    expect(page.url()).toContain('beside=1');
    await window.shot('run-beside');
    // A menu has the first use for Escape; then it leads back to where the comparison stood.
    await page.getByRole('button', { name: 'Export…' }).click();
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(page.url()).toContain('#/run/2');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('figure').count()).toBe(2);
    await expect.poll(stepShown).toBe(first);
  });

  it('opens a run by a key: the one of a column, or the baseline, at the same step', async () => {
    const { page } = window;
    await page.keyboard.press('End');
    await page.keyboard.press('t');
    const last = await stepShown();
    await page.keyboard.press('Shift+T');
    await expect.poll(stepShown).toBe(last - 1);
    for (const [key, run, beside] of [
      ['2', 2, 1],
      ['o', 1, 2],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByRole('slider', { name: 'Position in the run' }).waitFor();
      expect(page.url()).toContain(`#/run/${run}?`);
      expect(page.url()).toContain(`beside=${beside}`);
      await expect.poll(() => stepAtCursor(page)).toBe(last - 1);
      await page.keyboard.press('Escape');
      await expect.poll(() => page.getByRole('figure').count()).toBe(2);
      await expect.poll(stepShown).toBe(last - 1);
    }
    // There is no third run.
    await page.keyboard.press('3');
    expect(page.url()).toContain('#/compare/1,2');
  });

  it('holds four runs', async () => {
    const { page } = window;
    await window.goTo('library');
    for (const id of [1, 2, 3, 4]) await page.getByRole('checkbox', { name: `Choose run ${id}` }).check();
    await compareButton().click();
    await expect.poll(() => page.getByRole('figure').count()).toBe(4);
    await goToSample('three-sharers');
    await expect.poll(() => cells('A', 'current')).toEqual(['6.00 MiB', '−3.00 MiB3.00 MiB', '6.00 MiB', '−4.00 MiB2.00 MiB']);
    expect(await filteredCells('B', 'current')).toEqual(['2.00 MiB', '+2.00 MiB4.00 MiB', '+4.00 MiB6.00 MiB', '2.00 MiB']);
  });

  it('cuts neither the name, nor the step, nor the difference, with four runs on a small screen', async () => {
    const { page } = window;
    await page.keyboard.press('g');
    await page.getByText(/^differs after step/).waitFor();
    const bars = page.locator('.compare-view > .toolbar').filter({ visible: true });
    await expect.poll(() => bars.count()).toBe(2);
    expect(await bars.locator('h1, code, label, [role=status]').count()).toBe(7);
    expect(await cutTexts(bars)).toEqual([]);
    expect(await cutTexts(page.getByRole('grid', { name: 'Counters of the runs' }).getByRole('columnheader').locator('..'))).toEqual([]);
  });

  it('says why runs of two scenarios do not compare', async () => {
    const { page } = window;
    await window.goTo('library');
    await scenarioRow(page, 'First touch across a tmpfs file').click();
    await runModels(page, ['static']);
    await scenarioRow(page, 'All runs').click();
    await expect.poll(() => runRows(page).getByText('complete').count()).toBe(5);
    await page.getByRole('checkbox', { name: 'Choose run 1' }).check();
    await page.getByRole('checkbox', { name: 'Choose run 5' }).check();
    const button = compareButton();
    await expect.poll(() => button.isDisabled()).toBe(true);
    expect(await button.getAttribute('title')).toMatch('one scenario');
  });
});
