/*
 * Canvases are drawn before a frame, as many as find room in it: what is left is drawn before the next, so that no frame waits for all of them.
 */

type Draw = () => void;
/** Of a frame, for drawing. */
const TURN_MS = 10;
const waiting = new Set<Draw>();
/** How long each took the last time; the first time is taken to fill a frame. */
const took_ms = new WeakMap<Draw, number>();
let is_asked = false;

function askForFrame(): void {
  if (is_asked || waiting.size === 0) return;
  is_asked = true;
  requestAnimationFrame(drawSome);
}

function drawSome(): void {
  is_asked = false;
  let left_ms = TURN_MS;
  for (const draw of [...waiting]) {
    if (left_ms < TURN_MS && (took_ms.get(draw) ?? TURN_MS) > left_ms) break;
    waiting.delete(draw);
    const begin_ms = performance.now();
    draw();
    const spent_ms = performance.now() - begin_ms;
    took_ms.set(draw, spent_ms);
    left_ms -= spent_ms;
  }
  askForFrame();
}

/** Draws once before a next frame, however often it is asked for until then. */
export function drawInTurn(draw: Draw): void {
  waiting.add(draw);
  askForFrame();
}

/** Takes the wish back. */
export function drawNoMore(draw: Draw): void {
  waiting.delete(draw);
}
