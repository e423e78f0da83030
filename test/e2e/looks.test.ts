import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { importFiles, replaceText, runModels, scenarioRow } from './library-page.ts';
import { dismissNotices, picture } from './pictures.ts';
import { eventAtCursor, jumpTo } from './run-page.ts';
import { memledger, ROOT } from './served-lab.ts';

/**
 * Every view in light and dark, on a small and on a large screen: pictures to look at, and what axe finds in them (nothing).
 * With MEMLEDGER_UPDATE_IMAGES=1 in the environment the README's pictures are made anew.
 */
const window = useLabWindow();
const EXAMPLE = 'A noisy neighbour, without and with protection';
const SIZES = [
  { width: 1280, height: 800 },
  { width: 2560, height: 1440 },
] as const;
const SCHEMES = ['light', 'dark'] as const;

async function show(view: string): Promise<void> {
  const { page } = window;
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await window.shot(`${view}-${colorScheme}-${size.width}`);
    }
    await page.setViewportSize(SIZES[0]);
    // Only the colours differ between the two.
    if (colorScheme === 'light') await expectAccessible(page);
    else await expectAccessible(page, 'color-contrast');
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

describe('each view, light and dark, small and large', () => {
  it('library, before the first run', async () => {
    await show('library-fresh');
  });

  it('scenario with problems', async () => {
    const { page } = window;
    await window.goTo('scenario/new');
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
    const text = await page.locator('.cm-line').allTextContents();
    await replaceText(page, text.join('\n').replace('read: shared, by: b', 'raed: shared, by: c'));
    await page
      .getByRole('region', { name: 'Problems' })
      .getByText(/^\d+ problems?$/)
      .waitFor();
    await show('scenario-problems');
    await page.getByRole('button', { name: 'Discard' }).click();
  });

  it('library, with runs', async () => {
    const { page } = window;
    await window.goTo('library');
    await scenarioRow(page, EXAMPLE).click();
    await runModels(page, ['static', 'partial', 'rss', 'software-zones']);
    // Another five, of which four are compared below: from here on runs 5 to 8.
    await memledger('run', join(ROOT, 'examples/01-shared-library.yaml'), '--db', window.db_path);
    await dismissNotices(window);
    await show('library');
  });

  it('scenario', async () => {
    const { page } = window;
    await page.getByRole('link', { name: 'Open', exact: true }).click();
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
    await show('scenario');
  });

  it('run', async () => {
    const { page } = window;
    await window.goTo('run/1');
    const timeline = page.getByRole('slider', { name: 'Position in the run' });
    await timeline.waitFor();
    const event = Math.round(Number(await timeline.getAttribute('aria-valuemax')) * 0.3);
    await jumpTo(page, `${event}`);
    await expect.poll(() => eventAtCursor(page)).toBe(event);
    await show('run');
    await picture(window, 'run');
  });

  it('compare', async () => {
    const { page } = window;
    await window.goTo('compare/5,6');
    await expect.poll(() => page.getByRole('figure').count()).toBe(2);
    await page.getByRole('button', { name: 'First difference' }).click();
    await page.getByText(/^differs after step/).waitFor();
    await show('compare-two');
    await window.goTo('compare/5,6,7,8');
    await expect.poll(() => page.getByRole('figure').count()).toBe(4);
    await page.getByRole('grid', { name: 'Steps' }).getByText('{ sample: three-sharers }').click();
    await expect.poll(() => page.getByRole('slider', { name: 'Step' }).getAttribute('aria-valuenow')).toBe('19');
    await show('compare');
    await picture(window, 'compare');
  });

  it('trace', async () => {
    const { page } = window;
    await window.goTo('library');
    await importFiles(page, join(ROOT, 'test/fixtures/ftrace-vmscan-6.1.txt'));
    await page.getByRole('grid', { name: 'Reclaim passes' }).waitFor();
    await page.keyboard.press('Escape');
    await jumpTo(page, '1200');
    await expect.poll(() => eventAtCursor(page)).toBe(1200);
    await dismissNotices(window);
    await show('trace');
  });
});
