import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { fail, type LabError, ok, type Result } from '../../../src-engine/base/result.ts';
import type { LabMessage, LabRequest } from '../../lab/contract.ts';
import { type LabService, type SocketLike, serveLab, socketPort } from '../../lab/rpc.ts';
import { type Access, createAccess, isLoopbackHost, isOwnOrigin } from './access.ts';
import { readStaticFile } from './static-files.ts';

export interface WebHostOptions {
  readonly lab: LabService;
  /** 0: any free port. */
  readonly port: number;
  /** Directory of the built window. */
  readonly renderer_dir: string;
  /** Where in the lab links lead: `#/shared/1`; without it to its first page. */
  readonly address?: string;
  /** Told each time a link was used, so that the terminal can show the next one. */
  readonly onLinkUsed?: () => void;
}

/** The lab in a browser on this machine. */
export interface WebHost {
  readonly port: number;
  /** A link that opens the lab once. */
  newLink(): string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const SOCKET_PATH = '/lab';
/** A trace to import is the largest message. */
const MESSAGE_BYTES_MAX = 256 * 2 ** 20;

/** Scripts only from here; styles also inline, since the editor and the charts make their own. Nothing from or to the network. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/**
 * Serves the lab to browsers of this machine, on the loopback interface only.
 * Errors: the port is taken or not allowed; the window is not built.
 */
export async function startWebHost({ lab, port, renderer_dir, address = '', onLinkUsed }: WebHostOptions): Promise<Result<WebHost>> {
  if (!existsSync(join(renderer_dir, 'index.html'))) {
    return fail({ code: 'window-not-built', message: 'The window is not built yet.', place: { file: renderer_dir }, remedy: 'run `npm run build`' });
  }
  const server = createServer();
  const trouble = await listen(server, port);
  if (trouble !== undefined) return fail(trouble);
  const bound = (server.address() as AddressInfo).port;
  const access = createAccess(`memledger-${bound}`);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false });

  server.on(
    'request',
    (request, response) => void respond({ request, response, access, renderer_dir, address, ...(onLinkUsed === undefined ? {} : { onLinkUsed }) }),
  );
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const { origin, host, cookie } = request.headers;
    if (request.url !== SOCKET_PATH || !isOwnOrigin(origin, host) || !access.knows(cookie)) {
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => serveLab(lab, socketPort<LabMessage, LabRequest>(socketOf(socket))));
  });

  return ok({
    port: bound,
    newLink: () => `http://${HOST}:${bound}/?token=${access.issue()}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** The two event interfaces differ in their types only. */
function socketOf(socket: WebSocket): SocketLike {
  // An error (a frame too large, a broken connection) closes the socket, which is all that matters.
  socket.on('error', () => undefined);
  return socket as unknown as SocketLike;
}

function listen(server: Server, port: number): Promise<LabError | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        resolve({ code: 'port-in-use', message: `Port ${port} is in use.`, remedy: 'give another one with --port, or --port 0 for any free one' });
      else resolve({ code: 'port-not-usable', message: `Port ${port} cannot be used: ${error.message}.`, remedy: 'give another one with --port' });
    });
    server.listen(port, HOST, () => resolve(undefined));
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly access: Access;
  readonly renderer_dir: string;
  readonly address: string;
  readonly onLinkUsed?: () => void;
}

async function respond({ request, response, access, renderer_dir, address, onLinkUsed }: Exchange): Promise<void> {
  const send = (status: number, type: string, body: string | Uint8Array, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { ...HEADERS, 'Content-Type': type, ...headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  if (!isLoopbackHost(request.headers.host)) return send(403, 'text/plain; charset=utf-8', 'This server answers to 127.0.0.1 only.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, 'text/plain; charset=utf-8', 'Only GET.\n', { Allow: 'GET, HEAD' });
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const token = new URLSearchParams(query).get('token');
  const session = token === null ? undefined : access.redeem(token);
  if (session !== undefined) {
    onLinkUsed?.();
    return send(302, 'text/plain; charset=utf-8', '', { Location: `/${address}`, 'Set-Cookie': access.cookie(session) });
  }
  if (!access.knows(request.headers.cookie)) return send(403, 'text/html; charset=utf-8', REFUSAL);
  if (token !== null) return send(302, 'text/plain; charset=utf-8', '', { Location: '/' });
  const file = await readStaticFile(renderer_dir, path);
  if (file === undefined) return send(404, 'text/plain; charset=utf-8', 'There is no such page.\n');
  send(200, file.type, file.bytes);
}

const REFUSAL = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Memledger</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 36em; margin: 15vh auto; padding: 0 1em; color-scheme: light dark }</style>
<h1>This link does not open the lab</h1>
<p>Each link opens it once, in one browser. This one was used already, or is not complete, or the lab has been started anew since.</p>
<p>Look at the terminal in which <code>memledger serve</code> (or <code>npm start</code>) runs: the last link that it shows is good. If it does not run any more, start it again.</p>
</html>
`;
