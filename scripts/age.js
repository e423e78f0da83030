// Runs on any Node, as bin/ does. Nothing newer than Node 14 here.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** When anything in a file or a folder was last changed, added or taken away, in milliseconds; tests do not count. */
function newestMs(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return path.endsWith('.test.ts') ? 0 : stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

/** Whether `built`, a file of a build, is there and not older than any of the files and folders `sources` that are there. */
export function isFresh(built, sources) {
  return existsSync(built) && sources.every((path) => !existsSync(path) || newestMs(path) <= statSync(built).mtimeMs);
}
