// After `npm install`: builds the window and the desktop host, so that `npm start` opens at once.
// An install with only production packages has nothing to build with and needs nothing built.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, ROOT, run } from './toolchain.js';

if (isInstalled('vite', 'node') && existsSync(join(ROOT, 'src-renderer', 'index.html')) && run('npm', ['run', '--silent', 'build']) !== 0) {
  console.error('The window could not be built yet; `npm start` will try again and say why.');
}
