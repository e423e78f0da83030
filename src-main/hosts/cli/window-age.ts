import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the built window is made of, in a clone. */
const SOURCE_FOLDERS = ['src-renderer', 'docs'];

/** When the newest file of a folder was changed, in milliseconds; 0 for none. Tests are no part of a build. */
function newestMs(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'));
  return Math.max(0, ...files.map(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs));
}

/** Whether a clone's window was built before its sources were last changed. A packaged app has no sources to be older than. */
export function isWindowOld(root: string): boolean {
  const built = join(root, 'dist/renderer/index.html');
  if (!existsSync(join(root, '.git')) || !existsSync(built)) return false;
  const built_ms = statSync(built).mtimeMs;
  return SOURCE_FOLDERS.some((folder) => newestMs(join(root, folder)) > built_ms);
}
