import { describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { chooseModels, replaceText, runRows } from './library-page.ts';
import { press, stepAtCursor } from './run-page.ts';

/** What the editor tells and offers while a scenario is written, and what a run shows of the lines that changed. */
const window = useLabWindow();

const FIRST = `memledger: 1
name: Changed lines
containers: { A: { max: 1MiB }, B: {} }
objects: { f: { file: 64KiB }, gone: { file: 4KiB } }
tasks: { a: { in: A }, b: { in: B } }
steps:
  - { read: f, by: a }
  - repeat: 2
    steps:
      - { read: f, by: b }
      - { sleep: 1ms }
  - { exit: a }
models: [static]
`;
const SECOND = FIRST.replace('{ read: f, by: b }', '{ write: f, by: b }')
  .replace(', gone: { file: 4KiB }', '')
  .replace('  - { exit: a }\n', '  - { exit: a }\n  - { exit: b }\n');

describe('the editor', () => {
  it('starts from a template', async () => {
    const { page } = window;
    await page.getByRole('button', { name: 'New', exact: true }).click();
    await page.getByRole('button', { name: 'From a template' }).click();
    await page.getByRole('option', { name: /^Out of memory/ }).click();
    await expect.poll(() => page.getByRole('textbox', { name: 'Scenario text' }).textContent()).toContain('name: Out of memory');
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
  });

  it('starts from a template by keys from anywhere, and what the editor held is one undo away', async () => {
    const { page } = window;
    await window.goTo('library');
    await page.keyboard.press('Alt+Shift+N');
    const list = page.getByRole('dialog', { name: 'New from a template' }).getByRole('listbox', { name: 'Templates' });
    await list.getByRole('option', { name: /^Two readers of one file/ }).waitFor();
    await expect.poll(() => list.evaluate((element) => element.matches(':focus'))).toBe(true);
    await expectAccessible(page);
    await window.shot('templates');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const text = page.getByRole('textbox', { name: 'Scenario text' });
    await expect.poll(() => text.textContent()).toContain('name: A noisy neighbour');
    await page.keyboard.press('Control+z');
    await expect.poll(() => text.textContent()).toContain('name: Out of memory');
  });

  it('ends the line by Enter behind a word that is complete', async () => {
    const { page } = window;
    await replaceText(page, '');
    const lines = page.locator('.cm-line');
    await page.keyboard.type('memledger: ');
    await page.locator('.cm-tooltip-autocomplete [aria-selected]').filter({ hasText: /^1/ }).waitFor();
    // As fast as people type: the list takes no key in the moment in which it comes up.
    await page.keyboard.type('1\nabout: x', { delay: 100 });
    await expect.poll(() => lines.allTextContents()).toEqual(['memledger: 1', 'about: x']);
  });

  it('writes keys with what goes on after them, so that completion alone makes a scenario', async () => {
    const { page } = window;
    await replaceText(page, 'memledger: 1\ncontainers:\n  A: {}\nobjects:\n  lib: { file: 1MiB }\ntasks:\n  a: { in: A }\n');
    await page.keyboard.press('Control+End');
    const options = page.locator('.cm-tooltip-autocomplete');
    /** Types the beginning of a word, if any, and takes the option that is offered first; by a click, as the editor takes no Enter right after a list came up. */
    const take = async (typed: string, first: RegExp): Promise<void> => {
      await page.keyboard.type(typed);
      const option = options.locator('[aria-selected]').filter({ hasText: first });
      await option.click();
      await option.waitFor({ state: 'detached' });
    };
    await take('ste', /^steps/);
    await take('rea', /^read/);
    await take('l', /^lib/);
    await take(', b', /^by/);
    await take('', /^a/);
    await expect
      .poll(() => page.locator('.cm-line').allTextContents())
      .toEqual([
        'memledger: 1',
        'containers:',
        '  A: {}',
        'objects:',
        '  lib: { file: 1MiB }',
        'tasks:',
        '  a: { in: A }',
        'steps:',
        '  - { read: lib, by: a }',
      ]);
  });

  it('previews containers and who uses what, and keeps the last that was sound while there are problems', async () => {
    const { page } = window;
    await replaceText(page, FIRST);
    const preview = page.getByRole('region', { name: 'Preview' });
    await preview.getByText('gone', { exact: true }).waitFor();
    await expect(preview.getByRole('table', { name: 'Containers' }).getByRole('row').allTextContents()).resolves.toEqual([
      expect.stringMatching(/A.*max\s1\.00\sMiB.*1 task/),
      expect.stringMatching(/B.*1 task/),
    ]);
    await replaceText(page, FIRST.replace('read: f', 'raed: f'));
    await preview.getByText('As it was before the problems.').waitFor();
    await expect(preview.getByText('gone', { exact: true }).count()).resolves.toBe(1);
    await replaceText(page, FIRST);
    await preview.getByText('As it was before the problems.').waitFor({ state: 'detached' });
  });

  it('helps on the word under the pointer in the words of the reference', async () => {
    const { page } = window;
    await page.locator('.cm-line', { hasText: 'sleep' }).getByText('sleep', { exact: false }).last().hover();
    await page.locator('.scenario-help .help-word').waitFor();
    await expect(page.locator('.scenario-help .help-text').textContent()).resolves.not.toBe('');
    await page.mouse.move(0, 0);
  });

  it('is left by Escape, once its search is closed, and come back to by a key', async () => {
    const { page } = window;
    const box = page.getByRole('textbox', { name: 'Scenario text' });
    const isFocused = (): Promise<boolean> => box.evaluate((text) => text.matches(':focus-within'));
    await box.click();
    await page.keyboard.press('Control+f');
    const search = page.locator('.cm-search');
    await search.waitFor();
    await page.keyboard.press('Escape');
    await search.waitFor({ state: 'detached' });
    await expect.poll(isFocused).toBe(true);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Escape');
    await expect.poll(isFocused).toBe(false);
    // Now letters are the window's.
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    await keys.getByText('Go to the text').waitFor();
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'detached' });
    await page.keyboard.press('e');
    await expect.poll(isFocused).toBe(true);
  });
});

