import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LabWindow } from './lab-window.ts';
import { ROOT } from './served-lab.ts';

/** Keeps a picture of what the window shows now; with MEMLEDGER_UPDATE_IMAGES=1 in the environment it becomes the one of docs/images. */
export async function picture(window: LabWindow, name: string): Promise<void> {
  const { page } = window;
  const size = page.viewportSize();
  // No pointer, and nothing that lies under it marked.
  await page.mouse.move(0, 0);
  await page.setViewportSize({ width: 1440, height: 900 });
  // Rows and charts that are asked for anew by the window's size have come when nothing changes any more.
  let last: Buffer | undefined;
  const isStill = async (): Promise<boolean> => {
    const before = last;
    last = await window.shot(name);
    return before?.equals(last) === true;
  };
  await expect.poll(isStill).toBe(true);
  if (process.env.MEMLEDGER_UPDATE_IMAGES === '1') copyFileSync(join(ROOT, `test-results/screenshots/${name}.png`), join(ROOT, `docs/images/${name}.png`));
  if (size !== null) await page.setViewportSize(size);
}

/** Notices go away by themselves; pictures do not wait for that. */
export async function dismissNotices({ page }: LabWindow): Promise<void> {
  const buttons = page.getByRole('region', { name: 'Notices' }).getByRole('button', { name: 'Dismiss' });
  while ((await buttons.count()) > 0) await buttons.first().click();
}
