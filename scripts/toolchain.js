// Runs on any Node, so that a fresh clone can say what it lacks. Nothing newer than Node 14 here.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');

/** True once the packages that `packages` names are installed. */
export function isInstalled(...packages) {
  return packages.every((name) => existsSync(join(ROOT, 'node_modules', name, 'package.json')));
}

/** The environment in which the clone's own Node 24 and its tools come first. */
export function toolEnvironment() {
  return { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH}` };
}

/** Runs a command in the clone with its output shown; returns its exit code (1 if it could not start or was killed). */
export function run(command, args, extra = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...toolEnvironment(), ...extra } });
  if (result.error !== undefined) console.error(`${command}: ${result.error.message}`);
  return result.status === null ? 1 : result.status;
}

/** The Chromium for browser tests: `MEMLEDGER_CHROMIUM`, else the system's; undefined if there is none. */
export function findChromium() {
  const candidates = [process.env.MEMLEDGER_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path));
}
