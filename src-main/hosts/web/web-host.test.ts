import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { LabNotice } from '../../lab/contract.ts';
import { createLabClient, type LabService, type SocketLike, socketPort } from '../../lab/rpc.ts';
import { startWebHost, type WebHost } from './web-host.ts';

let directory: string;
let host: WebHost;
let used_count: number;
const listeners = new Set<(notice: LabNotice) => void>();
const lab: LabService = {
  handle: async ({ id, method, params }) => ({ id, ok: true, value: { method, params, bytes: new Float64Array([1, 2]) } }),
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'memledger-web-'));
  mkdirSync(join(directory, 'renderer/assets'), { recursive: true });
  writeFileSync(join(directory, 'renderer/index.html'), '<title>Memledger</title>');
  writeFileSync(join(directory, 'renderer/assets/app.js'), 'export {}');
  writeFileSync(join(directory, 'secret.html'), 'secret');
  used_count = 0;
  const started = await startWebHost({ lab, port: 0, renderer_dir: join(directory, 'renderer'), onLinkUsed: () => (used_count += 1) });
  if (!started.ok) throw new Error(started.errors[0]?.message);
  host = started.value;
});
afterEach(async () => {
  await host.close();
  rmSync(directory, { recursive: true });
});

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A request whose path goes out as it is written: no client tidies it up. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: host.port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

async function login(): Promise<string> {
  const { pathname, search } = new URL(host.newLink());
  const { headers } = await get(pathname + search);
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

describe('web host', () => {
  it('exchanges a link for a session once', async () => {
    const { pathname, search } = new URL(host.newLink());
    const first = await get(pathname + search);
    expect(first.status).toBe(302);
    expect(first.headers.location).toBe('/');
    expect(first.headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Strict/);
    expect(used_count).toBe(1);
    const second = await get(pathname + search);
    expect(second.status).toBe(403);
    expect(second.body).toContain('memledger serve');
    const page = await get('/', { cookie: first.headers['set-cookie']?.[0]?.split(';')[0] ?? '' });
    expect(page).toMatchObject({ status: 200, body: '<title>Memledger</title>' });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('leads its links to the place that it was started for', async () => {
    const started = await startWebHost({ lab, port: 0, renderer_dir: join(directory, 'renderer'), address: '#/shared/1' });
    if (!started.ok) throw new Error(started.errors[0].message);
    const answer = await fetch(started.value.newLink(), { redirect: 'manual' });
    expect(answer.headers.get('location')).toBe('/#/shared/1');
    await started.value.close();
  });

  it('shows nothing without a session, and nothing to a foreign host name', async () => {
    expect((await get('/')).status).toBe(403);
    expect((await get('/assets/app.js')).status).toBe(403);
    expect((await get('/?token=wrong')).status).toBe(403);
    const cookie = await login();
    expect((await get('/', { cookie, host: 'evil.example' })).status).toBe(403);
    expect((await get('/', { cookie, host: `evil.example:${host.port}` })).status).toBe(403);
    expect((await get('/', { cookie, host: 'localhost:9999' })).status).toBe(200);
  });

  it('serves files of the window only', async () => {
    const cookie = await login();
    expect(await get('/assets/app.js', { cookie })).toMatchObject({ status: 200, body: 'export {}' });
    for (const path of ['/../secret.html', '/%2e%2e/secret.html', '/..%2fsecret.html', '/assets/../../secret.html', '/%00', '/%', '/assets', '/none.html']) {
      expect((await get(path, { cookie })).status, path).toBe(404);
    }
    expect((await get('/', { cookie }, 'POST')).status).toBe(405);
  });

  it('carries calls and notices over a socket', async () => {
    const cookie = await login();
    const socket = new WebSocket(`ws://127.0.0.1:${host.port}/lab`, { headers: { cookie }, origin: `http://127.0.0.1:${host.port}` });
    const client = createLabClient(socketPort(socket as unknown as SocketLike));
    await new Promise((resolve) => socket.once('open', resolve));
    expect(await client.call('library', {})).toEqual({ ok: true, value: { method: 'library', params: {}, bytes: new Float64Array([1, 2]) } });
    const notice = new Promise((resolve) => client.subscribe(resolve));
    for (const listener of listeners) listener({ kind: 'library-changed' });
    expect(await notice).toEqual({ kind: 'library-changed' });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.send('not a frame');
    await closed;
    expect(await client.call('library', {})).toMatchObject({ ok: false, errors: [{ code: 'disconnected' }] });
    await vi.waitFor(() => expect(listeners.size).toBe(0));
  });

  it('refuses sockets of other pages and of nobody', async () => {
    const cookie = await login();
    const statusOf = (headers: Record<string, string>, origin: string): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${host.port}/lab`, { headers, origin });
        socket.once('unexpected-response', (_request, response) => {
          resolve(response.statusCode ?? 0);
          socket.on('error', () => undefined).terminate();
        });
        socket.once('open', () => resolve(101));
      });
    const own = `http://127.0.0.1:${host.port}`;
    expect(await statusOf({}, own)).toBe(403);
    expect(await statusOf({ cookie }, 'http://evil.example')).toBe(403);
    expect(await statusOf({ cookie, host: 'evil.example' }, 'http://evil.example')).toBe(403);
  });

  it('says that a port is in use, and that the window is not built', async () => {
    const taken = await startWebHost({ lab, port: host.port, renderer_dir: join(directory, 'renderer') });
    expect(taken).toMatchObject({ ok: false, errors: [{ code: 'port-in-use', remedy: expect.stringContaining('--port') }] });
    const unbuilt = await startWebHost({ lab, port: 0, renderer_dir: directory });
    expect(unbuilt).toMatchObject({ ok: false, errors: [{ code: 'window-not-built' }] });
  });
});
