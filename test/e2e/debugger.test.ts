import { describe, expect, it } from 'vitest';
import { expectAccessible, useLabWindow } from './lab-window.ts';
import { runModels, scenarioRow } from './library-page.ts';
import { eventAtCursor, jumpTo, jumpToStep, press } from './run-page.ts';

/** The run view as a debugger: two markers, watches that continue either way, and reasons. */
const window = useLabWindow();
const EXAMPLE = 'A shared library in three containers';

describe('a run under the debugger', () => {
  it('tells what changed between marker A and marker B, and keeps it while the cursor moves on', async () => {
    const { page } = window;
    await scenarioRow(page, EXAMPLE).click();
    await runModels(page, ['static']);
    await page.getByRole('link', { name: '1', exact: true }).click();
    await page.getByRole('treegrid', { name: 'Containers' }).waitFor();
    await jumpToStep(page, 0);
    await page.keyboard.press('m');
    await jumpTo(page, 'a-alone');
    await expect.poll(() => eventAtCursor(page)).toBeGreaterThan(1000);
    await page.keyboard.press('Shift+M');
    const table = page.getByRole('grid', { name: 'Changes from A to B' });
    const current = table.getByRole('row').filter({ hasText: /^A\s*current/ });
    await current.waitFor();
    await expect.poll(() => current.textContent()).toMatch(/A\s*current\s*0\s*6\.00\u202fMiB\s*\+6\.00\u202fMiB/);
    await page.keyboard.press('End');
    await expect.poll(() => current.textContent()).toContain('+6.00\u202fMiB');
    // The tree and the costs tell what lies between the two, too.
    await page.getByRole('tab', { name: 'Containers' }).click();
    const tree = page.getByRole('treegrid', { name: 'Containers' });
    await expect
      .poll(() =>
        tree
          .getByRole('row')
          .filter({ has: page.getByTitle('A', { exact: true }) })
          .textContent(),
      )
      .toContain('+6.00\u202fMiB');
    await window.shot('markers-tree');
    await expectAccessible(page);
    await page.getByRole('tab', { name: 'Cost' }).click();
    const updates = page.getByRole('row').filter({ has: page.getByTitle('counter_updates', { exact: true }) });
    await expect.poll(() => updates.textContent()).toMatch(/\+\d/);
    await expectAccessible(page);
    await page.getByRole('tab', { name: 'Markers' }).click();
    await expectAccessible(page);
    // One key more takes B away: the cursor takes its place.
    await page.keyboard.press('Shift+M');
    await page.getByText('B: the cursor').waitFor();
    await page.keyboard.press('m');
  });

  it('continues to the event that changes a watched counter, forwards and backwards', async () => {
    const { page } = window;
    await page.keyboard.press('Home');
    await expect.poll(() => eventAtCursor(page)).toBe(0);
    await page.keyboard.press('Shift+W');
    const field = page.getByRole('textbox', { name: 'What to watch' });
    await expect.poll(() => page.locator('input:focus').getAttribute('aria-label')).toBe('What to watch');
    await field.fill('B curent');
    await page.keyboard.press('Enter');
    await page.getByText('did you mean `current`?', { exact: false }).waitFor();
    await field.fill('B current');
    await page.keyboard.press('Enter');
    const row = page.getByRole('list', { name: 'Watched' }).getByRole('button', { name: /^B current/ });
    await expect.poll(() => row.textContent()).toContain('0');
    // The row has the keys now.
    await expect.poll(() => page.locator('button.pick:focus').textContent()).toContain('B current');
    const first = await press(page, 'u');
    await page.getByText('B current: 0 → 4\u202fKiB').waitFor();
    const second = await press(page, 'u');
    await page.getByText('B current: 4\u202fKiB → 8\u202fKiB').waitFor();
    expect(second).toBeGreaterThan(first);
    expect(await press(page, 'Shift+U')).toBe(first);
    await expect.poll(() => row.textContent()).toContain('4\u202fKiB');
    await page.keyboard.press('Shift+U');
    await page.getByText('B current does not change before the cursor.').waitFor();
    expect(await eventAtCursor(page)).toBe(first);
  });

  it('says why a page is charged to whom it is, and goes to the event that made it so', async () => {
    const { page } = window;
    await jumpTo(page, 'two-sharers');
    await page.keyboard.press('y');
    await page.getByRole('textbox', { name: 'What to explain' }).fill('libc[12]');
    await page.keyboard.press('Enter');
    await page.getByText(/^b faulted libc\[12\] \(minor fault\) at step 8; under static it is charged to A: a faulted libc\[12\] first at step 1\.$/).waitFor();
    await page.getByText(/^Under static the first to touch a page owns it/).waitFor();
    const chain = page.getByRole('listbox', { name: 'Events that made it so' });
    const link = chain.getByRole('option').nth(1);
    const event = Number((await link.locator('.event').getAttribute('title'))?.replace('Event ', ''));
    await chain.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => eventAtCursor(page)).toBe(event);
    expect(await link.textContent()).toContain('a faulted libc[12] first: A is charged 1 page');
  });

  it('leaves the fields of Watch and Why by Escape, and jumps to the next event of what is named', async () => {
    const { page } = window;
    await jumpTo(page, '0');
    await expect.poll(() => eventAtCursor(page)).toBe(0);
    for (const [key, field] of [
      ['Shift+W', 'What to watch'],
      ['y', 'What to explain'],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => page.locator('input:focus').getAttribute('aria-label')).toBe(field);
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('[role=grid]:focus').getAttribute('aria-label')).toBe('Events');
    }
    // What a counter that is 0 is made of has no rows to go to.
    await page.keyboard.press('y');
    await page.getByRole('textbox', { name: 'What to explain' }).fill('A oom_kill');
    await page.keyboard.press('Enter');
    await page.getByText(/^A events\.oom_kill is 0$/).waitFor();
    await page.keyboard.press('j');
    await page.getByRole('textbox', { name: 'Where to' }).fill('next page_add of B');
    await page.keyboard.press('Enter');
    await expect.poll(() => eventAtCursor(page)).toBeGreaterThan(0);
    const row = page.getByRole('grid', { name: 'Events' }).locator('[aria-selected=true]');
    await expect.poll(() => row.textContent()).toMatch(/page_add\s*b\s*B\s*b:heap-b:0/);
  });

  it('says what a counter is made of, from its row in the list of counters', async () => {
    const { page } = window;
    await jumpTo(page, 'a-alone');
    await page.getByRole('tab', { name: 'Containers' }).click();
    await page
      .getByRole('treegrid', { name: 'Containers' })
      .getByRole('rowheader')
      .and(page.getByTitle('A', { exact: true }))
      .click();
    const list = page.getByRole('region', { name: 'Counters of A', exact: true });
    await list.getByText('current', { exact: true }).hover();
    await list.getByRole('button', { name: 'Why current of A' }).click();
    const parts = page.getByRole('listbox', { name: 'What the counter is made of' });
    await expect.poll(() => parts.getByRole('option').count()).toBe(2);
    expect(await parts.getByRole('option').nth(0).textContent()).toMatch(/4\.00\u202fMiB\s*a brought in pages of libc — step 1/);
    expect(await parts.getByRole('option').nth(1).textContent()).toMatch(/2\.00\u202fMiB\s*a brought in pages of a:heap-a — step 3/);
    await window.shot('why-counter');
    await expectAccessible(page);
    await page.keyboard.press('Shift+W');
    await window.shot('watches');
    await expectAccessible(page);
  });
});