describe('a run of a changed text', () => {
  it('marks the lines that changed and goes from one of their steps to the next', async () => {
    const { page } = window;
    await chooseModels(page, ['static']);
    await page.getByRole('button', { name: 'Save and run 1 model' }).click();
    await expect.poll(() => runRows(page).getByText('complete').count()).toBe(1);
    await replaceText(page, SECOND);
    await page.getByRole('region', { name: 'Problems' }).getByText('No problems').waitFor();
    await page.getByRole('button', { name: 'Save and run 1 model' }).click();
    await expect.poll(() => runRows(page).getByText('complete').count()).toBe(2);

    await window.goTo('run/2?event=0');
    const source = page.getByRole('region', { name: 'Text of the scenario' });
    if ((await source.count()) === 0) await page.getByRole('button', { name: 'Scenario', exact: true }).click();
    await source.getByText('3 lines differ; 3 steps are theirs').waitFor();
    await expect(source.locator('.word').allTextContents()).resolves.toEqual(['changed', 'changed', 'new']);
    await expect(source.locator('.sign').filter({ hasText: /./ }).allTextContents()).resolves.toEqual(['~', '~', '+']);
    const steps: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      await press(page, 'i');
      steps.push(await stepAtCursor(page));
    }
    expect(steps).toEqual([1, 3, 6]);
    await press(page, 'Shift+I');
    await expect(stepAtCursor(page)).resolves.toBe(3);
    await window.shot('run-changed-lines');
    await expectAccessible(page);
  });

  it('has nothing to mark in the first run', async () => {
    const { page } = window;
    await window.goTo('run/1');
    await page.getByRole('region', { name: 'Text of the scenario' }).waitFor();
    await expect(page.getByText(/lines? differ/).count()).resolves.toBe(0);
  });
});
