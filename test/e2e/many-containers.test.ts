import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { useLabWindow } from './lab-window.ts';
import { memledger } from './served-lab.ts';

/** Hundreds of containers: the tree has the rows in sight alone, and goes wherever the keys lead. */
const window = useLabWindow();
const COUNT = 200;

beforeAll(async () => {
  const names = Array.from({ length: COUNT }, (_, index) => `t${String(index).padStart(3, '0')}`);
  const file = join(window.dir, 'many.yaml');
  writeFileSync(
    file,
    [
      'memledger: 1',
      'name: Many containers',
      'machine: { memory: 64MiB }',
      'containers:',
      ...names.map((name) => `  ${name}: {}`),
      'objects: { f: { file: 4MiB } }',
      'tasks:',
      ...names.map((name) => `  ${name}: { in: ${name} }`),
      'steps:',
      ...names.map((name, index) => `  - { read: f, by: ${name}, range: ${index * 16}KiB..${index * 16 + 16}KiB }`),
      '',
    ].join('\n'),
  );
  const run = await memledger('run', file, '--model', 'static', '--db', window.db_path);
  expect(run.exit, run.stderr).toBe(0);
});

it('has the rows in sight alone, the column of the widest, and brings a chosen row into sight', async () => {
  const { page } = window;
  await window.goTo('run/1');
  const tree = page.getByRole('treegrid', { name: 'Containers' });
  await tree.waitFor();
  await expect.poll(() => tree.getAttribute('aria-rowcount')).toBe(String(COUNT + 2));
  await expect.poll(() => tree.getByRole('row').count()).toBeLessThan(60);
  const width_px = async () => (await tree.getByRole('columnheader', { name: 'current' }).boundingBox())?.width;
  const width_before_px = await width_px();
  await tree.focus();
  for (let row = 0; row < 60; row++) await page.keyboard.press('ArrowDown');
  const chosen = tree.getByRole('row', { selected: true });
  const index = Number(await chosen.getAttribute('aria-rowindex'));
  expect(index).toBeGreaterThan(50);
  const [box, around] = [await chosen.boundingBox(), await tree.boundingBox()];
  if (box === null || around === null) throw new Error('the row is drawn');
  expect(box.y).toBeGreaterThanOrEqual(around.y);
  expect(box.y + box.height).toBeLessThanOrEqual(around.y + around.height + 1);
  await expect.poll(() => chosen.textContent()).toMatch(/16\sKiB/);
  expect(await width_px()).toBe(width_before_px);
});
