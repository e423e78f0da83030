import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { APP_URL, serveFilesBelow } from './app-protocol.ts';

const dir = mkdtempSync(join(tmpdir(), 'memledger-'));
const root = join(dir, 'renderer');
mkdirSync(join(root, 'assets'), { recursive: true });
writeFileSync(join(root, 'index.html'), '<!doctype html>');
writeFileSync(join(root, 'assets', 'a b.js'), 'export {};');
writeFileSync(join(dir, 'secret.json'), '{}');
afterAll(() => rmSync(dir, { recursive: true }));

const serve = serveFilesBelow(root);

describe('app://', () => {
  it('serves the files of the window with their type', async () => {
    const page = await serve(new Request(APP_URL));
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await (await serve(new Request('app://memledger/assets/a%20b.js'))).text()).toBe('export {};');
  });

  it.each([
    'app://memledger/../secret.json',
    'app://memledger/%2e%2e/secret.json',
    'app://memledger/..%2fsecret.json',
    'app://memledger/assets/..%2f..%2fsecret.json',
    'app://memledger/%00.json',
    'app://memledger/%E0%A4.json',
    'app://memledger/missing.js',
    'app://memledger/assets/',
    'app://elsewhere/index.html',
  ])('answers 404 to %s', async (url) => {
    expect((await serve(new Request(url))).status).toBe(404);
  });

  it('answers to nothing but GET', async () => {
    expect((await serve(new Request(APP_URL, { method: 'POST' }))).status).toBe(405);
  });
});
