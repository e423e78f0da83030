import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useLabWindow } from './lab-window.ts';
import { memledger, serveLab } from './served-lab.ts';

/** Who may open the lab in a browser, and what is said to who may not. */
const window = useLabWindow();

/** What a browser without a session is shown at an address. */
async function shownTo(url: string): Promise<{ readonly status: number; readonly heading: string; readonly url: string }> {
  const context = await window.browser.newContext();
  try {
    const page = await context.newPage();
    const response = await page.goto(url);
    return { status: response?.status() ?? 0, heading: (await page.locator('h1').first().textContent()) ?? '', url: page.url() };
  } finally {
    await context.close();
  }
}

describe('a link', () => {
  it('opens the lab once', async () => {
    expect(await shownTo(window.lab.url)).toMatchObject({ status: 403, heading: 'This link does not open the lab' });
  });

  it('is followed by another in the terminal, which opens it elsewhere and leaves no token in the address', async () => {
    await expect.poll(() => window.lab.links.length).toBe(2);
    const { status, heading, url } = await shownTo(window.lab.links[1] ?? '');
    expect({ status, heading }).toEqual({ status: 200, heading: 'Library' });
    expect(url).not.toContain('token');
  });

  it('must be whole', async () => {
    const origin = `http://127.0.0.1:${window.lab.port}`;
    expect(await shownTo(`${origin}/?token=wrong`)).toMatchObject({ status: 403, heading: 'This link does not open the lab' });
    expect(await shownTo(origin)).toMatchObject({ status: 403, heading: 'This link does not open the lab' });
  });
});

describe('a port in use', () => {
  it('is told in one sentence with its remedy', async () => {
    const { exit, stdout, stderr } = await memledger('serve', '--no-open', '--port', String(window.lab.port), '--db', window.db_path);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`Port ${window.lab.port} is in use\\..*--port`, 's'));
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
  });
});

describe('a lab that ends', () => {
  it('is missed by its window, which says what to do', async () => {
    const lab = await serveLab(join(window.dir, 'ended.db'));
    const context = await window.browser.newContext();
    const page = await context.newPage();
    await page.goto(lab.url);
    await page.getByRole('grid', { name: 'Scenarios' }).waitFor();
    await lab.stop();
    await page.getByRole('alert').getByText('What is recorded is safe').waitFor();
    await context.close();
  });
});
