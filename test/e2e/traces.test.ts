import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { importFiles } from './library-page.ts';
import { countersOf, eventAtCursor, jumpTo, numberIn, press } from './run-page.ts';
import { memledger, ROOT } from './served-lab.ts';

/** The reclaim traces of two real kernels, opened and stepped through as recorded runs. The totals were counted from the files themselves. */
const window = useLabWindow();
const TRACES = [
  { version: '6.1', pass_count: 69, page_count: 3670 },
  { version: '6.12', pass_count: 57, page_count: 3648 },
] as const;
const fileOf = (version: string): string => join(ROOT, `test/fixtures/ftrace-vmscan-${version}.txt`);

describe.each(TRACES)('the trace of kernel $version', ({ version, pass_count, page_count }) => {
  it('opens as a run whose totals are the golden ones', async () => {
    const { page } = window;
    await window.goTo('library');
    await importFiles(page, fileOf(version));
    await page.getByRole('heading', { level: 1, name: new RegExp(`ftrace-vmscan-${version}`) }).waitFor();
    await page.getByRole('tab', { name: 'Containers' }).click();
    const counters = await countersOf(page, '.');
    expect({ scanned: counters.pgscan, reclaimed: counters.pgsteal }).toEqual({ scanned: page_count, reclaimed: page_count });
  });

  it('lists its reclaim passes as spans', async () => {
    const { page } = window;
    await page.getByRole('tab', { name: 'Reclaim' }).click();
    const passes = page.getByRole('grid', { name: 'Reclaim passes' });
    expect(Number(await passes.getAttribute('aria-rowcount'))).toBe(pass_count + 1);
    await jumpTo(page, '0');
    await page.getByText('The cursor stands before the first pass.').waitFor();
    const first = await press(page, 'Shift+]');
    const second = await press(page, 'Shift+]');
    expect(second).toBeGreaterThan(first);
    expect(await press(page, 'Shift+[')).toBe(first);
    await page
      .getByRole('region', { name: 'The pass at the cursor' })
      .getByText(/begin .* end .* took/)
      .waitFor();
  });

  it('adds a pass up per LRU list and priority', async () => {
    const { page } = window;
    const detail = page.getByRole('region', { name: 'The pass at the cursor' });
    const summary = (await detail.getByText(/reclaimed .* of .* scanned/).textContent()) ?? '';
    const matrix = detail.getByRole('table', { name: 'Scans of the pass' });
    await matrix
      .getByRole('columnheader', { name: /^priority \d+/ })
      .first()
      .waitFor();
    expect(await matrix.getByRole('rowheader').allTextContents()).toEqual(expect.arrayContaining([expect.stringMatching(/_(anon|file)$/)]));
    const totals = await matrix.locator('td b').allTextContents();
    const reclaimed = totals.map((text) => numberIn(text.split('→')[1] ?? null)).reduce((sum, count) => sum + count, 0);
    expect(reclaimed).toBe(numberIn(/reclaimed (\S+) of/.exec(summary)?.[1] ?? null));
  });

  it('shows the raw line of the event at the cursor', async () => {
    const { page } = window;
    const source = page.getByRole('region', { name: 'Text of the trace' });
    if ((await source.count()) === 0) await page.keyboard.press('l');
    const current = source.locator('[aria-current]');
    await current.waitFor();
    const number = numberIn(await current.locator('.number').textContent());
    const lines = readFileSync(fileOf(version), 'utf8').split('\n');
    expect((await current.locator('code').textContent())?.trim()).toBe(lines[number - 1]?.trim());
    expect(lines[number - 1]).toContain('begin');
    // And field by field: what the lab does not interpret too.
    const fields = page.getByRole('region', { name: 'Fields of the event' });
    await fields.getByText(`line ${number.toLocaleString('en').replaceAll(',', '\u202f')}`).waitFor();
    const names = await fields.getByRole('term').allTextContents();
    expect(names).toContain('order');
    expect(names.map((name) => `${name}=`).filter((name) => !lines[number - 1]?.includes(name))).toEqual([]);
    await expectAccessible(page);
    await window.shot(`trace-${version}`);
  });

  it('is stepped through event by event', async () => {
    const { page } = window;
    const start = await eventAtCursor(page);
    expect(await press(page, '.')).toBe(start + 1);
    expect(await press(page, ',')).toBe(start);
  });
});

describe('a file that is no trace', () => {
  it('is refused in one sentence, and nothing is lost', async () => {
    const { page } = window;
    await window.goTo('library');
    await importFiles(page, { name: 'noise.txt', mimeType: 'text/plain', buffer: Buffer.from('neither here\nnor there\n') });
    const notice = page.getByRole('alert').filter({ hasText: 'noise.txt' });
    await notice.waitFor();
    await window.shot('refused-trace');
  });
});

describe('a watched cgroup tree', () => {
  it('shows what its containers are charged, and what no file says as not known', async () => {
    const { page, dir, db_path } = window;
    const tree = join(dir, 'pods');
    mkdirSync(join(tree, 'a'), { recursive: true });
    for (const [file, text] of [
      ['memory.current', '8388608\n'],
      ['memory.stat', 'anon 4194304\nfile 4194304\n'],
    ] as const)
      for (const path of ['.', 'a']) writeFileSync(join(tree, path, file), text);
    const watched = await memledger('watch', tree, '--interval', '10ms', '--count', '6', '--db', db_path, '--json');
    expect(watched.exit).toBe(0);
    const { run_id } = JSON.parse(watched.stdout) as { readonly run_id: number };
    await window.goTo(`run/${run_id}`);
    await page.getByText('current by container').waitFor();
    const counters = await countersOf(page, 'a');
    expect({ current: counters.current, anon: counters.anon, sock: Number.isNaN(counters.sock) }).toEqual({ current: 8_388_608, anon: 4_194_304, sock: true });
  });
});
