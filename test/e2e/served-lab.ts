import { execFile, type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';

export const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'bin/memledger.js');

/** `memledger serve` in a process of its own, as a user starts it. */
export interface ServedLab {
  /** Links in the order in which the terminal showed them. Each opens the lab once; another appears when one was used. */
  readonly links: readonly string[];
  /** The first link. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the lab, as Ctrl-C does unless another signal is named, and waits for its end. */
  stop(signal?: 'SIGINT' | 'SIGTERM'): Promise<void>;
}

/** Starts the lab over the database `db_path`, on any free port, and waits until it shows its first link. */
export const serveLab = (db_path: string): Promise<ServedLab> => startLab([CLI, 'serve', '--no-open', '--port', '0', '--db', db_path]);

/** Starts a script of Node that serves the lab, and waits until it shows its first link. */
export async function startLab(args: readonly string[], options: Pick<SpawnOptions, 'cwd' | 'env'> = {}): Promise<ServedLab> {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const links: string[] = [];
  const shown = Promise.withResolvers<void>();
  createInterface(child.stdout).on('line', (line) => {
    const [link] = line.match(/http:\/\/127\.0\.0\.1:\d+\S*/) ?? [];
    if (link === undefined) return;
    links.push(link);
    shown.resolve();
  });
  await Promise.race([shown.promise, ended]);
  const [first] = links;
  if (first === undefined) throw new Error('the lab ended before it showed a link');
  return {
    links,
    url: first,
    port: Number(new URL(first).port),
    // A process that has shown a link was started.
    pid: child.pid ?? 0,
    async stop(signal = 'SIGINT') {
      child.kill(signal);
      await ended;
    },
  };
}

/** What a command printed, and its exit code. */
export interface CliEnd {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a `memledger` command to its end. */
export async function memledger(...args: readonly string[]): Promise<CliEnd> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [CLI, ...args], { cwd: ROOT, maxBuffer: 64 * 2 ** 20 });
    return { exit: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as CliEnd & { readonly code: unknown };
    if (typeof code !== 'number') throw error;
    return { exit: code, stdout, stderr };
  }
}

/** Chromium as the tests use it: no network of its own, any user. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.MEMLEDGER_CHROMIUM ?? '/usr/bin/chromium';
  const args = ['--no-sandbox', '--disable-background-networking', '--disable-quic', '--no-first-run', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath, args });
}

/** Collects what a page complains of: errors and warnings in the console, exceptions, requests that leave this machine. */
export function watchComplaints(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== '127.0.0.1' && !['data:', 'blob:', 'about:'].includes(protocol)) complaints.push(`request to ${request.url()}`);
  });
  return complaints;
}
