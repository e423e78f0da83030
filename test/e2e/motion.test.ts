import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useLabWindow } from './lab-window.ts';
import { jumpTo } from './run-page.ts';
import { memledger, ROOT } from './served-lab.ts';

/** Who asks the system for less motion gets none: nothing slides, fades, blinks or scrolls by itself. */
const window = useLabWindow();

beforeAll(async () => {
  const run = await memledger('run', join(ROOT, 'examples/01-shared-library.yaml'), '--model', 'static', '--db', window.db_path);
  expect(run.exit, run.stderr).toBe(0);
});

/** What moves in the page, each as `selector property value`: evaluated in the page, whose types this room does not know. */
const MOVING = `[...document.querySelectorAll('*')].flatMap((element) => [null, '::before', '::after'].flatMap((part) => {
  const style = getComputedStyle(element, part);
  const is_moving = (duration) => duration.split(', ').some((one) => parseFloat(one) > 0);
  const name = element.tagName + '.' + element.getAttribute('class') + (part ?? '');
  return [
    ...(style.animationName !== 'none' && is_moving(style.animationDuration) ? [name + ' animation ' + style.animationDuration] : []),
    ...(is_moving(style.transitionDuration) ? [name + ' transition ' + style.transitionDuration] : []),
    ...(style.scrollBehavior === 'smooth' ? [name + ' scrolls smoothly'] : []),
  ];
})).concat(document.getAnimations().map((animation) => 'animation ' + animation.playState))`;
const moving = (page: Page): Promise<readonly string[]> => page.evaluate(MOVING);

/** Puts a bar for work of unknown length into the page, as the window's own styles have it; such work is over before a test could look. */
const SHOW_PROGRESS = `(() => {
  const scope = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).map((rule) => rule.selectorText ?? '')
    .map((selector) => selector.match(/^\\.ui-progress\\[(data-v-\\w+)\\]/)?.[1]).find(Boolean);
  document.body.insertAdjacentHTML('beforeend', '<div class="ui-progress unknown" ' + scope + '><div ' + scope + '></div></div>');
})()`;

/** Counts what is asked to scroll smoothly by a script. */
const WATCH_SCROLLING = `globalThis.smooth_count = 0;
for (const name of ['scrollTo', 'scrollBy', 'scroll', 'scrollIntoView']) {
  const scroll = Element.prototype[name];
  Element.prototype[name] = function (...given) {
    if (given[0]?.behavior === 'smooth') globalThis.smooth_count += 1;
    return scroll.apply(this, given);
  };
}`;

const VIEWS: readonly { readonly route: string; readonly is_shown: (page: Page) => Promise<unknown> }[] = [
  { route: 'library', is_shown: (page) => page.getByRole('grid', { name: 'Scenarios' }).waitFor() },
  { route: 'criteria', is_shown: (page) => page.getByRole('grid', { name: 'Models by criteria' }).waitFor() },
  { route: 'docs/models', is_shown: (page) => page.getByRole('article').waitFor() },
  { route: 'sql', is_shown: (page) => page.getByRole('textbox', { name: 'Query' }).click() },
  { route: 'scenario/1', is_shown: (page) => page.getByRole('textbox', { name: 'Scenario text' }).click() },
  { route: 'run/1', is_shown: (page) => page.getByRole('grid', { name: 'Events', exact: true }).waitFor() },
];

describe('with less motion', () => {
  it('the editor’s cursor and the bar of a job move unless that is asked for', async () => {
    const { page } = window;
    await page.evaluate(SHOW_PROGRESS);
    expect((await moving(page)).filter((what) => what.includes('1.2s')).length).toBeGreaterThan(0);
    await window.goTo('scenario/1');
    await page.getByRole('textbox', { name: 'Scenario text' }).click();
    await expect.poll(async () => (await moving(page)).some((what) => what.includes('cm-cursor'))).toBe(true);
  });

  it('nothing moves in any view', async () => {
    const { page } = window;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate(WATCH_SCROLLING);
    for (const { route, is_shown } of VIEWS) {
      await window.goTo(route);
      await is_shown(page);
      expect(await moving(page), route).toEqual([]);
    }
  });

  it('nothing scrolls by itself', async () => {
    const { page } = window;
    await jumpTo(page, '100');
    await page.keyboard.press('Control+Shift+P');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    for (let row = 0; row < 30; row++) await page.keyboard.press('ArrowDown');
    expect(await moving(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate('globalThis.smooth_count')).toBe(0);
  });
});
