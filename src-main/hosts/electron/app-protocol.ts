import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import type { CustomScheme } from 'electron';

/** The window's own origin: a standard, secure scheme that reaches nothing but the files of the built window. */
export const APP_SCHEME: CustomScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
};
const APP_HOST = 'memledger';
export const APP_URL = `${APP_SCHEME.scheme}://${APP_HOST}/index.html`;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const refuse = (status: number): Response => new Response(null, { status });

/** Answers requests of `app://memledger/…` with files below `root_dir`, and all else with an error status. Links that lead out of it are not followed. */
export function serveFilesBelow(root_dir: string): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET') return refuse(405);
    const url = new URL(request.url);
    const content_type = CONTENT_TYPES[extname(url.pathname)];
    if (url.host !== APP_HOST || content_type === undefined) return refuse(404);
    try {
      const root = await realpath(root_dir);
      const file = await realpath(join(root, decodeURIComponent(url.pathname)));
      if (!file.startsWith(root + sep)) return refuse(404);
      return new Response(await readFile(file), { headers: { 'content-type': content_type, 'x-content-type-options': 'nosniff' } });
    } catch {
      return refuse(404);
    }
  };
}
