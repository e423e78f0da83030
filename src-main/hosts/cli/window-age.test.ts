import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isWindowOld } from './window-age.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'memledger-age-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, changed_s: number): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), '');
  utimesSync(join(root, path), changed_s, changed_s);
}

describe('the age of the built window', () => {
  it('is compared with the newest source of a clone, deep in its folders, and with the docs', () => {
    put('.git', 1);
    put('dist/renderer/index.html', 100);
    put('src-renderer/views/run/RunView.vue', 99);
    put('docs/models.md', 100);
    expect(isWindowOld(root)).toBe(false);
    put('src-renderer/views/run/zoom.test.ts', 101);
    expect(isWindowOld(root)).toBe(false);
    put('src-renderer/views/run/RunView.vue', 101);
    expect(isWindowOld(root)).toBe(true);
    put('src-renderer/views/run/RunView.vue', 99);
    put('docs/models.md', 101);
    expect(isWindowOld(root)).toBe(true);
  });

  it('is of no matter where nothing is built, or outside of a clone', () => {
    put('src-renderer/main.ts', 101);
    put('.git', 1);
    expect(isWindowOld(root)).toBe(false);
    put('dist/renderer/index.html', 100);
    expect(isWindowOld(root)).toBe(true);
    rmSync(join(root, '.git'));
    expect(isWindowOld(root)).toBe(false);
  });
});
