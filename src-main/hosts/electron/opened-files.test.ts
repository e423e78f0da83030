import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { filesOf, readOpened } from './opened-files.ts';
import { createRecentFiles } from './recent-files.ts';

const dir = mkdtempSync(join(tmpdir(), 'memledger-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('filesOf', () => {
  it('leaves out the program, the app and switches, wherever they stand', () => {
    const argv = ['/opt/electron', '--no-sandbox', '/opt/memledger', 'a.yaml', '--flag', '/data/trace.txt'];
    expect(filesOf(argv, 2, '/here')).toEqual(['/here/a.yaml', '/data/trace.txt']);
    expect(filesOf(['/opt/memledger', 'a.yaml'], 1, '/here')).toEqual(['/here/a.yaml']);
  });

  it('takes the addresses that file managers hand over for paths', () => {
    const argv = ['/opt/memledger', 'file:///data/two%20pods.memledger', 'file://elsewhere/a.memledger', 'file:name'];
    expect(filesOf(argv, 1, '/here')).toEqual(['/data/two pods.memledger', '/here/file:/elsewhere/a.memledger', '/here/file:name']);
  });
});

describe('readOpened', () => {
  it('gives name and bytes, or one sentence with the place', async () => {
    writeFileSync(join(dir, 'a.yaml'), 'memledger: 1\n');
    expect(await readOpened(join(dir, 'a.yaml'))).toEqual({ ok: true, value: { name: 'a.yaml', bytes: new TextEncoder().encode('memledger: 1\n') } });
    expect(await readOpened(join(dir, 'none'))).toMatchObject({ ok: false, errors: [{ code: 'file-not-readable', place: { file: join(dir, 'none') } }] });
    expect(await readOpened(dir)).toMatchObject({ ok: false });
  });
});

describe('recent files', () => {
  it('keeps the newest first, each once, over restarts', () => {
    const list_path = join(dir, 'recent.json');
    for (let index = 0; index < 12; index += 1) createRecentFiles(list_path).add(`/f${index}`);
    createRecentFiles(list_path).add('/f5');
    expect(createRecentFiles(list_path).list()).toEqual(['/f5', '/f11', '/f10', '/f9', '/f8', '/f7', '/f6', '/f4', '/f3', '/f2']);
  });

  it('starts empty where there is no list or a broken one', () => {
    expect(createRecentFiles(join(dir, 'missing.json')).list()).toEqual([]);
    writeFileSync(join(dir, 'broken.json'), '{');
    expect(createRecentFiles(join(dir, 'broken.json')).list()).toEqual([]);
    createRecentFiles(join(dir, 'no', 'such', 'place.json')).add('/f');
  });
});
