import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useLabWindow } from './lab-window.ts';
import { runModels, scenarioRow } from './library-page.ts';
import { countersOf, eventAtCursor, eventRows, jumpTo, jumpToStep, press, stepAtCursor } from './run-page.ts';
import { memledger, ROOT } from './served-lab.ts';

/** One run, moved through by mouse and keys; what it shows is what the command line says. */
const window = useLabWindow();
const EXAMPLE = 'A limit is resized under load';
const EXAMPLE_FILE = join(ROOT, 'examples/06-limit-resize.yaml');

interface Sample {
  readonly sample: string;
  readonly step: number;
  readonly containers: Readonly<Record<string, Readonly<Record<string, unknown>> & { events: Record<string, number>; limits: Record<string, number | 'max'> }>>;
}

/** The counters of a sample under the names that the window's list uses. */
function named(counters: Sample['containers'][string]): Record<string, unknown> {
  const { events, limits, ...plain } = counters;
  const limit_names: Readonly<Record<string, string>> = {
    swap_max: 'memory.swap.max',
    swap_high: 'memory.swap.high',
    hugetlb: 'hugetlb.2MB.max',
    hugetlb_rsvd: 'hugetlb.2MB.rsvd.max',
    kmem: 'memory.kmem.limit_in_bytes',
    tcp: 'memory.kmem.tcp.limit_in_bytes',
    memsw: 'memory.memsw.limit_in_bytes',
    soft: 'memory.soft_limit_in_bytes',
    zswap_max: 'memory.zswap.max',
    pins: 'pins.max',
  };
  return {
    ...plain,
    ...Object.fromEntries(Object.entries(events).map(([name, value]) => [`events.${name}`, value])),
    ...Object.fromEntries(Object.entries(limits).map(([name, value]) => [limit_names[name] ?? `memory.${name}`, value])),
  };
}

async function everyCounter(): Promise<Record<string, unknown>> {
  const rows = await window.page.getByRole('treegrid', { name: 'Containers' }).getByRole('rowheader').all();
  const counters: Record<string, unknown> = {};
  for (const row of rows) {
    const path = (await row.getAttribute('title')) ?? '';
    counters[path] = await countersOf(window.page, path);
  }
  return counters;
}

