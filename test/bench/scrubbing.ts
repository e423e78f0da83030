import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { launchBrowser, serveLab } from '../e2e/served-lab.ts';
import { percentile } from './statistics.ts';

const CHROMIUM = process.env.MEMLEDGER_CHROMIUM ?? '/usr/bin/chromium';
const PATIENCE_MS = 120_000;
/** Enough frames that the first ones, for want of compiled code slower, weigh little. */
const SCRUB_MS = 8000;

/** How a run is scrubbed in the window. All figures are of one drag to and fro through the whole run, the pointer moving before every frame. */
export interface Scrubbing {
  /** Frames a second; the screen's rate, 60 here, is the most. In each the cursor is where the pointer is. */
  readonly fps: number;
  /** Times a second that the state at the cursor, in tree, counters and legends, is another; the rows of events follow up to five times. */
  readonly states_per_s: number;
  /** Between a seek being asked for and its answer being there, as the window sees it: player, lab and socket, and the wait for the window's own thread. */
  readonly answer_p50_ms: number;
  readonly answer_p99_ms: number;
  /** Processor time of the window's thread a frame: what scripts, styles, layout and painting take. */
  readonly draw_ms_per_frame: number;
  /** What keeps the frames from being more: the screen's clock; drawing; or other processes, where the thread is not busy for the time of a frame. Answers bound only the states. */
  readonly bound_by: 'screen' | 'drawing' | 'other processes';
}

/** A frame of a second may be lost to the screen's clock. */
const SCREEN_FPS = 59;
const FRAME_MS = 1000 / 60;

/** Moves the pointer before every frame and counts: frames, and positions that the slider says. Evaluated in the page, whose types this room does not know. */
const DRAG = `new Promise((resolve) => {
  const slider = document.querySelector('[role=slider][aria-label="Position in the run"]');
  const canvas = slider.querySelector('canvas');
  const { left, width, top, height } = canvas.getBoundingClientRect();
  let frame_count = 0, state_count = 0, begun;
  const observer = new MutationObserver(() => { state_count += 1; });
  observer.observe(slider, { attributeFilter: ['aria-valuenow'] });
  const step = (now) => {
    begun ??= now;
    const elapsed_ms = now - begun;
    if (elapsed_ms >= ${SCRUB_MS}) {
      observer.disconnect();
      resolve({ frame_count, state_count, elapsed_ms });
      return;
    }
    frame_count += 1;
    const turn = (elapsed_ms / 4000) % 2;
    const share = 0.02 + 0.96 * (turn < 1 ? turn : 2 - turn);
    slider.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: left + width * share, clientY: top + height / 2, pointerId: 1, buttons: 1 }));
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;

/** Notes how long each seek takes until its answer is there. Frames of the socket begin with the length of their JSON (lab/wire.ts). */
const WATCH_SEEKS = `globalThis.seeks_ms = [];
const asked = new Map();
const jsonOf = (bytes) => JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true))));
const { send } = WebSocket.prototype;
WebSocket.prototype.send = function (data) {
  const { id, method } = jsonOf(data);
  if (method === 'seek') asked.set(id, performance.now());
  if (!this.watched) {
    this.watched = true;
    this.addEventListener('message', (event) => {
      const now = performance.now();
      if (asked.size === 0) return;
      const id = jsonOf(new Uint8Array(event.data)).reply?.id;
      if (asked.has(id)) globalThis.seeks_ms.push(now - asked.get(id));
      asked.delete(id);
    });
  }
  return send.call(this, data);
};`;

/** Drags the cursor through a recorded run in Chromium. Undefined where there is none. */
export async function measureScrubbing(db_path: string, run_id: number): Promise<Scrubbing | undefined> {
  if (!existsSync(CHROMIUM)) return undefined;
  const [lab, browser] = await Promise.all([serveLab(db_path), launchBrowser()]);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(PATIENCE_MS);
    await page.addInitScript(WATCH_SEEKS);
    await page.goto(lab.url);
    await page.goto(`http://127.0.0.1:${lab.port}/#/run/${run_id}`);
    return await drag(page);
  } finally {
    await browser.close();
    await lab.stop();
  }
}

async function drag(page: Page): Promise<Scrubbing> {
  const canvas = page.getByRole('slider', { name: 'Position in the run' }).locator('canvas').first();
  await canvas.waitFor();
  await page.getByRole('grid', { name: 'Events', exact: true }).waitFor();
  const box = await canvas.boundingBox();
  if (box === null) throw new Error('the ruler is drawn');
  await page.mouse.move(box.x + box.width * 0.02, box.y + box.height / 2);
  await page.mouse.down();
  // The first way through has the code compiled.
  await page.evaluate(DRAG);
  await page.evaluate('globalThis.seeks_ms = []');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async (): Promise<number> =>
    (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  const busy_before_s = await busy();
  const { frame_count, state_count, elapsed_ms } = await page.evaluate<{ frame_count: number; state_count: number; elapsed_ms: number }>(DRAG);
  const draw_ms_per_frame = ((await busy()) - busy_before_s) * (1000 / frame_count);
  const answers_ms = await page.evaluate<readonly number[]>('globalThis.seeks_ms');
  await page.mouse.up();
  const [answer_p50_ms, answer_p99_ms] = [0.5, 0.99].map((share) => percentile(answers_ms, share));
  const fps = frame_count / (elapsed_ms / 1000);
  return {
    fps,
    states_per_s: state_count / (elapsed_ms / 1000),
    answer_p50_ms,
    answer_p99_ms,
    draw_ms_per_frame,
    bound_by: fps >= SCREEN_FPS ? 'screen' : draw_ms_per_frame >= FRAME_MS ? 'drawing' : 'other processes',
  };
}
