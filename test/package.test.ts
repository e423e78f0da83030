import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MEDIA_TYPE } from '../src-main/hosts/cli/desktop-files.ts';

/**
 * `npm run package`, as far as it goes without Electron's runtime: electron-builder checks electron-builder.yml by its own schema and packs the app into a folder, around a stand-in for the runtime.
 * What it makes of that folder (deb, AppImage, tar.gz) needs programs that it downloads.
 */
const ROOT = join(import.meta.dirname, '..');
const dir = mkdtempSync(join(tmpdir(), 'memledger-package-'));
const app = join(dir, 'out/linux-unpacked/resources/app');
afterAll(() => rmSync(dir, { recursive: true }));

beforeAll(() => {
  const runtime = join(dir, 'runtime');
  mkdirSync(join(runtime, 'resources'), { recursive: true });
  writeFileSync(join(runtime, 'electron'), '');
  chmodSync(join(runtime, 'electron'), 0o755);
  execFileSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/electron-builder/cli.js'),
      '--linux',
      'dir',
      '--x64',
      '--publish',
      'never',
      `-c.electronDist=${runtime}`,
      `-c.directories.output=${join(dir, 'out')}`,
    ],
    { cwd: ROOT, stdio: 'pipe' },
  );
});

const filesIn = (folder: string, patterns: readonly string[]): readonly string[] =>
  globSync([...patterns], { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

describe('the packed app', () => {
  it('holds the bundles, the examples and one package, and nothing else', () => {
    expect(readdirSync(app).sort()).toEqual(['dist', 'examples', 'node_modules', 'package.json']);
    expect(readdirSync(join(app, 'node_modules'))).toEqual(['better-sqlite3']);
    const parts = ['dist/electron/**', 'dist/renderer/**', 'examples/**'];
    expect(filesIn(app, ['dist/**', 'examples/**'])).toEqual(filesIn(ROOT, parts));
    expect(filesIn(app, ['node_modules/**/*.node'])).toEqual(['node_modules/better-sqlite3/prebuilds/linux-x64.node']);
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')('opens a database with what it brings', () => {
    const script = `const Database = require('module').createRequire(process.argv[1])('better-sqlite3'); console.log(new Database(':memory:').prepare('select 6 * 7').pluck().get())`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, join(app, 'dist/electron/main.js')], { cwd: dir, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '42\n', stderr: '' });
  });

  it('starts by the program that package.json names', () => {
    const { main } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as { readonly main: string };
    expect(filesIn(app, [main])).toEqual([main]);
  });
});

it('gives shared files the type that `memledger desktop-file` gives them', () => {
  const config: unknown = parse(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8'));
  expect(config).toMatchObject({ fileAssociations: [{ ext: 'memledger', mimeType: MEDIA_TYPE }] });
});
