import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright-core';

export const ROOT = join(import.meta.dirname, '../..');

/** `memledger serve` in a process of its own, as a user starts it. */
export interface ServedLab {
  /** Opens the lab once. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the lab over the database `db_path`, on any free port, and waits until it says its address. */
export async function serveLab(db_path: string): Promise<ServedLab> {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'src-main/hosts/cli/main.ts'), 'serve', '--no-open', '--port', '0', '--db', db_path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.stdout === null) throw new Error('stdout is a pipe');
  for await (const line of createInterface(child.stdout)) {
    const [url] = line.match(/http:\/\/127\.0\.0\.1:\d+\S*/) ?? [];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      async stop() {
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
  throw new Error('memledger serve ended without an address');
}

/** Chromium as the tests use it: no network of its own, any user. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.MEMLEDGER_CHROMIUM ?? '/usr/bin/chromium';
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-quic',
    '--no-first-run',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, args });
}

/** Collects what a page complains of: errors in its console, exceptions, requests that fail or leave this machine. */
export function watchComplaints(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== '127.0.0.1' && !/^(data|blob):/.test(request.url())) complaints.push(`request to ${request.url()}`);
  });
  return complaints;
}
