import { readFile } from 'node:fs/promises';
import { extname, resolve, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export interface StaticFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** The file of a URL's path under `directory`; undefined for one that is not there, lies elsewhere, or is of a kind that is not served. */
export async function readStaticFile(directory: string, url_path: string): Promise<StaticFile | undefined> {
  let path: string;
  try {
    path = decodeURIComponent(url_path);
  } catch {
    return undefined;
  }
  if (path.includes('\0')) return undefined;
  const root = resolve(directory);
  const file = resolve(root, `.${path.endsWith('/') ? `${path}index.html` : path}`);
  const type = TYPES[extname(file)];
  if (type === undefined || !file.startsWith(root + sep)) return undefined;
  try {
    return { type, bytes: await readFile(file) };
  } catch {
    return undefined;
  }
}
