/*
 * Canvases are drawn before a frame, as many as find room in it: what is left is drawn before the next, so that no frame waits for all of them.
 */

type Draw = () => void;
/** Of a frame, for drawing. */
const TURN_MS = 10;
const waiting = new Set<Draw>();
let is_asked = false;

function askForFrame(): void {
  if (is_asked || waiting.size === 0) return;
  is_asked = true;
  requestAnimationFrame(drawSome);
}

function drawSome(): void {
  is_asked = false;
  const end_ms = performance.now() + TURN_MS;
  for (const draw of [...waiting]) {
    waiting.delete(draw);
    draw();
    if (performance.now() >= end_ms) break;
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
