import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser, ROOT, type ServedLab, serveLab, watchComplaints } from './served-lab.ts';

const SHOTS_DIR = join(ROOT, 'test-results/screenshots');
/** How long anything in the window may take before a test gives up on it. */
const PATIENCE_MS = 60_000;

/** A lab with a database of its own, and the window that shows it in Chromium. */
export interface LabWindow {
  readonly page: Page;
  readonly db_path: string;
  /** Directory that is removed with the lab. */
  readonly dir: string;
  readonly browser: Browser;
  readonly lab: ServedLab;
  /** Goes to an address within the window: `run/1?event=7`. */
  goTo(route: string): Promise<void>;
  /** Ends the lab and starts it anew over the same database; the window opens the new one. */
  restart(): Promise<void>;
  /** Keeps a picture of the window as a test artefact. */
  shot(name: string): Promise<Buffer>;
}

/**
 * Gives the test file it is called in a lab and a window, for all its tests in their order. Whatever the window complains of by the end
 * fails the file; a test that fails leaves a picture of what the window showed.
 */
export function useLabWindow(): LabWindow {
  const dir = mkdtempSync(join(tmpdir(), 'memledger-e2e-'));
  const db_path = join(dir, 'library.db');
  let lab: ServedLab;
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[] = [];

  beforeAll(async () => {
    mkdirSync(SHOTS_DIR, { recursive: true });
    [lab, browser] = await Promise.all([serveLab(db_path), launchBrowser()]);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', acceptDownloads: true });
    page = await context.newPage();
    complaints = watchComplaints(page);
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(lab.url);
    await page.getByRole('grid', { name: 'Scenarios' }).waitFor();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await shot(`failed-${task.name.replaceAll(/\W+/g, '-')}`);
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
    rmSync(dir, { recursive: true });
    expect(complaints).toEqual([]);
  });
  const shot = (name: string): Promise<Buffer> => page.screenshot({ path: join(SHOTS_DIR, `${name}.png`), animations: 'disabled', caret: 'hide' });

  return {
    get page() {
      return page;
    },
    get browser() {
      return browser;
    },
    get lab() {
      return lab;
    },
    dir,
    db_path,
    async goTo(route) {
      await page.goto(`http://127.0.0.1:${lab.port}/#/${route}`);
    },
    async restart() {
      // A window that is open would complain of the lab's end.
      await page.goto('about:blank');
      await lab.stop();
      lab = await serveLab(db_path);
      await page.goto(lab.url);
    },
    shot,
  };
}

/** Fails on whatever axe finds in what the window shows now: by all its rules, or by those named. */
export async function expectAccessible(page: Page, ...rules: readonly string[]): Promise<void> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules.length === 0 ? axe : axe.withRules([...rules])).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)).toEqual([]);
}
