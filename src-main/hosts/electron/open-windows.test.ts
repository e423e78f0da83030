import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createOpenWindows, freeName } from './open-windows.ts';

const dir = mkdtempSync(join(tmpdir(), 'memledger-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('gives back what was kept', () => {
  const windows = createOpenWindows(join(dir, 'windows.json'));
  expect(windows.list()).toEqual([]);
  windows.keep([{ name: 'lab', address: '#/run/7?event=3' }]);
  expect(windows.list()).toEqual([{ name: 'lab', address: '#/run/7?event=3' }]);
});

it.each(['', '{', '[null, 3]', '[{"name":"x","address":"#/"}]', '[{"name":"lab","address":"javascript:1"}]', '[{"name":"lab"}]'])(
  'takes a file of `%s` for none',
  (text) => {
    const path = join(dir, 'other.json');
    writeFileSync(path, text);
    expect(createOpenWindows(path).list()).toEqual([]);
  },
);

it('names windows by the first free number', () => {
  expect(freeName([])).toBe('lab');
  expect(freeName(['lab', 'lab-3'])).toBe('lab-2');
});
