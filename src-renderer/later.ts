import { nextTick } from 'vue';

/*
 * Large views are made in pieces, each in a task of its own, so that keys and the pointer are heard in between: no task holds the window for long.
 */

type Work = () => void;
const waiting: Work[] = [];
let working = false;

/** Ends the present task; what comes after it runs in another. Timers would wait longer, and in a hidden window for a second. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Waits until the next frame is about to be drawn. */
export const nextFrame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));

async function workThrough(): Promise<void> {
  working = true;
  for (;;) {
    await nextTask();
    const work = waiting.shift();
    if (work === undefined) break;
    work();
    // What the work has changed is drawn in its task, not together with the next one's.
    await nextTick();
  }
  working = false;
}

/** Does pieces of work, each in a task of its own, after those that were asked for before. Returns the function that takes back the wish for those that are not done yet. */
export function later(...pieces: readonly Work[]): () => void {
  waiting.push(...pieces);
  if (!working) void workThrough();
  return () => {
    for (const work of pieces) {
      const place = waiting.indexOf(work);
      if (place !== -1) waiting.splice(place, 1);
    }
  };
}