describe('a run', () => {
  it('opens at its end', async () => {
    const { page } = window;
    await scenarioRow(page, EXAMPLE).click();
    await runModels(page, ['static']);
    await page.getByRole('link', { name: '1', exact: true }).click();
    await page.getByRole('treegrid', { name: 'Containers' }).waitFor();
    const event_count = Number(await page.getByRole('slider', { name: 'Position in the run' }).getAttribute('aria-valuemax'));
    await expect.poll(() => eventAtCursor(page)).toBe(event_count);
  });

  it('steps by event, forwards and backwards, to the very same state', async () => {
    const { page } = window;
    await jumpToStep(page, 3);
    const start = await eventAtCursor(page);
    const before = await everyCounter();
    expect(await press(page, '.')).toBe(start + 1);
    expect(await press(page, '.')).toBe(start + 2);
    expect(await press(page, ',')).toBe(start + 1);
    expect(await press(page, ',')).toBe(start);
    expect(await everyCounter()).toEqual(before);
  });

  it('steps by step, forwards and backwards, to the very same state', async () => {
    const { page } = window;
    await jumpToStep(page, 1);
    const start = await eventAtCursor(page);
    const before = await everyCounter();
    const step = await stepAtCursor(page);
    expect(await press(page, 't')).toBeGreaterThan(start);
    expect(await stepAtCursor(page)).toBe(step + 1);
    expect(await everyCounter()).not.toEqual(before);
    expect(await press(page, 'Shift+T')).toBe(start);
    expect(await everyCounter()).toEqual(before);
  });

  it('goes to its ends by key and stays there', async () => {
    const { page } = window;
    expect(await press(page, 'Home')).toBe(0);
    await page.keyboard.press(',');
    expect(await press(page, '.')).toBe(1);
    await page.keyboard.press('End');
    await expect
      .poll(async () => `${await eventAtCursor(page)}`)
      .toBe(await page.getByRole('slider', { name: 'Position in the run' }).getAttribute('aria-valuemax'));
  });

  it('goes to its ends by key after a tab was chosen by the mouse', async () => {
    const { page } = window;
    await page.getByRole('tab', { name: 'Objects' }).click();
    expect(await press(page, 'Home')).toBe(0);
    expect(await press(page, 'End')).toBeGreaterThan(0);
    await page.getByRole('tab', { name: 'Containers' }).click();
  });

  it('is scrubbed with the mouse', async () => {
    const { page } = window;
    const timeline = page.getByRole('slider', { name: 'Position in the run' });
    const [ruler, event_count] = [await timeline.locator('canvas').first().boundingBox(), Number(await timeline.getAttribute('aria-valuemax'))];
    if (ruler === null) throw new Error('the ruler is drawn');
    const y = ruler.y + ruler.height / 2;
    await page.mouse.move(ruler.x + ruler.width * 0.2, y);
    await page.mouse.down();
    await expect.poll(async () => Math.abs((await eventAtCursor(page)) / event_count - 0.2)).toBeLessThan(0.01);
    await page.mouse.move(ruler.x + ruler.width * 0.6, y, { steps: 12 });
    await expect.poll(async () => Math.abs((await eventAtCursor(page)) / event_count - 0.6)).toBeLessThan(0.01);
    await page.mouse.move(ruler.x + ruler.width * 0.4, y, { steps: 12 });
    await page.mouse.up();
    await expect.poll(async () => Math.abs((await eventAtCursor(page)) / event_count - 0.4)).toBeLessThan(0.01);
  });

  it('is scrubbed with the arrow keys when the timeline has the focus', async () => {
    const { page } = window;
    await page.getByRole('slider', { name: 'Position in the run' }).focus();
    const start = await eventAtCursor(page);
    expect(await press(page, 'ArrowRight')).toBe(start + 1);
    expect(await press(page, 'ArrowLeft')).toBe(start);
    expect(await press(page, 'PageDown')).toBeLessThan(start);
  });

  it('shows the events around the cursor, and goes to the one that is clicked', async () => {
    const { page } = window;
    const cursor = await eventAtCursor(page);
    await expect.poll(async () => (await eventRows(page)).at_cursor).toBe(cursor);
    const { numbers } = await eventRows(page);
    expect(numbers).toEqual(expect.arrayContaining([cursor - 3, cursor, cursor + 1]));
    expect(numbers.length).toBeLessThan(100);
    // Rows count from 1, and the head is the first.
    await page
      .getByRole('grid', { name: 'Events', exact: true })
      .locator(`[aria-rowindex="${cursor - 3 + 1}"]`)
      .click();
    await expect.poll(() => eventAtCursor(page)).toBe(cursor - 3);
  });

  it('has one crosshair through its timeline and its tables', async () => {
    const { page } = window;
    const row = page.getByRole('grid', { name: 'Events', exact: true }).getByRole('row', { selected: true });
    await row.hover();
    // Where a click on the row would go.
    const event = await row.getByRole('gridcell').first().textContent();
    await page.getByText(`pointer: event ${event}`, { exact: true }).waitFor();
    await page.mouse.move(0, 0);
    await page.getByText('pointer: event').waitFor({ state: 'detached' });
  });

  it('has the lines of the scenario under that crosshair too', async () => {
    const { page } = window;
    await page.keyboard.press('l');
    const begin = await press(page, 't');
    const lines = page.getByRole('region', { name: 'Text of the scenario' }).getByRole('listitem');
    const current = lines.and(page.locator('[aria-current=step]'));
    await current.hover();
    await page.getByText(`pointer: event ${begin.toLocaleString('en').replaceAll(',', '\u202f')}`, { exact: true }).waitFor();
    await lines.first().hover();
    await page.getByText('pointer: event').waitFor({ state: 'detached' });
    await page.getByRole('grid', { name: 'Events', exact: true }).getByRole('row', { selected: true }).hover();
    await expect.poll(() => lines.and(page.locator('.pointed')).count()).toBe(1);
    expect(await lines.and(page.locator('.pointed')).getAttribute('aria-current')).toBe('step');
    await page.mouse.move(0, 0);
    await page.keyboard.press('l');
  });

  it('shows at every sample what the command line says of it', async () => {
    const { page } = window;
    const { stdout, exit } = await memledger('run', EXAMPLE_FILE, '--model', 'static', '--json', '--no-store');
    expect(exit).toBe(0);
    const { runs } = JSON.parse(stdout) as { runs: [{ events: number; samples: Sample[] }] };
    expect(runs[0].events).toBe(Number(await page.getByRole('slider', { name: 'Position in the run' }).getAttribute('aria-valuemax')));
    for (const { sample, step, containers } of runs[0].samples) {
      await jumpTo(page, sample);
      await expect.poll(() => stepAtCursor(page)).toBe(step);
      expect(await everyCounter()).toEqual(Object.fromEntries(Object.entries(containers).map(([path, counters]) => [path, named(counters)])));
    }
  });

  it('keeps bookmarks and its place', async () => {
    const { page } = window;
    await jumpTo(page, '77');
    await page.keyboard.press('b');
    await page.getByRole('textbox', { name: 'Note of the new bookmark' }).fill('look here');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toMatch(/run\/1\?event=77$/);
    await press(page, 'End');
    await page.getByRole('button', { name: 'Bookmarks' }).click();
    await page.getByRole('dialog', { name: 'Bookmarks' }).getByRole('button', { name: 'look here' }).click();
    // The address follows when the cursor has come to rest.
    await expect.poll(() => page.url()).toMatch(/run\/1\?event=77$/);
    await page.reload();
    await expect.poll(() => eventAtCursor(page)).toBe(77);
  });
});
