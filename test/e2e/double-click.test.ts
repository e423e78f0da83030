import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, memledger, ROOT, startLab, watchComplaints } from './served-lab.ts';

/** What a double click on a shared file starts, by the entry of `memledger desktop-file`, where Electron's runtime is not there: bin/start.js with the file's path. */
describe('a file that is opened by a double click', () => {
  const dir = mkdtempSync(join(tmpdir(), 'memledger-e2e-'));
  const file = join(dir, 'two pods.memledger');
  let browser: Browser;

  beforeAll(async () => {
    const db = ['--db', join(dir, 'sender.db')];
    expect((await memledger('run', join(ROOT, 'examples/01-shared-library.yaml'), '--model', 'static', ...db)).exit).toBe(0);
    expect((await memledger('share', '1', '--output', file, ...db)).exit).toBe(0);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(dir, { recursive: true });
  });

  it('shows what it holds, as a guest', async () => {
    const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
    const lab = await startLab([join(ROOT, 'bin/start.js'), file], { cwd: dir, env: { ...env, MEMLEDGER_DB: join(dir, 'receiver.db') } });
    const page = await browser.newPage();
    const complaints = watchComplaints(page);
    await page.goto(lab.url);
    await page.getByText('two pods.memledger').first().waitFor();
    await page.getByText('A shared library in three containers').first().waitFor();
    expect(new URL(page.url()).hash).toBe('#/shared/1');
    expect(complaints).toEqual([]);
    await page.close();
    await lab.stop('SIGTERM');
  });

  it('is told about in one sentence where it is none', async () => {
    const { exit, stderr } = await memledger('serve', '--no-open', '--port', '0', join(ROOT, 'README.md'), '--db', join(dir, 'receiver.db'));
    expect(exit).toBe(1);
    expect(stderr).toMatch(/README\.md/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
