#!/usr/bin/env node
// `npm start`: the lab in its window, or in the browser where Electron's runtime cannot be had. Runs on any Node.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { isFresh } from '../scripts/age.js';
import { isInstalled, ROOT, run, toolEnvironment } from '../scripts/toolchain.js';

const ELECTRON = join(ROOT, 'node_modules', 'electron');
const BUILT = join(ROOT, 'dist', 'renderer', 'index.html');
const SOURCES = ['src-renderer', 'src-engine', 'src-main', 'migrations', 'docs'].map((name) => join(ROOT, name));

/** Where Electron's runtime comes from, and how long to wait for it to answer. */
const RUNTIME_HOST = 'github.com';
const PROBE_MS = 4000;

/** Options of Electron alone; `memledger serve` does not know them. */
const ELECTRON_ONLY = ['--no-sandbox'];

/** Electron's executable, where its runtime is there. */
function electronExecutable() {
  const name = join(ELECTRON, 'path.txt');
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH || join(ELECTRON, 'dist');
  const path = join(dist, existsSync(name) ? readFileSync(name, 'utf8') : 'electron');
  return existsSync(path) ? path : undefined;
}

/** Whether the runtime's host answers at all: without a network its download would be waited for in vain. */
function answers(host) {
  return new Promise((resolve) => {
    const socket = connect(443, host);
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_MS, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** Starts a command with the terminal's input and output, and ends as it ends. */
function become(command, args) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: toolEnvironment() });
  process.on('SIGINT', () => {
    // A terminal sends it to the child as well.
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`${command} does not start: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code) => process.exit(code === null ? 1 : code));
}

/** Files among the arguments, as absolute paths: the lab is started in its own folder. npm tells in INIT_CWD from where it was called. */
function withPaths(args) {
  return args.map((arg) => {
    const path = resolve(process.env.INIT_CWD || process.cwd(), arg);
    return !arg.startsWith('-') && existsSync(path) ? path : arg;
  });
}

async function start(args) {
  if (!isInstalled('better-sqlite3', 'node')) {
    console.error('The lab’s packages are not installed: run `npm install` first.');
    process.exit(1);
  }
  if (isInstalled('vite') && !isFresh(BUILT, SOURCES)) {
    console.log('Building the window …');
    const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, env: toolEnvironment(), encoding: 'utf8' });
    if (built.status !== 0) {
      console.error(`${built.stdout}${built.stderr}The window could not be built; the lines above say why.`);
      process.exit(1);
    }
  }
  const served = args.filter((arg) => !ELECTRON_ONLY.includes(arg));
  // A file may be opened beside a lab that is being served already.
  const any_port = served.some((arg) => arg.endsWith('.memledger')) && !served.includes('--port') ? ['--port', '0'] : [];
  const in_browser = [join(ROOT, 'bin', 'memledger.js'), 'serve'].concat(served, any_port);
  // Asked for no window, or there is no screen to show one on.
  if (args.includes('--no-open') || (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)) {
    console.log(electronExecutable() === undefined ? 'Electron’s runtime is not installed: serving the lab to a browser.' : 'Serving the lab to a browser.');
    return become(process.execPath, in_browser);
  }
  if (electronExecutable() === undefined && isInstalled('electron') && (await answers(RUNTIME_HOST))) {
    console.log('Fetching Electron’s runtime, once …');
    run('node', [join(ELECTRON, 'install.js')]);
  }
  const electron = electronExecutable();
  if (electron !== undefined) return become(electron, [ROOT].concat(args));
  console.log('Electron’s runtime is not here and cannot be downloaded: opening the lab in the browser.');
  become(process.execPath, in_browser);
}

start(withPaths(process.argv.slice(2)));
