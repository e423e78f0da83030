import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { runModels } from './library-page.ts';
import { memledger, ROOT } from './served-lab.ts';

/** A file of each foreign format is dropped on the window and opens as what it became. */
const window = useLabWindow();
const fixture = (path: string): string => join(ROOT, 'test/fixtures', path);

/** Drops a file as a file manager does. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const content = Buffer.from(bytes).toString('base64');
  await page.evaluate(`(() => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(${JSON.stringify(content)}), (char) => char.charCodeAt(0));
    transfer.items.add(new File([bytes], ${JSON.stringify(name)}));
    for (const type of ['dragover', 'drop']) window.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  })()`);
}

const dropFixture = (page: Page, path: string): Promise<void> => drop(page, path.split('/').at(-1) ?? path, readFileSync(fixture(path)));

describe('dropped files', () => {
  it('an out-of-memory report becomes a scenario; the dialog tells the line that is not of it', async () => {
    const { page } = window;
    await window.goTo('library');
    await dropFixture(page, 'oom/v2-6.12-quoted.txt');
    const dialog = page.getByRole('dialog', { name: 'Imported v2-6.12-quoted.txt' });
    await dialog.getByText('Read as out-of-memory report: 46 of 47 lines used, 1 not understood. 1 scenario made of it.').waitFor();
    expect(await dialog.getByRole('region', { name: 'Lines not understood' }).textContent()).toMatch(/47\s+That is the first one\. Any idea\?/);
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Open the scenario' }).click();
    await page.getByRole('heading', { level: 1, name: 'Out of memory in /A' }).waitFor();
    await runModels(page, ['memcg-v2']);
  });

  it('cgroup files become a scenario; the dialog shows what does not add up and what was renamed', async () => {
    const { page } = window;
    await window.goTo('library');
    await dropFixture(page, 'imports/cgroup-v2-grep.txt');
    const dialog = page.getByRole('dialog', { name: /^Imported/ });
    const slack = dialog.getByRole('region', { name: 'Sums that do not add up' });
    await slack.waitFor();
    expect(await slack.getByRole('row', { name: /system-getty\.slice: what is charged/ }).textContent()).toMatch(/1.048.576 B983.040 B/);
    expect(await dialog.getByRole('region', { name: 'To know' }).textContent()).toContain('system-serial_x2dgetty.slice');
    await expectAccessible(page);
    await window.shot('import-slack');
    await dialog.getByRole('button', { name: 'Open the scenario' }).click();
    await page.getByRole('heading', { level: 1, name: /^The cgroups of/ }).waitFor();
  });

  it('a directory of cgroupfs becomes one scenario', async () => {
    const { page } = window;
    await window.goTo('library');
    // A drop of a directory cannot be made by a script; this is what the window sees of one.
    await page.evaluate(`(() => {
      const fileEntry = (name, text) => ({ name, isDirectory: false, file: (give) => give(new File([text], name)) });
      const directoryEntry = (name, entries) => ({
        name,
        isDirectory: true,
        createReader() {
          let portions = [entries, []];
          return { readEntries: (give) => give(portions.shift()) };
        },
      });
      const pod = directoryEntry('pod', [fileEntry('memory.current', '8192'), fileEntry('memory.max', '65536'), fileEntry('memory.stat', 'anon 8192\\nfile 0')]);
      const tree = directoryEntry('pods', [fileEntry('memory.current', '8192'), fileEntry('memory.stat', 'anon 8192\\nfile 0'), pod]);
      const event = new Event('drop', { bubbles: true, cancelable: true });
      Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], items: [{ webkitGetAsEntry: () => tree }], files: [new File([], 'pods')] } });
      window.dispatchEvent(event);
    })()`);
    await page.getByRole('heading', { level: 1, name: 'The cgroups of pods' }).waitFor();
    await expect.poll(() => page.getByRole('textbox', { name: 'Scenario text' }).textContent()).toContain('pods/pod: { max: 64KiB }');
    await window.shot('import-directory');
  });

  it.each([
    ['imports/page-types-list.txt', 'Pages as page-types has them'],
    ['imports/page-owner-sorted.txt', 'Allocations as page_owner has them'],
  ])('%s becomes a scenario', async (path, name) => {
    const { page } = window;
    await window.goTo('library');
    await dropFixture(page, path);
    await page
      .getByRole('dialog', { name: /^Imported/ })
      .getByRole('button', { name: 'Open the scenario' })
      .click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  });

  it('a libCacheSim trace becomes a scenario that finds its trace when it runs', async () => {
    const { page } = window;
    await window.goTo('library');
    await dropFixture(page, 'imports/requests.csv');
    await page
      .getByRole('dialog', { name: /^Imported/ })
      .getByRole('button', { name: 'Open the scenario' })
      .click();
    await page.getByRole('heading', { level: 1, name: 'The trace requests.csv' }).waitFor();
    await runModels(page, ['memcg-v2']);
  });

  it('a trace opens as a run at once where there is nothing to tell', async () => {
    const { page } = window;
    await window.goTo('library');
    await dropFixture(page, 'ftrace-vmscan-6.1.txt');
    await page.getByRole('heading', { level: 1, name: /ftrace-vmscan-6\.1/ }).waitFor();
  });

  it('what fits no format is refused with the reason of each', async () => {
    const { page } = window;
    await window.goTo('library');
    await drop(page, 'letter.txt', new TextEncoder().encode('Dear list,\nwho pays?\n'));
    await page
      .getByText(/letter\.txt is of no format that the lab reads/)
      .first()
      .waitFor();
  });
});

describe('on the command line', () => {
  it('an import is told, written to a file, and run under its models', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'memledger-imports-'));
    const out = join(directory, 'oom.yaml');
    const told = await memledger('import', fixture('oom/v2-6.12-quoted.txt'), '--out', out, '--db', join(directory, 'library.db'));
    expect(told.stdout).toContain('oom-report: 47 lines, 46 used, 1 not understood\n  line 47: That is the first one. Any idea?');
    const run = await memledger('run', out, '--model', 'memcg-v2', '--no-store');
    expect(run.stdout).toContain('5 of 5 expectations held');
  });

  it('a directory that is no cgroup is refused', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'memledger-imports-'));
    writeFileSync(join(directory, 'notes'), 'hello');
    const refused = await memledger('import', directory, '--db', join(directory, 'library.db'));
    expect([refused.exit, refused.stderr]).toEqual([1, expect.stringContaining('of no format that the lab reads')]);
  });
});
