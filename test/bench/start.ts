import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Page } from 'playwright-core';
import { WebSocket } from 'ws';
import type { LabMessage, LabRequest } from '../../src-main/lab/contract.ts';
import { createLabClient, type SocketLike, socketPort } from '../../src-main/lab/rpc.ts';
import { launchBrowser, serveLab } from '../e2e/served-lab.ts';
import { fillLibrary } from './library-of-runs.ts';
import { withScratchDatabase } from './scratch.ts';

const CHROMIUM = process.env.MEMLEDGER_CHROMIUM ?? '/usr/bin/chromium';

export interface Starts {
  readonly starts_ms: readonly number[];
  /** Until the link to the lab is shown: the part of the start before the browser's. */
  readonly links_ms: readonly number[];
  /** Processor time of the lab, and of the window's thread: on a busy machine these tell more than the clock. Empty where they cannot be read. */
  readonly lab_cpu_ms: readonly number[];
  readonly window_cpu_ms: readonly number[];
  /** What the end of a start was: the library on the screen, or, without a browser, the library's first answer. */
  readonly until: 'library shown in Chromium' | 'library answered over the socket';
}

/**
 * From `memledger serve` being started to its library of `run_count` runs being shown. The browser already runs, as a user's does.
 */
export function measureStart(run_count: number, repetition_count: number): Promise<Starts> {
  return withScratchDatabase(async (db_path) => {
    const scenario_name = await fillLibrary(db_path, run_count);
    const browser = existsSync(CHROMIUM) ? await launchBrowser() : undefined;
    const starts_ms: number[] = [];
    const [links_ms, lab_cpu_ms, window_cpu_ms]: number[][] = [[], [], []];
    const start = async (watched: boolean) => {
      const begun = performance.now();
      const lab = await serveLab(db_path);
      const link_ms = performance.now() - begun;
      const page = await browser?.newPage();
      const cpuMs = watched && page !== undefined ? await watchCpu(page) : undefined;
      if (page === undefined) await askForLibrary(lab.url);
      else await showLibrary(page, lab.url, scenario_name);
      const start_ms = performance.now() - begun;
      if (cpuMs !== undefined) window_cpu_ms.push(await cpuMs());
      if (watched && process.platform === 'linux') lab_cpu_ms.push(processCpuMs(lab.pid));
      await page?.close();
      await lab.stop();
      return { start_ms, link_ms };
    };
    // The first start puts the examples into the new library, as no later one does.
    await start(false);
    for (let turn = 0; turn < repetition_count; turn++) {
      const { start_ms, link_ms } = await start(false);
      starts_ms.push(start_ms);
      links_ms.push(link_ms);
    }
    // To be watched takes a window time of its own: processor times are those of other starts.
    for (let turn = 0; turn < repetition_count; turn++) await start(true);
    await browser?.close();
    return { starts_ms, links_ms, lab_cpu_ms, window_cpu_ms, until: browser === undefined ? 'library answered over the socket' : 'library shown in Chromium' };
  });
}

async function showLibrary(page: Page, url: string, scenario_name: string): Promise<void> {
  await page.goto(url, { waitUntil: 'commit' });
  await page.getByText(scenario_name).first().waitFor();
}

/** Watches the processor time of a window's main thread from now on. */
async function watchCpu(page: Page): Promise<() => Promise<number>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  return async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN) * 1000;
  };
}

/** Processor time of a process so far, by Linux's /proc: the 14th and 15th field, in ticks of 10 ms. */
function processCpuMs(pid: number): number {
  const after_name = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(after_name[11]) + Number(after_name[12])) * 10;
}

async function askForLibrary(url: string): Promise<void> {
  const { origin, host } = new URL(url);
  const { headers } = await fetch(url, { redirect: 'manual' });
  const cookie = headers.getSetCookie().map((one) => one.split(';')[0]);
  const socket = new WebSocket(`ws://${host}/lab`, { headers: { cookie: cookie.join('; ') }, origin });
  // The event interfaces of browsers and of ws differ in their types only.
  const client = createLabClient(socketPort<LabRequest, LabMessage>(socket as unknown as SocketLike));
  await new Promise((resolve) => socket.once('open', resolve));
  const library = await client.call('library', {});
  if (!library.ok) throw new Error('the library did not answer');
  socket.close();
}
