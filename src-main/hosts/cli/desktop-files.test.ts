import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { SHARE_MAGIC } from '../../lab/share/format.ts';
import { desktopEntry, MEDIA_TYPE, MEDIA_TYPE_XML } from './desktop-files.ts';

const dir = mkdtempSync(join(tmpdir(), 'memledger-'));
const env = { ...process.env, XDG_DATA_HOME: dir };
afterAll(() => rmSync(dir, { recursive: true }));

const ENTRY = join(dir, 'applications/memledger.desktop');
const MEMLEDGER = fileURLToPath(new URL('../../../bin/memledger.js', import.meta.url));
const memledger = (...args: readonly string[]) => spawnSync(process.execPath, [MEMLEDGER, ...args], { encoding: 'utf8', env });
const isThere = (program: string): boolean => spawnSync(program, ['--help']).error === undefined;

describe('an entry of the menus', () => {
  it('quotes its program as the specification has it', () => {
    const entry = desktopEntry({ command: ['/opt/my lab/node', '/a$b`c"d\\e%f'], icon: '/i.png', in_terminal: true });
    expect(entry).toContain('\nExec="/opt/my lab/node" "/a\\\\$b\\\\`c\\\\"d\\\\\\\\e%%f" %f\n');
  });

  it('knows files by the bytes with which they begin', () => {
    const [, value = ''] = /value="([^"]*)"/.exec(MEDIA_TYPE_XML) ?? [];
    const text = value.replace(/\\x([0-9a-f]{2})|\\([rn])/g, (_, hex, sign) =>
      hex === undefined ? { r: '\r', n: '\n' }[sign as 'r' | 'n'] : String.fromCharCode(Number.parseInt(hex, 16)),
    );
    expect([...text].map((letter) => letter.charCodeAt(0))).toEqual([...SHARE_MAGIC]);
  });
});

describe('memledger desktop-file', () => {
  it('prints the entry, and writes nothing', () => {
    const { status, stdout } = memledger('desktop-file');
    expect(status).toBe(0);
    expect(stdout).toContain(`MimeType=${MEDIA_TYPE};`);
    expect(existsSync(ENTRY)).toBe(false);
  });

  it('writes it so that a desktop opens files with it, and takes it away again', () => {
    expect(memledger('desktop-file', '--install').status).toBe(0);
    const exec = /^Exec="([^"]+)" "([^"]+)" %f$/m.exec(readFileSync(ENTRY, 'utf8'));
    expect([exec?.[1], exec?.[2]].map((path) => existsSync(path ?? ''))).toEqual([true, true]);
    expect(existsSync(/^Icon=(.+)$/m.exec(readFileSync(ENTRY, 'utf8'))?.[1] ?? '')).toBe(true);
    // What desktops themselves use, where it is installed.
    if (isThere('desktop-file-validate')) expect(spawnSync('desktop-file-validate', [ENTRY], { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' });
    if (isThere('gio') && isThere('update-mime-database')) {
      for (const name of ['a.memledger', 'no-name']) {
        writeFileSync(join(dir, name), SHARE_MAGIC);
        expect(spawnSync('gio', ['info', '-a', 'standard::content-type', join(dir, name)], { encoding: 'utf8', env }).stdout).toContain(MEDIA_TYPE);
      }
    }
    expect(memledger('desktop-file', '--remove').status).toBe(0);
    expect(existsSync(ENTRY)).toBe(false);
  });
});
