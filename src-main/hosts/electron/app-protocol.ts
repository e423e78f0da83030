import type { CustomScheme } from 'electron';
import { readStaticFile } from '../web/static-files.ts';

/** The window's own origin: a standard, secure scheme that reaches nothing but the files of the built window. */
export const APP_SCHEME: CustomScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
};
const APP_HOST = 'memledger';
export const APP_URL = `${APP_SCHEME.scheme}://${APP_HOST}/index.html`;

const refuse = (status: number): Response => new Response(null, { status });

/** Answers requests of `app://memledger/…` with files below `directory`, and all else with an error status. */
export function serveFilesBelow(directory: string): (request: Request) => Promise<Response> {
  return async ({ method, url }) => {
    if (method !== 'GET') return refuse(405);
    const { host, pathname } = new URL(url);
    const file = host === APP_HOST ? await readStaticFile(directory, pathname) : undefined;
    if (file === undefined) return refuse(404);
    return new Response(new Uint8Array(file.bytes), { headers: { 'content-type': file.type, 'x-content-type-options': 'nosniff' } });
  };
}
