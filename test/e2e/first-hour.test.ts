import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useLabWindow } from './lab-window.ts';
import { replaceText, runModels, scenarioRow } from './library-page.ts';
import { dismissNotices, picture } from './pictures.ts';
import { eventAtCursor, jumpTo, press, stepAtCursor } from './run-page.ts';
import { memledger, ROOT } from './served-lab.ts';

/** What docs/first-hour.md has a reader do in the window, in its order, with the figures that it states; and its pictures. */
const window = useLabWindow();
const TEXT = readFileSync(join(ROOT, 'docs/first-hour.md'), 'utf8');
const MIB = 2 ** 20;

/** The amounts of a row of a table, in bytes. */
function rowOf(first_cell: string): readonly number[] {
  const line = TEXT.split('\n').find((one) => one.startsWith(`| ${first_cell}`)) ?? '';
  const [, , ...cells] = line.split('|').map((cell) => cell.trim());
  return cells.slice(0, -1).map((cell) => Number.parseFloat(cell) * MIB);
}

/** The number of the newest run under a model. */
async function runUnder(model: string): Promise<number> {
  const { stdout } = await memledger('list', '--json', '--db', window.db_path);
  const { runs } = JSON.parse(stdout) as { readonly runs: readonly { readonly id: number; readonly model: string }[] };
  return runs.find((run) => run.model === model)?.id ?? 0;
}

async function openRun(model: string): Promise<void> {
  await window.goTo(`run/${await runUnder(model)}`);
  // Until it is there, the run before it may still be.
  await window.page.getByTitle(`Model ${model}`, { exact: true }).waitFor();
  await window.page.getByRole('slider', { name: 'Position in the run' }).waitFor();
}

/** What the containers are charged at the cursor, in bytes, as the state's table has it. */
async function currentOf(...paths: readonly string[]): Promise<readonly number[]> {
  const tree = window.page.getByRole('treegrid', { name: 'Containers' });
  const texts = await Promise.all(
    paths.map((path) =>
      tree
        .getByRole('row')
        .filter({ has: window.page.getByRole('rowheader').and(window.page.getByTitle(path, { exact: true })) })
        .getByRole('gridcell')
        .first()
        .textContent(),
    ),
  );
  return texts.map((text) => {
    const [, mib] = /([\d.]+)\sMiB/.exec(text ?? '') ?? [];
    return mib === undefined ? 0 : Number(mib) * MIB;
  });
}

describe('a first hour with the lab', () => {
  it('1: four models bill a shared library as the table says', async () => {
    const { page } = window;
    await page.keyboard.press('Alt+1');
    await scenarioRow(page, 'A shared library in three containers').click();
    await runModels(page, ['static', 'rss', 'partial', 'software-zones']);
    await dismissNotices(window);
    await page.getByRole('heading', { name: 'A shared library in three containers' }).scrollIntoViewIfNeeded();
    await picture(window, 'library');
    for (const model of ['static', 'partial', 'rss', 'software-zones']) {
      await openRun(model);
      await jumpTo(page, 'three-sharers');
      await expect.poll(() => stepAtCursor(page)).toBe(19);
      const billed = rowOf(`\`${model}\``);
      await expect.poll(() => currentOf('A', 'B', 'C'), { message: model }).toEqual(billed.slice(0, 3));
      expect(billed.slice(0, 3).reduce((sum, bytes) => sum + bytes, 0)).toBe(billed[3]);
    }
  });

  it('2: keys step through a recording', async () => {
    const { page } = window;
    await openRun('static');
    await jumpTo(page, 'three-sharers');
    await expect.poll(() => stepAtCursor(page)).toBe(19);
    const start = await eventAtCursor(page);
    await jumpTo(page, '+500');
    await expect.poll(() => eventAtCursor(page)).toBe(start + 500);
    expect(await press(page, '.')).toBe(start + 501);
    expect(await press(page, ',')).toBe(start + 500);
    const step = await stepAtCursor(page);
    await press(page, 't');
    await expect.poll(() => stepAtCursor(page)).toBe(step + 1);
    await press(page, 'Shift+T');
    await expect.poll(() => stepAtCursor(page)).toBe(step);
    await jumpTo(page, '1.5ms');
    await expect.poll(() => stepAtCursor(page)).toBe(1);
  });

  it('3: a key compares', async () => {
    const { page } = window;
    await page.keyboard.press('c');
    await expect.poll(() => page.url()).toMatch(/#\/compare\/1,2,3,4/);
  });

  it('4: the file hops to B, as the table says', async () => {
    const { page } = window;
    await page.keyboard.press('Alt+1');
    await scenarioRow(page, 'Ownership hops after eviction').click();
    await runModels(page, ['memcg-v2']);
    await openRun('memcg-v2');
    for (const sample of ['a-owns', 'pushed-out', 'b-owns']) {
      await jumpTo(page, sample);
      await expect.poll(() => currentOf('A', 'B'), { message: sample }).toEqual(rowOf(`\`${sample}\``));
    }
  });

  it('5: the lab says why a page is charged to B', async () => {
    const { page } = window;
    await page.keyboard.press('End');
    await page.keyboard.press('y');
    const why = page.getByRole('region', { name: 'Why' });
    await why.getByRole('textbox', { name: 'What to explain' }).fill('shared[812]');
    await page.keyboard.press('Enter');
    await why.getByText(/charged to B: b read shared\[812\] again after its eviction, a refault at distance 11[\s\u202f]?494/).waitFor();
    await dismissNotices(window);
    await picture(window, 'why');
  });

  it('6: a scenario of one’s own runs', async () => {
    const { page } = window;
    await page.keyboard.press('Alt+n');
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
    const [, scenario = ''] = /```yaml\n([\s\S]*?)```/.exec(TEXT) ?? [];
    await replaceText(page, scenario);
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
    await picture(window, 'editor');
    await page.keyboard.press('Control+Enter');
    await expect.poll(async () => await runUnder('software-zones')).toBeGreaterThan(5);
  });
});
