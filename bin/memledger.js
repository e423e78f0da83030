#!/usr/bin/env node
// Starts the command line on the Node it needs. Runs on any Node itself, so that a wrong one gets a sentence and not a stack.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isFresh } from '../scripts/age.js';

const NODE_MAJOR_MIN = 24;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OWN_NODE = join(ROOT, 'node_modules/node/bin/node');
const BUILT = join(ROOT, 'dist/cli/main.js');
/** What the build is made of. Whatever was changed since is run from its sources, which takes longer to load. */
const SOURCES = ['src-engine', 'src-main', 'migrations', 'package.json', 'package-lock.json'].map((name) => join(ROOT, name));

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  // Halves the start. The variable carries it to the lab's processes and threads.
  const { directory } = module.enableCompileCache();
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE = directory;
  await import(isFresh(BUILT, SOURCES) ? pathToFileURL(BUILT).href : '../src-main/hosts/cli/main.ts');
} else if (existsSync(OWN_NODE)) {
  const child = spawn(OWN_NODE, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), { stdio: 'inherit' });
  // A terminal's Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {
    child.kill('SIGTERM');
  });
  process.on('SIGHUP', () => {
    child.kill('SIGHUP');
  });
  child.on('error', (error) => {
    console.error(`memledger: the Node that was installed with it does not start: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
} else {
  const needed = `this is Node ${process.versions.node}, and Node ${NODE_MAJOR_MIN} or newer is needed`;
  console.error(`memledger: ${needed} (run \`npm install\` in the clone: it brings one along)`);
  process.exit(1);
}
